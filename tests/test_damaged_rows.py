"""One row that can't be read: it stops what is about that job, and nothing else."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import JournalError
from polyreel.jobs import Stage
from polyreel.jobs.journal.interface import Opening
from polyreel.jobs.journal.rescue import rescue
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel.jobs.journal.schema import migrate
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.spend_limit import SpendLimit
from test_journal import FULL, PLACE, Moment, a_job, an_intent, brought_to, opened

ROW = json.loads(dump_record(FULL))
ANSWER = {"status": 400, "headers": {}, "body": ""}
UNKNOWN = {"type": "SubmitUnknown", "message": "unknown", "candidate": "7", "answer": ANSWER}


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


DOCUMENTS: dict[str, Any] = {
    "a list": "[]",
    "a number": "5",
    "null": "null",
    "a text": '"text"',
    "nothing in it": "{}",
    "not JSON": "not json",
    "nothing": "",
    "no text": 5,
    "bytes": b"\x00\x01",
    "not UTF-8": "CAST(x'7bff7d' AS TEXT)",
    "nested without an end": "[" * 100_000,
    "nested deeply": nested(5000),
    "a request nested deeply": f'{{"id": "ID", "model": "toy/video", "stage": "intent", '
    f'"request": {{"prompt": {nested(300)}}}}}',
    "another job's": json.dumps({**ROW, "id": "b" * 32}),
}
FIELDS: dict[str, Any] = {
    "id": [5, None],
    "model": [5, None],
    "stage": ["elsewhere", 5, []],
    "named": [5],
    "request": [5, [], "text"],
    "base_url": [5],
    "ref": [5, [], {}, {"provider": "toy"}],
    "status": [5, [], {}, {"state": "elsewhere"}],
    "adjustments": [5, {}, [5]],
    "timeline": [5, [], {"created_at": "yesterday"}, {"created_at": "2026-01-01T00:00:00"}],
    "unwatched": [5, {}, [5]],
    "target": [5, []],
    "file": [5, {}],
    "expires_at": ["soon", [], "2026-01-01T00:00:00"],
    "error": [
        5,
        [],
        {},
        {"type": []},
        {**UNKNOWN, "http_status": "500"},
        {**UNKNOWN, "candidate": 7},
        {**UNKNOWN, "answer": {**ANSWER, "headers": True}},
    ],
    "note": [5],
    "quoted": [5, [], {"amount": "1"}, {"amount": "a", "currency": "USD"}],
    "refusals": ["1", None, 1.5],
    "resends": ["1", None, 1.5],
    "sent_key": [5, []],
}
DOCUMENTS |= {
    f"{name}: {value!r}": json.dumps({**ROW, "id": "ID", name: value})
    for name, values in FIELDS.items()
    for value in values
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    journal = SqliteJournal(path)
    yield journal
    journal.close()


def damage(path: Path, job_id: str, document: Any = "[]") -> None:
    """Write a document into the row of a job."""
    text = document.replace('"ID"', f'"{job_id}"') if isinstance(document, str) else document
    value = text if isinstance(text, str) and text.startswith("CAST(") else "?"
    with closing(sqlite3.connect(path)) as connection, connection:
        statement = f"UPDATE jobs SET document = {value} WHERE id = ?"
        connection.execute(statement, (job_id,) if value != "?" else (text, job_id))


def refused(work: Callable[[], object]) -> str:
    """Return what is said of something that a damaged row stops."""
    with pytest.raises(JournalError) as raised:
        work()
    assert len(raised.value.message) < 400
    assert "polyreel jobs rescue" in raised.value.message
    return raised.value.message


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_row_that_can_not_be_read_stops_its_own_job_alone(
    path: Path,
    journal: SqliteJournal,
    tmp_path: Path,
    document: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = opened(journal)
    job = brought_to(journal, Stage.ACCEPTED)
    after = opened(journal)
    damage(path, job.id, document)
    for work in (
        lambda: journal.job(job.id),
        lambda: journal.claim(job.id),
        lambda: journal.jobs(id_prefix=job.id[:8]),
    ):
        assert job.id in refused(work)
    with caplog.at_level(logging.WARNING, "polyreel"):
        for _ in range(2):
            assert [each.id for each in journal.jobs()] == [after.id, before.id]
    (said,) = [each.getMessage() for each in caplog.records]
    assert job.id in said
    assert "polyreel jobs rescue" in said
    assert opened(journal).id  # another job starts
    done = rescue(path, tmp_path / "new.sqlite3")
    assert (done.jobs, done.lost, done.lost_without_id) == (3, (job.id,), 0)


def test_under_the_key_of_a_row_that_can_not_be_read_nothing_is_sent(
    path: Path, journal: SqliteJournal
) -> None:
    job = opened(journal, a_job(idempotency_key="order-7"))
    damage(path, job.id)
    again = an_intent(a_job(idempotency_key="order-7"))
    assert job.id in refused(lambda: journal.open_job(again))
    assert job.id in refused(lambda: journal.jobs(idempotency_key="order-7"))
    other = an_intent(a_job(idempotency_key="order-8"))
    assert journal.open_job(other).outcome is Opening.NEW


@pytest.mark.parametrize(
    "document", ["[]", '{"id": "ID", "model": "m", "stage": "s", "status": 5}']
)
def test_under_a_budget_a_row_that_can_not_be_read_may_have_cost_anything(
    path: Path, journal: SqliteJournal, document: str
) -> None:
    limit = SpendLimit(amount=Decimal(10), currency="USD", period="day", allows_unknown=True)
    job = opened(journal)
    damage(path, job.id, document)
    assert job.id in refused(lambda: journal.spent(limit))
    assert job.id in refused(lambda: journal.open_job(an_intent(limits=(limit,))))


def test_the_lease_of_a_row_that_can_not_be_read_stays_until_it_can(path: Path) -> None:
    moment = Moment()
    ended, other = (SqliteJournal(path, now=moment) for _ in range(2))
    job, beside = (brought_to(ended, Stage.SENDING) for _ in range(2))
    moment.later(minutes=5)
    text = _document(path, job.id)
    damage(path, job.id)
    assert [each.id for each in other.recover()] == [beside.id]
    assert other.recover() == []
    damage(path, job.id, text)
    assert [(each.id, each.stage) for each in other.recover()] == [(job.id, Stage.UNKNOWN)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM owners").fetchone() == (0,)
    other.close()
    ended.close()


def test_a_row_of_an_older_journal_that_can_not_be_read_stops_no_migration(path: Path) -> None:
    for number, document in enumerate(
        ["[]", "5", "not json", '{"stage": "fetched", "timeline": 5}', nested(5000), "{}"]
    ):
        connection = sqlite3.connect(path.with_name(f"{number}.sqlite3"), isolation_level=None)
        migrate(connection, 2)
        connection.execute(
            "INSERT INTO jobs (id, request_digest, place, provider, model, stage, created_at,"
            " document) VALUES ('a', 'd', ?, 'toy', 'toy/video', 'fetched', 1, ?)",
            (PLACE, document),
        )
        connection.close()
        journal = SqliteJournal(path.with_name(f"{number}.sqlite3"))
        assert journal.jobs() == []
        assert "job a" in refused(lambda journal=journal: journal.job("a"))  # type: ignore[misc]
        journal.close()


def test_half_of_a_surrogate_pair_in_a_prompt_is_kept() -> None:
    record = a_job(request={"prompt": "\ud83d"}, note="\udc80")
    assert load_record(dump_record(record)) == record


def test_a_time_is_compared_with_others_without_a_fault() -> None:
    assert load_record(dump_record(FULL)).timeline.created_at is not None
    with pytest.raises(ValueError, match="not a job's record"):
        load_record(json.dumps({**ROW, "expires_at": datetime(2026, 1, 1).isoformat()}))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert load_record(json.dumps({**ROW, "expires_at": at.isoformat()})).expires_at == at


def _document(path: Path, job_id: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT document FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return str(found[0])
