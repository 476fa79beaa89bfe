"""Latency: what is measured of jobs, what is left out, and that nothing missing is zero."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyreel import JobRef, VideoRequest
from polyreel.adapters import JobStatus, State
from polyreel.jobs import JobOutcome, JobRecord, Stage, Timeline, outcome_of
from polyreel.jobs.timeline import SPAN_NAMES
from polyreel.pricing import latency_by, usual_seconds
from polyreel.pricing.latency import (
    LONGEST_DOWNLOAD_DELAY,
    OUTCOMES,
    SMALL_SAMPLE,
    Spread,
    spread,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MODEL = "toy/video"
REF = JobRef(provider="toy", model="video", task_id="task-1")
ENDS = {
    State.SUCCEEDED: JobOutcome.SUCCEEDED,
    State.FAILED: JobOutcome.FAILED,
    State.CANCELED: JobOutcome.CANCELED,
    State.EXPIRED: JobOutcome.EXPIRED,
    State.QUEUED: JobOutcome.OPEN,
    State.RUNNING: JobOutcome.OPEN,
}

durations = st.floats(min_value=0, max_value=86400, allow_nan=False)
several = st.lists(durations, min_size=1, max_size=60)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def video(total: float = 30, **more: Any) -> JobRecord:
    """Return a video that was downloaded; queued for 2 s, generated until 1 s before the end."""
    line = Timeline(
        created_at=NOON,
        submitted_at=NOON,
        accepted_at=at(0.5),
        running_at=at(2.5),
        finished_at=at(total - 1),
        downloading_at=at(total - 1),
        downloaded_at=at(total),
    )
    fields: dict[str, Any] = {
        "id": "a",
        "model": MODEL,
        "stage": Stage.DOWNLOADED,
        "ref": REF,
        "request": {"prompt": "x", "duration": 5, "resolution": "720p"},
        "status": JobStatus(state=State.SUCCEEDED, raw_state="done"),
        "timeline": line,
    }
    return JobRecord(**{**fields, **more})


def ended(state: State, stage: Stage = Stage.FINISHED) -> JobRecord:
    return video(stage=stage, status=JobStatus(state=state, raw_state="word"))


def without(*moments: str, **others: datetime) -> JobRecord:
    """Return a video whose record lacks some moments."""
    record = video()
    known = {name: at for name, at in vars(record.timeline).items() if name not in moments}
    return video(timeline=Timeline(**{**known, **others}))


def the_only(*records: JobRecord) -> dict[str, Spread | None]:
    """Return the spreads of records that make one group."""
    (group,) = latency_by(records)
    return {str(span): spread for span, spread in group.spreads.items()}


# percentiles


@given(several)
def test_percentiles_rise_and_stay_between_the_shortest_and_the_longest(
    seconds: list[float],
) -> None:
    found = spread(seconds)
    assert found is not None
    assert min(seconds) == found.minimum <= found.p50 <= found.p90 <= found.p95 <= found.maximum
    assert (found.maximum, found.count) == (max(seconds), len(seconds))


@given(several, st.randoms())
def test_the_order_of_the_values_changes_nothing(
    seconds: list[float], chance: random.Random
) -> None:
    shuffled = list(seconds)
    chance.shuffle(shuffled)
    assert spread(shuffled) == spread(seconds)


@given(several, st.sampled_from([50, 90, 95]))
def test_a_percentile_is_the_smallest_value_seen_that_so_many_do_not_exceed(
    seconds: list[float], percent: int
) -> None:
    value = getattr(spread(seconds), f"p{percent}")
    needed = percent * len(seconds)
    assert value in seconds
    assert 100 * sum(each <= value for each in seconds) >= needed
    assert 100 * sum(each < value for each in seconds) < needed


@given(several)
def test_of_few_values_the_p95_is_the_maximum_and_that_is_reported(seconds: list[float]) -> None:
    found = spread(seconds)
    assert found is not None
    assert found.is_small_sample is (len(seconds) < SMALL_SAMPLE)
    assert found.p95 == found.maximum or not found.is_small_sample


def test_percentiles_of_a_hundred_are_what_anybody_expects() -> None:
    found = spread(range(1, 101))
    assert found == Spread(count=100, p50=50, p90=90, p95=95, minimum=1, maximum=100)


def test_of_nothing_there_is_no_spread() -> None:
    assert spread([]) is None


# what is measured


def test_every_part_of_a_videos_time_is_measured() -> None:
    found = the_only(video(30))
    assert {name: each and each.p50 for name, each in found.items()} == {
        "to_accept": 0.5,
        "queued": 2.0,
        "generating": 26.5,
        "to_download": 1.0,
        "total": 30.0,
    }


@pytest.mark.parametrize(
    ("unseen", "missing"),
    [
        ("running_at", {"queued", "generating"}),
        ("submitted_at", {"to_accept", "total"}),
        ("finished_at", {"generating"}),
        ("downloading_at", {"to_download"}),
        ("downloaded_at", {"to_download", "total"}),
    ],
)
def test_what_no_poll_saw_is_missing_and_not_zero(unseen: str, missing: set[str]) -> None:
    found = the_only(without(unseen))
    assert {name for name, each in found.items() if each is None} == missing
    mixed = the_only(without(unseen), video())
    assert {name: each and each.count for name, each in mixed.items()} == {
        name: 1 if name in missing else 2 for name in SPAN_NAMES
    }


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELED, State.EXPIRED])
def test_a_job_without_a_video_does_not_say_how_long_videos_take(state: State) -> None:
    record = ended(state)
    found = the_only(record, video(50))
    assert {name for name, each in found.items() if each and each.count == 2} == {
        "to_accept",
        "queued",
    }
    assert found["total"] is not None
    assert found["total"].minimum == 50


@pytest.mark.parametrize(("pause", "counts"), [(0, True), (60, True), (61, False)])
def test_a_video_that_lay_there_is_left_out_of_in_all_alone(pause: int, counts: bool) -> None:
    line = video().timeline
    assert line.finished_at is not None
    downloading_at = line.finished_at + timedelta(seconds=pause)
    lain = without(
        "downloading_at",
        "downloaded_at",
        downloading_at=downloading_at,
        downloaded_at=downloading_at + timedelta(seconds=2),
    )
    (group,) = latency_by([lain])
    assert timedelta(seconds=60) == LONGEST_DOWNLOAD_DELAY
    assert (group.left_out, group.spreads["total"] is not None) == (int(not counts), counts)
    assert group.spreads["generating"]
    assert group.spreads["to_download"]


def test_a_task_that_was_found_by_hand_is_left_out_of_in_all() -> None:
    (group,) = latency_by([without("accepted_at")])
    assert (group.left_out, group.spreads["total"]) == (1, None)


def test_a_clock_that_was_set_back_measures_nothing() -> None:
    assert the_only(without("accepted_at", accepted_at=at(-5)))["to_accept"] is None


# what came of the jobs


@pytest.mark.parametrize(("state", "outcome"), ENDS.items())
def test_the_provider_says_what_came_of_a_job(state: State, outcome: JobOutcome) -> None:
    stage = Stage.FINISHED if state.is_final else Stage.ACCEPTED
    assert outcome_of(ended(state, stage)).at_provider is outcome


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        (Stage.DOWNLOADED, JobOutcome.SUCCEEDED),
        (Stage.ACCEPTED, JobOutcome.OPEN),
        (Stage.SENDING, JobOutcome.OPEN),
        (Stage.INTENT, JobOutcome.OPEN),
        (Stage.UNKNOWN, JobOutcome.UNKNOWN),
        (Stage.REJECTED, JobOutcome.REJECTED),
    ],
)
def test_without_the_providers_word_the_stage_reports(stage: Stage, outcome: JobOutcome) -> None:
    assert outcome_of(video(stage=stage, status=None)) is outcome


JOBS = st.lists(
    st.one_of(
        st.sampled_from(list(ENDS)).map(lambda state: ended(state)),
        st.sampled_from(list(Stage)).map(lambda stage: video(stage=stage, status=None)),
    ),
    max_size=30,
)


@given(JOBS)
def test_every_job_counts_once_and_only_ended_ones_in_the_rate(records: list[JobRecord]) -> None:
    groups = latency_by(records, [])
    assert sum(group.jobs for group in groups) == len(records)
    for group in groups:
        counts = group.outcomes
        assert set(counts) == set(OUTCOMES)
        apart = sum(counts[JobOutcome(name)] for name in ("open", "unknown", "rejected"))
        assert group.ended == len(records) - apart
        completed = group.ended - counts[JobOutcome.CANCELED]
        if group.success_rate is None:
            assert completed == 0
        else:
            assert group.success_rate * completed == pytest.approx(counts[JobOutcome.SUCCEEDED])


def test_without_an_ended_job_there_is_no_rate() -> None:
    (group,) = latency_by([video(stage=Stage.UNKNOWN, status=None)])
    assert group.success_rate is None


# groups


def test_jobs_are_reported_apart_by_what_is_named() -> None:
    records = [
        video(request={"resolution": resolution, "duration": duration})
        for resolution in ("720p", "1080p")
        for duration in (15, 5)
    ]
    assert [(each.group, each.jobs) for each in latency_by(records, ["duration"])] == [
        ({"duration": 5}, 2),
        ({"duration": 15}, 2),
    ]
    assert len(latency_by(records)) == 4
    assert len(latency_by(records, ["model"])) == 1


@pytest.mark.parametrize("request_", [None, {}, {"duration": "5", "resolution": 720}])
def test_a_record_that_lacks_a_value_makes_a_group_of_its_own_at_the_end(request_: Any) -> None:
    odd = video(request=request_)
    assert [each.group for each in latency_by([odd, video()], ["resolution", "duration"])] == [
        {"resolution": "720p", "duration": 5},
        {"resolution": None, "duration": None},
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["toy/a", "toy/b"]), durations), max_size=30), st.randoms()
)
def test_groups_do_not_depend_on_the_order_of_the_jobs(
    jobs: list[tuple[str, float]], chance: random.Random
) -> None:
    records = [video(seconds + 1, model=model) for model, seconds in jobs]
    shuffled = list(records)
    chance.shuffle(shuffled)
    assert [each.facts() for each in latency_by(shuffled)] == [
        each.facts() for each in latency_by(records)
    ]


def test_a_group_reports_its_first_and_last_day() -> None:
    later = video(timeline=Timeline(created_at=at(86400), submitted_at=at(86405)))
    unsent = video(timeline=Timeline(created_at=at(3600)), stage=Stage.REJECTED)
    (group,) = latency_by([later, unsent, video(timeline=Timeline())])
    assert (group.first, group.last) == (at(3600), at(86405))


def test_no_jobs_are_no_groups() -> None:
    assert latency_by([]) == []


# what is usual


ASKED = VideoRequest(prompt="A kite", duration=5, resolution="720p")


def other(total: float) -> JobRecord:
    return video(total, request={"duration": 10, "resolution": "720p"})


def test_three_jobs_that_are_alike_count_alone() -> None:
    usual = usual_seconds([video(10), video(20), video(30), other(900)], MODEL, ASKED)
    assert usual is not None
    assert usual.facts() == {"p50": 20, "p95": 30, "count": 3, "is_similar": True}


def test_of_fewer_the_whole_model_counts_and_that_is_reported() -> None:
    usual = usual_seconds([video(10), video(20), other(900)], MODEL, ASKED)
    assert usual is not None
    assert usual.facts() == {"p50": 20, "p95": 900, "count": 3, "is_similar": False}


@pytest.mark.parametrize(
    "record",
    [
        None,
        video(model="toy/another"),
        ended(State.FAILED),
        without("downloaded_at"),
        without("accepted_at"),
    ],
)
def test_where_no_video_reports_nothing_is_usual(record: JobRecord | None) -> None:
    assert usual_seconds([] if record is None else [record], MODEL, ASKED) is None


@given(several)
def test_what_is_usual_is_what_the_statistics_say(seconds: list[float]) -> None:
    records = [video(each + 1) for each in seconds]
    usual = usual_seconds(records, MODEL, ASKED)
    (group,) = latency_by(records)
    total = group.spreads["total"]
    assert usual is not None
    assert total is not None
    assert (usual.p50, usual.p95, usual.count) == (total.p50, total.p95, total.count)
    assert usual.is_similar is (len(seconds) >= 3)
