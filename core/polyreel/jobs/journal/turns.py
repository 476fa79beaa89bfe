"""Turns: when the next request to a place may leave, for every process that shares the journal.

A turn and a pause are moments of the machine's date. When the date was set back, they are moved
back with it, so that nobody waits longer than before. A row of its own says when the last turn was
given or the last pause was begun: a date before that moment was set back.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

LONGEST_PAUSE = 600.0
"""Seconds. A provider can't ask for a longer one."""
SAME_DATE = 30.0
"""Seconds by which the dates of two machines that share a journal may differ."""
_LAST = ""
"""In the place of a place's name: the row whose `next_at` is the moment of the last change."""


class Turns:
    """The statements, within one transaction."""

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self._connection = connection
        self._at = now.timestamp()

    def was_set_back(self) -> bool:
        """Return whether the date was set back since the last turn or pause."""
        last, _ = self._row(_LAST)
        return last - self._at > SAME_DATE

    def set_back(self, seconds: float) -> None:
        """Move turns and pauses back where the date was set back, so that none takes longer.

        Every process notices the same change of the date, and only the first moves the turns:
        those that were given since are right.

        Args:
            seconds: How far this process saw the date go back; 0 where it saw nothing.
        """
        last, _ = self._row(_LAST)
        ahead = last - self._at
        turns = seconds if seconds and (not last or ahead > 0) else 0.0
        if not seconds and ahead > SAME_DATE:  # no process was there to see it
            turns = seconds = ahead
        if not seconds:
            return
        self._connection.execute(
            "UPDATE places SET next_at = next_at - ?, paused_until = paused_until - ?"
            " WHERE place <> ?",
            (turns, seconds, _LAST),
        )
        self._note()

    def take(self, place: str, requests_per_minute: int | None) -> float:
        """Take the next free moment, and return the seconds until then."""
        next_at, paused_until = self._row(place)
        start = self._at
        if paused_until - self._at <= LONGEST_PAUSE:  # a longer one means a date set back
            start = max(start, paused_until)
        if requests_per_minute is not None:
            # One's own queue may be of any length. In a file that only an older polyreel has
            # written to, nothing says whether the date was set back.
            if next_at - self._at <= LONGEST_PAUSE or self._row(_LAST) != (0.0, 0.0):
                start = max(start, next_at)
            self._connection.execute(
                "INSERT INTO places (place, next_at) VALUES (?, ?) "
                "ON CONFLICT (place) DO UPDATE SET next_at = excluded.next_at",
                (place, start + 60.0 / requests_per_minute),
            )
            self._note()
        return float(start - self._at)

    def pause(self, place: str, seconds: float) -> None:
        """Pause the requests to a place; a shorter pause does not cut a longer one."""
        self._connection.execute(
            "INSERT INTO places (place, paused_until) VALUES (?, ?) "
            "ON CONFLICT (place) DO UPDATE"
            " SET paused_until = max(paused_until, excluded.paused_until)",
            (place, self._at + min(seconds, LONGEST_PAUSE)),
        )
        self._note()

    def _note(self) -> None:
        self._connection.execute(
            "INSERT INTO places (place, next_at) VALUES (?, ?) "
            "ON CONFLICT (place) DO UPDATE SET next_at = excluded.next_at",
            (_LAST, self._at),
        )

    def _row(self, place: str) -> tuple[float, float]:
        found: tuple[float, float] | None = self._connection.execute(
            "SELECT next_at, paused_until FROM places WHERE place = ?", (place,)
        ).fetchone()
        return found or (0.0, 0.0)
