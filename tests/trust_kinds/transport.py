"""Connections: where they lead, who shares them, and how long they may take."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

import anyio
from polyreel import AsyncClient, Client, PolyreelError
from polyreel.transport import pools
from polyreel_jimmy.wire import QueriedTask
from polyreel_sandbox import Progress, Task
from test_connections import every_name_leads_to_loopback, listening
from test_deadlines import TRICKLES, packed, trickling
from toy_adapter import Answered, LoopbackServer

from .kind import MODEL, Kind, Surroundings


def _hostile_name(around: Surroundings) -> str:
    with listening() as listener:
        url = f"https://videos.example:{listener.port}/video.mp4"
        around.patch.setattr(QueriedTask, "video", url)
        every_name_leads_to_loopback(around.patch)
        came = around.generate()
    assert listener.received == b""
    assert around.tasks == 1
    return f"{came}, nothing sent there"


def _forked(around: Surroundings) -> str:
    """Make a video before the fork, then one in the parent and one in a child."""

    def make(name: str) -> None:
        target = around.folder / f"{name}.mp4"
        if around.caller == "blocking":
            blocking.generate("A paper boat", target, MODEL)
        else:
            anyio.run(lambda: asynchronous.generate("A paper boat", target, MODEL))

    with Client() as blocking:
        asynchronous = AsyncClient()
        make("before")
        child = os.fork()
        if child == 0:
            try:
                make("child")
            finally:
                os._exit(0)
        make("parent")
        os.waitpid(child, 0)
        anyio.run(asynchronous.close)
    videos = {task.video for task in around.sandbox.stand_ins["jimmy"].tasks.values()}
    for name in ("before", "child", "parent"):
        assert (around.folder / f"{name}.mp4").read_bytes() in videos
    assert around.tasks == 3
    return "each has its own video"


def _swapped_answer(around: Surroundings) -> str:
    """The first poll's answer is another task's, with a video of its own."""
    stand_in = around.sandbox.stand_ins["jimmy"]
    usual, swapped = stand_in.status, list[str]()

    def status(task: Task, progress: Progress) -> Mapping[str, Any]:
        answer = usual(task, progress)
        if swapped:
            return answer
        swapped.append(task.id)
        result = {"video_url": f"{stand_in.address}/somebody-elses.mp4"}
        data = {**answer["data"], "task_id": "another", "status": "completed", "result": result}
        return {**answer, "data": data}

    around.patch.setattr(stand_in, "status", status)
    came = around.generate()
    (task,) = stand_in.tasks.values()
    assert (around.folder / "video.mp4").read_bytes() == task.video
    return came


def _two_loops(around: Surroundings) -> str:
    client = AsyncClient()
    for name in ("first.mp4", "second.mp4"):
        anyio.run(client.generate, "A paper boat", around.folder / name, MODEL)
    anyio.run(client.close)
    assert around.tasks == 2
    return "both videos"


def _many_at_once(around: Surroundings) -> str:
    around.patch.setattr(pools, "AT_ONCE", 2)
    failed: list[PolyreelError] = []

    def blocking(client: Client) -> None:
        def submit() -> None:
            try:
                client.submit("A paper boat", MODEL)
            except PolyreelError as error:
                failed.append(error)

        threads = [threading.Thread(target=submit) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    async def asynchronous(client: AsyncClient) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(client.submit, "A paper boat", MODEL)

    if around.caller == "blocking":
        came = around.client(blocking)
    else:
        came = around.async_client(asynchronous)
    assert (came, failed, around.tasks) == ("done", [], 20)
    return "20 of 20 accepted"


def _with_answers_of(address: str, around: Surroundings) -> str:
    config = around.folder / "quick.toml"
    config.write_text("[providers.jimmy.timeouts]\nanswer = 0.3\n")
    around.patch.setenv("POLYREEL_CONFIG", str(config))
    around.patch.setenv("JIMMY_BASE_URL", address)
    return around.generate()


def _trickling_create(around: Surroundings) -> str:
    with trickling(*TRICKLES["an endless head"]) as address:
        return _with_answers_of(address, around)


def _packed_twice(around: Surroundings) -> str:
    answer = Answered(body=packed(2, 10**6), headers={"content-encoding": "gzip, gzip"})
    with LoopbackServer(answer) as server:
        came = _with_answers_of(server.address, around)
        assert len(server.arrived) == 1
    return came


def _trickling_poll(around: Surroundings) -> str:
    """The create is answered by the stand-in, and each poll by a server that never ends."""
    around.patch.setattr("polyreel.engine.flows.LAST_ANSWER", 0.2)
    with trickling(*TRICKLES["an endless body"]) as address:
        around.patch.setattr("polyreel_jimmy.adapter.QUERY_PATH", f"{address}/videos/{{task_id}}")
        around.patch.setattr(
            "polyreel.transport.requests.join",
            lambda base, path: path if path.startswith("http") else base + path,
        )
        came = around.generate(timeout=0.3)
    assert around.tasks == 1
    return came


KINDS = (
    Kind(5, "a video's host leads to this machine when it is connected to", _hostile_name),
    Kind(7, "the process forks after the client was used", _forked, ("blocking", "async")),
    Kind(7, "a poll's answer is about another task", _swapped_answer),
    Kind(8, "one client on one event loop after another", _two_loops, ("async",)),
    Kind(10, "20 submits at once, two connections", _many_at_once, ("blocking", "async")),
    Kind(17, "the create's answer trickles without end", _trickling_create),
    Kind(17, "each poll's answer trickles without end", _trickling_poll),
    Kind(17, "the create's answer is compressed twice", _packed_twice),
)
