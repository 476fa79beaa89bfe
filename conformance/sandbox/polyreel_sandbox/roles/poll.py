"""The poll: the status of a task."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..fault_effects import answer_to_poll, without_video
from ..faults import Fault
from ..stand_in_base import StandInBase
from ..task import Progress


def answer(
    stand_in: StandInBase, _operation: Operation, _call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return the answer to a poll."""
    task = stand_in.task_named(parameters)
    if task is None:
        return stand_in.refusal("not found", "no such task")
    task.polls += 1
    instead = answer_to_poll(
        task.polls, stand_in.faults, lambda: stand_in.refusal("too many", "too many requests")
    )
    if instead is not None:
        return instead
    seconds = stand_in.now() - task.created
    status = stand_in.status(task, Progress.after(seconds, stand_in.pace, stand_in.faults))
    if Fault.NO_VIDEO in stand_in.faults:
        status = without_video(status, stand_in.video_url(task))
    return Reply.of(status)
