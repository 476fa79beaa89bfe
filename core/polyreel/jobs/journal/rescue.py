"""Rescue: a new journal of what can still be read of a damaged one. The old file stays as it is."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...errors import JournalError
from .rows import load_record
from .schema import VERSION, migrate

_COLUMNS = (
    "id, idempotency_key, request_digest, body_digest, place, provider, model, stage, task_id, "
    "created_at, accepted_at, document"
)
_INDEXES = ("jobs_by_age", "jobs_by_stage", "jobs_by_task", "sqlite_autoindex_jobs_1")
"""Each knows every row by itself, or many, so a row whose own page is lost is still found."""
_MOST_BETWEEN = 1_000_000
"""So many row numbers between two damaged pages are tried."""


@dataclass(frozen=True, kw_only=True)
class Rescued:
    """What was read of a damaged journal.

    Attributes:
        path: The new journal.
        jobs: How many jobs are in it.
        lost: The ids of jobs that could not be read, as far as the file names them.
        lost_without_id: How many more could not be read.
    """

    path: Path
    jobs: int
    lost: tuple[str, ...]
    lost_without_id: int


def rescue(damaged: Path, new: Path) -> Rescued:
    """Write what can be read of a journal into a new one. No job belongs to a process there.

    Args:
        damaged: The journal; it is only read.
        new: The new journal.

    Raises:
        JournalError: When there is nothing to read, or the new file exists or can't be written.
    """
    if not damaged.is_file():
        raise JournalError(f"there is no journal {damaged}. POLYREEL_HOME names its folder")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise JournalError(f"{new} exists already; give another path with --to") from None
    except OSError as error:
        raise JournalError(f"can't write {new}: {error.strerror}") from None
    try:
        return _copied(damaged, new)
    except BaseException as error:
        new.unlink(missing_ok=True)
        if isinstance(error, (sqlite3.Error, OSError)):
            raise JournalError(f"nothing of {damaged} can be read: {error}") from None
        raise


def _copied(damaged: Path, new: Path) -> Rescued:
    jobs = 0
    lost: list[str] = []
    without_id = 0
    with (
        tempfile.TemporaryDirectory(dir=new.parent, prefix=".rescue-") as folder,
        closing(sqlite3.connect(_copy(damaged, Path(folder)), isolation_level=None)) as old,
        closing(sqlite3.connect(new, isolation_level=None)) as target,
    ):
        version = int(old.execute("PRAGMA user_version").fetchone()[0])
        migrate(target, version or 1)
        ids = _ids(old)
        target.execute("BEGIN")
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        for number in _numbers(old, ids):
            row = _row(old, number, is_current=version == VERSION)
            if row is None:
                job_id = ids.get(number)
                if job_id is not None:
                    lost.append(job_id)
                elif number in ids:
                    without_id += 1
                continue
            target.execute(f"INSERT OR IGNORE INTO jobs ({_COLUMNS}) VALUES ({marks})", row)  # noqa: S608  # names of ours
            jobs += 1
        target.execute("COMMIT")
        migrate(target)
    return Rescued(path=new, jobs=jobs, lost=tuple(lost), lost_without_id=without_id)


def _copy(damaged: Path, folder: Path) -> Path:
    """Return a copy of the file to read, with the unfinished transaction that lies beside it.

    SQLite brings that to its end in the copy, and changes nothing in the original.
    """
    for file in (damaged, damaged.with_name(f"{damaged.name}-journal")):
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    return folder / damaged.name


def _ids(connection: sqlite3.Connection) -> dict[int, str | None]:
    """Return the number of every row that an index names, and its id where one names that."""
    found: dict[int, str | None] = {}
    for index in _INDEXES:
        name = "id" if index.startswith("sqlite_autoindex") else "NULL"
        try:
            rows = connection.execute(f"SELECT rowid, {name} FROM jobs INDEXED BY {index}")  # noqa: S608  # names of ours
            for number, job_id in rows:
                found[number] = job_id or found.get(number)
        except sqlite3.Error:
            continue  # a damaged index names the rows before the damage
    return found


def _numbers(connection: sqlite3.Connection, ids: dict[int, str | None]) -> list[int]:
    """Return the numbers of the rows to try."""
    first = _readable(connection, "ASC")
    last = _readable(connection, "DESC")
    found = {*ids, *first, *last}
    start, end = max(first, default=0) + 1, min(last, default=0)
    # Between two damaged pages there may be rows that no index names.
    return sorted(found.union(range(start, min(end, start + _MOST_BETWEEN))))


_IN_ORDER = {
    "ASC": "SELECT rowid FROM jobs NOT INDEXED ORDER BY rowid ASC",
    "DESC": "SELECT rowid FROM jobs NOT INDEXED ORDER BY rowid DESC",
}


def _readable(connection: sqlite3.Connection, order: Literal["ASC", "DESC"]) -> list[int]:
    """Return the numbers of the rows from one end of the table to the first damage."""
    numbers: list[int] = []
    try:
        for (number,) in connection.execute(_IN_ORDER[order]):
            numbers.append(number)  # what came before an error counts
    except sqlite3.Error:
        pass
    return numbers


def _row(connection: sqlite3.Connection, number: int, is_current: bool) -> tuple[Any, ...] | None:
    """Return a row that can be read and understood; None for any other."""
    try:
        row: tuple[Any, ...] | None = connection.execute(
            f"SELECT {_COLUMNS} FROM jobs WHERE rowid = ?",  # noqa: S608  # names of ours
            (number,),
        ).fetchone()
        if row is None:
            return None
        json.loads(row[-1])
        if is_current:  # an older one is brought up to date first
            load_record(row[-1])
    except (sqlite3.Error, ValueError, KeyError, TypeError):
        return None
    return row
