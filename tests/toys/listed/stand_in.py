"""Listed's stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class ListedStandIn(StandIn):
    provider = "listed"
    contract = Contract.load("toys.listed")

    def created(self, task: Task) -> Mapping[str, Any]:
        return self._facts(task, "queued")

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer = self._facts(task, _WORDS[progress.word])
        if progress.word == "succeeded":
            answer["video_url"] = self.video_url(task)
        if answer["status"] == "failed":
            answer["reason"] = "The prompt was not understood."
        return answer

    def task_list(self, tasks: Sequence[Task], query: Mapping[str, str]) -> Mapping[str, Any]:
        wanted = query.get("client_id")
        found = [each for each in tasks if wanted in (None, each.body.get("client_id"))]
        return {"items": [self._facts(each, "running") for each in found]}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status = USUAL_STATUS[kind]
        return Reply.of({"error": {"code": f"E{status}", "message": message}}, status)

    def _facts(self, task: Task, word: str) -> dict[str, Any]:
        return {
            "id": task.id,
            "model": task.body["model"],
            "created_at": self.created_at(task).isoformat(),
            "client_id": task.body.get("client_id"),
            "status": word,
        }
