"""Keyed's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import (
    USUAL_STATUS,
    Contract,
    Progress,
    RefusalKind,
    Reply,
    StandIn,
    Task,
)

_WORDS = {
    "queued": "queued",
    "running": "running",
    "succeeded": "done",
    "failed": "failed",
    "canceled": "canceled",
    "cancelled": "cancelled",  # on no page
    "expired": "failed",  # no word is documented
    "unknown": "thinking",  # on no page
}


class KeyedStandIn(StandIn):
    provider = "keyed"
    contract = Contract.load("toys.keyed")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"id": task.id, "status": "queued"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer: dict[str, Any] = {"id": task.id, "status": _WORDS[progress.word]}
        if progress.word == "succeeded":
            answer["video_url"] = self.video_url(task)
        if answer["status"] == "failed":
            answer["reason"] = "The prompt was not understood."
        return answer

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status = USUAL_STATUS[kind]
        return Reply.of({"error": {"code": f"E{status}", "message": message}}, status)
