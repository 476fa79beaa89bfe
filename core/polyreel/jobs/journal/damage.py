"""Damage: looks for a part of the journal's file that can't be read, before a job is paid for.

A damaged page may be one that no statement reads until the paid task has to be saved.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

SECONDS = 0.25
"""The check stops after this long; a very large file is checked in part."""
_STEPS = 5_000


class Damaged(Exception):
    """The file is damaged. The message says so, without its content."""


def find_damage(
    connection: sqlite3.Connection,
    seconds: float = SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> bool:
    """Check the file; return whether all of it was checked.

    Args:
        connection: To the journal.
        seconds: The longest that the check may take.
        monotonic: The clock.

    Raises:
        Damaged: When a part of the file can't be read or does not fit the others.
    """
    end = monotonic() + seconds
    connection.set_progress_handler(lambda: monotonic() >= end, _STEPS)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_INTERRUPT":
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise Damaged("a part of the file is damaged")
    return True
