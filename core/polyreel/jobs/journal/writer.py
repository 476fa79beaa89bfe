"""One thread that owns a SQLite connection and makes many small writes one commit.

A commit waits for the disk, and all work that arrives meanwhile shares the next commit.
The same thread renews the heartbeat that other processes check.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ...forks import pause_for_forks

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

REPORTED_AFTER = 3.0
"""Seconds after which a caller that waits for the journal is reported to the log."""

MOST_AT_ONCE = 256
"""Most pieces of work in one commit; more would make other processes wait."""


@dataclass
class _Piece(Generic[T]):
    work: Work[T]
    writes: bool
    future: Future[T] = field(default_factory=Future)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Writer:
    """Runs work on a connection, in the order it came, grouped into commits.

    The connection is opened when it is first needed. An error in one piece of work undoes
    that piece alone; an error of the commit undoes the group, and every caller gets it.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        heartbeat: Work[object],
        interval: float,
        *,
        report_wait: Callable[[], None] = lambda: None,
        reported_after: float = REPORTED_AFTER,
    ) -> None:
        """Start the thread; nothing is opened yet.

        Args:
            connect: Opens the connection, in autocommit mode.
            heartbeat: Work to repeat while the connection is open.
            interval: Seconds between heartbeats.
            report_wait: Called once for a wait that is long; another process may have locked
                the file.
            reported_after: Seconds after which a wait is long.
        """
        self._connect = connect
        self._heartbeat = heartbeat
        self._interval = interval
        self._report_wait = report_wait
        self._reported_after = reported_after
        self._has_reported = False
        self._queue: queue.SimpleQueue[_Piece[Any] | None] = queue.SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        # SQLite remembers the locks of a process. A child that is forked in the middle of a
        # transaction would believe for ever that it has locked the file itself.
        self._working = threading.Lock()
        pause_for_forks(self)
        self._thread = threading.Thread(target=self._run, name="polyreel-journal", daemon=True)
        self._thread.start()

    def run(self, work: Work[T], *, writes: bool = True) -> T:
        """Do a piece of work and return its value once it is on disk.

        Raises:
            sqlite3.Error: When the work failed; then nothing of it was saved.
        """
        piece: _Piece[T] = _Piece(work, writes)
        self._queue.put(piece)
        try:
            return piece.future.result(self._reported_after)
        except TimeoutError:
            if piece.future.done():  # the work itself raised it
                raise
        if not self._has_reported:  # one report for all who wait
            self._has_reported = True
            self._report_wait()
        return piece.future.result()

    def pause_for_fork(self) -> None:
        """Finish the commit that is going on, and begin none."""
        self._working.acquire()

    def resume_after_fork(self) -> None:
        """Go on."""
        self._working.release()

    def close(self) -> None:
        """Finish the work that is queued and close the connection."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=self._interval)
            except queue.Empty:
                if self._connection is not None:
                    self._do([_Piece(self._heartbeat, True)])
                continue
            pieces: list[_Piece[Any]] = []
            while first is not None:
                pieces.append(first)
                if len(pieces) == MOST_AT_ONCE or self._queue.empty():
                    break
                first = self._queue.get()
            if pieces:
                self._do(pieces)
            if first is None:
                break
        if self._connection is not None:
            with self._working:
                self._connection.close()

    def _do(self, pieces: list[_Piece[Any]]) -> None:
        try:
            with self._working:
                if self._connection is None:
                    self._connection = self._connect()
                self._commit(self._connection, pieces)
                self._has_reported = False
        except BaseException as error:  # noqa: BLE001  # every caller that waits must get it
            for piece in pieces:
                piece.fail(error)

    def _commit(self, connection: sqlite3.Connection, pieces: list[_Piece[Any]]) -> None:
        values: list[tuple[_Piece[Any], Any]] = []
        connection.execute("BEGIN IMMEDIATE" if any(piece.writes for piece in pieces) else "BEGIN")
        try:
            for piece in pieces:
                connection.execute("SAVEPOINT piece")
                try:
                    value = piece.work(connection)
                except Exception as error:  # undone, and raised in its caller
                    if not connection.in_transaction:
                        raise  # a full disk has ended the transaction, and undone the group
                    connection.execute("ROLLBACK TO piece")
                    piece.fail(error)
                else:
                    values.append((piece, value))
                connection.execute("RELEASE piece")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        for piece, value in values:
            piece.future.set_result(value)
