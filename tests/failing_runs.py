"""Two vendors with three runs each: one run fails, one outcome is unknown, one never ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyreel_sandbox import Call, Progress, Reply, Sandbox, StandIn, Task

JIMMY, MODELLIX = "jimmy/seedance2.0-std", "modellix/seedance-2.0-fast-t2v"


def add_failures(sandbox: Sandbox) -> None:
    """Make Jimmy's second task unknown, Modellix's first task fail and its second never end."""
    _drop_the_answer_to_task(sandbox.stand_ins["jimmy"], 2)
    _replace_progress(
        sandbox.stand_ins["modellix"],
        {
            1: Progress(word="failed", fraction=0.0),
            2: Progress(word="running", fraction=0.5),
        },
    )


def _drop_the_answer_to_task(stand_in: StandIn, number: int) -> None:
    handle = stand_in.handle
    wanted = stand_in.new_task_id(number)

    def dropping(call: Call) -> Reply:
        reply = handle(call)
        is_create = call.method == "POST" and wanted.encode() in reply.body
        return replace(reply, connection_fault="dropped") if is_create else reply

    stand_in.handle = dropping  # type: ignore[method-assign]


def _replace_progress(stand_in: StandIn, ends: Mapping[int, Progress]) -> None:
    status = stand_in.status
    by_id = {stand_in.new_task_id(number): progress for number, progress in ends.items()}

    def replaced(task: Task, progress: Progress) -> Mapping[str, Any]:
        return status(task, by_id.get(task.id, progress))

    stand_in.status = replaced  # type: ignore[method-assign]
