"""Clocks: polyreel reads the time and sleeps only through one of these."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

import anyio


class Clock(Protocol):
    """The time and the sleeps that polyreel needs. Tests pass a clock that does not wait."""

    def monotonic(self) -> float:
        """Return seconds that never go back, for measuring."""
        ...

    def now(self) -> datetime:
        """Return the date and time, with a time zone."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleep, blocking the thread."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Sleep without blocking the event loop."""
        ...


class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def machine_started_at() -> float:
    """Return when this machine started, in seconds since 1970.

    It is the same for every process until the next start. It also changes when the clock is set,
    and, on some systems, when the machine sleeps.
    """
    return time.time() - time.monotonic()
