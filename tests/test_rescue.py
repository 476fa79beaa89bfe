"""jobs rescue: every row that can be read of a damaged file, wherever it is damaged."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from polyreel import JournalError
from polyreel.jobs import Stage
from polyreel.jobs.journal.rescue import Rescued, rescue
from polyreel.jobs.journal.rows import load_record
from polyreel.jobs.journal.schema import VERSION
from polyreel.jobs.journal.sqlite import SqliteJournal
from test_journal import a_job, brought_to, opened

PAGE = 4096


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[str]]:
    """Return a journal of 200 jobs, some with a document that fills pages, and their ids."""
    path = tmp_path_factory.mktemp("whole") / "journal.sqlite3"
    journal = SqliteJournal(path)
    long = {"prompt": "A paper boat. " * 500}
    ids = [
        opened(journal, a_job(request=long if number % 7 == 0 else {"prompt": "A boat"})).id
        for number in range(200)
    ]
    journal.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM owners")  # as if they had been submitted long ago
        connection.execute("UPDATE jobs SET owner = NULL")
    return path.read_bytes(), ids


def cut_to(part: float) -> Callable[[bytearray], None]:
    """Cut the file to a part of its pages, and half a page more."""

    def cut(content: bytearray) -> None:
        pages = max(1, int(len(content) // PAGE * part))
        del content[pages * PAGE + PAGE // 2 :]

    return cut


def without_last_page(content: bytearray) -> None:
    """Cut the last page."""
    del content[-PAGE:]


def overwritten(*numbers: float) -> Callable[[bytearray], None]:
    """Overwrite pages at these parts of the file."""

    def overwrite(content: bytearray) -> None:
        chance = random.Random(1)
        for each in numbers:
            start = int(len(content) // PAGE * each) * PAGE
            content[start : start + PAGE] = chance.randbytes(PAGE)

    return overwrite


def zeroed_middle(content: bytearray) -> None:
    """Write zeros over a third of the file, as a lost extent of a disk has."""
    third = len(content) // PAGE // 3 * PAGE
    content[third : 2 * third] = bytes(third)


DAMAGE = {
    "its last page is cut": without_last_page,
    "nine tenths": cut_to(0.9),
    "half": cut_to(0.5),
    "a fifth": cut_to(0.2),
    "one page in the middle": overwritten(0.5),
    "many pages": overwritten(*(number / 23 for number in range(3, 23))),
    "zeros in the middle": zeroed_middle,
    "one page, and the last ones cut": lambda content: (
        overwritten(0.4)(content),
        cut_to(0.8)(content),
    ),
}


def by_row(path: Path) -> set[str]:
    """Return the ids of all whole rows that SQLite gives, each asked for by itself."""
    found: set[str] = set()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for number in range(1, 201):
            try:
                row = connection.execute("SELECT * FROM jobs WHERE rowid = ?", (number,)).fetchone()
                if row is not None:
                    found.add(load_record(row[-1]).id)
            except (sqlite3.Error, ValueError):
                continue
    return found


def rescued(path: Path) -> tuple[Rescued, set[str]]:
    """Rescue a file, which must stay as it is; return the jobs of the new journal too."""
    before = path.read_bytes()
    done = rescue(path, path.with_name("new.sqlite3"))
    assert path.read_bytes() == before
    journal = SqliteJournal(done.path)
    ids = {each.id for each in journal.jobs()}
    opened(journal)  # it is a journal that can be used
    journal.close()
    assert done.jobs == len(ids)
    assert ids.isdisjoint(done.lost)
    return done, ids


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_every_row_that_can_be_read_is_rescued(
    whole: tuple[bytes, list[str]], tmp_path: Path, damage: Callable[[bytearray], object]
) -> None:
    content, ids = bytearray(whole[0]), set(whole[1])
    damage(content)
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(content)
    readable = by_row(path)
    assert readable
    done, found = rescued(path)
    assert found == readable
    assert set(done.lost) <= ids - found
    missing = len(ids) - len(found) - len(done.lost) - done.lost_without_id
    assert missing == 0 or done.may_have_more


def test_a_lost_first_page_hides_no_job(whole: tuple[bytes, list[str]], tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"\xff" * PAGE + whole[0][PAGE:])
    done, found = rescued(path)
    assert found == set(whole[1])
    assert (done.lost, done.lost_without_id, done.may_have_more) == ((), 0, False)


NOTHING: dict[str, Callable[[bytes], bytes]] = {
    "only its first page is left": lambda content: content[:PAGE],
    "less than a page": lambda content: content[:1000],
    "an empty file": lambda content: b"",
    "no database": lambda content: b"not a database at all" * 1000,
}


@pytest.mark.parametrize("change", NOTHING.values(), ids=NOTHING)
def test_where_nothing_can_be_read_no_new_journal_is_left(
    whole: tuple[bytes, list[str]], tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(change(whole[0]))
    with pytest.raises(JournalError, match="nothing of"):
        rescue(path, tmp_path / "new.sqlite3")
    assert list(tmp_path.iterdir()) == [path]


def test_another_programs_database_and_a_newer_journal_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(JournalError, match="no table of jobs"):
        rescue(path, tmp_path / "new.sqlite3")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE jobs (id)")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalError, match="newer polyreel"):
        rescue(path, tmp_path / "new.sqlite3")


def test_a_folder_that_is_not_there_is_said(whole: tuple[bytes, list[str]], tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(whole[0])
    with pytest.raises(JournalError, match="--to"):
        rescue(path, tmp_path / "missing" / "new.sqlite3")


def test_a_journal_may_have_any_name(whole: tuple[bytes, list[str]], tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    path.write_bytes(whole[0])
    assert rescue(path, tmp_path / "other.sqlite3").jobs == 200


def test_jobs_that_were_being_sent_are_settled_as_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    stages = {brought_to(journal, stage).id: stage for stage in (Stage.INTENT, Stage.SENDING)}
    accepted = brought_to(journal, Stage.ACCEPTED)
    rescue(path, tmp_path / "new.sqlite3")
    journal.close()
    new = SqliteJournal(tmp_path / "new.sqlite3")
    new.recover()
    found = {each.id: each.stage for each in new.jobs()}
    new.close()
    ends = {Stage.INTENT: Stage.REJECTED, Stage.SENDING: Stage.UNKNOWN}
    assert found == {
        **{each: ends[stage] for each, stage in stages.items()},
        accepted.id: Stage.ACCEPTED,
    }


_WAITS = """
import sys, time
from pathlib import Path
from polyreel.jobs.journal import rescue
rescue._give_name = lambda *_: (print("made", flush=True), time.sleep(60))
rescue.rescue(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")
def test_a_rescue_that_is_killed_leaves_no_half_journal(
    whole: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    path, new = tmp_path / "journal.sqlite3", tmp_path / "new.sqlite3"
    path.write_bytes(whole[0])
    with subprocess.Popen(
        [sys.executable, "-c", _WAITS, path, new], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "made\n"
        process.kill()
    assert not new.exists()
    assert rescue(path, new).jobs == 200
    assert os.name == "nt" or new.stat().st_mode & 0o077 == 0
