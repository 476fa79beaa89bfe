"""The list of tasks, by which a task is found again whose create got no answer."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..stand_in_base import StandInBase


def answer(
    stand_in: StandInBase, _operation: Operation, call: Call, _parameters: Mapping[str, str]
) -> Reply:
    """Return the vendor's list of tasks."""
    return Reply.of(stand_in.task_list(list(stand_in.tasks.values()), call.query))
