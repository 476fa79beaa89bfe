"""The content: the video of a finished task, served only with the key."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..files import serve_video
from ..stand_in_base import StandInBase


def answer(
    stand_in: StandInBase, operation: Operation, call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return a video of a task. The key was demanded before, as of every call."""
    task = stand_in.task_named(parameters)
    if task is None:
        return stand_in.refusal("not found", "no such task")
    if stand_in.progress(task).word != "succeeded":
        return stand_in.refusal("invalid", "the task has no video yet")
    name = operation.index
    asked = "0" if name is None else call.query.get(name, "0")
    if not asked.isdecimal() or int(asked) >= stand_in.videos_per_task:
        return stand_in.refusal("invalid", f"there is no video {asked}")
    return serve_video(stand_in, task, int(asked), dict(call.headers))
