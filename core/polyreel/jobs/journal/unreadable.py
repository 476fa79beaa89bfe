"""Reads a damaged journal row by row: what one page hides must not hide the rest.

SQLite ends a statement at the first page that it can't read. So rows are asked for from many
places: after each damage the next number is tried until rows come again, and every index names
rows too, also such as can't be read any more.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .damage import read_text
from .schema import migrate

COLUMNS = (
    "id",
    "idempotency_key",
    "request_digest",
    "body_digest",
    "place",
    "provider",
    "model",
    "stage",
    "task_id",
    "created_at",
    "accepted_at",
    "document",
)
"""What is read of each row: all but the process that it belongs to."""

_NAMES = ", ".join(COLUMNS)
_BY_ID = "sqlite_autoindex_jobs_1"
_INDEXES = {
    "jobs_by_age": "created_at",
    "jobs_by_stage": "stage",
    "jobs_by_task": "task_id",
    "jobs_by_key": "idempotency_key",
}
"""By name, what each index is sorted by. Each knows every row, or many, without its page."""
_SMALLEST_ROW = 64
"""Bytes. No row has fewer, so a file can't have more rows than that."""
_MOST_TRIED = 3_000_000
"""Row numbers that can't be read; trying them takes less than a minute."""
_LONGEST_ID = 64
_HEADER = 100
_PAGE_SIZE, _PAGE_COUNT = slice(16, 18), slice(28, 32)


class Unreadable(Exception):
    """The file has no jobs that can be found. The message says why."""


@dataclass
class OldJournal:
    """A damaged journal that is read.

    Attributes:
        path: A copy of the file; it may be changed.
        ids: The number of every row that is known, and its id where that is known.
        has_all_numbers: Whether no other row can have been in the file.
    """

    path: Path
    ids: dict[int, str | None] = field(default_factory=dict)
    has_all_numbers: bool = False

    def open(self) -> None:
        """Open the file.

        Raises:
            Unreadable: When it has no table of jobs that can be found.
        """
        try:
            self._connection = _connect(self.path)
        except sqlite3.Error as error:
            # The first page says where everything is. In most journals it says the same.
            if not _replace_first_page(self.path):
                raise Unreadable(str(error)) from None
            try:
                self._connection = _connect(self.path)
            except sqlite3.Error:
                raise Unreadable(str(error)) from None
        self.version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def find(self) -> None:
        """Find the number of every row that the table or an index knows."""
        knows_all = self._find_by_id()
        for index, column in _INDEXES.items():
            for order in ("ASC", "DESC"):
                self._note(
                    f"SELECT rowid, NULL FROM jobs INDEXED BY {index} "  # noqa: S608  # names of ours
                    f"WHERE {column} IS NOT NULL ORDER BY {column} {order}"
                )
        last = max(self.ids, default=0) if knows_all else self._most_rows
        self.has_all_numbers = self._find_in_table(last) or knows_all

    def row(self, number: int) -> tuple[Any, ...] | None:
        """Return a row's columns; None where they can't be read."""
        try:
            row: tuple[Any, ...] | None = self._connection.execute(
                f"SELECT {_NAMES} FROM jobs WHERE rowid = ?",  # noqa: S608  # names of ours
                (number,),
            ).fetchone()
        except sqlite3.Error:
            return None
        is_text = row is not None and all(_is_text(each) for each in row)
        return row if is_text else None

    def id(self, number: int) -> str | None:
        """Return the id of a row, as far as an index or the row's own page has it."""
        if self.ids.get(number) is None:
            self._note(f"SELECT rowid, id FROM jobs NOT INDEXED WHERE rowid = {number}")  # noqa: S608  # a number
        return self.ids.get(number)

    def _find_by_id(self) -> bool:
        """Note every row that the index of ids has; return whether it was read to its end."""
        by_id = f"SELECT rowid, id FROM jobs INDEXED BY {_BY_ID}"  # noqa: S608  # names of ours
        if self._note(f"{by_id} ORDER BY id"):
            return True
        self._note(f"{by_id} ORDER BY id DESC")
        # An id is a hexadecimal number, so that some begin with any four digits.
        reached = ""
        for number in range(0x10000):
            start = f"{number:04x}"
            if start >= reached[:4]:
                reached = self._last(f"{by_id} WHERE id >= ? ORDER BY id", start) or reached
        return False

    def _find_in_table(self, last: int) -> bool:
        """Note every row of the table itself; return whether it was read to its end.

        Args:
            last: The last number to try where the table's end can't be read.
        """
        is_whole = True
        start = 1
        for _ in range(_MOST_TRIED):
            try:
                for (number,) in self._connection.execute(
                    "SELECT rowid FROM jobs NOT INDEXED WHERE rowid >= ? ORDER BY rowid", (start,)
                ):
                    if not self._is_possible(number) or number < start:
                        break  # a page of something else
                    self.ids.setdefault(number, None)
                    start = number + 1
                else:
                    return is_whole
            except sqlite3.Error:
                pass
            is_whole = False
            start += 1
            if start > last:
                break
        return False

    def _is_possible(self, number: object) -> bool:
        return isinstance(number, int) and 0 < number <= self._most_rows

    @cached_property
    def _most_rows(self) -> int:
        """How many rows the file had at most, also where it is cut now."""
        with self.path.open("rb") as file:
            header = file.read(_HEADER)
        size = int.from_bytes(header[_PAGE_SIZE]) * int.from_bytes(header[_PAGE_COUNT])
        return max(size, self.path.stat().st_size) // _SMALLEST_ROW

    def _note(self, statement: str) -> bool:
        """Note the rows of a statement, up to the first damage; return whether it had none."""
        try:
            for number, job_id in self._connection.execute(statement):
                self._known(number, job_id)
        except sqlite3.Error:
            return False
        return True

    def _last(self, statement: str, start: str) -> str | None:
        """Note the rows of a statement from a start to the first damage; return the last id."""
        last = None
        try:
            for number, job_id in self._connection.execute(statement, (start,)):
                self._known(number, job_id)
                last = self.ids.get(number) if isinstance(number, int) else None
        except sqlite3.Error:
            pass  # what came before the damage counts
        return last

    def _known(self, number: object, job_id: object) -> None:
        if isinstance(number, int) and self._is_possible(number):
            self.ids[number] = _plain_id(job_id) or self.ids.get(number)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = read_text
    try:
        # Else SQLite reads nothing of a file that is shorter than its header says.
        connection.execute("PRAGMA writable_schema = ON")
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone()
    except BaseException:
        connection.close()
        raise
    if found is None:
        connection.close()
        raise Unreadable("it has no table of jobs")
    return connection


def _replace_first_page(path: Path) -> bool:
    """Write the first page of a new journal into a file; return whether there is more in it.

    A file that was a journal from the first has its tables and indexes where a new one has them.
    In any other the rows are not found, and none is misread: each is checked.
    """
    fresh = path.with_name("first-page.sqlite3")
    connection = sqlite3.connect(fresh, isolation_level=None)
    try:
        migrate(connection)
    finally:
        connection.close()
    content = fresh.read_bytes()
    size = int.from_bytes(content[_PAGE_SIZE])
    pages = path.stat().st_size // size
    unfinished = path.with_name(f"{path.name}-journal")
    if pages < 2 or (unfinished.exists() and unfinished.stat().st_size):
        return False
    page = bytearray(content[:size])
    page[_PAGE_COUNT] = pages.to_bytes(4)
    with path.open("r+b") as file:
        file.write(page)
    return True


def _is_text(value: object) -> bool:
    """Return whether a value is no text, or one that was UTF-8."""
    try:
        return not isinstance(value, str) or bool(value.encode() or True)
    except UnicodeEncodeError:
        return False


def _plain_id(value: object) -> str | None:
    is_plain = isinstance(value, str) and value.isascii() and value.isalnum()
    return value if is_plain and isinstance(value, str) and len(value) <= _LONGEST_ID else None
