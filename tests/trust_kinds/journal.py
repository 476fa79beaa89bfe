"""Kinds around the journal's file: full, locked, damaged, or readable by others."""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import anyio
from polyreel import Client
from polyreel.clock import SystemClock
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.journal.writer import Writer
from test_journal_file import damaged

from .kind import MODEL, Kind, Surroundings


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


def cut(around: Surroundings) -> str:
    """Cut the journal in its middle, then rescue what can be read."""
    file = _file(around)
    file.parent.mkdir(parents=True, exist_ok=True)
    ids = damaged(file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 4096 // 2 * 4096])
    came = around.generate()
    assert "polyreel jobs rescue" in around.printed[-1]
    assert _sent(around) == 0
    assert around.command("jobs", "rescue") == "exit 0"
    saved = SqliteJournal(file.with_name("journal.rescued.sqlite3"))
    found = {each.id for each in saved.jobs()}
    saved.close()
    assert len(ids) // 4 < len(found) < len(ids)
    return f"{came}, nothing sent; after `jobs rescue` every whole row"


def damaged_row(around: Surroundings) -> str:
    """Write `[]` into the row of a job that is paid, then make another video."""
    with Client() as client:
        job = client.submit("A paper boat", MODEL)
    with closing(sqlite3.connect(_file(around))) as connection, connection:
        connection.execute("UPDATE jobs SET document = '[]'")
    came = around.generate()
    assert around.tasks == 2
    assert around.command("jobs", "list") == "exit 0"
    shown = around.command("jobs", "show", job.id)
    assert job.id in around.printed[-1]
    assert "polyreel jobs rescue" in around.printed[-1]
    assert around.command("jobs", "rescue") == "exit 0"
    assert "has 1 jobs" in around.printed[-1].replace("\n", " ")
    assert job.id in around.printed[-1]
    return f"{came}; `jobs show` of the other: {shown}"


def long_queue(around: Surroundings) -> str:
    """Take 20 turns before, where one request a minute is allowed."""
    path = around.folder.parent / "named.toml"
    path.write_text("[providers.jimmy]\nrequests_per_minute = 1\n", encoding="utf-8")
    around.patch.setenv("POLYREEL_CONFIG", str(path))
    with Client() as client:
        place = client.planner.account(client.registry.adapter("jimmy")).place
    before = SqliteJournal(_file(around))
    for _ in range(20):
        before.take_turn(place, 1)
    before.close()
    slept: list[float] = []

    async def sleep_async(_: SystemClock, seconds: float) -> None:
        slept.append(seconds)
        await anyio.sleep(0.01)

    def sleep(_: SystemClock, seconds: float) -> None:
        slept.append(seconds)
        time.sleep(0.01)

    around.patch.setattr(SystemClock, "sleep", sleep)
    around.patch.setattr(SystemClock, "sleep_async", sleep_async)
    came = around.generate(timeout=7200)
    assert around.tasks == 1
    assert 1190 < max(slept[:2]) <= 1200
    return f"{came}, after twenty minutes"


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
    Kind(25, "a journal of which half is cut off", cut),
    Kind(25, "a journal with one row that can't be read", damaged_row),
    Kind(10, "a queue of twenty minutes, by `requests_per_minute`", long_queue),
    Kind(25, "a journal that others may read", open_to_others),
    Kind(25, "`jobs list` where a video was removed", missing_video, ("command line",)),
)
