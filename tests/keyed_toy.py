"""A toy provider whose videos are behind the key, and how a test downloads one of its jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from polyreel import AsyncClient, Client, Config
from polyreel.adapters import Flow, JobRef, JobStatus, Output, State, WireRequest
from polyreel.engine.context import LiveJob
from polyreel.engine.download import download
from polyreel_conformance import ManualClock
from toy_adapter import (
    VIDEO,
    Answered,
    Arrived,
    LoopbackServer,
    ToyAdapter,
    account_at,
    context_at,
    registry_of,
    resumed_job,
)

CONTENT = "/videos/task-0001/content"


class KeyedToy(ToyAdapter):
    """The toy, whose answers to a poll name several videos; each needs the key."""

    contract_version = 3

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=f"/videos/{job.task_id}")
        body = self.read(response)
        return JobStatus(
            state=State.SUCCEEDED,
            raw_state="done",
            outputs=tuple(
                Output(url=each, needs_key=True, relative_to="address") for each in body["videos"]
            ),
        )


class KeyedServer:
    """A loopback server with a status of the job and its videos.

    Attributes:
        videos: What the status names.
        answer: What is answered to a request for a video.
        arrived: The requests for videos.
    """

    def __init__(self, answer: Callable[[Arrived], Answered], videos: list[str]) -> None:
        self.videos = videos
        self.answer = answer
        self.arrived: list[Arrived] = []
        self.polls: list[Arrived] = []
        self.server = LoopbackServer(self._answered)
        self.address = f"{self.server.address}/v1"

    def _answered(self, arrived: Arrived) -> Answered:
        if arrived.path == "/v1/videos/task-0001":
            self.polls.append(arrived)
            return Answered(body=json.dumps({"videos": self.videos}).encode())
        self.arrived.append(arrived)
        return self.answer(arrived)

    @property
    def keys(self) -> list[str | None]:
        """The credential of each request for a video."""
        return [each.headers.get("authorization") for each in self.arrived]


@contextmanager
def keyed(
    answer: Callable[[Arrived], Answered] | None = None, *videos: str
) -> Generator[KeyedServer]:
    """Serve the toy; by default its one video, to everybody."""
    served = KeyedServer(answer or (lambda _: Answered(body=VIDEO)), [*videos] or [CONTENT])
    with served.server:
        yield served


def save(
    served: KeyedServer,
    target: Path,
    is_async: bool = False,
    *,
    live: LiveJob | None = None,
    timeout: float | None = 60.0,
    **account: Any,
) -> LiveJob:
    """Download the toy's job as a client does, and return it."""
    clock, job = ManualClock(), live or resumed_job()
    program = download(
        context_at(clock), KeyedToy(), account_at(served.address, **account), job, target, timeout
    )
    options: dict[str, Any] = {
        "config": Config(),
        "environment": {},
        "registry": registry_of(KeyedToy),
        "clock": clock,
    }
    if not is_async:
        with Client(**options) as client:
            client.run_program(program)
        return job

    async def run() -> None:
        async with AsyncClient(**options) as client:
            await client.run_program(program)

    anyio.run(run)
    return job
