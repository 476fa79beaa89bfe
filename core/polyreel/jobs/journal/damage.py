"""Damage: what is said of it, and a search for it before a job is paid for.

A damaged page may be one that no statement reads until the paid task has to be saved.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from ...characters import clean_line

SECONDS = 0.25
"""The check stops after this long; a very large file is checked in part."""
_STEPS = 5_000
_LONGEST_ID = 64

RESCUE = (
    "`polyreel jobs rescue` writes a new journal of what can be read. Keep the file: its jobs may "
    "still exist at their vendors."
)
"""What to do about any damage."""


class Damaged(Exception):
    """The file is damaged. The message says so, without its content."""


class DamagedRow(Damaged):
    """The row of one job can't be read.

    Attributes:
        job_id: The job.
    """

    def __init__(self, job_id: str) -> None:
        self.job_id = clean_line(str(job_id))[:_LONGEST_ID]
        super().__init__(f"the row of job {self.job_id} can't be read")


def read_text(value: bytes) -> str:
    """Return a text of the file. SQLite itself would refuse bytes that are not UTF-8.

    Its message would quote them, and no row after that one could be read. They become surrogates
    here, which no text of ours has.
    """
    return value.decode("utf-8", "surrogateescape")


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
