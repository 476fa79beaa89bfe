"""Rescue: a new journal of what can still be read of a damaged one. The old file stays as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ...errors import JournalError
from .damage import DamagedRow
from .rows import read_row
from .schema import VERSION, migrate
from .unreadable import COLUMNS, OldJournal, Unreadable

_ENDED = "rescue"
"""The owner of jobs that were being sent: a process that has ended, so that the next one to open
the new journal settles them as it does after any crash."""


@dataclass(frozen=True, kw_only=True)
class Rescued:
    """What was read of a damaged journal.

    Attributes:
        path: The new journal.
        jobs: How many jobs are in it.
        lost: The ids of jobs that could not be read, as far as the file names them.
        lost_without_id: How many more could not be read.
        may_have_more: Whether the file may have had jobs that nothing in it names any more.
    """

    path: Path
    jobs: int
    lost: tuple[str, ...]
    lost_without_id: int
    may_have_more: bool


def rescue(damaged: Path, new: Path) -> Rescued:
    """Write what can be read of a journal into a new one. No job belongs to a process there.

    The new journal gets its name when it is whole, so that an interrupt leaves none.

    Args:
        damaged: The journal; it is only read.
        new: The new journal.

    Raises:
        JournalError: When there is nothing to read, or the new file exists or can't be written.
    """
    if not damaged.is_file():
        raise JournalError(f"there is no journal {damaged}. POLYREEL_HOME names its folder")
    if os.path.lexists(new):
        raise _exists(new)
    try:
        with tempfile.TemporaryDirectory(dir=new.parent, prefix=".rescue-") as name:
            folder = Path(name)
            made = folder / "new.sqlite3"
            os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            done = _copied(_copy(damaged, folder), made, new)
            _give_name(made, new)
            return done
    except Unreadable as error:
        raise JournalError(f"nothing of {damaged} can be read: {error}") from None
    except sqlite3.Error as error:
        raise JournalError(f"{damaged} can't be rescued: {error}") from None
    except OSError as error:
        raise JournalError(
            f"{damaged} can't be rescued to {new}: {error.strerror}. Give another path with --to"
        ) from None


def _copied(damaged: Path, made: Path, new: Path) -> Rescued:
    old = OldJournal(damaged)
    old.open()
    lost: set[str] = set()
    without_id = 0
    with closing(old), closing(sqlite3.connect(made, isolation_level=None)) as target:
        if old.version > VERSION:
            raise Unreadable(f"a newer polyreel wrote it (its format is {old.version})")
        migrate(target, old.version or 1)
        old.find()
        target.execute("BEGIN")
        for number in sorted(old.ids):
            row = old.row(number)
            if row is not None and _is_added(target, row):
                continue
            job_id = old.id(number)
            if job_id is None:
                without_id += 1
            else:
                lost.add(job_id)
        target.execute("COMMIT")
        migrate(target)
        lost |= _remove_damaged(target)
        _leave_to_recovery(target)
        saved = {each for (each,) in target.execute("SELECT id FROM jobs")}
    if not (saved or lost or without_id or old.has_all_numbers):
        raise Unreadable("no row is whole")
    return Rescued(
        path=new,
        jobs=len(saved),
        lost=tuple(sorted(lost - saved)),
        lost_without_id=without_id,
        may_have_more=not old.has_all_numbers,
    )


def _copy(damaged: Path, folder: Path) -> Path:
    """Return a copy of the file to read, with the unfinished transaction that lies beside it.

    SQLite brings that to its end in the copy, and changes nothing in the original.
    """
    copies = folder / "old"
    copies.mkdir()
    for file in (damaged, damaged.with_name(f"{damaged.name}-journal")):
        if file.is_file():
            shutil.copyfile(file, copies / file.name)
    return copies / damaged.name


def _is_added(target: sqlite3.Connection, row: tuple[object, ...]) -> bool:
    marks = ", ".join("?" * len(COLUMNS))
    added = target.execute(
        f"INSERT OR IGNORE INTO jobs ({', '.join(COLUMNS)}) VALUES ({marks})",  # noqa: S608  # names of ours
        row,
    )
    return added.rowcount == 1


def _remove_damaged(target: sqlite3.Connection) -> set[str]:
    """Remove the rows that are not the record of their job, and return their ids."""
    damaged: dict[object, str] = {}
    for job_id, text in target.execute("SELECT id, document FROM jobs"):
        try:
            read_row(job_id, text)
        except DamagedRow as error:
            damaged[job_id] = error.job_id
    target.executemany("DELETE FROM jobs WHERE id = ?", [(each,) for each in damaged])
    return set(damaged.values())


def _leave_to_recovery(target: sqlite3.Connection) -> None:
    """Give the jobs that were being sent to a process that has ended."""
    given = target.execute(
        "UPDATE jobs SET owner = ? WHERE stage IN ('intent', 'sending')", (_ENDED,)
    )
    if given.rowcount:
        target.execute(
            "INSERT INTO owners (id, host, pid, heartbeat_at) VALUES (?, '', 0, 0)", (_ENDED,)
        )


def _give_name(made: Path, new: Path) -> None:
    """Give the whole journal its name; no file is replaced."""
    try:
        os.link(made, new)
    except FileExistsError:
        raise _exists(new) from None
    except OSError:  # a file system without links
        if os.path.lexists(new):
            raise _exists(new) from None
        made.rename(new)


def _exists(new: Path) -> JournalError:
    return JournalError(f"{new} exists already; give another path with --to")
