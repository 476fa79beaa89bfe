"""A stand-in under a mocked transport, and a clock that moves only when somebody sleeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import respx
from polyreel_sandbox import Call, Fault, Pace, Reply, StandIn

PACE = Pace(queued=20.0, running=40.0)

FRAMES_PER_SECOND = 2
"""Tests check only the length and size of videos, so a few frames are enough."""


class ManualClock:
    """A `polyreel.clock.Clock` whose sleeps take no real time and move it forward.

    Attributes:
        slept: Every sleep, in seconds.
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._seconds = 1000.0

    def monotonic(self) -> float:
        """Return the seconds since some moment."""
        return self._seconds

    def now(self) -> datetime:
        """Return the date and the time, in UTC."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def sleep(self, seconds: float) -> None:
        """Move the clock forward, and do not wait."""
        self.slept.append(seconds)
        self._seconds += seconds

    async def sleep_async(self, seconds: float) -> None:
        """Move the clock forward, and do not wait."""
        self.sleep(seconds)


@contextmanager
def mounted(
    kind: type[StandIn],
    *,
    clock: ManualClock,
    faults: Collection[Fault] = (),
    key: str | None = None,
    pace: Pace | None = None,
    address: str | None = None,
) -> Iterator[StandIn]:
    """Serve a stand-in at the vendor's own address, for every HTTP client of this process.

    Args:
        kind: The stand-in's class.
        clock: The time of its tasks.
        faults: What goes wrong.
        key: The only key accepted; None accepts any.
        pace: How long tasks take on the clock.
        address: Where it is served; None for its vendor's own address.
    """
    stand_in = kind(
        address or kind.contract.server,
        key=key,
        faults=faults,
        pace=pace or PACE,
        clock=clock.monotonic,
        frames_per_second=FRAMES_PER_SECOND,
    )
    home, elsewhere = urlsplit(stand_in.address), urlsplit(stand_in.elsewhere)

    def answer(request: httpx.Request) -> httpx.Response:
        call = _call(request, home.path)
        if stand_in.drops_unread(call.method, call.path):
            raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
        return _response(request, stand_in.handle(call))

    def answer_elsewhere(request: httpx.Request) -> httpx.Response:
        return _response(request, stand_in.handle_elsewhere(_call(request, elsewhere.path)))

    with respx.mock(assert_all_called=False) as router:
        router.route(host=home.hostname, path__startswith=home.path).mock(side_effect=answer)
        router.route(host=elsewhere.hostname).mock(side_effect=answer_elsewhere)
        try:
            yield stand_in
        finally:
            check_stand_in(stand_in)


def check_stand_in(stand_in: StandIn) -> None:
    """Check that the stand-in itself had no error.

    Raises:
        AssertionError: When it had one; the message names it.
    """
    if stand_in.failures:
        failure = stand_in.failures[0]
        raise AssertionError(
            f"the stand-in itself failed: {type(failure).__name__}: {failure}"
        ) from failure


def _call(request: httpx.Request, base_path: str) -> Call:
    return Call(
        method=request.method,
        path=request.url.raw_path.decode().partition("?")[0].removeprefix(base_path),
        query=dict(request.url.params),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(),
    )


def _response(request: httpx.Request, reply: Reply) -> httpx.Response:
    if reply.connection_fault == "dropped":
        message = "Server disconnected without sending a response."
        raise httpx.RemoteProtocolError(message, request=request)
    if reply.connection_fault == "hangs":
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    length = {"content-length": str(len(reply.body))} if reply.says_length else {}
    headers = {"content-type": reply.content_type, **length, **reply.headers}
    is_broken = reply.connection_fault is not None
    stream = _Broken(request, reply) if is_broken else httpx.ByteStream(reply.body)
    return httpx.Response(reply.status, headers=headers, stream=stream)


class _Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends too early, with the HTTP library's own errors and messages."""

    def __init__(self, request: httpx.Request, reply: Reply) -> None:
        self._sent = reply.body_sent
        self._error: httpx.TransportError = httpx.ReadError(
            "[Errno 104] Connection reset by peer", request=request
        )
        if reply.connection_fault == "cut":
            self._error = httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {len(self._sent)} bytes, expected {len(reply.body)})",
                request=request,
            )

    def __iter__(self) -> Iterator[bytes]:
        yield self._sent
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._sent
        raise self._error
