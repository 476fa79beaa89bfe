"""Waiting for an accepted job: when it is looked at, and what may end the wait."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from polyreel import (
    AuthenticationFailed,
    BadResponse,
    InsufficientBalance,
    InvalidRequest,
    JobCanceled,
    JobExpired,
    JobFailed,
    JobRef,
    MissingKey,
    NotFound,
    PluginError,
    PolyreelError,
    ProviderUnavailable,
    TransportError,
    WaitTimeout,
)
from polyreel.adapters import Flow, JobStatus, PollTiming, State, WireRequest, WireResponse
from polyreel.client.drivers import drive
from polyreel.engine.context import EngineContext, LiveJob
from polyreel.engine.effects import Effect, Send
from polyreel.engine.wait import poll, wait
from polyreel.jobs import Stage
from polyreel_conformance import ManualClock
from toy_adapter import (
    ADDRESS,
    KEY,
    TASK,
    Script,
    Scripted,
    ToyAdapter,
    accepted_at,
    account_at,
    answer,
    context_at,
    everything_said,
    finished,
    ref_at,
    resumed_job,
)

VIDEO_URL = "https://videos.toy.example/1.mp4?Signature=d41d8cd98f"
WAITING = answer(200, {"status": "waiting"})
WORKING = answer(200, {"status": "working"})
DONE = answer(200, {"status": "done", "url": VIDEO_URL})
UNKNOWN_TASK = answer(404, {"error": "no such task"})
PAGE = b"<html><body>Bad gateway</body></html>"


class Polls(Script):
    """A script that notes when each look was made, in seconds since the start."""

    def __init__(self, *answers: Scripted, then: Scripted | None = None) -> None:
        super().__init__(*answers, then=then)
        self.start = self.clock.monotonic()
        self.times: list[float] = []

    def perform(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            self.times.append(round(self.clock.monotonic() - self.start, 6))
        return super().perform(effect)


def waited(
    script: Script,
    live: LiveJob | None = None,
    timeout: float | None = 1800.0,
    *,
    context: EngineContext | None = None,
    adapter: ToyAdapter | None = None,
    base_url: str = ADDRESS,
) -> JobStatus:
    """Wait for a job by a script; the job was submitted just now unless one is given."""
    return drive(
        wait(
            context or context_at(script.clock),
            adapter or ToyAdapter(),
            account_at(base_url),
            live or accepted_at(script.clock),
            timeout,
        ),
        script,
    )


def error_of(
    script: Script,
    live: LiveJob | None = None,
    timeout: float | None = 1800.0,
    *,
    adapter: ToyAdapter | None = None,
    base_url: str = ADDRESS,
) -> PolyreelError:
    """Return the error that waiting ends in."""
    with pytest.raises(PolyreelError) as raised:
        waited(script, live, timeout, adapter=adapter, base_url=base_url)
    return raised.value


# When a job is looked at


def test_a_fresh_job_is_first_polled_at_when_it_may_be_done() -> None:
    script = Polls(DONE)
    waited(script)
    assert script.times == [10.0]


def test_a_resumed_job_is_polled_at_at_once() -> None:
    script = Polls(DONE)
    waited(script, resumed_job())
    assert script.times == [0.0]


def test_a_job_that_was_seen_before_is_polled_at_at_once() -> None:
    script = Polls(DONE)
    seen = JobStatus(state=State.RUNNING, raw_state="working")
    waited(script, accepted_at(script.clock, seen))
    assert script.times == [0.0]


def test_the_first_poll_counts_from_the_submit_not_from_the_wait() -> None:
    script = Polls(DONE)
    live = accepted_at(script.clock)
    script.clock.sleep(300.0)
    waited(script, live)
    assert script.times == [300.0]


def test_a_job_that_is_known_to_have_ended_is_not_polled_at_again() -> None:
    script = Polls()
    assert waited(script, resumed_job(finished(VIDEO_URL))).state is State.SUCCEEDED


@pytest.mark.parametrize(("chance", "gap"), [(0.0, 7.2), (0.5, 8.0), (1.0, 8.8)])
def test_polls_are_a_fixed_gap_apart_give_or_take_a_tenth(chance: float, gap: float) -> None:
    script = Polls(WAITING, WORKING, WORKING, DONE)
    waited(script, context=context_at(script.clock, chance))
    assert script.clock.slept == pytest.approx([10.0, gap, gap, gap])


def test_the_callers_timing_comes_before_the_providers() -> None:
    script = Polls(WORKING, DONE)
    timing = PollTiming(first=3.0, gap=2.0, floor=1.0)
    waited(script, context=context_at(script.clock, poll_timing=timing))
    assert script.clock.slept == [3.0, 2.0]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((WORKING, DONE), [5.0, 5.0]),
        ((answer(503, PAGE), DONE), [5.0, 5.0]),
        ((UNKNOWN_TASK, DONE), [5.0, 5.0]),
    ],
    ids=["running", "failing", "not known yet"],
)
def test_no_poll_comes_sooner_than_the_floor(
    answers: tuple[WireResponse, ...], expected: list[float]
) -> None:
    script = Polls(*answers)
    timing = PollTiming(first=0.0, gap=0.5, floor=5.0)
    waited(script, context=context_at(script.clock, 0.0, poll_timing=timing))
    assert script.clock.slept == expected


def test_pauses_grow_while_a_provider_fails() -> None:
    script = Polls(*[answer(503, PAGE)] * 8, DONE)
    waited(script, resumed_job())
    assert script.clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.5), (1.0, 1.5)])
def test_pauses_after_failures_spread_out(chance: float, factor: float) -> None:
    script = Polls(*[answer(503, PAGE)] * 3, DONE)
    timing = PollTiming(first=0.0, gap=8.0, floor=0.0)
    context = context_at(script.clock, chance, poll_timing=timing)
    waited(script, resumed_job(), context=context)
    assert script.clock.slept == [factor, 2 * factor, 4 * factor]


def test_a_good_poll_makes_the_pauses_short_again() -> None:
    failing = answer(503, PAGE)
    script = Polls(failing, failing, failing, WORKING, failing, DONE)
    waited(script, resumed_job())
    assert script.clock.slept == [1.0, 2.0, 4.0, 8.0, 1.0]


def _in_seconds(duration: float) -> str:
    return str(int((ManualClock().now() + timedelta(seconds=duration)).timestamp()))


def _as_a_date(duration: float) -> str:
    return format_datetime(ManualClock().now() + timedelta(seconds=duration), usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_honoured(status: int) -> None:
    script = Polls(answer(status, PAGE, retry_after="77"), DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 77.0]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_as_a_date_is_honoured(status: int) -> None:
    script = Polls(answer(status, PAGE, retry_after=_as_a_date(77.0)), DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 77.0]


def test_the_reset_that_a_429_names_is_honoured() -> None:
    limited = answer(429, {"error": "slow"}, x_ratelimit_reset=_in_seconds(55.0))
    script = Polls(limited, DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 55.0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500"}, 1.5),
        ({"retry_after_ms": "2500.5"}, 2.5005),
        ({"retry_after_ms": "3000", "retry_after": "60"}, 3.0),
        ({"x_ratelimit_reset": _in_seconds(55.0) + "000"}, 55.0),
        ({"x_ratelimit_reset": "30"}, 30.0),
    ],
    ids=lambda each: str(each),
)
def test_the_unit_of_a_pause_is_read(headers: dict[str, str], seconds: float) -> None:
    script = Polls(answer(429, {"error": "slow"}, **headers), DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, seconds]


@pytest.mark.parametrize(
    "headers",
    [{"retry_after": _as_a_date(4000.0)}, {"x_ratelimit_reset": _in_seconds(4000.0)}],
    ids=["retry-after", "reset"],
)
def test_a_moment_counts_from_the_answers_own_date(headers: dict[str, str]) -> None:
    # Our own clock was set back by an hour and more.
    limited = answer(429, {"error": "slow"}, date=_as_a_date(3980.0), **headers)
    script = Polls(limited, DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 20.0]


class SetBack(ManualClock):
    """A clock whose date can be set back; its seconds go on."""

    back = timedelta(0)

    def now(self) -> datetime:
        return super().now() - self.back


@pytest.mark.parametrize("back", [timedelta(seconds=5), timedelta(hours=1)], ids=str)
def test_a_clock_that_is_set_back_delays_no_first_poll(back: timedelta) -> None:
    script = Polls(DONE)
    script.clock = clock = SetBack()
    live = accepted_at(clock)
    clock.back = back
    waited(script, live)
    assert clock.slept == [10.0]


def test_a_clock_that_is_set_back_keeps_no_unknown_task_young() -> None:
    script = Polls(then=UNKNOWN_TASK)
    script.clock = clock = SetBack()
    live = accepted_at(clock)
    clock.back = timedelta(hours=1)
    assert isinstance(error_of(script, live, timeout=None), NotFound)
    assert 60.0 <= sum(clock.slept) <= 80.0


def test_retry_after_comes_before_the_reset() -> None:
    limited = answer(429, PAGE, retry_after="20", x_ratelimit_reset=_in_seconds(55.0))
    script = Polls(limited, DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 20.0]


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "Thu, 01 Jan 2015 00:00:00 GMT"},
        {"retry_after": "soon"},
        {"retry_after": "-5"},
        {"retry_after": "1.5"},
        {"retry_after": "Thu, 01 Jan 2026 00:00:00 -0000"},
        {"retry_after": "\u00b2"},
        {"retry_after_ms": "soon"},
        {"retry_after_ms": "-5"},
        {"x_ratelimit_reset": "9" * 30},
        {"x_ratelimit_reset": "never"},
        {"x_ratelimit_reset": "\u00b2"},
    ],
    ids=lambda headers: " ".join(f"{name}={value!a}" for name, value in headers.items()),
)
def test_a_header_that_makes_no_sense_leaves_the_usual_pause(headers: dict[str, str]) -> None:
    script = Polls(answer(429, {"error": "slow"}, **headers), DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 1.0]


def test_a_provider_that_asks_for_a_day_is_polled_at_after_ten_minutes() -> None:
    script = Polls(answer(429, {"error": "slow"}, retry_after="86400"), DONE)
    waited(script, resumed_job())
    assert script.times == [0.0, 600.0]


# What may not end a wait

BAD_POLLS: dict[str, Scripted] = {
    "500": answer(500, {"error": "oops"}),
    "502 and a page": answer(502, PAGE),
    "503 and nothing": answer(503),
    "504": answer(504, PAGE),
    "529": answer(529, PAGE),
    "408": answer(408, PAGE),
    "429": answer(429, {"error": "slow"}),
    "302": answer(302, b"", location="https://login.toy.example"),
    "200 and a page": answer(200, PAGE),
    "200 and nothing": answer(200),
    "200 and a list": answer(200, []),
    "not connected": TransportError("refused", sent=False),
    "cut off": TransportError("reset", sent=True),
}


@pytest.mark.parametrize("bad", list(BAD_POLLS.values()), ids=list(BAD_POLLS))
def test_bad_polls_never_end_a_wait(bad: Scripted) -> None:
    script = Polls(*[bad] * 30, DONE)
    assert waited(script, resumed_job()).state is State.SUCCEEDED


@pytest.mark.parametrize("bad", list(BAD_POLLS.values()), ids=list(BAD_POLLS))
def test_bad_polls_until_the_deadline_hand_back_the_job(bad: Scripted) -> None:
    script = Polls(then=bad)
    error = error_of(script, resumed_job(), timeout=120.0)
    assert isinstance(error, WaitTimeout)
    assert error.job == ref_at()


def test_without_a_deadline_a_job_is_waited_for_without_end() -> None:
    script = Polls(*[WORKING] * 5000, DONE)
    assert waited(script, timeout=None).state is State.SUCCEEDED


def test_waiting_never_pays() -> None:
    script = Polls(WAITING, answer(503), WORKING, DONE)
    waited(script)
    assert script.paid == []


def test_a_poll_that_is_marked_as_paid_is_not_sent() -> None:
    class PaysToPoll(ToyAdapter):
        def poll(self, job: JobRef) -> Flow[JobStatus]:
            yield WireRequest(method="GET", path="/videos", spends=True)
            return JobStatus(state=State.RUNNING, raw_state="working")

    script = Polls(then=WORKING)
    assert type(error_of(script, adapter=PaysToPoll())) is PluginError
    assert script.sends == []


# Words that nobody documents


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def _saying(*words: str) -> list[WireResponse]:
    return [answer(200, {"status": word}) for word in words]


def test_an_undocumented_word_keeps_the_job_running() -> None:
    script = Polls(*_saying(*["simmering"] * 10), DONE)
    assert waited(script).state is State.SUCCEEDED


def test_an_undocumented_word_is_kept_as_it_came() -> None:
    script = Polls(*_saying("Simmering"))
    live = resumed_job()
    status = drive(poll(context_at(script.clock), ToyAdapter(), account_at(), live), script)
    assert (status.state, status.raw_state) == (State.RUNNING, "Simmering")


def test_an_undocumented_word_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    waited(Polls(*_saying(*["simmering"] * 5), DONE))
    assert len(_warnings(caplog)) == 1


def test_each_undocumented_word_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    waited(Polls(*_saying("simmering", "resting", "resting"), DONE))
    assert [word for word in ("simmering", "resting") if word in " ".join(_warnings(caplog))] == [
        "simmering",
        "resting",
    ]


def test_an_undocumented_word_that_comes_back_is_not_warned_of_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    waited(Polls(*_saying("simmering", "working", "simmering", "resting", "simmering"), DONE))
    assert sum("simmering" in warning for warning in _warnings(caplog)) == 1


def test_a_documented_word_is_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    waited(Polls(WAITING, WORKING, DONE))
    assert _warnings(caplog) == []


def test_an_undocumented_word_for_ever_ends_at_the_deadline() -> None:
    error = error_of(Polls(then=_saying("simmering")[0]), timeout=600.0)
    assert isinstance(error, WaitTimeout)


def test_a_bad_poll_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    waited(Polls(answer(503, {"error": "busy kitchen"}), DONE))
    assert "busy kitchen" in " ".join(_warnings(caplog))


# The deadline


def test_a_deadline_hands_back_the_job() -> None:
    assert error_of(Polls(then=WORKING), timeout=20.0).job == ref_at()


def test_a_deadline_is_no_failure_of_the_job() -> None:
    error = error_of(Polls(then=WORKING), timeout=20.0)
    assert isinstance(error, WaitTimeout)


def test_there_is_a_last_poll_at_the_deadline() -> None:
    script = Polls(then=WORKING)
    error_of(script, timeout=20.0)
    assert script.times == [10.0, 18.0, 20.0]


def test_a_job_that_is_done_at_the_deadline_is_done() -> None:
    script = Polls(WORKING, WORKING, DONE)
    assert waited(script, timeout=20.0).state is State.SUCCEEDED


def test_a_deadline_before_the_first_poll_still_polls_once() -> None:
    script = Polls(then=WORKING)
    error_of(script, timeout=4.0)
    assert script.times == [4.0]


def test_a_retry_after_beyond_the_deadline_does_not_delay_it() -> None:
    script = Polls(then=answer(429, {"error": "slow"}, retry_after="500"))
    error_of(script, resumed_job(), timeout=60.0)
    assert script.clock.monotonic() - script.start == 60.0


@pytest.mark.parametrize("timeout", [0.0, 0, -1.0])
def test_no_time_at_all_polls_once(timeout: float) -> None:
    script = Polls(then=WORKING)
    error_of(script, timeout=timeout)
    assert script.times == [0.0]


def test_no_time_at_all_is_enough_for_a_job_that_is_done() -> None:
    assert waited(Polls(DONE), timeout=0.0).state is State.SUCCEEDED


def test_a_deadline_says_that_waiting_again_is_free_and_submitting_is_not() -> None:
    error = error_of(Polls(then=WORKING), timeout=20.0)
    assert "submitting again would pay twice" in error.message


def test_a_deadline_says_what_went_wrong_with_the_last_poll() -> None:
    error = error_of(Polls(then=answer(503, {"error": "busy kitchen"})), timeout=20.0)
    assert "busy kitchen" in error.message


def test_a_job_can_be_waited_for_again_after_a_deadline() -> None:
    script = Polls(WORKING, WORKING, WORKING, DONE)
    live = accepted_at(script.clock)
    error_of(script, live, timeout=20.0)
    assert waited(script, live).state is State.SUCCEEDED


# Tasks that the provider does not know


def test_a_young_task_that_is_not_known_yet_is_waited_for() -> None:
    script = Polls(UNKNOWN_TASK, UNKNOWN_TASK, WORKING, DONE)
    assert waited(script).state is State.SUCCEEDED


def test_a_task_that_is_never_known_is_an_error_after_a_minute() -> None:
    script = Polls(then=UNKNOWN_TASK)
    assert isinstance(error_of(script), NotFound)
    assert 60.0 <= script.times[-1] <= 80.0


def test_a_resumed_task_that_is_not_known_is_an_error_after_one_repeat() -> None:
    script = Polls(then=UNKNOWN_TASK)
    assert isinstance(error_of(script, resumed_job()), NotFound)
    assert script.times == [0.0, 8.0]


def test_a_task_that_is_not_known_yet_at_the_deadline_hands_back_the_job() -> None:
    error = error_of(Polls(then=UNKNOWN_TASK), timeout=20.0)
    assert isinstance(error, WaitTimeout)
    assert error.job == ref_at()


def test_a_task_that_is_not_known_carries_the_job() -> None:
    assert error_of(Polls(then=UNKNOWN_TASK), resumed_job()).job == ref_at()


def test_a_task_sought_at_its_own_address_blames_no_address() -> None:
    assert ADDRESS not in error_of(Polls(then=UNKNOWN_TASK), resumed_job()).message


# How else a wait ends

ENDS = [("failed", JobFailed), ("canceled", JobCanceled), ("expired", JobExpired)]


@pytest.mark.parametrize(("word", "kind"), ENDS)
def test_each_end_has_its_error(word: str, kind: type[PolyreelError]) -> None:
    assert type(error_of(Polls(answer(200, {"status": word})))) is kind


@pytest.mark.parametrize(("word", "kind"), ENDS)
def test_each_end_carries_the_job(word: str, kind: type[PolyreelError]) -> None:
    assert error_of(Polls(answer(200, {"status": word}))).job == ref_at()


@pytest.mark.parametrize(("word", "kind"), ENDS)
def test_an_end_that_is_known_already_is_reported_again(
    word: str, kind: type[PolyreelError]
) -> None:
    ended = JobStatus(state=State(word), raw_state=word)
    assert type(error_of(Polls(), resumed_job(ended))) is kind


def test_a_failure_reports_the_providers_reason() -> None:
    failed = answer(200, {"status": "failed", "reason": "the kite flew away", "code": "K1"})
    assert "the kite flew away" in error_of(Polls(failed)).message


def test_a_failure_keeps_the_providers_code() -> None:
    failed = answer(200, {"status": "failed", "reason": "the kite flew away", "code": "K1"})
    assert error_of(Polls(failed)).vendor_code == "K1"


@pytest.mark.parametrize(
    ("cost", "reported"), [("12.50", "Charged: 12.50 marbles"), (None, "Charged: unknown")]
)
def test_a_failure_reports_what_was_charged(cost: str | None, reported: str) -> None:
    failed = answer(200, {"status": "failed", "cost": cost})
    assert reported in error_of(Polls(failed)).message


REFUSALS = [
    (401, AuthenticationFailed),
    (403, AuthenticationFailed),
    (402, InsufficientBalance),
    (400, InvalidRequest),
    (404, NotFound),
]
every_refusal = pytest.mark.parametrize(("status", "kind"), REFUSALS, ids=lambda each: str(each))


@every_refusal
def test_a_provider_that_refuses_twice_in_a_row_ends_the_wait_with_the_job(
    status: int, kind: type[PolyreelError]
) -> None:
    script = Polls(then=answer(status, {"error": "no"}))
    error = error_of(script, resumed_job())
    assert (type(error), error.job) == (kind, ref_at())
    assert script.times == [0.0, 8.0]


@every_refusal
def test_one_refusal_in_the_middle_of_a_wait_ends_nothing(
    status: int, kind: type[PolyreelError]
) -> None:
    refused = answer(status, {"error": "no"})
    script = Polls(WORKING, refused, WORKING, refused, WORKING, DONE)
    assert waited(script, resumed_job()).state is State.SUCCEEDED
    assert script.clock.slept == [8.0] * 5


def test_a_failed_poll_between_two_refusals_does_not_part_them() -> None:
    refused = answer(401, {"error": "no"})
    script = Polls(refused, answer(503, PAGE), refused, DONE)
    assert type(error_of(script, resumed_job())) is AuthenticationFailed


def test_a_refusal_at_the_deadline_is_the_error() -> None:
    refused = answer(401, {"error": "no"})
    assert type(error_of(Polls(refused), resumed_job(), timeout=0.0)) is AuthenticationFailed


def test_a_key_that_is_missing_when_a_job_is_resumed_hands_back_the_job() -> None:
    def ask(effect: Send) -> WireResponse:
        raise MissingKey("no key")  # as the transport does when it attaches the key

    error = error_of(Polls(ask), resumed_job())
    assert (type(error), error.job) == (MissingKey, ref_at())


class Trips(ToyAdapter):
    """Breaks on every status."""

    contract_version = 3

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        yield WireRequest(method="GET", path="/videos")
        raise KeyError("data")


class ReturnsNothing(ToyAdapter):
    """Forgets to return the status."""

    contract_version = 3

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        yield WireRequest(method="GET", path="/videos")
        return None  # type: ignore[return-value]  # an author without a type checker


class TripsAtOnce(ToyAdapter):
    """Breaks before it asks."""

    contract_version = 3

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        raise KeyError(job.details["region"])


@pytest.mark.parametrize(
    "adapter", [Trips(), ReturnsNothing(), TripsAtOnce()], ids=lambda each: type(each).__name__
)
def test_an_adapter_that_breaks_hands_back_the_job(adapter: ToyAdapter) -> None:
    error = error_of(Polls(then=WORKING), adapter=adapter)
    assert (type(error), error.job) == (PluginError, ref_at())


def test_an_interrupt_while_waiting_is_passed_on() -> None:
    script = Polls(WORKING, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        waited(script)


# What observers see


def test_observers_see_every_poll_and_the_end() -> None:
    script = Polls(WAITING, answer(503), WORKING, DONE)
    waited(script)
    states = [record.status.state for record in script.records if record.status is not None]
    assert states == [State.QUEUED, State.RUNNING, State.SUCCEEDED]


def test_observers_see_a_job_finish() -> None:
    script = Polls(WORKING, DONE)
    waited(script)
    assert script.stages == [Stage.ACCEPTED, Stage.FINISHED]


def test_the_timeline_notes_the_first_sight_of_each_point() -> None:
    script = Polls(WAITING, WORKING, WORKING, DONE)
    waited(script)
    timeline = script.records[-1].timeline
    assert (timeline.seconds("queued"), timeline.seconds("generating")) == (18.0, 16.0)


# One look


@pytest.mark.parametrize(
    ("bad", "kind"),
    [(answer(503, PAGE), ProviderUnavailable), (answer(200, PAGE), BadResponse)],
    ids=["503", "a page"],
)
def test_one_bad_poll_by_hand_says_so_and_carries_the_job(
    bad: WireResponse, kind: type[PolyreelError]
) -> None:
    script = Script(bad)
    with pytest.raises(PolyreelError) as raised:
        drive(poll(context_at(script.clock), ToyAdapter(), account_at(), resumed_job()), script)
    assert (type(raised.value), raised.value.job) == (kind, ref_at())


# What may not be shown

SIGNED = "can't read https://bucket.example/kite.png?Signature=b5f81c"
ECHO = f"the key {KEY} has no credit"


@pytest.mark.parametrize(
    "echo",
    [
        answer(401, {"error": ECHO}),
        answer(400, ECHO.encode()),
        answer(200, {"status": "failed", "reason": ECHO}),
    ],
    ids=["a refusal", "a refusal's page", "a failure's reason"],
)
def test_a_key_that_is_echoed_is_in_no_error(echo: WireResponse) -> None:
    assert KEY not in everything_said(error_of(Polls(then=echo), resumed_job()))


def test_a_key_that_is_echoed_at_the_deadline_is_in_no_error() -> None:
    script = Polls(then=answer(503, {"error": ECHO}))
    assert KEY not in everything_said(error_of(script, timeout=20.0))


@pytest.mark.parametrize(
    "echo",
    [answer(503, {"error": ECHO}), TransportError(ECHO, sent=True), *_saying(f"no {KEY}")],
    ids=["a failing look", "the network", "an undocumented word"],
)
def test_a_key_that_is_echoed_is_in_no_log(
    echo: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    waited(Polls(echo, DONE))
    assert KEY not in caplog.text


def test_a_signed_address_in_a_failures_reason_is_not_in_the_error() -> None:
    failed = answer(200, {"status": "failed", "reason": SIGNED})
    assert "b5f81c" not in everything_said(error_of(Polls(failed)))


@pytest.mark.parametrize(
    ("reason", "secret"), [(SIGNED, "b5f81c"), (ECHO, KEY)], ids=["a signed address", "the key"]
)
def test_a_failures_reason_shows_no_secret_in_the_jobs_facts(reason: str, secret: str) -> None:
    script = Polls(answer(200, {"status": "failed", "reason": reason}))
    error_of(script)
    # What `--json` prints and what a journal keeps.
    assert secret not in json.dumps(script.records[-1].facts())


class TripsOverTheVideo(ToyAdapter):
    """Breaks on a status, and repeats it."""

    contract_version = 3

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path="/videos")
        raise ValueError(f"what is {response.json_object()}?")


def test_an_adapter_that_breaks_shows_no_signature_in_a_traceback() -> None:
    error = error_of(Polls(DONE), adapter=TripsOverTheVideo())
    assert "d41d8cd98f" not in "".join(traceback.format_exception(error))


def test_the_videos_signature_is_not_in_the_jobs_facts() -> None:
    script = Polls(DONE)
    waited(script)
    assert "d41d8cd98f" not in json.dumps(script.records[-1].facts())


def test_the_videos_signature_is_not_in_a_records_repr() -> None:
    script = Polls(DONE)
    waited(script)
    assert "d41d8cd98f" not in repr(script.records[-1])


# Answers about another task


def test_an_answer_about_another_task_is_not_used() -> None:
    class Carries(ToyAdapter):
        contract_version = 3

        def poll(self, job: JobRef) -> Flow[JobStatus]:
            response = yield WireRequest(method="GET", path=f"/videos/{job.task_id}")
            body = self.read(response)
            status = finished(f"https://videos.toy.example/{body['task']}.mp4")
            return replace(status, task_id=body["task"])

    script = Script(answer(body={"task": "task-0002"}), answer(body={"task": TASK}))
    status = waited(script, adapter=Carries())
    assert status.video is not None
    assert status.video.url.endswith(f"{TASK}.mp4")
    assert len(script.sends) == 2
