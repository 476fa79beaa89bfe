"""Meter's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task

_WORDS = {"queued": "waiting", "running": "making", "succeeded": "made", "failed": "broken"}
_REFUSALS: Mapping[RefusalKind, int] = {
    "no key": 401,
    "invalid": 400,
    "not found": 404,
    "too many": 429,
}


class MeterStandIn(StandIn):
    provider = "meter"
    contract = Contract.load("toys.meter")

    def created(self, task: Task) -> Mapping[str, Any]:
        amount = self.charge(task)
        assert amount is not None, "the contract has a price for every video"
        estimate = {"amount": str(amount), "currency": "USD"}
        return {"id": task.id, "estimate": estimate, "trace": f"trace-of-{task.id}"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        # A word that the vendor does not document is answered as it is.
        answer: dict[str, Any] = {
            "id": task.id,
            "status": _WORDS.get(progress.word, "simmering"),
        }
        if progress.word == "succeeded":
            answer["video_url"] = self.video_url(task)
            answer["billed_seconds"] = int(task.meaning["duration"])
        if progress.word == "failed":
            answer |= {"reason": "The needle jumped.", "billed_seconds": 0}
        return answer

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        return Reply.of({"code": kind.replace(" ", "_"), "message": message}, _REFUSALS[kind])
