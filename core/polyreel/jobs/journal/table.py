"""The journal's SQL statements."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from ..records import JobRecord, Stage
from ..spend_limit import SpendLimit, Spent
from .interface import MAY_FOLLOW, NOT_ANOTHERS, OVER, OWNERS_ONLY, Intent
from .rows import dump_record, load_record

LEASE = timedelta(seconds=30)
"""A process without a heartbeat for this long counts as ended."""
COUNTED = timedelta(hours=1)
"""An accepted job counts as in flight for this long, unless it is seen to end earlier."""
LONGEST_TURN = 600.0
"""Seconds. A turn that is later than this means that the clock was set back; it is ignored."""


class Table:
    """The statements, within one transaction, for one process."""

    def __init__(self, connection: sqlite3.Connection, owner: str, now: datetime) -> None:
        self.connection = connection
        self.owner = owner
        self.now = now
        self.at = now.timestamp()

    # Jobs

    def job(self, job_id: str) -> JobRecord | None:
        return self._one("SELECT document FROM jobs WHERE id = ?", job_id)

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
            f"SELECT document FROM jobs {where} "  # noqa: S608  # names of ours; values are bound
            "ORDER BY created_at DESC, rowid DESC LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return [load_record(text, self.now) for (text,) in found]

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

    def of_key(self, key: str) -> list[tuple[str, JobRecord]]:
        """Return the digest and the job of every row under a key, the oldest first."""
        found = self.connection.execute(
            "SELECT request_digest, document FROM jobs WHERE idempotency_key = ? "
            "ORDER BY created_at, rowid",
            (key,),
        )
        return [(digest, load_record(text, self.now)) for digest, text in found]

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
            "SELECT place, document FROM jobs WHERE created_at >= ?",
            (limit.start(self.now).timestamp(),),
        )
        # Read as plain JSON: a month has many jobs, and only their amounts matter here.
        for place, text in found:
            if limit.counts(place):
                yield json.loads(text)

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
        """Remove a process and release its jobs."""
        self.connection.execute("UPDATE jobs SET owner = NULL WHERE owner = ?", (owner,))
        self.connection.execute("DELETE FROM owners WHERE id = ?", (owner,))

    def jobs_owned_by(self, owner: str) -> list[JobRecord]:
        """Return the jobs that a process leases."""
        found = self.connection.execute("SELECT document FROM jobs WHERE owner = ?", (owner,))
        return [load_record(text, self.now) for (text,) in found.fetchall()]

    # Limits

    def take_turn(self, place: str, requests_per_minute: int | None) -> float:
        found = self.connection.execute(
            "SELECT next_at, paused_until FROM places WHERE place = ?", (place,)
        ).fetchone()
        next_at, paused_until = (0.0, 0.0) if found is None else found
        start = max(self.at, paused_until)
        if requests_per_minute is not None:
            start = max(start, next_at)
        if start - self.at > LONGEST_TURN:
            start = self.at
        if requests_per_minute is not None:
            self.connection.execute(
                "INSERT INTO places (place, next_at) VALUES (?, ?) "
                "ON CONFLICT (place) DO UPDATE SET next_at = excluded.next_at",
                (place, start + 60.0 / requests_per_minute),
            )
        return float(start - self.at)

    def set_turns_back(self, seconds: float) -> None:
        """Move every turn and pause as far back as the date was set, so that none takes longer."""
        if not seconds:
            return
        self.connection.execute(
            "UPDATE places SET next_at = next_at - ?, paused_until = paused_until - ?",
            (seconds, seconds),
        )

    def pause_requests(self, place: str, seconds: float) -> None:
        self.connection.execute(
            "INSERT INTO places (place, paused_until) VALUES (?, ?) "
            "ON CONFLICT (place) DO UPDATE"
            " SET paused_until = max(paused_until, excluded.paused_until)",
            (place, self.at + min(seconds, LONGEST_TURN)),
        )

    def _one(self, statement: str, *values: object) -> JobRecord | None:
        found = self.connection.execute(statement, values).fetchone()
        return None if found is None else load_record(found[0], self.now)


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
