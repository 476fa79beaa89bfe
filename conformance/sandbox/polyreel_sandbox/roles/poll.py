"""The poll: the status of a task."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..fault_effects import without_video
from ..faults import Fault
from ..stand_in_base import StandInBase


def answer(
    stand_in: StandInBase, _operation: Operation, _call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return the answer to a poll."""
    task = stand_in.task_named(parameters)
    if task is None:
        return stand_in.refusal("not found", "no such task")
    task.polls += 1
    instead = stand_in.passing_fault("poll", task.polls)
    if instead is not None:
        return instead
    progress = stand_in.progress(task)
    status = stand_in.status(task, progress)
    if Fault.NO_VIDEO in stand_in.faults:
        status = without_video(status, stand_in.video_urls(task))
    return Reply.of(status, stand_in.status_code(progress))
