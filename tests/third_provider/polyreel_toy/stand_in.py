"""The stand-in of Toy Videos: it answers as the pages show; `contract.json` does the rest."""

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import USUAL_STATUS, Contract, Progress, RefusalKind, Reply, StandIn, Task

PHASES = {"queued": "waiting", "running": "drawing", "unknown": "musing"}


class ToyStandIn(StandIn):
    provider = "toy"
    contract = Contract.load("polyreel_toy")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"id": task.id, "status_url": f"{self.address}/videos/{task.id}"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer = {"phase": PHASES.get(progress.word, "ready"), "part_done": progress.fraction}
        if progress.word == "succeeded":
            return {**answer, "video": self.video_url(task)}
        return answer if progress.word in PHASES else {**answer, "problem": f"it {progress.word}"}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        return Reply.of({"why": message}, USUAL_STATUS[kind])
