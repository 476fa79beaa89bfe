"""The journal: one row decides, every change is compare-and-set, and nobody's job is lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import (
    IdempotencyConflict,
    JobFailed,
    JobRef,
    RateLimited,
    SubmitUnknown,
    TransportError,
)
from polyreel.adapters import Charge, JobStatus, Output, State
from polyreel.engine.context import new_id
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.jobs.journal.interface import MAY_FOLLOW, Intent, Opened, Opening
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.journal.table import COUNTED, LEASE
from polyreel.jobs.journal.turns import LONGEST_PAUSE
from polyreel.models import Adjustment

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PLACE = "toy https://api.toy.example/v1"
REF = JobRef(provider="toy", model="video", task_id="task-1", base_url="https://api.toy.example/v1")
KEPT_STAGES = list(MAY_FOLLOW)


class Moment:
    """A time that is moved by hand, shared by the journals of a test."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def later(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def journals(tmp_path: Path, moment: Moment) -> Iterator[Callable[[], SqliteJournal]]:
    """Open journals on one file, each as another process would."""
    opened: list[SqliteJournal] = []

    def another() -> SqliteJournal:
        opened.append(SqliteJournal(tmp_path / "journal.sqlite3", now=moment))
        return opened[-1]

    yield another
    for each in opened:
        each.close()


def a_job(**fields: Any) -> JobRecord:
    return JobRecord(**{"id": new_id(), "model": "toy/video", **fields})


def an_intent(
    record: JobRecord | None = None, digest: str = "d", place: str = PLACE, **more: Any
) -> Intent:
    return Intent(record=record or a_job(), digest=digest, place=place, **more)


def opened(journal: SqliteJournal, record: JobRecord | None = None, **more: Any) -> JobRecord:
    """Open a job and return it."""
    result = journal.open_job(an_intent(record, **more))
    assert result.outcome is Opening.NEW
    assert result.record is not None
    return result.record


def brought_to(journal: SqliteJournal, stage: Stage, record: JobRecord | None = None) -> JobRecord:
    """Open a job and lead it to a stage the usual way."""
    job = opened(journal, record)
    way = {
        Stage.INTENT: [],
        Stage.REJECTED: [Stage.SENDING, Stage.REJECTED],
        Stage.UNKNOWN: [Stage.SENDING, Stage.UNKNOWN],
        Stage.SENDING: [Stage.SENDING],
        Stage.ACCEPTED: [Stage.SENDING, Stage.ACCEPTED],
        Stage.FINISHED: [Stage.SENDING, Stage.ACCEPTED, Stage.FINISHED],
        Stage.DOWNLOADED: [Stage.SENDING, Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED],
    }
    for each in way[stage]:
        job = at(job, each)
        assert journal.move(job)
    return job


def at(job: JobRecord, stage: Stage, ref: JobRef = REF) -> JobRecord:
    """Return a job as it is at a stage."""
    has_task = stage in (Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED)
    timeline = replace(job.timeline, accepted_at=NOON if has_task else None)
    return replace(job, stage=stage, ref=ref if has_task else job.ref, timeline=timeline)


# Rows


FULL = JobRecord(
    id="a" * 32,
    model="toy/video",
    named="final",
    stage=Stage.FINISHED,
    request={"prompt": "A kite 潮", "duration": 5, "first_frame": "image/png, 12 bytes"},
    idempotency_key="order-7",
    base_url="https://api.toy.example/v1",
    ref=REF,
    status=JobStatus(
        state=State.FAILED,
        raw_state="broken",
        failure="no reason",
        charge=Charge(amount=Decimal("0.30"), unit="USD"),
        expires_at=NOON,
    ),
    adjustments=(Adjustment(field="seed", asked="0", sent="nothing", reason="none"),),
    timeline=Timeline(created_at=NOON, accepted_at=NOON + timedelta(seconds=1.25)),
    target=Path("/videos/a.mp4"),
    expires_at=NOON + timedelta(days=3),
    note="found by hand",
)


def test_a_record_comes_back_as_it_was_kept() -> None:
    assert load_record(dump_record(FULL)) == FULL


def test_a_row_from_before_the_callers_name_was_kept_is_still_read() -> None:
    row = json.loads(dump_record(FULL))
    del row["named"]
    assert load_record(json.dumps(row)) == replace(FULL, named=None)


@pytest.mark.parametrize(
    "error",
    [
        JobFailed("it failed", provider="toy", vendor_code="E7", job=REF, job_id="abc"),
        SubmitUnknown("unknown", http_status=500),
        SubmitUnknown("unknown", candidate="7", answer={"status": 400, "body": "{}"}),
        RateLimited("slower", retry_after=7.0, request_id="r"),
        TransportError("gone", sent=True),
        TransportError("gone", sent=False),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_back_as_it_was_kept(error: Any) -> None:
    back = load_record(dump_record(replace(FULL, error=error))).error
    assert (type(back), None if back is None else back.facts()) == (type(error), error.facts())


def test_a_signed_address_is_not_kept() -> None:
    video = Output(url="https://videos.example/a.mp4?Signature=9f86d0818")
    status = JobStatus(state=State.SUCCEEDED, raw_state="done", outputs=(video,))
    assert "videos.example" not in dump_record(replace(FULL, status=status))


# Compare and set

WITH_ITS_KEY = (Stage.SENDING, Stage.SENDING)
"""Only once, and only where the row has the key that the vendor remembers."""

ALLOWED_STEPS = {
    (Stage.INTENT, Stage.SENDING),
    WITH_ITS_KEY,
    (Stage.SENDING, Stage.INTENT),  # refused for sure, and to be sent again
    (Stage.INTENT, Stage.REJECTED),
    (Stage.SENDING, Stage.REJECTED),
    (Stage.UNKNOWN, Stage.REJECTED),
    (Stage.SENDING, Stage.UNKNOWN),
    (Stage.INTENT, Stage.ACCEPTED),
    (Stage.SENDING, Stage.ACCEPTED),
    (Stage.UNKNOWN, Stage.ACCEPTED),
    (Stage.REJECTED, Stage.ACCEPTED),
    (Stage.SENDING, Stage.FINISHED),
    (Stage.UNKNOWN, Stage.FINISHED),
    (Stage.ACCEPTED, Stage.FINISHED),
    (Stage.FINISHED, Stage.FINISHED),
    (Stage.SENDING, Stage.DOWNLOADED),
    (Stage.UNKNOWN, Stage.DOWNLOADED),
    (Stage.ACCEPTED, Stage.DOWNLOADED),
    (Stage.FINISHED, Stage.DOWNLOADED),
    (Stage.DOWNLOADED, Stage.DOWNLOADED),
}
"""Every step from a stage to the next, written out: each one decides about money."""


def test_the_stages_follow_each_other_just_as_written_here() -> None:
    steps = {(before, stage) for stage, earlier in MAY_FOLLOW.items() for before in earlier}
    assert steps == ALLOWED_STEPS


@pytest.mark.parametrize("stage", MAY_FOLLOW, ids=str)
@pytest.mark.parametrize("before", KEPT_STAGES, ids=str)
def test_a_stage_follows_only_those_it_may_follow(
    journals: Callable[[], SqliteJournal], before: Stage, stage: Stage
) -> None:
    journal = journals()
    job = brought_to(journal, before)
    moved = journal.move(at(job, stage))
    assert moved is ((before, stage) in ALLOWED_STEPS - {WITH_ITS_KEY})
    kept = journal.job(job.id)
    assert kept is not None
    assert kept.stage is (stage if moved else before)


def test_the_late_answer_to_an_unknown_submit_still_settles_it(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    job = brought_to(journal, Stage.UNKNOWN)
    assert journal.move(at(job, Stage.ACCEPTED))


def test_a_task_id_is_never_replaced(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    job = brought_to(journal, Stage.ACCEPTED)
    other = REF.model_copy(update={"task_id": "task-2"})
    assert not journal.move(at(job, Stage.ACCEPTED, other))
    assert [each.ref for each in journal.jobs()] == [REF]


def test_only_who_wrote_the_intent_may_send(journals: Callable[[], SqliteJournal]) -> None:
    ours, theirs = journals(), journals()
    job = opened(ours)
    assert not theirs.move(at(job, Stage.SENDING))
    assert ours.move(at(job, Stage.SENDING))


def test_a_job_is_sent_once_however_many_try(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    job = opened(journal)
    sent = in_threads(16, lambda _: journal.move(at(job, Stage.SENDING)))
    assert sorted(sent) == [False] * 15 + [True]


# Idempotency keys


def keyed(**fields: Any) -> JobRecord:
    return a_job(idempotency_key="order-7", **fields)


@pytest.mark.parametrize(
    "stage", [each for each in KEPT_STAGES if each is not Stage.REJECTED], ids=str
)
def test_a_key_has_one_job(journals: Callable[[], SqliteJournal], stage: Stage) -> None:
    journal, other = journals(), journals()
    first = brought_to(journal, stage, keyed())
    again = other.open_job(an_intent(keyed()))
    assert (again.outcome, again.record and again.record.id) == (Opening.REPEATED, first.id)


def test_what_was_surely_refused_may_be_sent_again_as_the_same_job(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    first = brought_to(journal, Stage.REJECTED, keyed())
    again = opened(journal, keyed())
    assert (again.id, len(journal.jobs())) == (first.id, 1)
    assert journal.move(at(again, Stage.SENDING))


def test_another_request_under_a_key_is_an_error_that_says_what_differs(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    opened(journal, keyed(request={"prompt": "A kite", "duration": 5}), digest="one")
    other = an_intent(keyed(request={"prompt": "A boat", "duration": 5}), digest="two")
    with pytest.raises(IdempotencyConflict, match="differ in prompt") as raised:
        journal.open_job(other)
    assert len(journal.jobs()) == 1
    assert raised.value.job_id == journal.jobs()[0].id


def test_a_fallback_is_begun_only_after_a_job_that_the_call_gave_up(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    first = brought_to(journal, Stage.FINISHED, keyed())
    other = keyed(model="tin/video")
    assert journal.open_job(an_intent(other)).outcome is Opening.REPEATED
    given_up = an_intent(other, given_up=frozenset({first.id}))
    assert journal.open_job(given_up).outcome is Opening.NEW


def test_a_refused_fallback_does_not_hide_the_job_that_counts(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    first = brought_to(journal, Stage.ACCEPTED, keyed(model="toy/video"))
    refused = an_intent(keyed(model="tin/video"), given_up=frozenset({first.id}))
    record = journal.open_job(refused).record
    assert record is not None
    journal.move(replace(record, stage=Stage.REJECTED))
    again = journal.open_job(an_intent(keyed(model="tin/video")))
    assert again.record is not None
    assert (again.outcome, again.record.id) == (Opening.REPEATED, first.id)


def test_of_many_at_the_same_instant_one_begins(journals: Callable[[], SqliteJournal]) -> None:
    several = [journals() for _ in range(4)]

    def begin(number: int) -> Opened:
        return several[number % 4].open_job(an_intent(keyed()))

    results = in_threads(24, begin)
    assert [each.outcome for each in results].count(Opening.NEW) == 1
    assert len({each.record.id for each in results if each.record}) == 1


# Who works on what


def test_a_job_is_worked_on_by_one(journals: Callable[[], SqliteJournal]) -> None:
    ours, theirs = journals(), journals()
    job = brought_to(ours, Stage.ACCEPTED)
    assert not theirs.claim(job.id).is_ours
    assert ours.claim(job.id).is_ours
    ours.release(job.id)
    assert theirs.claim(job.id).is_ours
    assert not ours.claim(job.id).is_ours


def test_a_claim_reports_how_the_job_stands(journals: Callable[[], SqliteJournal]) -> None:
    ours, theirs = journals(), journals()
    job = brought_to(ours, Stage.FINISHED)
    assert theirs.claim(job.id).record == ours.job(job.id)


def test_a_job_that_nobody_keeps_is_anybodys(journals: Callable[[], SqliteJournal]) -> None:
    claimed = journals().claim("0" * 32)
    assert (claimed.is_ours, claimed.record) == (True, None)


@pytest.mark.parametrize(
    ("stage", "becomes"),
    [
        (Stage.INTENT, Stage.REJECTED),
        (Stage.SENDING, Stage.UNKNOWN),
        (Stage.ACCEPTED, Stage.ACCEPTED),
        (Stage.FINISHED, Stage.FINISHED),
    ],
)
def test_what_a_silent_process_kept_is_freed(
    journals: Callable[[], SqliteJournal], moment: Moment, stage: Stage, becomes: Stage
) -> None:
    silent, other = journals(), journals()
    job = brought_to(silent, stage)
    moment.later(seconds=LEASE.total_seconds() + 1)
    claimed = other.claim(job.id)
    assert claimed.record is not None
    assert (claimed.is_ours, claimed.record.stage) == (True, becomes)


def test_a_process_that_gives_signs_of_life_keeps_its_jobs(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    alive, other = journals(), journals()
    job = brought_to(alive, Stage.SENDING)
    for _ in range(5):
        moment.later(seconds=LEASE.total_seconds() * 0.7)
        opened(alive)  # whatever it does is a sign of life
        assert not other.claim(job.id).is_ours
    assert other.recover() == []


def test_the_writer_gives_signs_of_life_by_itself(tmp_path: Path) -> None:
    quick, other = (SqliteJournal(tmp_path / "j.sqlite3") for _ in range(2))
    job = brought_to(quick, Stage.ACCEPTED)
    quick._running()._interval = 0.02  # a third of a lease is too long for a test
    opened(quick)

    def last_sign() -> float:
        with closing(sqlite3.connect(tmp_path / "j.sqlite3")) as connection, connection:
            return float(connection.execute("SELECT max(heartbeat_at) FROM owners").fetchone()[0])

    first, deadline = last_sign(), threading.Event()
    threading.Timer(10, deadline.set).start()
    while last_sign() == first:
        assert not deadline.wait(0.02), "no sign of life came"
    assert not other.claim(job.id).is_ours
    quick.close()
    other.close()


def test_a_process_that_was_killed_is_noticed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    program = (
        "import os, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "import test_journal as t\n"
        "j = t.SqliteJournal(sys.argv[1])\n"
        "t.brought_to(j, t.Stage.SENDING); t.opened(j); t.brought_to(j, t.Stage.ACCEPTED)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    folder = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", program, str(path), folder], check=False)
    journal = SqliteJournal(path)
    changed = journal.recover()
    journal.close()
    assert sorted(each.stage for each in changed) == [Stage.REJECTED, Stage.UNKNOWN]
    assert all(each.error is not None for each in changed)


def test_closing_lets_go_at_once(journals: Callable[[], SqliteJournal]) -> None:
    ours, theirs = journals(), journals()
    sending, intent = brought_to(ours, Stage.SENDING), opened(ours)
    accepted = brought_to(ours, Stage.ACCEPTED)
    ours.close()
    found = {each.id: each.stage for each in theirs.jobs()}
    assert found[sending.id] is Stage.UNKNOWN
    assert found[intent.id] is Stage.REJECTED
    assert theirs.claim(accepted.id).is_ours


def test_a_closed_journal_opens_again_when_it_is_used(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    job = opened(journal)
    journal.close()
    journal.close()
    found = journal.job(job.id)
    assert found is not None


def test_a_frozen_process_that_wakes_settles_what_was_called_unknown(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    frozen, other = journals(), journals()
    sending, waiting = brought_to(frozen, Stage.SENDING), opened(frozen)
    moment.later(seconds=LEASE.total_seconds() * 2)
    assert len(other.recover()) == 2
    assert frozen.move(at(sending, Stage.ACCEPTED)), "its answer came late, and counts"
    assert not frozen.move(at(waiting, Stage.SENDING)), "what it had not sent it may not send now"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_is_a_process_of_its_own(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    job = brought_to(journal, Stage.ACCEPTED)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if not journal.claim(job.id).is_ours and opened(journal) else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert journal.claim(job.id).is_ours
    journal.close()


# Limits


def test_no_more_jobs_begin_than_may_be_in_flight(journals: Callable[[], SqliteJournal]) -> None:
    several = [journals() for _ in range(3)]

    def begin(number: int) -> Opening:
        return several[number % 3].open_job(an_intent(max_in_flight=5)).outcome

    outcomes = in_threads(30, begin)
    assert (outcomes.count(Opening.NEW), outcomes.count(Opening.FULL)) == (5, 25)


@pytest.mark.parametrize(
    ("stage", "counts"),
    [
        (Stage.INTENT, True),
        (Stage.SENDING, True),
        (Stage.ACCEPTED, True),
        (Stage.REJECTED, False),
        (Stage.UNKNOWN, False),
        (Stage.FINISHED, False),
        (Stage.DOWNLOADED, False),
    ],
)
def test_a_job_applies_its_place_while_it_is_open(
    journals: Callable[[], SqliteJournal], stage: Stage, counts: bool
) -> None:
    journal = journals()
    brought_to(journal, stage)
    outcome = journal.open_job(an_intent(max_in_flight=1)).outcome
    assert outcome is (Opening.FULL if counts else Opening.NEW)


def test_a_place_is_an_account_of_its_own(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    brought_to(journal, Stage.ACCEPTED)
    elsewhere = an_intent(max_in_flight=1, place="tin https://api.tin.example")
    assert journal.open_job(elsewhere).outcome is Opening.NEW


def test_a_job_that_was_left_behind_does_not_apply_its_place_for_ever(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    journal = journals()
    brought_to(journal, Stage.ACCEPTED)
    moment.later(seconds=COUNTED.total_seconds() + 1)
    assert journal.open_job(an_intent(max_in_flight=1)).outcome is Opening.NEW


def test_requests_are_spread_over_the_minute(journals: Callable[[], SqliteJournal]) -> None:
    one, two = journals(), journals()
    turns = [each.take_turn(PLACE, 30) for each in (one, two, one, two)]
    assert turns == pytest.approx([0, 2, 4, 6])


def test_turns_come_free_as_time_passes(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    journal = journals()
    journal.take_turn(PLACE, 60)
    moment.later(seconds=0.4)
    assert journal.take_turn(PLACE, 60) == pytest.approx(0.6)
    moment.later(minutes=5)
    assert journal.take_turn(PLACE, 60) == 0


def test_a_pause_applies_one_place_and_everybody_there(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    one, two = journals(), journals()
    one.pause_requests(PLACE, 20)
    one.pause_requests(PLACE, 5)  # a shorter pause does not cut a longer one
    assert two.take_turn(PLACE, None) == pytest.approx(20)
    assert two.take_turn("tin https://api.tin.example", None) == 0
    moment.later(seconds=20)
    assert two.take_turn(PLACE, None) == 0


def test_a_clock_that_was_set_back_stops_nobody(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    journal = journals()
    journal.take_turn(PLACE, 1)
    moment.later(seconds=-LONGEST_PAUSE * 3)
    assert journal.take_turn(PLACE, 1) == pytest.approx(60)  # as if it had not been


def test_a_queue_of_any_length_is_kept(journals: Callable[[], SqliteJournal]) -> None:
    one, two = journals(), journals()
    turns = [each.take_turn(PLACE, 1) for _ in range(20) for each in (one, two)]
    assert turns == pytest.approx([60.0 * number for number in range(40)])


def test_a_queue_is_no_longer_where_the_date_was_set_back_and_nobody_saw_it(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    before = journals()
    for _ in range(20):
        before.take_turn(PLACE, 1)
    before.close()
    moment.later(seconds=-7200)
    after = journals()
    assert [after.take_turn(PLACE, 1) for _ in range(2)] == pytest.approx([1200, 1260])
    moment.later(seconds=600)
    assert after.take_turn(PLACE, 1) == pytest.approx(720)


def test_a_pause_is_no_longer_where_the_date_was_set_back_and_nobody_saw_it(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    before = journals()
    before.pause_requests(PLACE, 20)
    before.close()
    moment.later(seconds=-300)
    after = journals()
    assert after.take_turn(PLACE, None) == pytest.approx(20)
    moment.later(seconds=20)
    assert after.take_turn(PLACE, None) == 0


def test_a_date_that_is_set_back_moves_the_queue_of_many_processes_once(
    tmp_path: Path, moment: Moment
) -> None:
    one, two = (
        SqliteJournal(tmp_path / "j.sqlite3", now=moment, monotonic=lambda: 1000.0)
        for _ in range(2)
    )
    for _ in range(15):
        one.take_turn(PLACE, 1)
        two.take_turn(PLACE, 1)
    moment.later(seconds=-7200)
    turns = [each.take_turn(PLACE, 1) for each in (one, two, one, two)]
    assert turns == pytest.approx([1800, 1860, 1920, 1980])
    one.close()
    two.close()


def test_a_turn_of_an_older_polyreel_that_is_far_ahead_delays_nobody(
    tmp_path: Path, moment: Moment
) -> None:
    journal = SqliteJournal(tmp_path / "j.sqlite3", now=moment)
    journal.recover()
    with closing(sqlite3.connect(tmp_path / "j.sqlite3")) as connection, connection:
        ahead = moment().timestamp() + 7200
        connection.execute("INSERT INTO places VALUES (?, ?, ?)", (PLACE, ahead, ahead))
    assert [journal.take_turn(PLACE, 60) for _ in range(2)] == pytest.approx([0, 1])
    journal.close()


@pytest.mark.parametrize("back", [200.0, 7200.0])
def test_a_date_that_is_set_back_delays_no_turn(
    tmp_path: Path, moment: Moment, back: float
) -> None:
    passed = 1000.0
    journal = SqliteJournal(tmp_path / "j.sqlite3", now=moment, monotonic=lambda: passed)
    journal.take_turn(PLACE, 60)
    journal.pause_requests(PLACE, 20)
    moment.later(seconds=4 - back)
    passed += 4
    assert journal.take_turn(PLACE, None) == pytest.approx(16)
    passed += 16
    moment.later(seconds=16)
    assert [journal.take_turn(PLACE, 60) for _ in range(2)] == pytest.approx([0, 1])
    journal.close()


def test_a_pause_after_the_date_was_set_back_is_kept(tmp_path: Path, moment: Moment) -> None:
    journal = SqliteJournal(tmp_path / "j.sqlite3", now=moment, monotonic=lambda: 1000.0)
    journal.pause_requests(PLACE, 20)
    moment.later(seconds=-300)
    journal.pause_requests(PLACE, 30)
    assert journal.take_turn(PLACE, None) == pytest.approx(30)
    journal.close()


def test_a_date_that_goes_on_or_ahead_moves_no_turn(tmp_path: Path, moment: Moment) -> None:
    passed = 1000.0
    journal = SqliteJournal(tmp_path / "j.sqlite3", now=moment, monotonic=lambda: passed)
    journal.pause_requests(PLACE, 20)
    moment.later(seconds=4.5)
    passed += 5
    assert journal.take_turn(PLACE, None) == pytest.approx(15.5)
    journal.close()


# Sent again after a sure refusal


def refused(journal: SqliteJournal, record: JobRecord | None = None) -> JobRecord:
    """Return a job that was refused and waits to be sent again."""
    job = brought_to(journal, Stage.SENDING, record)
    job = replace(at(job, Stage.INTENT), refusals=1, error=RateLimited("slower", provider="toy"))
    assert journal.move(job)
    return job


def test_a_refused_job_is_sent_again_only_by_its_own_process(
    journals: Callable[[], SqliteJournal],
) -> None:
    ours, theirs = journals(), journals()
    job = refused(ours)
    assert not theirs.move(at(job, Stage.SENDING))
    assert ours.move(at(job, Stage.SENDING))
    assert not theirs.move(at(job, Stage.INTENT)), "nor is it called refused by another"


def test_a_refused_job_whose_process_ended_is_rejected_by_that_refusal(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    frozen, other = journals(), journals()
    job = refused(frozen)
    moment.later(seconds=LEASE.total_seconds() * 2)
    (changed,) = other.recover()
    assert (changed.stage, type(changed.error), changed.refusals) == (
        Stage.REJECTED,
        RateLimited,
        1,
    )
    assert not frozen.move(at(job, Stage.SENDING)), "the process that wakes sends nothing"


def test_a_late_refusal_of_an_unknown_job_is_not_sent_again(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    frozen, other = journals(), journals()
    job = brought_to(frozen, Stage.SENDING)
    moment.later(seconds=LEASE.total_seconds() * 2)
    assert [each.stage for each in other.recover()] == [Stage.UNKNOWN]
    assert not frozen.move(replace(at(job, Stage.INTENT), refusals=1))
    assert frozen.move(at(job, Stage.REJECTED)), "the refusal itself still counts"


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.UNKNOWN])
@pytest.mark.parametrize("sends", [False, True], ids=["opened", "sending"])
def test_a_process_that_wakes_does_not_end_the_job_that_another_opened_again(
    journals: Callable[[], SqliteJournal], moment: Moment, stage: Stage, sends: bool
) -> None:
    frozen, other = journals(), journals()
    job = refused(frozen, keyed())
    moment.later(seconds=LEASE.total_seconds() * 2)
    again = opened(other, keyed())
    assert again.id == job.id
    if sends:
        assert other.move(at(again, Stage.SENDING))
    assert not frozen.move(at(job, stage))
    kept = other.job(job.id)
    assert kept is not None
    assert kept.stage is (Stage.SENDING if sends else Stage.INTENT)


def test_a_refused_job_keeps_its_place_and_its_key(journals: Callable[[], SqliteJournal]) -> None:
    ours, theirs = journals(), journals()
    job = refused(ours, keyed())
    again = theirs.open_job(an_intent(keyed()))
    assert again.record is not None
    assert (again.outcome, again.record.id) == (Opening.REPEATED, job.id)
    assert theirs.open_job(an_intent(max_in_flight=1)).outcome is Opening.FULL


def test_a_row_from_before_refusals_were_counted_is_still_read() -> None:
    row = json.loads(dump_record(replace(FULL, refusals=2)))
    del row["refusals"]
    assert load_record(json.dumps(row)) == FULL


# Looking


def test_the_newest_job_stands_first(journals: Callable[[], SqliteJournal], moment: Moment) -> None:
    journal = journals()
    ids = []
    for _ in range(3):
        ids.append(opened(journal).id)
        moment.later(seconds=1)
    assert [each.id for each in journal.jobs()] == ids[::-1]
    assert [each.id for each in journal.jobs(limit=1)] == ids[-1:]


def test_jobs_are_narrowed_down(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    job = brought_to(journal, Stage.ACCEPTED, keyed(model="toy/video"))
    brought_to(journal, Stage.UNKNOWN, a_job(model="tin/video"))

    def found(**wanted: Any) -> list[str]:
        return [each.id for each in journal.jobs(**wanted)]

    for wanted in (
        {"provider": "toy"},
        {"model": "toy/video"},
        {"idempotency_key": "order-7"},
        {"task_id": "task-1"},
        {"stages": {Stage.ACCEPTED}},
        {"id_prefix": job.id[:6]},
    ):
        assert found(**wanted) == [job.id], wanted
    assert found(stages=set()) == []


def test_an_underscore_or_percent_in_an_id_is_no_pattern(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    opened(journal)
    assert journal.jobs(id_prefix="%") == journal.jobs(id_prefix="_") == []


def test_in_memory_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    journal = SqliteJournal(None)
    brought_to(journal, Stage.DOWNLOADED)
    journal.close()
    assert list(tmp_path.iterdir()) == []
    assert not journal.is_persistent


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do a piece of work in many threads at once and return what each came to."""
    together = threading.Barrier(count, timeout=20)
    results: list[Any] = []

    def run(number: int) -> None:
        together.wait()
        results.append(work(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == count, "a thread did not come to its end"
    return results
