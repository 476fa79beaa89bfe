"""Jimmy's local double: what its pages document, driven by `contract.json`.

Not documented, and chosen here: HTTP statuses of refusals (200 with a body code would be
as likely), pixel sizes, and silent films, since no page says whether films have sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel.sandbox import (
    Contract,
    FilmCard,
    Picture,
    Progress,
    RefusalKind,
    Reply,
    StandIn,
    Task,
    frame_size,
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
    has_error_codes = True

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

    def film_card(self, task: Task) -> FilmCard:
        body = task.body
        ratio = str(body.get("ratio", "16:9"))
        width, height = frame_size(_resolution(task), ratio)
        return FilmCard(
            provider=self.provider,
            model=str(body["model"]),
            prompt=str(body["prompt"]),
            seconds=int(body["duration"]),
            width=width,
            height=height,
            frames_per_second=self.frames_per_second,
            sound=False,
            settings=tuple(
                (name, str(body[name]))
                for name in ("duration", "ratio", "resolution")
                if name in body
            ),
            pictures=self._pictures(body),
        )

    def _pictures(self, body: Mapping[str, Any]) -> tuple[Picture, ...]:
        named = [("first frame", body.get("first_image")), ("last frame", body.get("last_image"))]
        named += [(f"image {n}", url) for n, url in enumerate(body.get("images", ()), 1)]
        return tuple(self.picture(label, url) for label, url in named if url)


def _resolution(task: Task) -> str:
    """Return what the film is made in: fixed by the route, carried by the name, or asked."""
    fixed = task.output.get("resolution")
    if fixed == "by name":
        return str(task.body["model"]).rpartition("_")[2]
    return str(fixed or task.body.get("resolution", "720p"))
