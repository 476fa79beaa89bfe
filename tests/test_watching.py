"""Times in which nobody watched a job are not the provider's, nor are jobs that were canceled."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from polyreel import TransportError, VideoRequest
from polyreel.adapters import JobStatus, PollTiming, State
from polyreel.client.drivers import drive
from polyreel.comparing.report.timelines import timeline_spans
from polyreel.engine.context import LiveJob
from polyreel.engine.wait import poll
from polyreel.engine.watching import AT_LEAST
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel.pricing import latency_by, usual_seconds
from polyreel_conformance import ManualClock
from test_latency import MODEL, ended, video
from toy_adapter import Script, ToyAdapter, accepted_at, account_at, answer, context_at, resumed_job

WAITING = answer(200, {"status": "waiting"})
WORKING = answer(200, {"status": "working"})
DONE = answer(200, {"status": "done", "url": "https://videos.toy.example/1.mp4"})
USUAL = ToyAdapter.poll_timing.first
ALMOST = 2 * USUAL
OFTEN = PollTiming(first=0.05, gap=0.05, floor=0.01)


def polled(clock: ManualClock, live: LiveJob, answered: Any, **context: Any) -> Timeline:
    script = Script(answered, clock=clock)
    program = poll(context_at(clock, **context), ToyAdapter(), account_at(), live)
    drive(program, script)
    return live.record.timeline


# what is recorded


@pytest.mark.parametrize(("after", "is_watched"), [(ALMOST, True), (ALMOST + 0.1, False)])
@pytest.mark.parametrize(("word", "name"), [(WORKING, "running_at"), (DONE, "finished_at")])
def test_a_change_that_is_seen_after_long_is_unwatched(
    after: float, is_watched: bool, word: Any, name: str
) -> None:
    clock = ManualClock()
    live = accepted_at(clock)
    clock.sleep(after)
    line = polled(clock, live, word)
    assert getattr(line, name) == clock.now()
    assert line.unwatched == (set() if is_watched else {name})


def test_polls_in_time_make_a_long_job_watched() -> None:
    clock = ManualClock()
    live = accepted_at(clock)
    for word in (WAITING, WAITING, WORKING, WORKING, DONE):
        clock.sleep(ALMOST)
        line = polled(clock, live, word)
    assert line.unwatched == set()
    assert line.seconds("queued") == 3 * ALMOST
    assert line.seconds("generating") == 2 * ALMOST


def test_polls_that_got_no_answer_watched_nothing() -> None:
    clock = ManualClock()
    live = accepted_at(clock)
    for _ in range(3):
        clock.sleep(ALMOST / 2)
        with pytest.raises(TransportError):
            polled(clock, live, TransportError("down", sent=True))
    line = polled(clock, live, DONE)
    assert line.unwatched == {"finished_at"}


def test_a_process_that_resumes_did_not_watch_before_its_first_poll() -> None:
    clock = ManualClock()
    first = accepted_at(clock)
    clock.sleep(USUAL)
    polled(clock, first, WAITING)
    clock.sleep(USUAL)
    polled(clock, first, WAITING)
    clock.sleep(USUAL)
    resumed = LiveJob(load_record(dump_record(first.record)))  # polls are not persisted
    line = polled(clock, resumed, WORKING)
    assert line.unwatched == {"running_at"}
    clock.sleep(USUAL)
    line = polled(clock, resumed, DONE)
    assert line.unwatched == {"running_at"}, "from here on it watched"
    assert [line.seconds(name) for name in ("queued", "generating")] == [None, None]


def test_a_job_that_is_resumed_by_its_reference_alone_has_no_start() -> None:
    clock = ManualClock()
    assert polled(clock, resumed_job(), WORKING).unwatched == {"running_at"}


def test_quick_polls_allow_for_the_time_of_an_answer() -> None:
    clock = ManualClock()
    live = accepted_at(clock)
    clock.sleep(AT_LEAST.total_seconds())
    assert polled(clock, live, WORKING, poll_timing=OFTEN).unwatched == set()
    clock.sleep(AT_LEAST.total_seconds() + 1)
    assert polled(clock, live, DONE, poll_timing=OFTEN).unwatched == {"finished_at"}


def test_a_moment_that_was_watched_stays_so() -> None:
    clock = ManualClock()
    live = accepted_at(clock)
    clock.sleep(USUAL)
    polled(clock, live, DONE)
    clock.sleep(1000)
    assert polled(clock, live, DONE).unwatched == set()


def test_the_journal_keeps_what_was_unwatched_and_old_rows_have_nothing() -> None:
    record = replace(
        video(), timeline=replace(video().timeline, unwatched=frozenset({"running_at"}))
    )
    text = dump_record(record)
    assert load_record(text).timeline == record.timeline
    row = json.loads(dump_record(video()))
    assert "unwatched" not in row
    assert load_record(json.dumps(row)).timeline.unwatched == set()


# what counts


def unwatched(*names: str, total: float = 30) -> JobRecord:
    record = video(total)
    return replace(record, timeline=replace(record.timeline, unwatched=frozenset(names)))


def test_an_unwatched_end_is_left_out_of_every_span_and_counted() -> None:
    records = [*(video(10) for _ in range(3)), unwatched("finished_at", total=43.9)]
    (group,) = latency_by(records)
    total, generating = group.spreads["total"], group.spreads["generating"]
    assert total is not None
    assert generating is not None
    assert (total.count, total.maximum, generating.count) == (3, 10, 3)
    assert (group.left_out, group.unwatched, group.jobs) == (1, 1, 4)
    usual = usual_seconds(records, MODEL, VideoRequest(prompt="x"))
    assert usual is not None
    assert (usual.p95, usual.count) == (10, 3)


def test_an_unwatched_start_leaves_the_total_as_it_is() -> None:
    (group,) = latency_by([unwatched("running_at")])
    assert group.spreads["total"] is not None
    assert (group.spreads["queued"], group.spreads["generating"]) == (None, None)
    assert (group.left_out, group.unwatched) == (0, 1)


def test_the_caller_still_sees_how_long_it_took() -> None:
    assert unwatched("finished_at", total=43.9).timeline.seconds_total == 43.9


def test_a_report_draws_no_bar_that_nobody_watched() -> None:
    line = unwatched("finished_at").timeline
    drawn = [each["span"] for each in timeline_spans(line.moments(), line.unwatched)]
    assert drawn == ["to accept", "queued", "to download"]
    both = unwatched("running_at").timeline
    drawn = [each["span"] for each in timeline_spans(both.moments(), both.unwatched)]
    assert drawn == ["to accept", "queued or generating", "to download"]


@pytest.mark.parametrize("word", ["canceled on request", "cancelled"])
def test_a_canceled_job_does_not_lower_the_success_rate(word: str) -> None:
    canceled = replace(
        ended(State.CANCELED), status=JobStatus(state=State.CANCELED, raw_state=word)
    )
    (group,) = latency_by([video(), video(), ended(State.FAILED), canceled, canceled])
    assert group.success_rate == pytest.approx(2 / 3)
    assert (group.completed, group.ended) == (3, 5)
    (alone,) = latency_by([canceled])
    assert alone.success_rate is None


def test_telemetry_counts_the_same_spans() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from test_otel import Process

    process = Process(ManualClock())
    for number, record in enumerate((video(), unwatched("finished_at"))):
        process.observer(replace(record, id=str(number), stage=Stage.ACCEPTED, status=None))
        process.observer(replace(record, id=str(number)))
    totals = process.points("gen_ai.client.operation.duration")
    assert [total for _, total in totals] == [30]
