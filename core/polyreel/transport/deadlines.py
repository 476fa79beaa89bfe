"""Deadlines: how long one answer may take altogether, and how slow a download may be.

A read timeout does not end an answer that arrives one byte at a time. These do.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Monotonic = Callable[[], float]

SENT_PER_SECOND = 16 * 1024
"""Bytes. A large request has this much more time than an empty one, for slow connections."""
WRITTEN_AT_ONCE = 16 * 1024
"""Bytes of a request that are written before the deadline is checked again."""


class DeadlinePassed(Exception):
    """An answer did not arrive in time."""


@dataclass(frozen=True)
class Deadline:
    """The moment until which an answer has to be there.

    Attributes:
        seconds: How long that is from the start.
        at: The moment on the clock.
        monotonic: The clock.
    """

    seconds: float
    at: float
    monotonic: Monotonic

    @classmethod
    def after(cls, seconds: float, monotonic: Monotonic) -> Deadline:
        """Return the deadline that is some seconds from now."""
        return cls(seconds, monotonic() + seconds, monotonic)

    @property
    def left(self) -> float:
        """The seconds that are left; 0 or less when it has passed."""
        return self.at - self.monotonic()

    @property
    def has_passed(self) -> bool:
        """Whether it is too late."""
        return self.left <= 0


_current: contextvars.ContextVar[Deadline | None] = contextvars.ContextVar(
    "polyreel_deadline", default=None
)


@contextmanager
def kept_by_reads(deadline: Deadline | None) -> Iterator[None]:
    """Make the limited connections that this thread uses meanwhile keep a deadline."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def limit_stream(stream: Any) -> None:
    """Make a blocking connection keep the deadline of the request that uses it.

    A connection is used for many requests, so the deadline is read at each call. The methods are
    replaced on the object: the HTTP library offers no other way to reach a connection that it
    made by its own rules for proxies and certificates.
    """
    read, write = stream.read, stream.write

    def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
        received: bytes = read(max_bytes, _in_time(timeout))
        return received

    def write_in_time(buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for start in range(0, len(view), WRITTEN_AT_ONCE):
            write(view[start : start + WRITTEN_AT_ONCE], _in_time(timeout))

    stream.read, stream.write = read_in_time, write_in_time


def _in_time(timeout: float | None) -> float | None:
    deadline = _current.get()
    if deadline is None:
        return timeout
    left = deadline.left
    if left <= 0:
        raise DeadlinePassed
    return left if timeout is None else min(timeout, left)


class RateFloor:
    """Finds a download that is too slow to wait for."""

    def __init__(self, rate: float, window: float, monotonic: Monotonic) -> None:
        """Start to measure.

        Args:
            rate: The least bytes a second.
            window: The seconds over which that is measured.
            monotonic: The clock.
        """
        self._least = rate * window
        self._window = window
        self._monotonic = monotonic
        self._since = monotonic()
        self._arrived = 0

    def is_kept_by(self, size: int) -> bool:
        """Count bytes that arrived; return whether the download is still fast enough."""
        self._arrived += size
        now = self._monotonic()
        if now - self._since < self._window:
            return True
        is_fast = self._arrived >= self._least
        self._since, self._arrived = now, 0
        return is_fast
