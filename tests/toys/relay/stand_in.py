"""Relay's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task

_WORDS = {"queued": "IN_QUEUE", "running": "IN_PROGRESS", "unknown": "WAITING_FOR_A_RELAY"}
_STATUSES: Mapping[RefusalKind, int] = {
    "invalid": 422,
    "no key": 401,
    "not found": 404,
    "too many": 429,
}


class RelayStandIn(StandIn):
    provider = "relay"
    contract = Contract.load("toys.relay")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {**self.places(task), "status": "IN_QUEUE", "queue_position": 0}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        # Every end is COMPLETED; the result says which.
        return {**self.places(task), "status": _WORDS.get(progress.word, "COMPLETED")}

    def status_code(self, progress: Progress) -> int:
        return 202 if progress.word in _WORDS else 200

    def result(self, task: Task, progress: Progress) -> Mapping[str, Any] | Reply:
        if progress.word != "succeeded":
            said = {"loc": ["body"], "msg": f"The task {progress.word}.", "type": "task_error"}
            return Reply.of({"detail": [said]}, 422)
        video = {"url": self.video_url(task), "content_type": "video/mp4"}
        return {"video": video, "seed": 42}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status = _STATUSES[kind]
        detail: Any = [{"loc": ["body"], "msg": message, "type": "value_error"}]
        return Reply.of({"detail": detail if kind == "invalid" else message}, status)

    def places(self, task: Task) -> Mapping[str, Any]:
        """Return a task's id and addresses."""
        place = f"{self.address}/relay-one/requests/{task.id}"
        return {"request_id": task.id, "response_url": place, "status_url": f"{place}/status"}
