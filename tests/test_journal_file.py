"""The journal's file: older ones are brought up to date, and a bad one is said so in time."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from polyreel import JournalError
from polyreel.jobs import Stage
from polyreel.jobs.journal.damage import find_damage
from polyreel.jobs.journal.rescue import rescue
from polyreel.jobs.journal.schema import APPLICATION_ID, MIGRATIONS, VERSION, migrate
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.journal.writer import Writer
from test_journal import FULL, a_job, an_intent, brought_to, in_threads, opened

OLDER = range(1, VERSION)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


def trouble_with(path: Path) -> str:
    """Return what is said of a journal that can't be used."""
    journal = SqliteJournal(path)
    with pytest.raises(JournalError) as raised:
        journal.open_job(an_intent())
    journal.close()
    return raised.value.message


# Versions


def older_file(path: Path, version: int) -> None:
    """Write a file as the polyreel of that version did, with one job in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, version)
    row = {
        "id": FULL.id,
        "model": FULL.model,
        "stage": "accepted",
        "ref": {"provider": "toy", "model": "video", "task_id": "task-1"},
    }
    connection.execute(
        "INSERT INTO jobs (id, request_digest, place, provider, model, stage, task_id, created_at,"
        " accepted_at, document) VALUES (?, 'd', 'p', 'toy', 'toy/video', 'accepted', 'task-1', 1,"
        " 1, ?)",
        (FULL.id, json.dumps(row)),
    )
    connection.close()


@pytest.mark.parametrize("version", OLDER)
def test_an_older_file_is_brought_up_to_date_with_its_jobs(path: Path, version: int) -> None:
    older_file(path, version)
    journal = SqliteJournal(path)
    found = journal.job(FULL.id)
    assert found is not None
    assert (found.stage, found.ref and found.ref.task_id) == (Stage.ACCEPTED, "task-1")
    assert journal.take_turn("p", 60) == 0  # what only the newest version can do
    opened(journal)
    journal.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


@pytest.mark.parametrize("version", OLDER)
def test_two_processes_may_bring_one_file_up_to_date(path: Path, version: int) -> None:
    older_file(path, version)
    several = [SqliteJournal(path) for _ in range(4)]
    found = in_threads(4, lambda number: several[number].job(FULL.id))
    assert all(found)
    for each in several:
        each.close()


def test_released_migrations_are_never_changed() -> None:
    text = "\n".join(" ".join(str(each).split()) for each in MIGRATIONS[0])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "dc05cfed76e677f8"


def test_a_newer_file_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE jobs (anything)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    assert "newer polyreel" in trouble_with(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    assert "another program" in trouble_with(path)
    assert path.read_bytes() == before


# Trouble, told before anything is paid


def test_a_file_that_is_no_database_is_said_to_be_damaged(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 50)
    said = trouble_with(path)
    assert "damaged" in said
    assert "polyreel jobs rescue" in said


def test_a_file_whose_middle_is_overwritten_is_said_to_be_damaged(path: Path) -> None:
    journal = SqliteJournal(path)
    for _ in range(50):
        opened(journal)
    journal.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    assert "damaged" in trouble_with(path)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, not a folder")
    said = trouble_with(tmp_path / "file" / "journal.sqlite3")
    assert str(tmp_path / "file") in said
    assert "POLYREEL_HOME" in said


def test_a_folder_in_the_files_place_is_said_so(path: Path) -> None:
    path.mkdir()
    assert str(path) in trouble_with(path)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another matter there")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_folder_that_may_not_be_written_is_said_so(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # root may write everywhere, so the child is nobody
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            os.write(writing, trouble_with(closed / "journal.sqlite3").encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        assert "ermission denied" in said.read()


_FULL_DISK = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
import test_journal as t
from polyreel import JournalError
journal = t.SqliteJournal(sys.argv[1])
t.opened(journal)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    for _ in range(1000):
        t.opened(journal, t.a_job(note="x" * 500))
except JournalError as error:
    print(len(journal.jobs()), error.message)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_full_disk_is_said_and_what_was_kept_stays(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    kept, _, said = done.stdout.partition(" ")
    assert "full" in said, done.stderr
    journal = SqliteJournal(path)
    assert len(journal.jobs()) == int(kept) > 1
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another matter there")
def test_nobody_else_may_read_what_was_asked_for(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "home" / "journal.sqlite3")
    opened(journal)
    journal.close()
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (journal.path, journal.path.parent)]  # type: ignore[union-attr]
    assert modes == [0o600, 0o700]


def test_nothing_is_made_before_it_is_needed(path: Path) -> None:
    SqliteJournal(path).close()
    assert not path.exists()


def test_no_write_ahead_log_is_left(path: Path) -> None:
    journal = SqliteJournal(path)
    brought_to(journal, Stage.DOWNLOADED)
    with closing(sqlite3.connect(path)) as connection, connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    journal.close()
    assert mode != "wal"
    assert not list(path.parent.glob("*-wal"))


# Group commit


def a_writer(path: Path, statements: list[str]) -> Writer:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("CREATE TABLE IF NOT EXISTS t (n UNIQUE)")
        connection.set_trace_callback(statements.append)
        return connection

    return Writer(connect, lambda connection: None, 60)


def adds(number: int) -> Callable[[sqlite3.Connection], None]:
    def add(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES (?)", (number,))

    return add


def numbers(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def test_those_who_ask_during_a_commit_share_the_next_one(path: Path) -> None:
    statements: list[str] = []
    writer = a_writer(path, statements)
    go_on = threading.Event()
    slow = threading.Thread(target=lambda: writer.run(lambda connection: go_on.wait(10)))
    slow.start()

    def add(number: int) -> None:
        if number == 19:
            threading.Timer(0.2, go_on.set).start()
        writer.run(adds(number))

    in_threads(20, add)
    slow.join()
    writer.close()
    assert numbers(path) == list(range(20))
    assert statements.count("COMMIT") < 10


def test_an_error_undoes_its_own_piece_alone(path: Path) -> None:
    writer = a_writer(path, [])
    writer.run(adds(1))

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES (2)")
        connection.execute("INSERT INTO t VALUES (1)")

    def trial(number: int) -> str:
        try:
            writer.run(half if number == 0 else adds(number + 10))
        except sqlite3.IntegrityError:
            return "undone"
        return "done"

    assert sorted(in_threads(4, trial)) == ["done"] * 3 + ["undone"]
    writer.close()
    assert numbers(path) == [1, 11, 12, 13]


def test_a_commit_that_fails_is_reported_to_everybody_in_it(path: Path) -> None:
    writer = a_writer(path, [])
    writer.run(adds(1))

    def breaks(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")  # as a full disk does

    with pytest.raises(sqlite3.OperationalError):
        writer.run(breaks)
    writer.run(adds(2))
    writer.close()
    assert numbers(path) == [1, 2]


def test_what_was_asked_for_before_closing_is_done(path: Path) -> None:
    writer = a_writer(path, [])
    for number in range(50):
        writer.run(adds(number))
    writer.close()
    assert len(numbers(path)) == 50


def test_a_record_without_what_came_later_is_read(path: Path) -> None:
    journal = SqliteJournal(path)
    job = opened(journal, a_job())
    with closing(sqlite3.connect(path)) as connection, connection:
        text = json.dumps({"id": job.id, "model": job.model, "stage": "intent"})
        connection.execute("UPDATE jobs SET document = ?", (text,))
    found = journal.job(job.id)
    journal.close()
    assert found is not None
    assert found.request is None


# Damage, waits and rescue


def damaged(path: Path, jobs: int = 300) -> list[str]:
    """Make a journal, overwrite one page in its middle, and return the ids of its jobs."""
    journal = SqliteJournal(path)
    ids = [opened(journal).id for _ in range(jobs)]
    journal.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    return ids


def test_damage_that_no_statement_meets_stops_the_first_intent(path: Path) -> None:
    damaged(path)
    before = path.read_bytes()
    said = trouble_with(path)
    assert "damaged" in said
    assert "polyreel jobs rescue" in said
    assert path.read_bytes() == before


def test_the_search_for_damage_ends_when_its_time_is_over(path: Path) -> None:
    journal = SqliteJournal(path)
    for _ in range(300):
        opened(journal)
    journal.close()
    ticks = itertools.count()
    with closing(sqlite3.connect(path)) as connection:
        assert find_damage(connection)
        assert not find_damage(connection, 0.25, lambda: float(next(ticks)))
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (300,)


def test_the_file_is_searched_once_by_each_process(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    monkeypatch.setattr("polyreel.jobs.journal.sqlite.find_damage", calls.append)
    journal = SqliteJournal(path)
    for _ in range(3):
        opened(journal)
    journal.close()
    assert len(calls) == 1


def test_what_can_be_read_is_rescued_and_the_rest_is_named(path: Path, tmp_path: Path) -> None:
    ids = damaged(path)
    before = path.read_bytes()
    done = rescue(path, tmp_path / "new.sqlite3")
    assert path.read_bytes() == before
    journal = SqliteJournal(tmp_path / "new.sqlite3")
    found = {each.id for each in journal.jobs()}
    opened(journal)  # it is a journal that can be used
    journal.close()
    assert 0 < done.jobs == len(found) < len(ids)
    assert found.isdisjoint(done.lost)
    assert found.union(done.lost) == set(ids), "each job is either rescued or named"


def test_every_page_that_is_damaged_leaves_the_other_jobs(path: Path, tmp_path: Path) -> None:
    journal = SqliteJournal(path)
    ids = {opened(journal).id for _ in range(40)}
    journal.close()
    whole = path.read_bytes()
    for number in range(1, len(whole) // 4096):
        content = bytearray(whole)
        content[number * 4096 : (number + 1) * 4096] = os.urandom(4096)
        path.write_bytes(content)
        new = tmp_path / f"{number}.sqlite3"
        try:
            done = rescue(path, new)
        except JournalError:
            assert not new.exists()
            continue
        assert done.jobs + len(done.lost) + done.lost_without_id <= len(ids)
        read = SqliteJournal(new)
        assert {each.id for each in read.jobs()} <= ids
        read.close()


def test_a_rescue_never_replaces_a_file(path: Path, tmp_path: Path) -> None:
    damaged(path, 5)
    (tmp_path / "new.sqlite3").write_text("mine")
    with pytest.raises(JournalError, match="exists already"):
        rescue(path, tmp_path / "new.sqlite3")
    assert (tmp_path / "new.sqlite3").read_text() == "mine"


@pytest.mark.parametrize("version", OLDER)
def test_an_older_journal_is_rescued_too(path: Path, tmp_path: Path, version: int) -> None:
    older_file(path, version)
    assert rescue(path, tmp_path / "new.sqlite3").jobs == 1
    journal = SqliteJournal(tmp_path / "new.sqlite3")
    assert journal.job(FULL.id) is not None
    journal.close()


def test_a_full_disk_in_the_middle_of_a_group_is_said_as_that(path: Path) -> None:
    journal = SqliteJournal(path)
    kept = opened(journal)
    writer = journal._running()
    writer.run(lambda connection: connection.execute("PRAGMA max_page_count = 20").fetchone())

    def fill() -> None:
        for _ in range(500):
            opened(journal, a_job(note="x" * 2000))

    with pytest.raises(JournalError, match="the disk is full"):
        fill()
    writer.run(lambda connection: connection.execute("PRAGMA max_page_count = 99999").fetchone())
    assert kept.id in {each.id for each in journal.jobs()}
    opened(journal)
    journal.close()


def test_a_long_wait_for_another_process_is_reported_once(path: Path) -> None:
    reports: list[str] = []
    opened(SqliteJournal(path))

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)

    writer = Writer(
        connect,
        lambda connection: None,
        60,
        report_wait=lambda: reports.append("waiting"),
        reported_after=0.05,
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = threading.Thread(
            target=in_threads, args=(3, lambda _: writer.run(lambda connection: None))
        )
        waiting.start()
        while not reports:
            threading.Event().wait(0.01)
        other.execute("ROLLBACK")
        waiting.join(30)
    writer.close()
    assert reports == ["waiting"]


def test_a_wait_for_the_journal_says_what_is_waited_for(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = SqliteJournal(path)
    journal._report_wait()
    assert str(path) in caplog.text
    assert "another process has locked it" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another matter there")
def test_an_existing_file_that_others_may_read_becomes_private(path: Path) -> None:
    opened(SqliteJournal(path))
    path.chmod(0o644)
    opened(SqliteJournal(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
