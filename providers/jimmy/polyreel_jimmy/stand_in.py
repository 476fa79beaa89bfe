"""Jimmy's local double: what its pages document, driven by `contract.json`.

Not documented, and chosen here: HTTP statuses of refusals (200 with a body code would be
as likely), pixel sizes, and silent films, since no page says whether films have sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel.sandbox import (
    Contract,
    Progress,
    RefusalKind,
    Reply,
    StandIn,
    Task,
)

_WORDS = {
    "queued": "queued",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "canceled": "canceled",  # on no page: Jimmy's own command line knows both spellings
    "cancelled": "cancelled",
    "expired": "expired",  # on no page: an undocumented word on purpose
    "unknown": "pondering",  # likewise
}
_REFUSALS: Mapping[RefusalKind, tuple[int, int]] = {
    "no key": (401, 20001),
    "invalid": (400, 20002),
    "not found": (404, 20002),
    "too many": (429, -1),
}
_CREATED_AT = 1710000000  # the pages' own example


class JimmyStandIn(StandIn):
    """Answers as Jimmy's pages say."""

    provider = "jimmy"
    contract = Contract.load("polyreel_jimmy")

    def new_task_id(self, number: int) -> str:
        return f"vid_{number:06d}"

    def created(self, task: Task) -> Mapping[str, Any]:
        return {
            "code": 0,
            "msg": "ok",
            "data": {
                "task_id": task.id,
                "status": "queued",
                "model": task.body["model"],
                "created_at": _CREATED_AT,
            },
        }

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        done = progress.word == "succeeded"
        data: dict[str, Any] = {
            "task_id": task.id,
            "status": _WORDS[progress.word],
            "progress": round(100 * progress.fraction),
            "model": task.body["model"],
            "created_at": _CREATED_AT,
            "error_message": "PROVIDER_MODERATION_ERROR" if progress.word == "failed" else "",
        }
        if done:
            data["result"] = {"video_url": self.film_url(task)}
        return {"code": "20000", "msg": "ok", "data": data}

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        return {
            "code": 20000,
            "msg": "ok",
            "data": {"url": url, "filename": filename, "size": len(data), "mime_type": mime_type},
        }

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status, code = _REFUSALS[kind]
        return Reply.of({"code": code, "msg": message, "data": None}, status)
