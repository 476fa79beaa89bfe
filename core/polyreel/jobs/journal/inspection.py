"""Inspection: what a journal's file looks like, without opening it for work or creating it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..records import Stage
from .schema import UnknownSchema, version_of

_PATIENCE = 1.0  # seconds to wait for another process's commit
_UNSETTLED = (Stage.INTENT, Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED)


@dataclass(frozen=True)
class Inspection:
    """What was seen of a journal's file.

    Attributes:
        exists: Whether there is one.
        jobs: How many jobs it has; None where that can't be read.
        unsettled: How many of them had no known end when they were last written.
        problem: Why it could not be used; None when nothing was seen that stands against it.
    """

    exists: bool
    jobs: int | None = None
    unsettled: int | None = None
    problem: str | None = None


def inspect_journal(path: Path) -> Inspection:
    """Return what can be seen of a journal's file. Changes nothing and creates nothing."""
    try:
        exists = path.exists()
        if not exists:
            return Inspection(False, problem=_why_not_created(path))
        with path.open("rb"):
            pass
    except OSError as error:
        return Inspection(True, problem=f"it can't be read: {error.strerror}")
    try:
        address = f"{path.as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as connection:
            jobs, unsettled = _counted(connection)
    except UnknownSchema as error:
        return Inspection(True, problem=str(error))
    except (sqlite3.Error, ValueError) as error:
        return Inspection(True, problem=f"it can't be read: {error}")
    problem = None if os.access(path, os.W_OK) and _is_writable(path.parent) else "it is read-only"
    return Inspection(True, jobs, unsettled, problem)


def _counted(connection: sqlite3.Connection) -> tuple[int, int]:
    if not version_of(connection):
        return 0, 0
    marks = ", ".join("?" for _ in _UNSETTLED)
    (jobs,) = connection.execute("SELECT count(*) FROM jobs").fetchone()
    (unsettled,) = connection.execute(
        f"SELECT count(*) FROM jobs WHERE stage IN ({marks})",  # noqa: S608  # question marks only
        [str(each) for each in _UNSETTLED],
    ).fetchone()
    return int(jobs), int(unsettled)


def _why_not_created(path: Path) -> str | None:
    """Return why a file could not be created; missing folders on its way would be."""
    nearest = next(each for each in path.parents if each.exists())
    if not nearest.is_dir():
        return f"it can't be created: {nearest} is not a folder"
    return None if _is_writable(nearest) else f"it can't be created: {nearest} is not writable"


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
