"""The journal file's tables, and how an older file becomes a newer one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

APPLICATION_ID = 0x706C726C
"""Marks a SQLite file as a journal of ours ("plrl"), so that no other is taken for one."""

Step = str | Callable[[sqlite3.Connection], None]
"""One step of a migration: a statement, or a function that changes rows."""

# What version 2 calls by other names: stages, moments of the timeline, and an error.
_STAGES = {"fetching": "downloading", "fetched": "downloaded"}
_MOMENTS = {"fetching_at": "downloading_at", "fetched_at": "downloaded_at"}
_ERRORS = {"FetchError": "DownloadError"}


def rename_in_documents(connection: sqlite3.Connection) -> None:
    """Bring the names in every job's document from version 2 to version 3."""
    for job_id, text in connection.execute("SELECT id, document FROM jobs").fetchall():
        try:
            changed = _renamed(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # one damaged row must not keep the others from their jobs
        connection.execute(
            "UPDATE jobs SET stage = ?, document = ? WHERE id = ?", (*changed, job_id)
        )


def _renamed(document: dict[str, Any]) -> tuple[str, str]:
    """Return the stage and the text of a document with the names of version 3."""
    stage = document["stage"]
    document["stage"] = _STAGES.get(stage, stage)
    timeline = document.get("timeline") or {}
    document["timeline"] = {_MOMENTS.get(name, name): at for name, at in timeline.items()}
    error = document.get("error")
    if error is not None:
        error["type"] = _ERRORS.get(error["type"], error["type"])
    return str(document["stage"]), json.dumps(document)


# Each entry brings a file from the version before it to its own; a file's version is the
# number of entries it has been through. Entries that were released never change.
MIGRATIONS: tuple[tuple[Step, ...], ...] = (
    (
        """CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            idempotency_key TEXT,
            request_digest TEXT NOT NULL,
            body_digest TEXT,
            place TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            stage TEXT NOT NULL,
            task_id TEXT,
            created_at REAL NOT NULL,
            accepted_at REAL,
            owner TEXT,
            document TEXT NOT NULL
        )""",
        "CREATE INDEX jobs_by_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL",
        "CREATE INDEX jobs_by_stage ON jobs (stage, place)",
        "CREATE INDEX jobs_by_task ON jobs (task_id) WHERE task_id IS NOT NULL",
        """CREATE TABLE owners (
            id TEXT PRIMARY KEY,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL,
            beat_at REAL NOT NULL
        )""",
    ),
    (
        # Requests a minute, and pauses that a provider asked for.
        """CREATE TABLE places (
            place TEXT PRIMARY KEY,
            next_at REAL NOT NULL DEFAULT 0,
            held_until REAL NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX jobs_by_age ON jobs (created_at)",
        "CREATE INDEX jobs_by_owner ON jobs (owner) WHERE owner IS NOT NULL",
    ),
    (
        "ALTER TABLE owners RENAME COLUMN beat_at TO heartbeat_at",
        "ALTER TABLE places RENAME COLUMN held_until TO paused_until",
        rename_in_documents,
    ),
    (
        # Media that a provider has to approve. They are no jobs.
        """CREATE TABLE registrations (
            provider TEXT NOT NULL,
            address TEXT NOT NULL,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            content TEXT NOT NULL,
            state TEXT NOT NULL,
            vendor_id TEXT,
            reason TEXT,
            changed_at REAL NOT NULL,
            owner TEXT,
            call TEXT,
            PRIMARY KEY (provider, address, account, kind, content)
        )""",
    ),
)
VERSION = len(MIGRATIONS)


class UnknownSchema(Exception):
    """The file is not a journal, or a newer polyreel's. The message says which."""


def migrate(connection: sqlite3.Connection, to: int = VERSION) -> None:
    """Bring an open file to a version, in one transaction.

    Args:
        connection: In autocommit mode.
        to: The version; older ones than the newest serve tests only.

    Raises:
        UnknownSchema: When the file can't be understood; it is left as it is.
        sqlite3.Error: When the file can't be read or written.
    """
    connection.execute("BEGIN")  # one moment's view, while others may be bringing it up to date
    version = _version_and_rollback(connection)
    if version == to:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it meanwhile.
        for number in range(version_of(connection), to):
            for step in MIGRATIONS[number]:
                if callable(step):
                    step(connection)
                else:
                    connection.execute(step)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {to}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version_and_rollback(connection: sqlite3.Connection) -> int:
    try:
        return version_of(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of an open file; 0 for an empty one.

    Raises:
        UnknownSchema: When the file can't be understood.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != APPLICATION_ID and (version or tables):
        raise UnknownSchema("it is a database of another program")
    if version > VERSION:
        raise UnknownSchema(
            f"it was written by a newer polyreel (its format is {version}, this one knows "
            f"{VERSION}). Update polyreel; the file was left as it is"
        )
    return version
