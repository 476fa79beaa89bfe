"""A forked child makes anew what it can't share: connections, locks, leases, observers."""

from __future__ import annotations

import functools
import json
import os
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from polyreel import AsyncClient, Client
from polyreel.adapters import WireRequest
from polyreel.forks import renew_in_children
from polyreel.telemetry.plugin import polyreel_job_changed
from polyreel.transport.http import AsyncTransport, SyncTransport
from polyreel_sandbox import Sandbox
from toy_adapter import Answered, Arrived, LoopbackServer, account_at, resumed_job

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork there"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
MODEL = "jimmy/seedance2.0-std"


def in_child(work: Callable[[], Any]) -> Callable[[], Any]:
    """Do some work in a forked child; return what gives its result, or fails as it did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            try:
                said = {"value": work()}
            except BaseException as error:  # noqa: BLE001  # told to the parent
                said = {"error": repr(error)}
            with os.fdopen(writing, "w") as pipe:
                json.dump(said, pipe)
        finally:
            os._exit(0)
    os.close(writing)

    def result() -> Any:
        with os.fdopen(reading) as pipe:
            said = json.loads(pipe.read())
        os.waitpid(child, 0)
        assert "error" not in said, said["error"]
        return said["value"]

    return result


def echo(arrived: Arrived) -> Answered:
    """Answer with the path that was asked for."""
    return Answered(body=arrived.path.encode())


def own_answers(send: Callable[[WireRequest], bytes], name: str) -> int:
    """Return how many of forty answers are those of another request."""
    paths = [f"/{name}/{number}" for number in range(40)]
    got = [send(WireRequest(method="GET", path=path)) for path in paths]
    return sum(body != path.encode() for body, path in zip(got, paths, strict=True))


def test_no_process_reads_the_answer_of_another_blocking() -> None:
    transport = SyncTransport()
    with LoopbackServer(echo) as server:
        account = account_at(server.address)

        def send(request: WireRequest) -> bytes:
            return transport.send(account, request).body

        assert own_answers(send, "before") == 0
        children = [in_child(functools.partial(own_answers, send, f"child{n}")) for n in range(3)]
        mixed = [own_answers(send, "parent"), *(each() for each in children)]
        transport.close()
    assert mixed == [0, 0, 0, 0]


def test_no_process_reads_the_answer_of_another_async() -> None:
    transport = AsyncTransport()
    with LoopbackServer(echo) as server:
        account = account_at(server.address)

        def all_of(name: str) -> int:
            async def run() -> int:
                paths = [f"/{name}/{number}" for number in range(40)]
                got = [
                    (await transport.send(account, WireRequest(method="GET", path=path))).body
                    for path in paths
                ]
                return sum(body != path.encode() for body, path in zip(got, paths, strict=True))

            return anyio.run(run)

        assert all_of("before") == 0
        children = [in_child(functools.partial(all_of, f"child{n}")) for n in range(3)]
        mixed = [all_of("parent"), *(each() for each in children)]
    assert mixed == [0, 0, 0, 0]


def test_children_and_parent_each_make_their_own_video(sandbox: Sandbox, tmp_path: Path) -> None:
    with Client() as client:
        client.generate("A paper boat", tmp_path / "before.mp4", MODEL)

        def make(name: str) -> str:
            video = client.generate("A paper boat", tmp_path / f"{name}.mp4", MODEL)
            return str(video.job.ref.task_id if video.job.ref else "")

        children = [in_child(functools.partial(make, f"child{n}")) for n in range(3)]
        tasks = [make("parent"), *(each() for each in children)]
        made = sandbox.stand_ins["jimmy"].tasks
        assert len(set(tasks)) == 4
        assert len(made) == 5
        for name, task in zip(["parent", "child0", "child1", "child2"], tasks, strict=True):
            assert (tmp_path / f"{name}.mp4").read_bytes() == made[task].video


def test_a_fork_with_jobs_in_flight_in_threads_works(sandbox: Sandbox, tmp_path: Path) -> None:
    with Client() as client:
        threads = [
            threading.Thread(
                target=client.generate, args=("A boat", tmp_path / f"thread{number}.mp4", MODEL)
            )
            for number in range(8)
        ]
        for thread in threads:
            thread.start()

        def make(name: str) -> str:
            return client.generate("A kite", tmp_path / name, MODEL).file.name

        children = [in_child(functools.partial(make, f"child{n}.mp4")) for n in range(4)]
        assert [each() for each in children] == [f"child{number}.mp4" for number in range(4)]
        for thread in threads:
            thread.join(60)
    assert len(list(tmp_path.glob("*.mp4"))) == 12
    assert len(sandbox.stand_ins["jimmy"].tasks) == 12


def test_a_child_takes_no_lease_of_its_parent(sandbox: Sandbox) -> None:
    with Client() as client:
        job = client.submit("A paper boat", MODEL)
        assert client.planner.journal.port().claim(job.id).is_ours

        def is_ours() -> bool:
            return client.planner.journal.port().claim(job.id).is_ours

        assert in_child(is_ours)() is False
        assert is_ours()  # and the child's end has released nothing


def test_a_child_that_closes_its_client_leaves_the_parents_connections(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with Client() as client:
        job = client.submit("A paper boat", MODEL)
        in_child(lambda: client.close())()
        job.wait()
        assert job.download(tmp_path / "video.mp4").is_file()


def test_locks_that_other_threads_had_taken_are_free_in_a_child() -> None:
    """A thread that does not exist in the child can release nothing there."""
    transport = SyncTransport()
    observer_lock = polyreel_job_changed.__globals__["_made"]._making
    with LoopbackServer(echo) as server, observer_lock, transport._pools._making:
        account = account_at(server.address)

        def work() -> str:
            polyreel_job_changed(resumed_job().record)
            return transport.send(account, WireRequest(method="GET", path="/a")).body.decode()

        assert in_child(work)() == "/a"
    transport.close()


def test_random_numbers_and_ids_differ_between_children(sandbox: Sandbox) -> None:
    with Client() as client:
        context = client.planner.context
        random.random()
        children = [in_child(lambda: context.random()) for _ in range(3)]
        assert len({context.random(), *(each() for each in children)}) == 4


def test_what_is_renewed_is_not_kept_alive() -> None:
    class Thing:
        renewed = False

        def renew_after_fork(self) -> None:
            self.renewed = True

    kept, gone = Thing(), Thing()
    renew_in_children(kept)
    renew_in_children(gone)
    del gone
    assert in_child(lambda: kept.renewed)() is True
    assert kept.renewed is False


def test_one_async_client_works_on_one_event_loop_after_another(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    client = AsyncClient()

    async def make(name: str) -> None:
        job = await client.submit("A paper boat", MODEL)
        await job.wait()
        await job.download(tmp_path / name)

    anyio.run(make, "first.mp4")
    anyio.run(make, "second.mp4")

    async def close() -> None:
        await client.close()

    anyio.run(close)
    assert {path.name for path in tmp_path.glob("*.mp4")} == {"first.mp4", "second.mp4"}
    assert len(sandbox.stand_ins["jimmy"].tasks) == 2


def test_one_async_client_works_on_several_event_loops_at_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    client = AsyncClient()
    failed: list[BaseException] = []

    async def make(name: str) -> None:
        await client.generate("A paper boat", tmp_path / name, MODEL)

    def run(name: str) -> None:
        try:
            anyio.run(make, name)
        except BaseException as error:  # noqa: BLE001  # looked at below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(f"{number}.mp4",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(list(tmp_path.glob("*.mp4"))) == 4
    assert len(sandbox.stand_ins["jimmy"].tasks) == 4


def test_the_connections_of_an_event_loop_are_closed_when_it_ends() -> None:
    transport = AsyncTransport()
    with LoopbackServer(echo) as server:

        async def send() -> None:
            await transport.send(account_at(server.address), WireRequest(method="GET", path="/a"))

        for _ in range(3):
            anyio.run(send)
        assert transport._pools._open == set()
        assert len(server.connections) == 3
