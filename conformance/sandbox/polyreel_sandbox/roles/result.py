"""The result: what a finished task has made, where a poll takes a second call for that."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..fault_effects import without_video
from ..faults import Fault
from ..stand_in_base import StandInBase


def answer(
    stand_in: StandInBase, operation: Operation, _call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return the result of a task that has ended."""
    task = stand_in.task_named(parameters)
    if task is None:
        return stand_in.refusal("not found", "no such task")
    progress = stand_in.progress(task)
    if progress.word in ("queued", "running", "unknown"):
        return stand_in.refusal_by(400, "the task has not ended")
    found = stand_in.result(task, progress)
    if isinstance(found, Reply):
        return found
    if Fault.NO_VIDEO in stand_in.faults:
        found = without_video(found, stand_in.video_urls(task))
    return Reply.of(found, operation.success_status)
