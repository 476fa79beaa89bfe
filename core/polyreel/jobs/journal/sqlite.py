"""The journal in one SQLite file, safe for many threads and processes at once.

Rollback journal and full sync rather than a write-ahead log: grouped into one commit by
`Writer` it costs the same, and it is free of the fault that SQLite's write-ahead log had
until 3.51.3 (two connections could lose a committed page; here that is a paid task).
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import stat
import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

from ...clock import SystemClock
from ...errors import JournalError
from ...forks import leave_to_parent, renew_in_children
from ...text.paths import absolute, expanded
from ..records import JobRecord, Stage
from ..registrations import RegistrationKey, RegistrationRecord
from ..spend_limit import SpendLimit, Spent
from .damage import RESCUE, Damaged, DamagedRow, find_damage, read_text
from .interface import Claimed, Intent, Opened
from .registrations import Registrations
from .schema import UnknownSchema, migrate
from .set_back import SetBack
from .table import LEASE, Table
from .transactions import claim, open_job, recover, release_jobs
from .turns import Turns
from .writer import Writer

T = TypeVar("T")

log = logging.getLogger("polyreel")

_BUSY_TIMEOUT = 30.0  # seconds to wait for another process's commit


class SqliteJournal:
    """A `Journal` in one file, or in memory.

    Nothing is opened before the first use. Close the journal, or use the client that made it
    as a context manager, to release its jobs at once. The jobs of a process that ends without
    closing are released by the next process that recovers.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        *,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        """Set the file; nothing is opened yet.

        Args:
            path: The file; its folder is made when needed. None saves the jobs in memory.
            now: Returns the time; every process that shares the file needs the same time.
            monotonic: Returns seconds that never go back, to notice where `now` does.

        Raises:
            ConfigError: When the path begins with an unknown home, or the working folder is gone.
        """
        where = "`journal`"
        self.path = None if path is None else absolute(expanded(os.fspath(path), where), where)
        self._now = now or SystemClock().now
        self._monotonic = monotonic or (time.monotonic if now is None else None)
        self._start()
        renew_in_children(self)

    def _start(self) -> None:
        self._set_back = SetBack(self._now, self._monotonic)
        self._owner = uuid.uuid4().hex
        self._writer: Writer | None = None
        self._starting = threading.Lock()
        self._is_checked = self.path is None
        self._reported: set[str] = set()

    def renew_after_fork(self) -> None:
        """Leave the parent's connection and leases to it. A journal in memory starts empty."""
        leave_to_parent(self._writer)
        self._start()

    @property
    def name(self) -> str:
        return "memory" if self.path is None else str(self.path)

    @property
    def is_persistent(self) -> bool:
        return self.path is not None

    @property
    def unreadable(self) -> frozenset[str]:
        """The ids of the jobs that were left out so far, since their rows can't be read."""
        return frozenset(self._reported)

    def open_job(self, intent: Intent) -> Opened:
        if not self._is_checked:  # once, before anything can be paid
            self._run(lambda table: find_damage(table.connection), False)
            self._is_checked = True
        return self._write(lambda table: open_job(table, intent))

    def spent(self, limit: SpendLimit) -> Spent:
        return self._read(lambda table: table.spent(limit))

    def move(self, record: JobRecord, *, body_digest: str | None = None) -> bool:
        return self._write(lambda table: table.move(record, body_digest))

    def claim(self, job_id: str) -> Claimed:
        return self._write(lambda table: claim(table, job_id))

    def release(self, job_id: str) -> None:
        self._write(lambda table: table.release(job_id))

    def recover(self) -> list[JobRecord]:
        return self._write(recover)

    def job(self, job_id: str) -> JobRecord | None:
        return self._read(lambda table: table.job(job_id))

    def jobs(
        self,
        *,
        id_prefix: str | None = None,
        stages: Collection[Stage] | None = None,
        provider: str | None = None,
        model: str | None = None,
        places: Collection[str] | None = None,
        idempotency_key: str | None = None,
        task_id: str | None = None,
        limit: int | None = None,
    ) -> list[JobRecord]:
        wanted: dict[str, Any] = {
            "provider": provider,
            "model": model,
            "idempotency_key": idempotency_key,
            "task_id": task_id,
        }
        return self._read(lambda table: table.jobs(id_prefix, stages, wanted, limit, places))

    def take_turn(self, place: str, requests_per_minute: int | None) -> float:
        back = self._set_back.seconds()

        def without_limit(table: Table) -> float | None:
            turns = Turns(table.connection, table.now)
            return None if turns.was_set_back() else turns.take(place, None)

        def work(table: Table) -> float:
            turns = Turns(table.connection, table.now)
            turns.set_back(back)
            return turns.take(place, requests_per_minute)

        if requests_per_minute is None and back == 0:
            found = self._read(without_limit)
            if found is not None:
                return found
        return self._write(work)

    def pause_requests(self, place: str, seconds: float) -> None:
        back = self._set_back.seconds()

        def work(table: Table) -> None:
            turns = Turns(table.connection, table.now)
            turns.set_back(back)
            turns.pause(place, seconds)

        self._write(work)

    def take_registration(self, key: RegistrationKey, call: str) -> RegistrationRecord | None:
        def work(table: Table) -> RegistrationRecord | None:
            table.register()
            rows = Registrations(table.connection, table.owner, table.now)
            return rows.take(key, call, table.expired_owners())

        return self._write(work)

    def save_registration(self, record: RegistrationRecord) -> None:
        self._write(
            lambda table: Registrations(table.connection, table.owner, table.now).save(record)
        )

    def registrations(self, provider: str | None = None) -> list[RegistrationRecord]:
        return self._read(
            lambda table: Registrations(table.connection, table.owner, table.now).all(provider)
        )

    def close(self) -> None:
        with self._starting:
            writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            writer.run(lambda connection: release_jobs(self._table(connection), self._owner))
        except (sqlite3.Error, UnknownSchema, OSError, ValueError) as error:
            log.error("%s: %s", self.name, error)  # other processes will recover the jobs
        finally:
            writer.close()

    def _table(self, connection: sqlite3.Connection) -> Table:
        return Table(connection, self._owner, self._now(), self._report_row)

    def _write(self, work: Callable[[Table], T]) -> T:
        return self._run(work, True)

    def _read(self, work: Callable[[Table], T]) -> T:
        return self._run(work, False)

    def _run(self, work: Callable[[Table], T], writes: bool) -> T:
        try:
            return self._running().run(
                lambda connection: work(self._table(connection)), writes=writes
            )
        except UnknownSchema as error:
            raise JournalError(f"the journal {self.name} can't be used: {error}") from None
        except (sqlite3.Error, Damaged, OSError, ValueError, KeyError, RecursionError) as error:
            raise JournalError(
                f"the journal {self.name} can't be used: {_explained(error)}"
            ) from None

    def _running(self) -> Writer:
        """Return the writer, started when it is first needed."""
        with self._starting:
            if self._writer is None:
                self._writer = Writer(
                    self._connect,
                    self._heartbeat,
                    LEASE.seconds / 3,
                    report_wait=self._report_wait,
                )
            return self._writer

    def _report_wait(self) -> None:
        log.warning(
            "waiting for the journal %s: another process has locked it, or its disk is slow. "
            "This ends after %g s at most",
            self.name,
            _BUSY_TIMEOUT,
        )

    def _report_row(self, damaged: DamagedRow) -> None:
        if damaged.job_id not in self._reported:
            self._reported.add(damaged.job_id)
            log.warning("%s: %s, so it is left out. %s", self.name, damaged, RESCUE)

    def _heartbeat(self, connection: sqlite3.Connection) -> None:
        self._table(connection).heartbeat()

    def _connect(self) -> sqlite3.Connection:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Prompts are private: only the user may read the file.
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                _make_private(descriptor)
            finally:
                os.close(descriptor)
        connection = sqlite3.connect(
            ":memory:" if self.path is None else self.path,
            timeout=_BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.text_factory = read_text
        try:
            migrate(connection)
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            connection.execute("PRAGMA synchronous = FULL")
            if sys.platform == "darwin":  # there a plain sync does not reach the disk
                connection.execute("PRAGMA fullfsync = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def _make_private(descriptor: int) -> None:
    """Take away what others may do with a file that an older umask or a copy left open."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & 0o077 and hasattr(os, "fchmod"):
        with contextlib.suppress(OSError):  # another user's file: its owner decides
            os.fchmod(descriptor, mode & 0o700)


def _explained(error: Exception) -> str:
    if isinstance(error, Damaged):
        return f"{error}. {RESCUE}"
    name = getattr(error, "sqlite_errorname", "")
    advice = {
        "SQLITE_FULL": "the disk is full. Make room",
        "SQLITE_READONLY": "it can't be written. Check who owns the file and its folder",
        "SQLITE_CANTOPEN": "it can't be opened. Check the folder and its permissions",
        "SQLITE_CORRUPT": "the file is damaged",
        "SQLITE_NOTADB": "the file is damaged, or is not a journal",
        "SQLITE_BUSY": "another process has locked it for too long",
        "SQLITE_IOERR": "the disk fails or is full",
    }
    kind = next((text for prefix, text in advice.items() if name.startswith(prefix)), None)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"{kind}. {RESCUE}"
    reason = kind or (error.strerror if isinstance(error, OSError) else str(error)) or name
    return (
        f"{reason}. POLYREEL_HOME can name another folder; without a journal (journal = false in "
        "polyreel.toml, journal=None in Python) a job is lost when its process ends."
    )
