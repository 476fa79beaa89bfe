"""The journal's SQL statements. Those about turns and pauses are in `turns.py`."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ..records import JobRecord, Stage
from ..spend_limit import SpendLimit, Spent
from .damage import DamagedRow
from .interface import MAY_FOLLOW, MOST_RESENDS, NOT_ANOTHERS, OVER, OWNERS_ONLY, Intent
from .row_shape import read_document
from .rows import dump_record, read_row

LEASE = timedelta(seconds=30)
"""A process without a heartbeat for this long counts as ended."""
COUNTED = timedelta(hours=1)
"""An accepted job counts as in flight for this long, unless it is seen to end earlier."""

_NAME_ONE = frozenset({"idempotency_key", "task_id"})
"""What names one job, or a few of which each matters."""


class Table:
    """The statements, within one transaction, for one process.

    What is about one job raises `DamagedRow` where its row can't be read. What is about many
    leaves that one out and reports it, except where this could cost money.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        owner: str,
        now: datetime,
        report: Callable[[DamagedRow], None] = lambda damaged: None,
    ) -> None:
        """Set what the statements need.

        Args:
            connection: To the journal.
            owner: This process.
            now: The time.
            report: Called for each row that can't be read and is left out.
        """
        self._report = report
        self.connection = connection
        self.owner = owner
        self.now = now
        self.at = now.timestamp()

    # Jobs

    def job(self, job_id: str) -> JobRecord | None:
        found = self.connection.execute(
            "SELECT document FROM jobs WHERE id = ?", (job_id,)
        ).fetchone()
        return None if found is None else read_row(job_id, found[0], self.now)

    def jobs(
        self,
        id_prefix: str | None,
        stages: Collection[Stage] | None,
        wanted: dict[str, Any],
        limit: int | None,
        places: Collection[str] | None = None,
    ) -> list[JobRecord]:
        terms = [f"{name} = ?" for name, value in wanted.items() if value is not None]
        values = [value for value in wanted.values() if value is not None]
        if id_prefix is not None:
            terms.append("substr(id, 1, length(?)) = ?")
            values += [id_prefix, id_prefix]
        if places is not None:
            terms.append(f"place IN ({', '.join('?' * len(places))})")
            values += places
        if stages is not None:
            terms.append(f"stage IN ({', '.join('?' * len(stages))})")
            values += [str(stage) for stage in stages]
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        found = self.connection.execute(
            f"SELECT id, document FROM jobs {where} "  # noqa: S608  # names of ours; values are bound
            "ORDER BY created_at DESC, rowid DESC LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        if id_prefix is None and not any(wanted.get(name) is not None for name in _NAME_ONE):
            return self._readable(found)
        return [read_row(job_id, text, self.now) for job_id, text in found]

    def _readable(self, found: Iterable[tuple[str, str]]) -> list[JobRecord]:
        records: list[JobRecord] = []
        for job_id, text in found:
            try:
                records.append(read_row(job_id, text, self.now))
            except DamagedRow as damaged:
                self._report(damaged)
        return records

    def add(self, intent: Intent) -> None:
        record = intent.record
        self.connection.execute(
            "INSERT INTO jobs (id, idempotency_key, request_digest, place, provider, model, stage,"
            " created_at, owner, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.id,
                record.idempotency_key,
                intent.digest,
                intent.place,
                record.provider,
                record.model,
                str(record.stage),
                self.at,
                self.owner,
                dump_record(record),
            ),
        )

    def open_again(self, record: JobRecord, place: str) -> None:
        self.connection.execute(
            # It starts now, so it belongs to this day's budget.
            "UPDATE jobs SET stage = ?, place = ?, created_at = ?, owner = ?, document = ?"
            " WHERE id = ?",
            (str(record.stage), place, self.at, self.owner, dump_record(record), record.id),
        )

    def move(self, record: JobRecord, body_digest: str | None = None) -> bool:
        if record.stage in OWNERS_ONLY and not self._may_be_sent(record):
            return False
        may_follow = MAY_FOLLOW[record.stage]
        terms = [f"stage IN ({', '.join('?' * len(may_follow))})"]
        values: list[Any] = [str(stage) for stage in may_follow]
        if record.stage in OWNERS_ONLY:
            terms.append("owner = ?")
            values.append(self.owner)
        elif record.stage in NOT_ANOTHERS:
            terms.append("(owner IS NULL OR owner = ?)")
            values.append(self.owner)
        if record.stage is Stage.ACCEPTED:
            terms.append("task_id IS NULL")
        elif record.ref is not None:
            terms.append("(task_id IS NULL OR task_id = ?)")
            values.append(record.ref.task_id)
        accepted_at = record.timeline.accepted_at
        is_over = record.stage in OVER or record.ended_without_video
        changed = self.connection.execute(
            "UPDATE jobs SET stage = ?, task_id = ?, accepted_at = ?,"  # noqa: S608
            " owner = CASE ? WHEN 1 THEN NULL ELSE owner END,"
            " body_digest = coalesce(?, body_digest), document = ?"
            f" WHERE id = ? AND {' AND '.join(terms)}",
            [
                str(record.stage),
                None if record.ref is None else record.ref.task_id,
                None if accepted_at is None else accepted_at.timestamp(),
                int(is_over),
                body_digest,
                dump_record(record),
                record.id,
                *values,
            ],
        )
        return changed.rowcount == 1

    def _may_be_sent(self, record: JobRecord) -> bool:
        """Return whether a job's row allows one more paid request, within this transaction."""
        known = self.job(record.id)
        if known is None:
            return False
        if Stage.INTENT in (known.stage, record.stage):  # a first request, or one after a refusal
            return known.resends == record.resends == 0
        return (
            known.sent_key is not None
            and record.sent_key == known.sent_key
            and record.resends == known.resends + 1 <= MOST_RESENDS
        )

    def of_key(self, key: str) -> list[tuple[str, JobRecord]]:
        """Return the digest and the job of every row under a key, the oldest first."""
        found = self.connection.execute(
            "SELECT request_digest, id, document FROM jobs WHERE idempotency_key = ? "
            "ORDER BY created_at, rowid",
            (key,),
        )
        # A row that can't be read may be a paid job: under its key nothing is sent.
        return [(digest, read_row(job_id, text, self.now)) for digest, job_id, text in found]

    def in_flight(self, place: str) -> int:
        (count,) = self.connection.execute(
            "SELECT count(*) FROM jobs WHERE place = ? AND (stage IN ('intent', 'sending') "
            "OR (stage = 'accepted' AND accepted_at > ?))",
            (place, self.at - COUNTED.total_seconds()),
        ).fetchone()
        return int(count)

    def spent(self, limit: SpendLimit) -> Spent:
        return limit.spent(self._documents_of(limit))

    def _documents_of(self, limit: SpendLimit) -> Iterator[dict[str, Any]]:
        found = self.connection.execute(
            "SELECT id, place, document FROM jobs WHERE created_at >= ?",
            (limit.start(self.now).timestamp(),),
        )
        # Read as plain JSON: a month has many jobs, and only their amounts matter here. A row
        # that can't be read may have cost anything, so nothing is sent under a budget.
        for job_id, place, text in found:
            if limit.counts(place):
                yield _document(job_id, text)

    # Leases

    def owner_of(self, job_id: str) -> str | None:
        found = self.connection.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if found is None else found[0]

    def lease(self, job_id: str) -> None:
        self.connection.execute("UPDATE jobs SET owner = ? WHERE id = ?", (self.owner, job_id))

    def release(self, job_id: str) -> None:
        self.connection.execute(
            "UPDATE jobs SET owner = NULL WHERE id = ? AND owner = ?", (job_id, self.owner)
        )

    def register(self) -> None:
        """Register this process, or renew its heartbeat."""
        self.connection.execute(
            "INSERT INTO owners (id, host, pid, heartbeat_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at",
            (self.owner, platform.node(), os.getpid(), self.at),
        )

    def heartbeat(self) -> None:
        """Renew this process's heartbeat while it leases a job."""
        leased = self.connection.execute(
            "SELECT 1 FROM jobs WHERE owner = ? LIMIT 1", (self.owner,)
        ).fetchone()
        if leased is not None:
            self.register()

    def expired_owners(self) -> list[str]:
        """Return the other processes that have ended or whose heartbeat is too old."""
        found = self.connection.execute(
            "SELECT id, host, pid, heartbeat_at FROM owners WHERE id <> ?", (self.owner,)
        )
        return [
            owner
            for owner, host, pid, heartbeat_at in found
            if abs(self.at - heartbeat_at) > LEASE.total_seconds() or _has_ended(host, pid)
        ]

    def remove_owner(self, owner: str) -> None:
        """Remove a process, unless it still leases a job."""
        self.connection.execute(
            "DELETE FROM owners WHERE id = ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE owner = ?)",
            (owner, owner),
        )

    def take_from(self, owner: str) -> list[JobRecord]:
        """Release the jobs of a process, and return them.

        A job whose row can't be read stays with it: nobody can say what became of the paid
        request. A newer polyreel may be able to read it.
        """
        found = self.connection.execute("SELECT id, document FROM jobs WHERE owner = ?", (owner,))
        records = self._readable(found.fetchall())
        self.connection.executemany(
            "UPDATE jobs SET owner = NULL WHERE id = ?", [(each.id,) for each in records]
        )
        return records


def _document(job_id: str, text: object) -> dict[str, Any]:
    try:
        document = read_document(text)
        if not isinstance(document.get("status") or {}, dict):
            raise DamagedRow(job_id)
    except (ValueError, RecursionError):
        raise DamagedRow(job_id) from None
    return document


def _has_ended(host: str, pid: int) -> bool:
    """Return whether a process of this machine has certainly ended.

    A process of another machine is judged by its heartbeat only.
    """
    if host != platform.node() or sys.platform == "win32":  # os.kill ends processes on Windows
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
