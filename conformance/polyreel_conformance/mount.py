"""A stand-in under a mocked transport, and time that passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import respx
from polyreel.sandbox import Call, Fault, Pace, Reply, StandIn


class ManualClock:
    """A `polyreel.Clock` whose sleeps take no time and move it on.

    Attributes:
        slept: Every sleep, in seconds.
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._seconds = 1000.0

    def monotonic(self) -> float:
        return self._seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._seconds += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@contextmanager
def mounted(
    kind: type[StandIn],
    *,
    clock: ManualClock,
    faults: Collection[Fault] = (),
    key: str | None = None,
    pace: Pace | None = None,
) -> Iterator[StandIn]:
    """Serve a stand-in at its vendor's own address, for every HTTP client of this process.

    Args:
        kind: The stand-in's class.
        clock: Moves its tasks on.
        faults: What goes wrong.
        key: The only key accepted; None accepts any.
        pace: How long tasks take on the clock.
    """
    stand_in = kind(
        kind.contract.server,
        key=key,
        faults=faults,
        pace=pace or Pace(queued=20.0, running=40.0),
        clock=clock.monotonic,
        # The length and size are what is looked at, so few pictures are enough.
        frames_per_second=2,
    )
    base_path = urlsplit(stand_in.address).path

    def answer(request: httpx.Request) -> httpx.Response:
        call = Call(
            method=request.method,
            path=request.url.raw_path.decode().partition("?")[0].removeprefix(base_path),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.read(),
        )
        return _response(request, stand_in.handle(call))

    with respx.mock(assert_all_called=False) as router:
        router.route(host=urlsplit(stand_in.address).hostname).mock(side_effect=answer)
        yield stand_in


def _response(request: httpx.Request, reply: Reply) -> httpx.Response:
    if reply.breaks_after == -1:
        raise httpx.RemoteProtocolError("the server closed the connection", request=request)
    headers = {
        "content-type": reply.content_type,
        "content-length": str(len(reply.body)),
        **reply.headers,
    }
    body = reply.body if reply.breaks_after is None else reply.body[: reply.breaks_after]
    return httpx.Response(reply.status, headers=headers, content=body)
