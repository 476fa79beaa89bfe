"""Toy Films' local double: it answers as the pages do, and does the rest by `contract.json`."""

from collections.abc import Mapping
from typing import Any

from polyreel.sandbox import USUAL_STATUS, Contract, Progress, RefusalKind, Reply, StandIn, Task

PHASES = {"queued": "waiting", "running": "drawing", "unknown": "musing"}


class ToyStandIn(StandIn):
    provider = "toy"
    contract = Contract.load("polyreel_toy")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"id": task.id, "status_url": f"{self.address}/films/{task.id}"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer = {"phase": PHASES.get(progress.word, "ready"), "part_done": progress.fraction}
        if progress.word == "succeeded":
            return {**answer, "film": self.film_url(task)}
        return answer if progress.word in PHASES else {**answer, "problem": f"it {progress.word}"}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        return Reply.of({"why": message}, USUAL_STATUS[kind])
