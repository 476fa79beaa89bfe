"""Gallery's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import USUAL_STATUS, Contract, Progress, RefusalKind, Reply, StandIn, Task

_PHASES = {"queued": "sketched", "running": "painting", "succeeded": "hung", "unknown": "framed"}


class GalleryStandIn(StandIn):
    provider = "gallery"
    contract = Contract.load("toys.gallery")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"work": task.id}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer = {"id": task.id, "phase": _PHASES.get(progress.word, "torn")}
        if progress.word == "succeeded":
            return {**answer, "video": self.video_url(task)}
        return answer if progress.word in _PHASES else {**answer, "why": f"it was {progress.word}"}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        return Reply.of({"message": message}, USUAL_STATUS[kind])
