"""The two clients: alike in all but async, careful with money, and kind to their callers."""

from __future__ import annotations

import functools
import inspect
import logging
import pickle
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from market import (
    SIGNATURE,
    TIN,
    TOO_LONG_FOR_TIN,
    TOY,
    Created,
    Market,
    both_ways,
    config,
)
from polyreel import (
    AsyncClient,
    AsyncJob,
    Client,
    ConfigError,
    DownloadError,
    InsufficientBalance,
    InvalidRequest,
    JobCanceled,
    JobExpired,
    JobFailed,
    JobRef,
    Media,
    MissingKey,
    NotFound,
    PolyreelError,
    RateLimited,
    SubmitUnknown,
    TransportError,
    UnknownModel,
    UnsupportedRequest,
    UsageError,
    VideoRequest,
    WaitTimeout,
    errors,
    hookimpl,
)
from polyreel import Job as BlockingJob
from polyreel.adapters import Finding, Flow, ModelSpec, State, UploadLimit, WireRequest
from polyreel.cli.exit_codes import (
    DONE,
    INTERRUPTED,
    JOB_FAILED,
    REFUSED,
    RESUMABLE,
    UNKNOWN,
    USAGE,
    exit_code,
    worst,
)
from polyreel.engine.effects import Effect, OpenJob
from polyreel.jobs import JobRecord, Stage
from polyreel_conformance import ManualClock
from toy_adapter import KEY, PNG, PROMPT, VIDEO, TinAdapter, ToyAdapter, in_order, registry_of


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Where the video goes."""
    return tmp_path / "video.mp4"


# The two clients are alike

PAIRS = [(Client, AsyncClient), (BlockingJob, AsyncJob)]
NEVER_ASYNC = {"check_network", "job", "plan", "record", "ref", "model", "status", "adjustments"}


def _public(kind: type) -> dict[str, Any]:
    return {
        name: value
        for name, value in inspect.getmembers(kind)
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    }


def _shape(function: Callable[..., Any]) -> list[tuple[str, Any, Any, str]]:
    return [
        (each.name, each.kind, each.default, str(each.annotation))
        for each in inspect.signature(function).parameters.values()
    ]


METHODS = [
    pytest.param(blocking, other, name, id=f"{blocking.__name__}.{name}")
    for blocking, other in PAIRS
    for name, value in _public(blocking).items()
    if callable(value)
]


@pytest.mark.parametrize(("blocking", "other"), PAIRS, ids=["clients", "jobs"])
def test_what_one_client_has_the_other_has(blocking: type, other: type) -> None:
    assert sorted(_public(blocking)) == sorted(_public(other))


@pytest.mark.parametrize(("blocking", "other", "name"), METHODS)
def test_both_clients_take_the_same_arguments(blocking: type, other: type, name: str) -> None:
    assert _shape(_public(blocking)[name]) == _shape(_public(other)[name])


@pytest.mark.parametrize(("blocking", "other", "name"), METHODS)
def test_both_clients_return_the_same(blocking: type, other: type, name: str) -> None:
    ours, theirs = (
        str(inspect.signature(_public(kind)[name]).return_annotation) for kind in (blocking, other)
    )
    assert ours == theirs.replace("AsyncJob", "Job")


@pytest.mark.parametrize(("blocking", "other", "name"), METHODS)
def test_what_may_take_time_is_awaited(blocking: type, other: type, name: str) -> None:
    is_async = inspect.iscoroutinefunction(_public(other)[name])
    assert is_async is (name not in NEVER_ASYNC)


@pytest.mark.parametrize(("blocking", "other", "name"), METHODS)
def test_nothing_of_the_blocking_client_is_awaited(blocking: type, other: type, name: str) -> None:
    assert not inspect.iscoroutinefunction(_public(blocking)[name])


# Making a video


@both_ways
def test_a_prompt_is_request_enough(market: Market, video: Path, is_async: bool) -> None:
    market.generate(is_async, video, TOY)
    assert market.toy.created == ['{"prompt":"A kite over the dunes","duration":5}']


@both_ways
def test_a_request_becomes_a_video(market: Market, video: Path, is_async: bool) -> None:
    request = VideoRequest(prompt=PROMPT, duration=7)
    market.generate(is_async, video, TOY, request)
    assert video.read_bytes() == VIDEO


@both_ways
def test_a_path_may_be_text(market: Market, video: Path, is_async: bool) -> None:
    market.generate(is_async, str(video), TOY)
    assert video.read_bytes() == VIDEO


@both_ways
def test_one_call_makes_one_task(market: Market, video: Path, is_async: bool) -> None:
    market.generate(is_async, video)
    assert (len(market.toy.created), len(market.tin.created)) == (1, 0)


@both_ways
def test_a_video_reports_of_its_job(market: Market, video: Path, is_async: bool) -> None:
    made = market.generate(is_async, video)
    assert (made.file, made.job.model, made.status.state) == (video, TOY, State.SUCCEEDED)


@both_ways
def test_a_target_that_can_not_be_written_costs_nothing(
    market: Market, tmp_path: Path, is_async: bool
) -> None:
    error = market.failure(is_async, tmp_path / "missing" / "video.mp4")
    assert (type(error), market.toy.created) == (UsageError, [])


@both_ways
def test_what_a_model_can_not_do_costs_nothing(market: Market, video: Path, is_async: bool) -> None:
    request = VideoRequest(prompt=PROMPT, duration=90)
    error = market.failure(is_async, video, TOY, request=request)
    assert (type(error), market.toy.created) == (UnsupportedRequest, [])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("toy/other", UnknownModel), ("nobody/video", UnknownModel), ("bst", ConfigError)],
)
def test_a_name_that_means_nothing_costs_nothing(
    market: Market, video: Path, name: str, kind: type[PolyreelError]
) -> None:
    assert type(market.failure(False, video, name)) is kind
    assert market.toy.created == []


@both_ways
def test_submit_wait_and_download_by_hand_make_the_video_too(
    market: Market, video: Path, is_async: bool
) -> None:
    if is_async:

        async def run() -> None:
            async with AsyncClient(**market.options()) as client:
                job = await client.submit(PROMPT, TOY)
                await job.wait()
                await job.download(video)

        anyio.run(run)
    else:
        with Client(**market.options()) as client:
            job = client.submit(PROMPT, TOY)
            job.wait()
            job.download(video)
    assert video.read_bytes() == VIDEO


@both_ways
def test_showing_the_wire_sends_nothing(market: Market, is_async: bool) -> None:
    if is_async:

        async def run() -> list[Any]:
            async with AsyncClient(**market.options()) as client:
                return list(await client.wire(PROMPT, TOY))

        shown = anyio.run(run)
    else:
        with Client(**market.options()) as client:
            shown = list(client.wire(PROMPT, TOY))
    assert ([each.spends for each in shown], market.toy.created) == ([True], [])


def test_each_of_many_submits_makes_one_task(market: Market) -> None:
    with Client(**market.options()) as client:
        _in_threads(8, lambda: client.submit(PROMPT, TOY))
    assert len(market.toy.created) == 8


# Fallbacks


def _refused(status: int, message: str = "no") -> httpx.Response:
    return httpx.Response(status, json={"error": message})


def _unreached() -> Exception:
    return httpx.ConnectError("connection refused")


REFUSED_CREATES: dict[str, tuple[Created, type[PolyreelError]]] = {
    "400": (_refused(400), InvalidRequest),
    "402": (_refused(402), InsufficientBalance),
    "404": (_refused(404), NotFound),
    "429": (_refused(429), RateLimited),
    "not reached": (_unreached(), TransportError),
}
UNKNOWN_CREATES: dict[str, Created] = {
    "500": _refused(500),
    "503": _refused(503),
    "408": _refused(408),
    "no id": httpx.Response(200, json={}),
    "a page": httpx.Response(200, content=b"<html>"),
    "no answer in time": httpx.ReadTimeout("timed out"),
    "cut off": httpx.RemoteProtocolError("the server closed the connection"),
    "cut off while sending": httpx.WriteError("broken pipe"),
}
ENDS = [("failed", JobFailed), ("canceled", JobCanceled), ("expired", JobExpired)]


@pytest.mark.parametrize(
    ("created", "kind"), list(REFUSED_CREATES.values()), ids=list(REFUSED_CREATES)
)
@both_ways
def test_after_a_confirmed_refusal_the_fallback_makes_the_video(
    market: Market, video: Path, is_async: bool, created: Created, kind: type[PolyreelError]
) -> None:
    market.toy.create = created
    made = market.generate(is_async, video)
    assert made.job.model == TIN
    assert [(each.model, type(each.error)) for each in made.attempts] == [(TOY, kind)]


@pytest.mark.parametrize(("word", "kind"), ENDS)
@both_ways
def test_after_a_confirmed_failure_the_fallback_makes_the_video(
    market: Market, video: Path, is_async: bool, word: str, kind: type[PolyreelError]
) -> None:
    market.toy.status = {"status": word}
    made = market.generate(is_async, video)
    assert made.job.model == TIN
    assert [(each.model, type(each.error)) for each in made.attempts] == [(TOY, kind)]


@both_ways
def test_a_failed_attempt_keeps_its_job(market: Market, video: Path, is_async: bool) -> None:
    market.toy.status = {"status": "failed"}
    (attempt,) = market.generate(is_async, video).attempts
    assert attempt.error.job is not None
    assert attempt.error.job.task_id == "toy-1"


@both_ways
def test_a_target_that_can_not_do_it_is_passed_over(
    market: Market, video: Path, is_async: bool
) -> None:
    made = market.generate(is_async, video, "short", TOO_LONG_FOR_TIN)
    assert made.job.model == TOY
    assert [(each.model, type(each.error)) for each in made.attempts] == [(TIN, UnsupportedRequest)]


@pytest.mark.parametrize("created", list(UNKNOWN_CREATES.values()), ids=list(UNKNOWN_CREATES))
@both_ways
def test_after_an_unknown_outcome_no_fallback_is_paid(
    market: Market, video: Path, is_async: bool, created: Created
) -> None:
    market.toy.create = created
    assert type(market.failure(is_async, video)) is SubmitUnknown
    assert (len(market.toy.created), len(market.tin.created)) == (1, 0)


@both_ways
def test_after_a_deadline_no_fallback_is_paid(market: Market, video: Path, is_async: bool) -> None:
    market.toy.status = {"status": "working"}
    error = market.failure(is_async, video, timeout=60.0)
    assert (type(error), market.tin.created) == (WaitTimeout, [])


@pytest.mark.parametrize("status", [404, 503])
@both_ways
def test_after_a_failed_download_no_fallback_is_paid(
    market: Market, video: Path, is_async: bool, status: int
) -> None:
    market.toy.video = httpx.Response(status, content=b"gone")
    error = market.failure(is_async, video, timeout=60.0)
    assert (isinstance(error, DownloadError), market.tin.created) == (True, [])


@both_ways
def test_after_a_success_without_a_video_no_fallback_is_paid(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.status = {"status": "done", "url": ""}
    market.failure(is_async, video)
    assert market.tin.created == []


@both_ways
def test_when_the_provider_will_not_report_of_a_job_no_fallback_is_paid(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.poll = _refused(401)
    market.failure(is_async, video)
    assert market.tin.created == []


@pytest.mark.parametrize("after", ["timeout", "download", "refused look"])
@both_ways
def test_whatever_ends_a_generate_after_paying_hands_back_the_job(
    market: Market, video: Path, is_async: bool, after: str
) -> None:
    match after:
        case "timeout":
            market.toy.status = {"status": "working"}
        case "download":
            market.toy.video = httpx.Response(404)
        case _:
            market.toy.poll = _refused(401)
    error = market.failure(is_async, video, timeout=60.0)
    assert error.job is not None
    assert error.job.task_id == "toy-1"


@both_ways
def test_when_all_targets_refuse_the_last_ones_error_is_raised(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.create, market.tin.create = _refused(400), _refused(402)
    assert type(market.failure(is_async, video)) is InsufficientBalance


@both_ways
def test_a_fallback_may_be_the_same_model_again(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.create = _refused(429)
    made = market.generate(is_async, video, "twice")
    assert [each.model for each in made.attempts] == [TOY, TOY]


def test_each_attempt_is_a_job_of_its_own(market: Market, video: Path) -> None:
    market.toy.status = {"status": "failed"}
    keys: dict[str, str] = {}
    market.generate(False, video, on_change=lambda record: keys.update({record.id: record.model}))
    assert sorted(keys.values()) == [TIN, TOY]


def test_a_named_model_has_no_fallback(market: Market, video: Path) -> None:
    market.toy.create = _refused(429)
    market.failure(False, video, TOY)
    assert market.tin.created == []


@pytest.mark.parametrize("trouble", ["failed", "refused"])
@both_ways
def test_a_fallback_that_can_not_do_it_does_not_hide_what_happened(
    market: Market, video: Path, is_async: bool, trouble: str
) -> None:
    # A UsageError says that nothing was sent, and here something was.
    if trouble == "failed":
        market.toy.status = {"status": "failed"}
    else:
        market.toy.create = _refused(402)
    error = market.failure(is_async, video, request=TOO_LONG_FOR_TIN)
    assert not isinstance(error, UsageError)


@both_ways
def test_a_fallback_without_a_key_does_not_hide_what_happened(
    market: Market, video: Path, is_async: bool
) -> None:
    # Either it is refused before the first target is paid, or the failure is what is told.
    market.toy.status = {"status": "failed"}
    error = market.failure(is_async, video, api_keys={"toy": KEY})
    assert isinstance(error, JobFailed) or market.toy.created == []


class TakesSmallFiles(TinAdapter):
    """Takes uploads of a few bytes only."""

    contract_version = 3
    upload_limit = UploadLimit(maximum_bytes=10, mime_types=frozenset({"image/png"}), source="")


@both_ways
def test_a_fallback_that_can_not_take_the_media_does_not_hide_what_happened(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.status = {"status": "failed"}
    request = VideoRequest(prompt=PROMPT, first_frame=Media(data=PNG, mime_type="image/png"))
    registry = registry_of(ToyAdapter, TakesSmallFiles)
    error = market.failure(is_async, video, request=request, registry=registry)
    assert not isinstance(error, UsageError)


@both_ways
def test_a_missing_key_of_the_first_target_is_said_before_anything_is_paid(
    market: Market, video: Path, is_async: bool
) -> None:
    # It is neither a refusal nor a failure; another provider might cost more.
    error = market.failure(is_async, video, api_keys={"tin": KEY})
    assert (type(error), market.tin.created) == (MissingKey, [])


@both_ways
def test_what_was_tried_before_is_reported_with_the_last_error(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.create = _refused(402, "the purse is empty")
    market.tin.create = _refused(400, "no kites here")
    error = market.failure(is_async, video)
    assert [word for word in ("purse", "kites") if word in error.message] == ["purse", "kites"]


def test_a_request_that_no_target_can_do_costs_nothing(market: Market, video: Path) -> None:
    error = market.failure(False, video, request=VideoRequest(prompt=PROMPT, duration=90))
    assert (error.model, market.toy.created, market.tin.created) == (TOY, [], [])


class ForgetsToMark(ToyAdapter):
    """Does not mark the request that costs money."""

    contract_version = 3

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield replace(self.paid_request(request), spends=False)
        return self.job(self.read(response).get("id"), model)


@both_ways
def test_an_adapter_that_forgot_to_mark_its_payment_is_not_paid_twice_by_a_fallback(
    market: Market, video: Path, is_async: bool
) -> None:
    market.failure(is_async, video, registry=registry_of(ForgetsToMark, TinAdapter))
    assert (len(market.toy.created), market.tin.created) == (1, [])


class PollsAfterPaying(ToyAdapter):
    """Asks for something free once it has paid, and is refused."""

    contract_version = 3

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.paid_request(request)
        self.read((yield WireRequest(method="GET", path="/queue")))
        return self.job(self.read(response).get("id"), model)


@both_ways
def test_a_refused_question_after_paying_is_not_paid_twice_by_a_fallback(
    market: Market, video: Path, is_async: bool
) -> None:
    market.toy.poll = _refused(404)
    market.failure(is_async, video, registry=registry_of(PollsAfterPaying, TinAdapter))
    assert (len(market.toy.created), market.tin.created) == (1, [])


# Jobs in flight


def _in_threads(count: int, work: Callable[[], object]) -> None:
    """Run the same work in many threads at once, and pass on the first error."""
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised again below
            trouble.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "a thread never came to its end"
    if trouble:
        raise trouble[0]


class Crowd(Client):
    """A client whose jobs go on once all of them have asked for a place."""

    expected = 0
    asked = 0
    all_asked = threading.Event()
    counting = threading.Lock()

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, OpenJob):
            with self.counting:
                self.asked += 1
                if self.asked == self.expected:
                    self.all_asked.set()
            place = super().perform(effect)
            assert self.all_asked.wait(10)
            return place
        return super().perform(effect)


def _crowd(market: Market, tmp_path: Path, count: int, **provider: Any) -> None:
    numbers = iter(range(count))
    with Crowd(**market.options(config=config(toy=provider))) as client:
        client.expected, client.all_asked = count, threading.Event()
        _in_threads(count, lambda: client.generate(PROMPT, tmp_path / f"{next(numbers)}.mp4", TOY))


def _async_crowd(market: Market, tmp_path: Path, count: int, **provider: Any) -> None:
    async def run() -> None:
        options = market.options(config=config(toy=provider))
        with anyio.fail_after(30):
            async with AsyncClient(**options) as client, anyio.create_task_group() as group:
                for number in range(count):
                    group.start_soon(client.generate, PROMPT, tmp_path / f"{number}.mp4", TOY)

    anyio.run(run)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_threads_keep_no_more_jobs_open_than_allowed(
    market: Market, tmp_path: Path, limit: int
) -> None:
    _crowd(market, tmp_path, 8, max_in_flight=limit)
    assert market.toy.most_open <= limit


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_tasks_keep_just_as_many_jobs_open_as_allowed(
    market: Market, tmp_path: Path, limit: int
) -> None:
    _async_crowd(market, tmp_path, 8, max_in_flight=limit)
    assert market.toy.most_open == limit


def test_threads_without_a_limit_run_all_at_once(market: Market, tmp_path: Path) -> None:
    # Shows, too, that the test above would see a limit that is not kept.
    together = threading.Barrier(8, timeout=20)
    first_polls = iter(range(8))

    def meet() -> None:
        if next(first_polls, None) is not None:
            together.wait()

    market.toy.on_poll = meet
    _crowd(market, tmp_path, 8)
    assert market.toy.most_open == 8


@pytest.mark.parametrize("crowd", [_crowd, _async_crowd], ids=["threads", "tasks"])
def test_every_job_comes_to_its_turn(
    market: Market, tmp_path: Path, crowd: Callable[..., None]
) -> None:
    crowd(market, tmp_path, 8, max_in_flight=2)
    assert len(market.toy.created) == 8


def test_one_providers_limit_does_not_slow_another(market: Market, tmp_path: Path) -> None:
    # The other's jobs end only once all three were there, so that nothing depends on the machine.
    market.tin.status = {"status": "working"}
    market.tin.on_poll = lambda: market.tin.status.update(
        status="done" if len(market.tin.created) == 3 else "working"
    )

    async def run() -> None:
        options = market.options(config=config(toy={"max_in_flight": 1}, tin={"max_in_flight": 3}))
        async with AsyncClient(**options) as client, anyio.create_task_group() as group:
            for number in range(3):
                for name in (TOY, TIN):
                    path = tmp_path / f"{name.partition('/')[0]}{number}.mp4"
                    make = functools.partial(client.generate, timeout=None)
                    group.start_soon(make, PROMPT, path, name)

    anyio.run(run)
    assert (market.toy.most_open, market.tin.most_open) == (1, 3)


def _apply_fault(market: Market, end: str) -> None:
    match end:
        case "refused":
            market.toy.create = _refused(402)
        case "unknown":
            market.toy.create = _refused(500)
        case "failed":
            market.toy.status = {"status": "failed"}
        case "timeout":
            market.toy.status = {"status": "working"}
        case "download":
            market.toy.video = httpx.Response(404)


def _mend(market: Market) -> None:
    market.toy.create, market.toy.status = None, {"status": "done"}
    market.toy.video = httpx.Response(200, content=VIDEO)


@pytest.mark.parametrize("end", ["refused", "unknown", "failed", "timeout", "download"])
@both_ways
def test_a_place_is_given_back_however_a_job_ends(
    market: Market, tmp_path: Path, is_async: bool, end: str
) -> None:
    options = market.options(config=config(toy={"max_in_flight": 1}))
    _apply_fault(market, end)

    def in_thread() -> None:
        with Client(**options) as client:
            with pytest.raises(PolyreelError):
                client.generate(PROMPT, tmp_path / "1.mp4", TOY, timeout=60.0)
            _mend(market)
            client.generate(PROMPT, tmp_path / "2.mp4", TOY)

    async def in_task() -> None:
        async with AsyncClient(**options) as client:
            with anyio.fail_after(20):
                with pytest.raises(PolyreelError):
                    await client.generate(PROMPT, tmp_path / "1.mp4", TOY, timeout=60.0)
                _mend(market)
                await client.generate(PROMPT, tmp_path / "2.mp4", TOY)

    if is_async:
        anyio.run(in_task)
    else:
        _in_threads(1, in_thread)
    assert (tmp_path / "2.mp4").exists()


class _Interrupted(ManualClock):
    """A clock during whose first sleep the user presses Ctrl-C."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if len(self.slept) == 1:
            raise KeyboardInterrupt


def test_a_place_is_given_back_after_an_interrupt(market: Market, tmp_path: Path) -> None:
    market.clock = _Interrupted()
    options = market.options(config=config(toy={"max_in_flight": 1}))

    def in_thread() -> None:
        with Client(**options) as client:
            with pytest.raises(KeyboardInterrupt):
                client.generate(PROMPT, tmp_path / "1.mp4", TOY)
            client.generate(PROMPT, tmp_path / "2.mp4", TOY)

    _in_threads(1, in_thread)
    assert (tmp_path / "2.mp4").exists()


class _Endless(ManualClock):
    """A clock whose first sleep never ends."""

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)
        if len(self.slept) == 1:
            await anyio.sleep_forever()


def test_a_place_is_given_back_when_a_task_is_canceled(market: Market, tmp_path: Path) -> None:
    market.clock = _Endless()
    options = market.options(config=config(toy={"max_in_flight": 1}))

    async def run() -> None:
        async with AsyncClient(**options) as client:
            with anyio.fail_after(20):
                async with anyio.create_task_group() as group:
                    group.start_soon(client.generate, PROMPT, tmp_path / "1.mp4", TOY)
                    await anyio.wait_all_tasks_blocked()
                    group.cancel_scope.cancel()
                await client.generate(PROMPT, tmp_path / "2.mp4", TOY)

    anyio.run(run)
    assert (tmp_path / "2.mp4").exists()


def test_a_canceled_task_sends_nothing_again(market: Market, video: Path) -> None:
    market.clock = _Endless()

    async def run() -> None:
        async with AsyncClient(**market.options()) as client, anyio.create_task_group() as group:
            group.start_soon(client.generate, PROMPT, video)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()

    anyio.run(run)
    assert (len(market.toy.created), len(market.tin.created)) == (1, 0)


# Observers


@both_ways
def test_an_observer_sees_each_stage_in_order(market: Market, video: Path, is_async: bool) -> None:
    seen: list[Stage] = []
    market.generate(is_async, video, TOY, on_change=lambda record: seen.append(record.stage))
    assert in_order(seen) == [
        Stage.INTENT,
        Stage.SENDING,
        Stage.ACCEPTED,
        Stage.FINISHED,
        Stage.DOWNLOADING,
        Stage.DOWNLOADED,
    ]


def test_an_observer_sees_an_upload(market: Market, video: Path, tmp_path: Path) -> None:
    (tmp_path / "kite.png").write_bytes(PNG)
    request = VideoRequest(prompt=PROMPT, first_frame=Media(path=tmp_path / "kite.png"))
    seen: list[Stage] = []
    market.generate(False, video, TOY, request, on_change=lambda record: seen.append(record.stage))
    assert in_order(seen)[:3] == [Stage.INTENT, Stage.UPLOADING, Stage.SENDING]


def test_an_observer_is_reported_of_the_send_before_the_vendor_sees_it(
    market: Market, video: Path
) -> None:
    created_at_send: list[int] = []

    def note(record: JobRecord) -> None:
        if record.stage is Stage.SENDING:
            created_at_send.append(len(market.toy.created))

    market.generate(False, video, TOY, on_change=note)
    assert created_at_send == [0]


def test_an_observer_is_reported_the_handle_before_the_first_poll(
    market: Market, video: Path
) -> None:
    handles: list[JobRef | None] = []
    reported: list[JobRef | None] = []
    market.toy.on_poll = lambda: reported.append(handles[-1])
    market.generate(False, video, TOY, on_change=lambda record: handles.append(record.ref))
    assert [each.task_id for each in reported if each is not None] == ["toy-1"]


def test_a_records_last_word_is_the_video(market: Market, video: Path) -> None:
    seen: list[JobRecord] = []
    market.generate(False, video, TOY, on_change=seen.append)
    assert (seen[-1].file, seen[-1].target) == (video, video)


def _fail(record: JobRecord) -> None:
    raise RuntimeError(f"the observer of {record.stage} broke")


@both_ways
def test_an_observer_that_breaks_harms_no_job(market: Market, video: Path, is_async: bool) -> None:
    market.generate(is_async, video, TOY, on_change=_fail)
    assert (video.read_bytes(), len(market.toy.created)) == (VIDEO, 1)


@both_ways
def test_an_observer_that_breaks_is_logged(
    market: Market, video: Path, is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    market.generate(is_async, video, TOY, on_change=_fail)
    assert "the observer of sending broke" in caplog.text


class BreakingPlugin:
    """A plugin whose observer breaks."""

    @hookimpl
    def polyreel_job_changed(self, job: JobRecord) -> None:
        _fail(job)


class NotingPlugin:
    """A plugin that keeps the stages it sees."""

    def __init__(self) -> None:
        self.seen: list[Stage] = []

    @hookimpl
    def polyreel_job_changed(self, job: JobRecord) -> None:
        self.seen.append(job.stage)


def _observed_by(market: Market, video: Path, *plugins: object) -> None:
    registry = registry_of(ToyAdapter)
    for plugin in plugins:
        registry.manager.register(plugin)
    market.generate(False, video, TOY, registry=registry, api_keys={"toy": KEY})


def test_an_installed_observer_sees_a_job_to_its_end(market: Market, video: Path) -> None:
    noting = NotingPlugin()
    _observed_by(market, video, noting)
    assert (noting.seen[0], noting.seen[-1]) == (Stage.INTENT, Stage.DOWNLOADED)


def test_an_installed_observer_that_breaks_harms_no_job(market: Market, video: Path) -> None:
    _observed_by(market, video, BreakingPlugin())
    assert video.read_bytes() == VIDEO


def test_an_installed_observer_that_breaks_does_not_blind_the_others(
    market: Market, video: Path
) -> None:
    noting = NotingPlugin()
    _observed_by(market, video, noting, BreakingPlugin())
    assert Stage.DOWNLOADED in noting.seen


@pytest.mark.parametrize("seen_by", ["observer", "log"])
def test_neither_key_nor_signature_is_shown_to(
    market: Market, video: Path, caplog: pytest.LogCaptureFixture, seen_by: str
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    market.generate(
        False, video, TOY, on_change=lambda record: seen.append(f"{record!r} {record.facts()}")
    )
    text = " ".join(seen) if seen_by == "observer" else caplog.text
    assert not {word for word in (KEY, SIGNATURE) if word in text}


# Taking a job up again


def _handles(ref: JobRef) -> dict[str, Any]:
    return {
        "the handle": ref,
        "its JSON": ref.model_dump_json(),
        "the values of its JSON": ref.model_dump(mode="json"),
    }


@pytest.mark.parametrize("form", ["the handle", "its JSON", "the values of its JSON"])
@both_ways
def test_a_job_is_taken_up_from(market: Market, video: Path, is_async: bool, form: str) -> None:
    with Client(**market.options()) as client:
        handle = _handles(client.submit(PROMPT, TOY).ref)[form]
    if is_async:

        async def run() -> None:
            async with AsyncClient(**market.options()) as other:
                job = other.job(handle)
                await job.wait()
                await job.download(video)

        anyio.run(run)
    else:
        with Client(**market.options()) as other:
            job = other.job(handle)
            job.wait()
            job.download(video)
    assert (video.read_bytes(), len(market.toy.created)) == (VIDEO, 1)


RUBBISH: dict[str, Any] = {
    "nothing": "",
    "text": "task-0001",
    "a path": "video.job.json",
    "JSON that is no table": "[1, 2]",
    "an empty table": {},
    "a table without the task": {"provider": "toy", "model": "video"},
    "an empty task": {"provider": "toy", "model": "video", "task_id": ""},
    "a name too many": {"provider": "toy", "model": "video", "task_id": "1", "taskid": "2"},
    "None": None,
    "a number": 7,
    "bytes": b"{}",
    "a list": ["toy", "video", "1"],
}


@pytest.mark.parametrize("rubbish", list(RUBBISH.values()), ids=list(RUBBISH))
@both_ways
def test_what_is_no_handle_is_said_so(market: Market, is_async: bool, rubbish: Any) -> None:
    client = (AsyncClient if is_async else Client)(**market.options())
    with pytest.raises(UsageError, match="not a valid job reference"):
        client.job(rubbish)
    _close(client)


@pytest.mark.parametrize("rubbish", list(RUBBISH.values()), ids=list(RUBBISH))
def test_what_is_no_handle_is_reported_what_is_one(market: Market, rubbish: Any) -> None:
    with (
        Client(**market.options()) as client,
        pytest.raises(UsageError, match=r"Job\.ref\.model_dump_json\(\)"),
    ):
        client.job(rubbish)


def test_a_job_of_a_provider_that_is_not_installed_is_said_so(market: Market) -> None:
    handle = {"provider": "bronze", "model": "video", "task_id": "1"}
    with Client(**market.options()) as client, pytest.raises(UnknownModel, match="bronze"):
        client.job(handle)


def test_taking_a_job_up_sends_nothing(market: Market) -> None:
    polls: list[int] = []
    market.toy.on_poll = lambda: polls.append(1)
    with Client(**market.options()) as client:
        client.job({"provider": "toy", "model": "video", "task_id": "1"})
    assert polls == []


def test_a_handle_shows_in_a_jobs_repr(market: Market) -> None:
    with Client(**market.options()) as client:
        assert repr(client.submit(PROMPT, TOY)) == "<Job toy/video toy-1 accepted>"


# Errors travel

REF = JobRef(provider="toy", model="video", task_id="1", details={"region": "eu"})
FIELDS: dict[str, Any] = {
    "provider": "toy",
    "http_status": 418,
    "vendor_code": "E7",
    "request_id": "req-1",
    "retry_after": 7.5,
    "job": REF,
}
MORE: dict[str, dict[str, Any]] = {
    "TransportError": {"sent": True},
    "UnsupportedRequest": {
        "model": TOY,
        "findings": [Finding(field="duration", message="too long", asked="90", limit="15")],
        "nearest": TIN,
    },
}


def _every_field(name: str) -> PolyreelError:
    error: PolyreelError = getattr(errors, name)("what happened", **FIELDS, **MORE.get(name, {}))
    return error


@pytest.mark.parametrize("name", errors.__all__)
def test_an_error_survives_the_way_to_another_process(name: str) -> None:
    error = _every_field(name)
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), arrived.args) == (type(error), error.args)


@pytest.mark.parametrize("name", errors.__all__)
def test_an_error_keeps_its_fields_on_the_way_to_another_process(name: str) -> None:
    error = _every_field(name)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@pytest.mark.parametrize("name", errors.__all__)
def test_an_errors_facts_are_the_same_in_another_process(name: str) -> None:
    error = _every_field(name)
    assert pickle.loads(pickle.dumps(error)).facts() == error.facts()


def test_a_transport_error_that_sent_nothing_still_says_so_in_another_process() -> None:
    error = TransportError("refused", sent=False)
    assert pickle.loads(pickle.dumps(error)).sent is False


def test_every_error_is_listed() -> None:
    found = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, PolyreelError)
    }
    assert found == set(errors.__all__)


# Exit codes

EXIT_CODES: dict[str, int] = {
    "PolyreelError": USAGE,
    "UsageError": USAGE,
    "UnsupportedRequest": USAGE,
    "UnknownModel": USAGE,
    "MediaUnreadable": USAGE,
    "MissingKey": USAGE,
    "ConfigError": USAGE,
    "PluginError": USAGE,
    "JournalError": USAGE,
    "IdempotencyConflict": USAGE,
    "OverBudget": USAGE,
    "ProviderError": REFUSED,
    "AuthenticationFailed": REFUSED,
    "InsufficientBalance": REFUSED,
    "RateLimited": REFUSED,
    "InvalidRequest": REFUSED,
    "ContentBlocked": REFUSED,
    "NotFound": REFUSED,
    "ProviderUnavailable": REFUSED,
    "BadResponse": REFUSED,
    "TransportError": REFUSED,
    "SubmitUnknown": UNKNOWN,
    "JobError": JOB_FAILED,
    "JobFailed": JOB_FAILED,
    "JobCanceled": JOB_FAILED,
    "JobExpired": JOB_FAILED,
    "WaitTimeout": RESUMABLE,
    "DownloadError": RESUMABLE,
    "ResultExpired": JOB_FAILED,
}
WITH_A_JOB = [name for name, code in EXIT_CODES.items() if code == REFUSED]


def test_every_error_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(errors.__all__)


@pytest.mark.parametrize(("name", "code"), EXIT_CODES.items())
def test_an_error_ends_the_command_with_its_code(name: str, code: int) -> None:
    error = getattr(errors, name)("what happened", **MORE.get(name, {}))
    assert exit_code(error) == code


@pytest.mark.parametrize("name", [*WITH_A_JOB, "PluginError"])
def test_an_error_about_an_accepted_job_is_resumable(name: str) -> None:
    # The codes for usage and refusal tell a script that nothing was paid.
    error = getattr(errors, name)("what happened", job=REF, **MORE.get(name, {}))
    assert exit_code(error) == RESUMABLE


def test_the_numbers_are_the_documented_ones() -> None:
    codes = (DONE, JOB_FAILED, USAGE, REFUSED, UNKNOWN, RESUMABLE, INTERRUPTED)
    assert codes == (0, 1, 2, 3, 4, 5, 130)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], DONE),
        ([DONE, DONE], DONE),
        ([DONE, USAGE], USAGE),
        ([USAGE, REFUSED], REFUSED),
        ([REFUSED, JOB_FAILED], JOB_FAILED),
        ([JOB_FAILED, RESUMABLE], RESUMABLE),
        ([RESUMABLE, UNKNOWN, DONE], UNKNOWN),
    ],
)
def test_of_several_results_the_gravest_is_reported(codes: list[int], expected: int) -> None:
    assert worst(codes) == expected


def _close(client: Client | AsyncClient) -> None:
    if isinstance(client, AsyncClient):
        anyio.run(client.close)
    else:
        client.close()
