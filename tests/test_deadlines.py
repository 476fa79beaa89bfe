"""An answer that trickles ends at the deadline, and one that unpacks without end is refused."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from polyreel import BadResponse, DownloadError, PolyreelError, TransportError
from polyreel.adapters import Account, Timeouts, WireRequest, WireResponse
from polyreel.client.drivers import drive
from polyreel.engine.download import download
from polyreel.engine.effects import Download, Downloaded, Effect
from polyreel.engine.flows import LAST_ANSWER
from polyreel.transport import bodies
from polyreel.transport.bodies import Body
from polyreel.transport.deadlines import RateFloor
from polyreel.transport.http import AsyncTransport, SyncTransport
from toy_adapter import (
    Answered,
    LoopbackServer,
    Script,
    ToyAdapter,
    account_at,
    context_at,
    finished,
    resumed_job,
)

READ = WireRequest(method="GET", path="/videos/1")
PAY = WireRequest(method="POST", path="/videos", json={}, spends=True)
SHORT = Timeouts(answer=0.3)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"

both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])


def _one_byte(_: int) -> bytes:
    return b"1\r\nx\r\n"


TRICKLES: dict[str, tuple[bytes, Callable[[int], bytes]]] = {
    "an endless body": (HEAD, _one_byte),
    "an endless head": (b"HTTP/1.1 200 OK\r\n", lambda number: b"x-h%d: 1\r\n" % number),
    "endless 100 Continue": (b"", lambda _: b"HTTP/1.1 100 Continue\r\n\r\n"),
    "an endless chunk extension": (HEAD + b"5;a", lambda _: b"a"),
}


@contextmanager
def trickling(first: bytes, more: Callable[[int], bytes]) -> Iterator[str]:
    """Give the address of a server that answers a little at a time, without end."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(first)
                for number in itertools.count():
                    if over.wait(0.01):
                        return
                    connection.sendall(more(number))
            except OSError:
                return

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def send(
    is_async: bool, account: Account, request: WireRequest, within: float | None = None
) -> WireResponse:
    """Send a request over a transport of its own."""
    if not is_async:
        blocking = SyncTransport()
        try:
            return blocking.send(account, request, within)
        finally:
            blocking.close()

    async def run() -> WireResponse:
        transport = AsyncTransport()
        try:
            return await transport.send(account, request, within)
        finally:
            await transport.close()

    return anyio.run(run)


@pytest.mark.parametrize("kind", list(TRICKLES))
@pytest.mark.parametrize("request_", [READ, PAY], ids=["a read", "a paid request"])
@both_ways
def test_an_answer_that_trickles_ends_at_its_deadline(
    is_async: bool, request_: WireRequest, kind: str
) -> None:
    with trickling(*TRICKLES[kind]) as address, pytest.raises(TransportError) as raised:
        send(is_async, account_at(address, timeouts=SHORT), request_)
    assert raised.value.sent is True  # so a paid request's outcome is unknown
    assert "no whole answer within 0.3 s" in raised.value.message


@both_ways
def test_the_callers_deadline_ends_an_answer_earlier(is_async: bool) -> None:
    with trickling(*TRICKLES["an endless body"]) as address, pytest.raises(TransportError) as got:
        send(is_async, account_at(address), READ, 0.2)
    assert "no whole answer within" in got.value.message


@both_ways
def test_a_connection_that_is_used_again_keeps_the_next_deadline(is_async: bool) -> None:
    """The first answer is complete, and the second one on the same connection stalls."""
    stalled = threading.Event()
    answers = iter([Answered(body=b"{}"), Answered(body=b"{}", stalls=stalled)])
    with LoopbackServer(lambda _: next(answers)) as server:
        account = account_at(server.address, timeouts=SHORT)
        try:
            if is_async:
                anyio.run(_twice_async, account)
            else:
                _twice(account)
        finally:
            stalled.set()
        assert [each.connection for each in server.arrived] == [1, 1]


def _twice(account: Account) -> None:
    transport = SyncTransport()
    try:
        transport.send(account, READ)
        with pytest.raises(TransportError, match="no whole answer"):
            transport.send(account, READ)
    finally:
        transport.close()


async def _twice_async(account: Account) -> None:
    transport = AsyncTransport()
    try:
        await transport.send(account, READ)
        with pytest.raises(TransportError, match="no whole answer"):
            await transport.send(account, READ)
    finally:
        await transport.close()


@both_ways
def test_a_download_whose_head_trickles_ends(is_async: bool, tmp_path: Path) -> None:
    with trickling(*TRICKLES["an endless head"]) as address, pytest.raises(TransportError):
        _download(is_async, address, tmp_path, SHORT)


@both_ways
def test_a_download_that_trickles_is_cut_and_says_why(is_async: bool, tmp_path: Path) -> None:
    slow = Timeouts(slowest_download=10**6, slowest_for=0.2)
    with trickling(*TRICKLES["an endless body"]) as address:
        got = _download(is_async, address, tmp_path, slow)
    assert "less than 1e+06 bytes a second" in (got.trouble or "")
    assert got.size > 0


def _download(
    is_async: bool, address: str, folder: Path, timeouts: Timeouts, within: float | None = None
) -> Downloaded:
    account = account_at(address, timeouts=timeouts)
    path = folder / "v.mp4"
    effect = Download(f"{address}/v.mp4", path, account, maximum=10**6, within=within)
    if not is_async:
        blocking = SyncTransport()
        try:
            return blocking.download(effect)
        finally:
            blocking.close()

    async def run() -> Downloaded:
        transport = AsyncTransport()
        try:
            return await transport.download(effect)
        finally:
            await transport.close()

    return anyio.run(run)


def test_the_floor_is_measured_over_each_window_anew() -> None:
    now = [0.0]
    floor = RateFloor(rate=10, window=60, monotonic=lambda: now[0])
    arrived = [(59.0, 1), (60.0, 599), (100.0, 10_000), (120.0, 1), (180.0, 599)]
    kept = []
    for at, size in arrived:
        now[0] = at
        kept.append(floor.is_kept_by(size))
    assert kept == [True, True, True, True, False]


# Encoded answers


def packed(times: int, size: int) -> bytes:
    """Return zeros, compressed again and again."""
    data = bytes(size)
    for _ in range(times):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "deflate", "gzip,identity"])
@both_ways
def test_another_coding_than_asked_for_is_refused(is_async: bool, coding: str) -> None:
    answer = Answered(body=packed(2, 10**6), headers={"content-encoding": coding})
    with LoopbackServer(answer) as server:
        error = _failure(is_async, account_at(server.address))
        assert server.arrived[0].headers["accept-encoding"] == "gzip"
    assert isinstance(error, BadResponse)


def _failure(is_async: bool, account: Account) -> PolyreelError:
    with pytest.raises(PolyreelError) as raised:
        send(is_async, account, READ)
    return raised.value


def test_a_few_bytes_never_unpack_to_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAXIMUM_ANSWER_BYTES", 1000)
    unpacked: list[int] = []
    real = zlib.decompressobj

    class Counted:
        def __init__(self, bits: int) -> None:
            self._real = real(bits)

        def decompress(self, data: bytes, most: int) -> bytes:
            out = self._real.decompress(data, most)
            unpacked.append(len(out))
            return out

        @property
        def eof(self) -> bool:
            return self._real.eof

        @property
        def unconsumed_tail(self) -> bytes:
            return self._real.unconsumed_tail

    monkeypatch.setattr(zlib, "decompressobj", Counted)
    with pytest.raises(BadResponse, match="larger than 1000"):
        Body("gzip").add(packed(1, 10**7))
    assert sum(unpacked) == 1001


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
def test_an_encoded_answer_is_read_whole(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAXIMUM_ANSWER_BYTES", 1000)
    body = Body("gzip")
    for byte in gzip.compress(b"x" * size):
        body.add(bytes([byte]))
    assert body.content() == b"x" * size


def test_an_encoded_answer_that_ends_early_is_refused() -> None:
    body = Body("gzip")
    body.add(gzip.compress(b"x" * 100)[:-9])
    with pytest.raises(BadResponse, match="ends early"):
        body.content()


# A video's server that says nothing


@both_ways
def test_the_callers_deadline_ends_the_wait_for_a_videos_answer(
    is_async: bool, tmp_path: Path
) -> None:
    with (
        trickling(*TRICKLES["an endless head"]) as address,
        pytest.raises(TransportError, match=r"within 0\.2 s"),
    ):
        _download(is_async, address, tmp_path, Timeouts(), within=0.2)


class Silent(Script):
    """A video's server that takes all the time that it gets, and then has not answered."""

    def perform(self, effect: Effect) -> Any:
        if not isinstance(effect, Download):
            return super().perform(effect)
        self.effects.append(effect)
        assert effect.within is not None
        self.clock.sleep(effect.within)
        raise TransportError("silent", sent=True)


@pytest.mark.parametrize("timeout", [0.0, 5.0, 20.0])
def test_a_silent_server_keeps_nobody_beyond_the_deadline(tmp_path: Path, timeout: float) -> None:
    script = Silent()
    began = script.clock.monotonic()
    live = resumed_job(finished("https://videos.toy.example/v.mp4"))
    program = download(
        context_at(script.clock), ToyAdapter(), account_at(), live, tmp_path / "v.mp4", timeout
    )
    with pytest.raises(DownloadError, match="silent"):
        drive(program, script)
    assert script.clock.monotonic() - began <= timeout + 2 * LAST_ANSWER
