"""Notices that the machine's date was set back while this process ran."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

_NOTICED = 1.0
"""Seconds. Small corrections of the date need nothing."""


class SetBack:
    """Compares the date with a clock that never goes back."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float] | None) -> None:
        """Remember both times.

        Args:
            now: Returns the date and time.
            monotonic: Returns seconds that never go back; None to notice nothing.
        """
        self._now = now
        self._monotonic = monotonic or (lambda: now().timestamp())
        self._reading = threading.Lock()
        self._last = now().timestamp(), self._monotonic()

    def seconds(self) -> float:
        """Return how many seconds the date was set back since the last call; 0 for none."""
        with self._reading:
            at, passed = self._now().timestamp(), self._monotonic()
            last_at, last_passed = self._last
            self._last = at, passed
        back = (passed - last_passed) - (at - last_at)
        return back if back > _NOTICED else 0.0
