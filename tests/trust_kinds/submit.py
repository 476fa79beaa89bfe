"""Kinds around the answer to a paid request, and around what a provider refuses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import anyio
from polyreel import AsyncClient, Client
from polyreel.clock import SystemClock
from polyreel.jobs import JobRecord
from polyreel_sandbox import Call, Fault, Operation, Pace, Reply, StandIn, Task

from .kind import MODEL, Kind, Surroundings

OTHER = "modellix/seedance-2.0-fast-t2v"


def a_number(around: Surroundings) -> str:
    """Answer a create with a number as the task id."""
    around.sandbox.stand_ins["jimmy"].faults = {Fault.NUMERIC_ID}
    came = around.generate()
    assert around.tasks == 1
    return came


def another_name(around: Surroundings) -> str:
    """Answer a create with the task id under another name."""
    return _settled(around, Fault.ID_ELSEWHERE)


def a_refusal_with_a_task(around: Surroundings) -> str:
    """Refuse a create whose task was made, where the other vendor is the fallback."""
    return _settled(around, Fault.REFUSAL_WITH_ID)


def a_code_with_a_task(around: Surroundings) -> str:
    """Refuse it by a code under HTTP 200."""
    return _settled(around, Fault.ERROR_IN_BODY_WITH_ID)


def _settled(around: Surroundings, fault: Fault) -> str:
    _config(around, f'[targets.best]\nmodel = "{MODEL}"\nfallbacks = ["{OTHER}"]\n')
    around.sandbox.stand_ins["jimmy"].faults = {fault}
    if around.caller == "command line":  # a target is named by -t
        usual = ["generate", "-p", "A paper boat", "-o", "video.mp4", "-t", "best", "--yes"]
        came = around.command(*usual)
    else:
        came = around.generate(model="best")
    around.sandbox.stand_ins["jimmy"].faults = set()
    job = _job(around)
    if around.caller == "command line":
        settled = [around.command("jobs", *each, job.id) for each in (["settle"], ["wait"])]
        assert settled == ["exit 0", "exit 0"], around.printed
    elif around.caller == "blocking":
        assert around.client(lambda client: _finish(client, job.id)) == "done"
    else:

        async def finish(client: AsyncClient) -> None:
            await client.settle(job.id)
            await client.job(job.id).finish(around.folder / "video.mp4", timeout=20)

        assert around.async_client(finish) == "done"
    assert (around.folder / "video.mp4").is_file()
    assert around.tasks == 1, "the fallback was paid too"
    return f"{came}, then the video by settling"


def _finish(client: Client, job_id: str) -> None:
    client.settle(job_id)
    client.job(job_id).finish(timeout=20)


def refused_once_in_a_wait(around: Surroundings) -> str:
    """Refuse every second poll, each by another status."""
    jimmy = around.sandbox.stand_ins["jimmy"]
    jimmy.pace = Pace(queued=0.0, running=0.3)
    statuses, usual, polls = [401, 403, 402, 400], jimmy.answer_to, iter(range(10**6))

    def answer_to(operation: Operation, call: Call, parameters: Mapping[str, str]) -> Reply:
        if operation.role == "poll" and next(polls) % 2 == 0 and statuses:
            return jimmy.refusal_by(statuses.pop(0), "refused once")
        return usual(operation, call, parameters)

    around.patch.setattr(jimmy, "answer_to", answer_to)
    came = around.generate()
    assert len(statuses) <= 2, "too few polls were refused"
    assert around.tasks == 1
    return came


def refused_twice_in_a_wait(around: Surroundings) -> str:
    """Refuse every poll."""
    jimmy = around.sandbox.stand_ins["jimmy"]
    usual = jimmy.answer_to

    def answer_to(operation: Operation, call: Call, parameters: Mapping[str, str]) -> Reply:
        if operation.role == "poll":
            return jimmy.refusal_by(401, "refused")
        return usual(operation, call, parameters)

    around.patch.setattr(jimmy, "answer_to", answer_to)
    came = around.generate()
    assert _job(around).is_unfinished
    assert sum(call.method == "GET" for call in jimmy.calls) == 2
    assert around.tasks == 1
    return f"{came}, the job is open"


def too_many_once(around: Surroundings) -> str:
    """Refuse the first create by HTTP 429, where it may be sent again once."""
    _config(around, "retry_refused = 1\n")
    _sleep_quickly(around)
    jimmy = around.sandbox.stand_ins["jimmy"]
    jimmy.faults = {Fault.CREATE_429_ONCE}
    came = around.generate()
    assert (around.tasks, _creates(jimmy)) == (1, 2)
    return came


def too_many_once_by_default(around: Surroundings) -> str:
    """Refuse it where nothing may be sent again."""
    jimmy = around.sandbox.stand_ins["jimmy"]
    jimmy.faults = {Fault.CREATE_429_ONCE}
    came = around.generate()
    assert (around.tasks, _creates(jimmy)) == (0, 1)
    return f"{came}, no task"


def clock_set_back(around: Surroundings) -> str:
    """Set the date back by an hour once the task is made."""
    jimmy, usual = around.sandbox.stand_ins["jimmy"], SystemClock.now
    created, back = jimmy.created, [timedelta(0)]

    def set_back(task: Task) -> Mapping[str, Any]:
        answer = created(task)
        back[0] = timedelta(hours=1)
        return answer

    def now(clock: SystemClock) -> datetime:
        return usual(clock) - back[0]

    _config(around, "[providers.jimmy]\nrequests_per_minute = 6000\n")
    around.patch.setattr(jimmy, "created", set_back)
    around.patch.setattr(SystemClock, "now", now)
    came = around.generate()
    assert around.tasks == 1
    return came


def _config(around: Surroundings, text: str) -> None:
    path = around.folder.parent / "named.toml"
    path.write_text(text, encoding="utf-8")
    around.patch.setenv("POLYREEL_CONFIG", str(path))


def _job(around: Surroundings) -> JobRecord:
    with Client() as client:
        (job,) = client.history.jobs()
    return job


def _creates(stand_in: StandIn) -> int:
    return sum(call.method == "POST" for call in stand_in.calls)


def _sleep_quickly(around: Surroundings) -> None:
    async def sleep_async(_: SystemClock, seconds: float) -> None:
        await anyio.sleep(min(seconds, 0.02))

    around.patch.setattr(SystemClock, "sleep", lambda _, seconds: time.sleep(min(seconds, 0.02)))
    around.patch.setattr(SystemClock, "sleep_async", sleep_async)


KINDS: tuple[Kind, ...] = (
    Kind(13, "a task id that is a number", a_number),
    Kind(13, "a task id under another name", another_name),
    Kind(13, "HTTP 400 beside a task id, with a fallback", a_refusal_with_a_task),
    Kind(13, "a code of refusal beside a task id, with a fallback", a_code_with_a_task),
    Kind(18, "polls refused by 401, 403, 402 or 400, each once", refused_once_in_a_wait),
    Kind(18, "two polls in a row refused by 401", refused_twice_in_a_wait),
    Kind(18, "a create refused once by 429", too_many_once_by_default),
    Kind(18, "a create refused once by 429, with `retry_refused = 1`", too_many_once),
    Kind(18, "the date set back by an hour after the create", clock_set_back),
)
