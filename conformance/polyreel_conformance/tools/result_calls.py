"""The second call of a poll at a stand-in: changing its answer, and noting it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from polyreel_sandbox import Progress, Reply, StandIn, Task

Change = Callable[[dict[str, Any]], dict[str, Any]]
Note = Callable[[dict[str, Any]], None]
ResultHook = Callable[[StandIn, Task, Progress], Mapping[str, Any] | Reply]


def has_result(stand_in: type[StandIn]) -> bool:
    """Return whether the vendor's poll has a second call, for the result."""
    return stand_in.contract.operation("result") is not None


def result_hook(kind: type[StandIn], change: Change | None, note: Note | None) -> ResultHook:
    """Return a stand-in's `result` whose answer is changed, and noted.

    Args:
        kind: The stand-in.
        change: Changes the JSON of the answer, also that of an error.
        note: Gets the JSON of the answer.
    """

    def result(stand_in: StandIn, task: Task, progress: Progress) -> Mapping[str, Any] | Reply:
        found = kind.result(stand_in, task, progress)
        answer = body_of_result(found)
        answer = answer if change is None else change(answer)
        if note is not None:
            note(answer)
        if isinstance(found, Reply):
            return replace(found, body=json.dumps(answer).encode())
        return answer

    return result


def body_of_result(found: Mapping[str, Any] | Reply) -> dict[str, Any]:
    """Return the JSON of a result."""
    return dict(json.loads(found.body) if isinstance(found, Reply) else found)


def words_about(stand_in: StandIn, task: Task, progress: Progress) -> str:
    """Return everything that a stand-in answers to the calls of one poll, as JSON."""
    answers: list[Any] = [stand_in.status(task, progress)]
    if has_result(type(stand_in)):
        answers.append(body_of_result(stand_in.result(task, progress)))
    return json.dumps(answers)


def at_another_origin(address: str) -> Change:
    """Return a change that moves every address in an answer from the vendor's to another origin."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        moved = json.dumps(answer).replace(address, "https://elsewhere.invalid")
        return dict(json.loads(moved))

    return change
