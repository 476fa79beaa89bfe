"""Time, handed in: nothing in polyreel reads a clock or sleeps except through one of these."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

import anyio


class Clock(Protocol):
    """What polyreel needs of time. Tests hand in one that does not wait."""

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring."""
        ...

    def now(self) -> datetime:
        """The date and time, with its zone."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, blocking the thread."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Wait, leaving the event loop to others."""
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
