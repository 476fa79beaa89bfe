"""Never pay twice, never lose a video: what the journal promises, asked through the clients."""

from __future__ import annotations

import itertools
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from market import TIN, TOY, Market, both_ways, config
from polyreel import (
    AsyncClient,
    Client,
    DownloadError,
    IdempotencyConflict,
    Job,
    JobFailed,
    JobRef,
    JournalError,
    Media,
    RateLimited,
    SubmitUnknown,
    UsageError,
    VideoRequest,
    WaitTimeout,
)
from polyreel.adapters import Cancellation, Flow, State, WireRequest
from polyreel.engine.effects import Effect, Persist, Send
from polyreel.jobs import Stage
from polyreel.jobs.journal.sqlite import SqliteJournal
from toy_adapter import KEY, PNG, PROMPT, VIDEO, TinAdapter, ToyAdapter, registry_of

Slept = Callable[[float], None]
PROVIDER_DOWN = httpx.Response(500, text="down")
BROKE = httpx.ReadError("the connection broke")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def kept(market: Market, path: Path) -> Iterator[SqliteJournal]:
    """The journal of the market's clients, as another process would open it."""
    market.journal = path
    journal = SqliteJournal(path, now=market.clock.now)
    yield journal
    journal.close()


def submitted(
    market: Market,
    is_async: bool = False,
    request: VideoRequest | str = PROMPT,
    model: str = TOY,
    **more: Any,
) -> JobRef:
    """Submit with a client of its own."""
    if not is_async:
        with Client(**market.options()) as client:
            return client.submit(request, model, **more).ref

    async def run() -> JobRef:
        async with AsyncClient(**market.options()) as client:
            return (await client.submit(request, model, **more)).ref

    return anyio.run(run)


def stages(journal: SqliteJournal) -> list[Stage]:
    return [each.stage for each in journal.jobs()]


# What stands in the journal, and when


class Watching(Client):
    """Looks at the row, as another process would, while the paid request is on its way."""

    poll: Callable[[], None] = staticmethod(lambda: None)

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, Send) and effect.request.spends:
            self.poll()
        return super().perform(effect)


def test_the_row_says_sending_before_the_paid_request_leaves(
    market: Market, kept: SqliteJournal
) -> None:
    seen: list[Stage] = []
    with Watching(**market.options()) as client:
        client.poll = lambda: seen.extend(stages(kept))
        client.submit(PROMPT, TOY)
    assert seen == [Stage.SENDING]
    assert stages(kept) == [Stage.ACCEPTED]


def test_a_row_applies_what_is_needed_to_find_the_task(
    market: Market, kept: SqliteJournal, path: Path
) -> None:
    ref = submitted(market, request=VideoRequest(prompt=PROMPT, duration=7))
    job = kept.jobs()[0]
    assert (job.ref, job.model, job.base_url) == (ref, TOY, ref.base_url)
    assert job.request is not None
    assert (job.request["prompt"], job.request["duration"]) == (PROMPT, 7)
    assert job.timeline.created_at is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        body_digest = connection.execute("SELECT body_digest FROM jobs").fetchone()[0]
    assert len(body_digest) == 64


@both_ways
def test_a_video_is_followed_to_its_file(
    market: Market, kept: SqliteJournal, tmp_path: Path, is_async: bool
) -> None:
    market.generate(is_async, tmp_path / "video.mp4", TOY)
    job = kept.jobs()[0]
    assert (job.stage, job.state, job.file) == (
        Stage.DOWNLOADED,
        State.SUCCEEDED,
        tmp_path / "video.mp4",
    )


def test_polls_are_not_written_down(market: Market, kept: SqliteJournal, tmp_path: Path) -> None:
    writes: list[Stage] = []

    class Counting(Client):
        def perform(self, effect: Effect) -> Any:
            if isinstance(effect, Persist):
                writes.append(effect.record.stage)
            return super().perform(effect)

    polls = iter(range(20))
    market.toy.status = {"status": "working"}
    market.toy.on_poll = lambda: market.toy.status.update(
        status="done" if next(polls) == 19 else "working"
    )
    with Counting(**market.options()) as client:
        client.generate(PROMPT, tmp_path / "video.mp4", TOY)
    assert writes == [Stage.SENDING, Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED]


@both_ways
@pytest.mark.parametrize("trouble", [PROVIDER_DOWN, BROKE], ids=["500", "dropped"])
def test_a_doubtful_submit_is_listed_as_unknown_and_can_be_settled(
    market: Market,
    kept: SqliteJournal,
    tmp_path: Path,
    trouble: Any,
    is_async: bool,
) -> None:
    market.toy.create = trouble
    with pytest.raises(SubmitUnknown) as raised:
        submitted(market, is_async)
    job = kept.jobs()[0]
    assert (job.stage, raised.value.job_id) == (Stage.UNKNOWN, job.id)
    assert f"polyreel jobs settle {job.id[:8]}" in raised.value.message
    with Client(**market.options()) as client:
        with pytest.raises(SubmitUnknown):
            client.job(job.id)
        client.history.settle(job.id, task_id="toy-1")
        client.job(job.id).finish(tmp_path / "video.mp4")
    assert (stages(kept), len(market.toy.created)) == ([Stage.DOWNLOADED], 1)


def test_a_doubt_settled_as_not_created_frees_the_key(market: Market, kept: SqliteJournal) -> None:
    market.toy.create = BROKE
    with pytest.raises(SubmitUnknown):
        submitted(market, idempotency_key="order-7")
    with pytest.raises(SubmitUnknown):
        submitted(market, idempotency_key="order-7")
    assert len(market.toy.created) == 1, "what is unknown is never sent again by itself"
    with Client(**market.options()) as client:
        client.history.settle(kept.jobs()[0].id, not_created=True)
    market.toy.create = None
    submitted(market, idempotency_key="order-7")
    assert (stages(kept), len(market.toy.created)) == ([Stage.ACCEPTED], 2)


@pytest.mark.parametrize("how", [{}, {"task_id": "t", "not_created": True}])
def test_settling_needs_just_one_answer(
    market: Market, kept: SqliteJournal, how: dict[str, Any]
) -> None:
    market.toy.create = BROKE
    with pytest.raises(SubmitUnknown):
        submitted(market)
    with Client(**market.options()) as client, pytest.raises(UsageError):
        client.history.settle(kept.jobs()[0].id, **how)


def test_what_is_known_is_not_settled(market: Market, kept: SqliteJournal) -> None:
    submitted(market)
    with Client(**market.options()) as client, pytest.raises(UsageError, match="accepted"):
        client.history.settle(kept.jobs()[0].id, not_created=True)


@both_ways
def test_a_canceled_or_interrupted_payment_is_listed_as_unknown(
    market: Market, kept: SqliteJournal, is_async: bool
) -> None:
    if not is_async:
        with pytest.raises(KeyboardInterrupt):
            submitted_through(market, KeyboardInterrupt())
    else:

        async def run() -> None:
            async with AsyncClient(**market.options()) as client:
                with anyio.CancelScope() as scope:
                    canceling = _Canceling(client, scope)
                    await canceling.submit()
                assert scope.cancelled_caught

        anyio.run(run)
    assert stages(kept) == [Stage.UNKNOWN]


def submitted_through(market: Market, interrupt: BaseException) -> None:
    """Submit with a client that is interrupted while the paid request is on its way."""

    class Interrupted(Client):
        def perform(self, effect: Effect) -> Any:
            if isinstance(effect, Send) and effect.request.spends:
                raise interrupt
            return super().perform(effect)

    with Interrupted(**market.options()) as client:
        client.submit(PROMPT, TOY)


class _Canceling:
    """Cancels the task while the paid request is on its way."""

    def __init__(self, client: AsyncClient, scope: anyio.CancelScope) -> None:
        perform = client.perform

        async def cancel_while_paying(effect: Effect) -> Any:
            if isinstance(effect, Send) and effect.request.spends:
                scope.cancel()
                await anyio.sleep(0)
            return await perform(effect)

        client.perform = cancel_while_paying  # type: ignore[method-assign]
        self._client = client

    async def submit(self) -> None:
        await self._client.submit(PROMPT, TOY)


# Idempotency keys


@both_ways
def test_the_same_call_made_again_returns_the_first_job(
    market: Market, kept: SqliteJournal, is_async: bool
) -> None:
    first = submitted(market, is_async, idempotency_key="order-7")
    again = submitted(market, not is_async, idempotency_key="order-7")
    assert (again, len(market.toy.created)) == (first, 1)


def test_without_a_key_every_call_is_a_job_of_its_own(market: Market, kept: SqliteJournal) -> None:
    assert submitted(market) != submitted(market)


@pytest.mark.parametrize(
    "other",
    [
        {"request": VideoRequest(prompt="another")},
        {"request": VideoRequest(prompt=PROMPT, duration=6)},
        {"request": VideoRequest(prompt=PROMPT, seed=0)},
        {"model": TIN},
    ],
    ids=["prompt", "duration", "seed", "model"],
)
def test_another_request_under_the_key_is_refused(
    market: Market, kept: SqliteJournal, other: dict[str, Any]
) -> None:
    submitted(market, idempotency_key="order-7")
    with pytest.raises(IdempotencyConflict):
        submitted(market, idempotency_key="order-7", **other)
    assert (len(market.toy.created), len(market.tin.created)) == (1, 0)


def with_image(data: bytes) -> VideoRequest:
    image = Media(data=data, mime_type="image/png")
    return VideoRequest(prompt=PROMPT, reference_images=(image,))


def test_media_are_compared_by_their_content(
    market: Market, kept: SqliteJournal, tmp_path: Path
) -> None:
    (tmp_path / "kite.png").write_bytes(PNG)
    from_file = VideoRequest(prompt=PROMPT, reference_images=(tmp_path / "kite.png",))
    first = submitted(market, request=from_file, idempotency_key="k")
    assert submitted(market, request=with_image(PNG), idempotency_key="k") == first
    with pytest.raises(IdempotencyConflict, match="reference_images"):
        submitted(market, request=with_image(PNG + b"!"), idempotency_key="k")


def test_an_image_that_is_signed_anew_is_the_same_image(
    market: Market, kept: SqliteJournal
) -> None:
    def with_url(signature: str) -> VideoRequest:
        url = f"https://images.example/kite.png?Expires=1&Signature={signature}"
        return VideoRequest(prompt=PROMPT, reference_images=(url,))

    first = submitted(market, request=with_url("one"), idempotency_key="k")
    assert submitted(market, request=with_url("two"), idempotency_key="k") == first
    other = VideoRequest(prompt=PROMPT, reference_images=("https://images.example/b.png?v=2",))
    with pytest.raises(IdempotencyConflict):
        submitted(market, request=other, idempotency_key="k")


def test_a_refused_call_may_be_made_again_under_its_key(
    market: Market, kept: SqliteJournal
) -> None:
    market.toy.create = httpx.Response(402, json={"error": "empty"})
    with pytest.raises(Exception, match="empty"):
        submitted(market, idempotency_key="order-7")
    market.toy.create = None
    submitted(market, idempotency_key="order-7")
    assert stages(kept) == [Stage.ACCEPTED]


@both_ways
def test_generating_again_under_the_key_brings_the_same_video(
    market: Market, kept: SqliteJournal, tmp_path: Path, is_async: bool
) -> None:
    target = tmp_path / "video.mp4"
    with pytest.raises(WaitTimeout):
        generate(market, is_async, target, timeout=0.0, status="working")
    video = generate(market, not is_async, target, status="done")
    tasks_before = len(market.toy.created)
    again = generate(market, is_async, target)
    assert (video.file, again.file, tasks_before) == (target, target, 1)
    assert (len(market.toy.created), stages(kept)) == (1, [Stage.DOWNLOADED])


def generate(
    market: Market, is_async: bool, target: Path, timeout: float = 900.0, status: str = "done"
) -> Any:
    """Generate under one key with a client of its own."""
    market.toy.status = {"status": status}
    key = "order-7"
    if not is_async:
        with Client(**market.options()) as client:
            return client.generate(PROMPT, target, TOY, timeout=timeout, idempotency_key=key)

    async def run() -> Any:
        async with AsyncClient(**market.options()) as client:
            return await client.generate(PROMPT, target, TOY, timeout=timeout, idempotency_key=key)

    return anyio.run(run)


def test_under_a_key_a_failed_call_is_not_paid_again(
    market: Market, kept: SqliteJournal, tmp_path: Path
) -> None:
    market.toy.status = {"status": "failed", "reason": "blurred"}
    market.tin.status = {"status": "failed", "reason": "blurred"}
    for _ in range(2):
        with Client(**market.options()) as client, pytest.raises(JobFailed):
            client.generate(PROMPT, tmp_path / "video.mp4", idempotency_key="order-7")
    assert (len(market.toy.created), len(market.tin.created)) == (1, 1)


def test_under_a_key_the_fallbacks_job_is_the_one_that_counts(
    market: Market, kept: SqliteJournal, tmp_path: Path
) -> None:
    market.toy.create = httpx.Response(402, json={"error": "empty"})
    market.tin.status = {"status": "working"}
    with Client(**market.options()) as client, pytest.raises(WaitTimeout):
        client.generate(PROMPT, tmp_path / "video.mp4", timeout=0.0, idempotency_key="order-7")
    market.toy.create = None  # would take it now, and must not be asked
    market.tin.status = {"status": "done"}
    with Client(**market.options()) as client:
        video = client.generate(PROMPT, tmp_path / "video.mp4", idempotency_key="order-7")
    assert video.job.model == TIN
    assert (len(market.toy.created), len(market.tin.created)) == (1, 1)


@pytest.mark.parametrize("key", ["", "   ", "x" * 256])
def test_a_key_that_is_nobodys_name_is_refused(market: Market, key: str) -> None:
    with pytest.raises(UsageError, match="idempotency key"):
        submitted(market, idempotency_key=key)
    assert market.toy.created == []


# A journal that fails


class Failing(SqliteJournal):
    """A journal in memory that fails from a stage on, as a disk that runs full."""

    def __init__(self, fails_at: Stage) -> None:
        super().__init__(None)
        self._fails_at = fails_at

    def open_job(self, intent: Any) -> Any:
        self._check(Stage.INTENT)
        return super().open_job(intent)

    def move(self, record: Any, *, body_digest: str | None = None) -> bool:
        self._check(record.stage)
        return super().move(record, body_digest=body_digest)

    def _check(self, stage: Stage) -> None:
        if stage is self._fails_at:
            raise JournalError("the journal can't be used: the disk is full.")


@both_ways
@pytest.mark.parametrize("stage", [Stage.INTENT, Stage.SENDING])
def test_a_journal_that_fails_in_time_stops_the_payment(
    market: Market, stage: Stage, is_async: bool
) -> None:
    market.journal = Failing(stage)
    with pytest.raises(JournalError, match="Nothing was sent"):
        submitted(market, is_async)
    assert market.toy.created == []


@both_ways
@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED])
def test_a_journal_that_fails_too_late_warns_and_the_video_comes(
    market: Market, tmp_path: Path, stage: Stage, is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    market.journal = Failing(stage)
    video = market.generate(is_async, tmp_path / "video.mp4", TOY)
    assert video.file.is_file()
    said = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert any("PAID" in each and video.job.ref.model_dump_json() in each for each in said)  # type: ignore[union-attr]


def test_without_a_journal_it_is_said_what_is_lost(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    submitted(market)
    assert "no journal is in use" in caplog.text


def test_without_a_journal_a_key_still_applies_within_the_client(market: Market) -> None:
    with Client(**market.options()) as client:
        first = client.submit(PROMPT, TOY, idempotency_key="k")
        assert client.submit(PROMPT, TOY, idempotency_key="k").ref == first.ref


# Taking jobs up again


def test_a_job_is_found_by_the_beginning_of_its_id(market: Market, kept: SqliteJournal) -> None:
    ref = submitted(market)
    with Client(**market.options()) as client:
        assert client.job(kept.jobs()[0].id[:6]).ref == ref
        assert client.job(ref).id == kept.jobs()[0].id, "a handle leads to the same row"


@pytest.mark.parametrize("job_id", ["0" * 32, "f"])
def test_an_id_that_nobody_has_is_said_so(market: Market, kept: SqliteJournal, job_id: str) -> None:
    with Client(**market.options()) as client, pytest.raises(UsageError, match="no job begins"):
        client.job(job_id)


def test_several_jobs_of_one_beginning_are_reported_apart(
    market: Market, kept: SqliteJournal
) -> None:
    for _ in range(17):  # more than there are hexadecimal digits
        submitted(market)
    firsts = [each.id[0] for each in kept.jobs()]
    common = max(firsts, key=firsts.count)
    with Client(**market.options()) as client, pytest.raises(UsageError, match="several"):
        client.job(common)


@both_ways
def test_a_job_that_another_process_works_on_is_followed(
    market: Market, kept: SqliteJournal, tmp_path: Path, is_async: bool
) -> None:
    ref = submitted(market)
    job = kept.jobs()[0]
    assert kept.claim(job.id).is_ours  # the other process
    slept = len(market.clock.slept)

    def done_elsewhere(seconds: float) -> None:
        if len(market.clock.slept) == slept + 3:
            kept.release(job.id)

    market.clock.sleep = _after(market.clock.sleep, done_elsewhere)  # type: ignore[method-assign, assignment]
    target = tmp_path / "video.mp4"
    if is_async:

        async def run() -> None:
            async with AsyncClient(**market.options()) as client:
                await client.job(ref).finish(target)

        anyio.run(run)
    else:
        with Client(**market.options()) as client:
            client.job(ref).finish(target)
    assert target.is_file()
    assert len(market.clock.slept) >= slept + 3


def _after(
    first: Callable[[float], None], then: Callable[[float], None]
) -> Callable[[float], None]:
    def both(seconds: float) -> None:
        first(seconds)
        then(seconds)

    return both


def test_following_ends_at_the_deadline(market: Market, kept: SqliteJournal) -> None:
    ref = submitted(market)
    assert kept.claim(kept.jobs()[0].id).is_ours
    with Client(**market.options()) as client, pytest.raises(WaitTimeout, match="another process"):
        client.job(ref).wait(10.0)


def test_a_submitted_job_is_free_for_whoever_waits(market: Market, kept: SqliteJournal) -> None:
    with Client(**market.options()) as client:
        client.submit(PROMPT, TOY)
        assert kept.claim(kept.jobs()[0].id).is_ours


def test_a_wait_that_timed_out_lets_go(market: Market, kept: SqliteJournal, tmp_path: Path) -> None:
    market.toy.status = {"status": "working"}
    with Client(**market.options()) as client:
        with pytest.raises(WaitTimeout):
            client.generate(PROMPT, tmp_path / "video.mp4", TOY, timeout=0.0)
        assert kept.claim(kept.jobs()[0].id).is_ours


def test_a_finished_job_needs_the_vendor_once_more_for_a_fresh_address(
    market: Market, kept: SqliteJournal, tmp_path: Path
) -> None:
    market.toy.video = httpx.Response(500)
    with pytest.raises(DownloadError):
        market.generate(False, tmp_path / "video.mp4", TOY)
    assert stages(kept) == [Stage.FINISHED]
    market.toy.video = httpx.Response(200, content=VIDEO)
    with Client(**market.options()) as client:
        assert client.job(kept.jobs()[0].id).finish() == tmp_path / "video.mp4"
    assert (stages(kept), len(market.toy.created)) == ([Stage.DOWNLOADED], 1)


# Limits


def test_a_submit_beyond_the_limit_is_refused_and_sends_nothing(
    market: Market, kept: SqliteJournal
) -> None:
    options = market.options(config=config(toy={"max_in_flight": 1}))
    with Client(**options) as client:
        client.submit(PROMPT, TOY)
        with pytest.raises(RateLimited, match="max_in_flight"):
            client.submit(PROMPT, TOY)
        client.submit(PROMPT, TIN)
    assert (len(market.toy.created), len(market.tin.created)) == (1, 1)


def test_a_limit_applies_across_clients(market: Market, kept: SqliteJournal) -> None:
    options = market.options(config=config(toy={"max_in_flight": 2}))
    for _ in range(2):
        with Client(**options) as client:
            client.submit(PROMPT, TOY)
    with Client(**options) as client, pytest.raises(RateLimited):
        client.submit(PROMPT, TOY)


def test_requests_keep_their_distance(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The journal's times are whole microseconds, so the polls come at times that are.
    monkeypatch.setattr("random.random", lambda: 0.5)
    options = market.options(config=config(toy={"requests_per_minute": 6}))
    moments: list[float] = []
    polls = iter(range(5))
    market.toy.status = {"status": "working"}

    def polled() -> None:
        moments.append(market.clock.monotonic())
        market.toy.status.update(status="done" if next(polls) == 4 else "working")

    market.toy.on_poll = polled
    with Client(**options) as client:
        client.generate(PROMPT, tmp_path / "video.mp4", TOY)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert min(gaps) >= 10.0 - 1e-6


def test_a_deadline_is_kept_when_the_limit_is_far_away(market: Market, tmp_path: Path) -> None:
    options = market.options(config=config(toy={"requests_per_minute": 1}))
    market.toy.status = {"status": "working"}
    start = market.clock.monotonic()
    with Client(**options) as client, pytest.raises(WaitTimeout):
        client.generate(PROMPT, tmp_path / "video.mp4", TOY, timeout=30.0)
    assert market.clock.monotonic() - start <= 31.0


def test_a_429_slows_its_provider_down_and_no_other(market: Market, kept: SqliteJournal) -> None:
    market.toy.create = httpx.Response(429, json={"error": "slow"}, headers={"retry-after": "40"})
    with pytest.raises(RateLimited):
        submitted(market)
    market.toy.create = None
    start = market.clock.monotonic()
    submitted(market, model=TIN)
    assert market.clock.monotonic() == start
    submitted(market)  # another client, as in another process
    assert market.clock.monotonic() - start == pytest.approx(40.0, abs=1.0)


# Cancel


class Stoppable(ToyAdapter):
    """A toy that can be asked to stop a job."""

    contract_version = 3
    offers_cancel = True

    def cancel(self, job: JobRef) -> Flow[Cancellation]:
        response = yield WireRequest(method="DELETE", path=f"/videos/{job.task_id}")
        body = self.read(response)
        return Cancellation.STOPPED if body.get("status") == "canceled" else Cancellation.TOO_LATE


def canceled(market: Market, adapter: type[ToyAdapter], is_async: bool = False) -> Cancellation:
    options = market.options(registry=registry_of(adapter, TinAdapter))
    if not is_async:
        with Client(**options) as client:
            return client.submit(PROMPT, TOY).cancel()

    async def run() -> Cancellation:
        async with AsyncClient(**options) as client:
            return await (await client.submit(PROMPT, TOY)).cancel()

    return anyio.run(run)


@both_ways
@pytest.mark.parametrize(
    ("status", "outcome", "state"),
    [("canceled", Cancellation.STOPPED, State.CANCELED), ("done", Cancellation.TOO_LATE, None)],
)
def test_cancel_answers_honestly(
    market: Market,
    kept: SqliteJournal,
    status: str,
    outcome: Cancellation,
    state: State | None,
    is_async: bool,
) -> None:
    market.toy.status = {"status": status}
    assert canceled(market, Stoppable, is_async) is outcome
    assert kept.jobs()[0].state is state


def test_a_vendor_without_cancel_is_not_asked(market: Market, kept: SqliteJournal) -> None:
    asked: list[None] = []
    market.toy.on_poll = lambda: asked.append(None)
    assert canceled(market, ToyAdapter) is Cancellation.NOT_OFFERED
    assert asked == []


def test_a_job_that_has_ended_is_too_late_to_cancel(market: Market, kept: SqliteJournal) -> None:
    with Client(**market.options(registry=registry_of(Stoppable, TinAdapter))) as client:
        job: Job = client.submit(PROMPT, TOY)
        job.wait()
        assert job.cancel() is Cancellation.TOO_LATE


# What the file must not hold


def test_the_journal_applies_no_secret(market: Market, kept: SqliteJournal, path: Path) -> None:
    picture = PNG + b"the content of a private picture"
    request = VideoRequest(
        prompt=f"A kite, see https://images.example/a.png?Signature=9f86d081 and {KEY}",
        reference_images=(
            Media(data=picture, mime_type="image/png"),
            "https://images.example/b.png?X-Amz-Signature=ba7816bf",
        ),
    )
    submitted(market, request=request)
    market.toy.create = BROKE
    with pytest.raises(SubmitUnknown):
        submitted(market, request=request)
    market.toy.create = None
    market.generate(False, path.parent / "video.mp4", TOY, request)
    content = path.read_bytes()
    for secret in (KEY, "9f86d081", "ba7816bf", "private picture", "Signature=", "base64"):
        assert secret.encode() not in content, secret
    assert b"A kite, see" in content
    assert json.loads(json.dumps(kept.jobs()[0].facts()))["request"]["reference_images"]
