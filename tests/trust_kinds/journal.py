"""Kinds around the journal's file: full, locked, damaged, or readable by others."""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.journal.writer import Writer
from test_journal_file import damaged

from .kind import Kind, Surroundings


def full_disk(around: Surroundings) -> str:
    """Leave no room for a new job in the journal."""
    usual = SqliteJournal._connect

    def connect(journal: SqliteJournal) -> sqlite3.Connection:
        connection = usual(journal)
        connection.executescript(
            "CREATE TABLE IF NOT EXISTS more (bytes); PRAGMA max_page_count = 30;"
            "CREATE TEMP TRIGGER grow AFTER INSERT ON jobs"
            " BEGIN INSERT INTO more VALUES (zeroblob(200000)); END"
        )
        return connection

    around.patch.setattr(SqliteJournal, "_connect", connect)
    came = around.generate()
    assert "the disk is full" in around.printed[-1]
    assert _sent(around) == 0
    return f"{came}, nothing sent"


def locked(around: Surroundings) -> str:
    """Lock the journal in another connection until the wait for it is said."""
    SqliteJournal(_file(around)).recover()
    around.patch.setattr(
        "polyreel.jobs.journal.sqlite.Writer", functools.partial(Writer, reported_after=0.05)
    )
    with closing(sqlite3.connect(_file(around), isolation_level=None, check_same_thread=False)) as (
        other
    ):
        other.execute("BEGIN EXCLUSIVE")
        said: list[str] = []

        class Unlock(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                if "waiting for the journal" in record.getMessage():
                    said.append(record.getMessage())
                    other.execute("ROLLBACK")

        unlock, log = Unlock(), logging.getLogger("polyreel")
        log.addHandler(unlock)
        try:
            came = around.generate()
        finally:
            log.removeHandler(unlock)
    assert [("another process" in each) for each in said] == [True]
    assert around.tasks == 1
    return f"{came}, after a warning"


def damage(around: Surroundings) -> str:
    """Damage one page in the middle of the journal, then rescue what can be read."""
    file = _file(around)
    file.parent.mkdir(parents=True, exist_ok=True)
    ids = damaged(file)
    before = file.read_bytes()
    came = around.generate()
    assert "polyreel jobs rescue" in around.printed[-1]
    assert _sent(around) == 0
    assert around.command("jobs", "rescue") == "exit 0"
    assert file.read_bytes() == before
    saved = SqliteJournal(file.with_name("journal.rescued.sqlite3"))
    lost = [each for each in ids if each in around.printed[-1]]
    assert {each.id for each in saved.jobs()} == set(ids) - set(lost)
    assert 0 < len(lost) < len(ids)
    saved.close()
    file.with_name("journal.rescued.sqlite3").replace(file)
    assert around.generate() == "the video"
    return f"{came}, nothing sent; after `jobs rescue` the video"


def open_to_others(around: Surroundings) -> str:
    """Let others read the journal's file."""
    SqliteJournal(_file(around)).recover()
    _file(around).chmod(0o644)
    came = around.generate()
    assert os.name == "nt" or stat.S_IMODE(_file(around).stat().st_mode) == 0o600
    return f"{came}, the file is private"


def missing_video(around: Surroundings) -> str:
    """Remove a saved video, and list the jobs."""
    assert around.generate() == "the video"
    (around.folder / "video.mp4").unlink()
    came = around.command("jobs", "list")
    assert "(missing)" in around.printed[-1].replace("\n", " ")
    return f"{came}, the video is marked as missing"


def _file(around: Surroundings) -> Path:
    return around.folder.parent / "polyreel-home" / "journal.sqlite3"


def _sent(around: Surroundings) -> int:
    return sum(len(each.calls) for each in around.sandbox.stand_ins.values())


KINDS: tuple[Kind, ...] = (
    Kind(25, "a full disk", full_disk),
    Kind(25, "a journal that another process has locked", locked),
    Kind(25, "a journal with a damaged page", damage),
    Kind(25, "a journal that others may read", open_to_others),
    Kind(25, "`jobs list` where a video was removed", missing_video, ("command line",)),
)
