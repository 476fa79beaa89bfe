"""Lantern's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import USUAL_STATUS, Contract, Progress, RefusalKind, Reply, StandIn, Task

_WORDS = {
    "queued": "pending",
    "running": "in_progress",
    "succeeded": "completed",
    "canceled": "cancelled",
    "unknown": "dimming",  # on no page
}


class LanternStandIn(StandIn):
    provider = "lantern"
    contract = Contract.load("toys.lantern")
    videos_per_task = 2

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"id": task.id, "polling_url": self.polling_url(task), "status": "pending"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer: dict[str, Any] = {
            "id": task.id,
            "polling_url": self.polling_url(task),
            "status": _WORDS.get(progress.word, progress.word),
        }
        if progress.word == "succeeded":
            answer["unsigned_urls"] = self.video_urls(task)
            answer["usage"] = {"cost": 0.5, "is_byok": False}
        if progress.word == "failed":
            answer["error"] = "Content policy violation"
        return answer

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status = USUAL_STATUS[kind]
        return Reply.of({"error": {"code": status, "message": message}}, status)

    def polling_url(self, task: Task) -> str:
        """Return the address of a task's status."""
        return f"{self.address}/videos/{task.id}"
