"""Guards of money and videos: a small change could remove each of them unnoticed.

`tests/mutations.py` makes those changes and shows that a test fails at each.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import mutations
import pytest
from market import TIN, TOY, Market, both_ways
from mutations import MUTATIONS, Mutation
from polyreel import AsyncClient, Client, DownloadError, SubmitUnknown, TransportError, WaitTimeout
from polyreel.adapters import Account, Timeouts, WireRequest
from polyreel.client.drivers import drive
from polyreel.engine.download import download
from polyreel.engine.effects import Download, Downloaded, Effect, Send
from polyreel.jobs import Stage
from polyreel.jobs.journal.interface import Opening
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.journal.table import LEASE
from polyreel.transport import pools
from polyreel.transport.http import AsyncTransport, SyncTransport
from polyreel.transport.never_sent import NEVER_SENT
from test_journal import Moment, an_intent, at, brought_to, journals, keyed, moment, opened
from test_resumed_downloads import TAG, downloaded
from toy_adapter import (
    PROMPT,
    VIDEO,
    Answered,
    Arrived,
    LoopbackServer,
    Script,
    ToyAdapter,
    account_at,
    context_at,
    finished,
    resumed_job,
)
from tree_copy import ROOT

__all__ = ["journals", "moment"]  # fixtures

Journals = Callable[[], SqliteJournal]


# A video is whole


class ShortVideo(Script):
    """Every download ends without an error, and the file has not the announced length."""

    def __init__(self, size: int, expected: int) -> None:
        super().__init__()
        self._came = Downloaded(status=200, size=size, expected=expected, head=VIDEO[:64])

    def perform(self, effect: Effect) -> Any:
        return self._came if isinstance(effect, Download) else super().perform(effect)


@pytest.mark.parametrize(("size", "expected"), [(7, 10), (12, 10), (0, 10)])
def test_a_video_of_another_length_than_announced_is_not_saved(
    tmp_path: Path, size: int, expected: int
) -> None:
    script, live = ShortVideo(size, expected), resumed_job(finished("https://v.example/1.mp4"))
    target = tmp_path / "video.mp4"
    program = download(context_at(script.clock), ToyAdapter(), account_at(), live, target, 0.0)
    with pytest.raises(DownloadError, match=f"{size} of {expected} bytes"):
        drive(program, script)
    assert live.record.stage is not Stage.DOWNLOADED


@both_ways
def test_a_rest_that_ends_early_without_an_error_is_downloaded_again(
    tmp_path: Path, is_async: bool
) -> None:
    """Its own length is right; only the length of the whole video shows that bytes are missing."""
    ranges: list[str | None] = []

    def serve(arrived: Arrived) -> Answered:
        asked = arrived.headers.get("range")
        ranges.append(asked)
        if asked is not None:
            start, end = int(asked.removeprefix("bytes=").removesuffix("-")), len(VIDEO) - 100
            span = f"bytes {start}-{end - 1}/{len(VIDEO)}"
            headers = {"etag": TAG, "content-range": span}
            return Answered(status=206, body=VIDEO[start:end], headers=headers)
        cut = len(VIDEO) // 2 if len(ranges) == 1 else None
        return Answered(body=VIDEO, headers={"etag": TAG}, cut=cut)

    with LoopbackServer(serve) as server:
        assert downloaded(tmp_path, server, is_async).read_bytes() == VIDEO
    assert [each is not None for each in ranges] == [False, True, False]


# A video whose file was deleted


@both_ways
def test_a_video_whose_file_was_deleted_is_downloaded_again(
    market: Market, tmp_path: Path, is_async: bool
) -> None:
    market.journal, target = tmp_path / "journal.sqlite3", tmp_path / "video.mp4"
    job = market.generate(False, target, TOY).job
    polls: list[None] = []
    market.toy.on_poll = lambda: polls.append(None)
    assert finish(market, is_async, job.id) == target
    assert polls == [], "the file was there"
    target.unlink()
    assert finish(market, is_async, job.id) == target
    assert target.read_bytes() == VIDEO
    assert (polls, len(market.toy.created)) == ([None], 1)


def finish(market: Market, is_async: bool, job_id: str) -> Path:
    """Finish a job of the journal with a client of its own."""
    if not is_async:
        with Client(**market.options()) as client:
            return client.job(job_id).finish()

    async def run() -> Path:
        async with AsyncClient(**market.options()) as client:
            return await client.job(job_id).finish()

    return anyio.run(run)


# The late answer of a frozen process


@pytest.fixture
def kept(market: Market, tmp_path: Path) -> Iterator[SqliteJournal]:
    """The journal of the market's clients, as another process opens it."""
    market.journal = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(market.journal, now=market.clock.now)
    yield journal
    journal.close()


class Frozen(Client):
    """A client that freezes after its paid request left, while other processes continue."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def perform(self, effect: Effect) -> Any:
        answer = super().perform(effect)
        if isinstance(effect, Send) and effect.request.spends:
            self.meanwhile()
        return answer


def test_a_late_acceptance_counts_also_after_a_person_said_that_no_task_was_created(
    market: Market, kept: SqliteJournal, tmp_path: Path
) -> None:
    seen: list[Stage] = []

    def settle_by_hand() -> None:
        market.clock.sleep(LEASE.total_seconds() * 2)
        seen.extend(each.stage for each in kept.recover())
        with Client(**market.options()) as other:
            settled = other.history.settle(kept.jobs()[0].id, not_created=True)
        seen.append(settled.stage)

    with Frozen(**market.options()) as client:
        client.meanwhile = settle_by_hand
        job = client.submit(PROMPT, TOY)
    assert seen == [Stage.UNKNOWN, Stage.REJECTED]
    (row,) = kept.jobs()
    assert (row.stage, row.ref) == (Stage.ACCEPTED, job.ref), "the task exists and is paid"
    with Client(**market.options()) as later:
        later.job(row.id).finish(tmp_path / "video.mp4")
    assert [each.stage for each in kept.jobs()] == [Stage.DOWNLOADED]
    assert len(market.toy.created) == 1


def test_a_late_unknown_outcome_does_not_stop_the_next_attempt_under_its_key(
    journals: Journals, moment: Moment
) -> None:
    """A settled job may be sent again; the late outcome belongs to the attempt before."""
    frozen, other = journals(), journals()
    before = brought_to(frozen, Stage.SENDING, keyed())
    moment.later(seconds=LEASE.total_seconds() * 2)
    assert [each.stage for each in other.recover()] == [Stage.UNKNOWN]
    assert other.move(at(before, Stage.REJECTED)), "a person settled it"
    again = opened(other, keyed())
    assert again.id == before.id
    assert not frozen.move(at(before, Stage.UNKNOWN))
    assert [each.stage for each in other.jobs()] == [Stage.INTENT]
    assert other.move(at(again, Stage.SENDING))


# The last job under a key counts


def test_of_two_jobs_under_a_key_the_fallbacks_is_the_one_that_is_returned(
    journals: Journals, moment: Moment
) -> None:
    journal, other = journals(), journals()
    first = brought_to(journal, Stage.FINISHED, keyed())
    moment.later(seconds=1)
    second = opened(journal, keyed(model=TIN), given_up=frozenset({first.id}))
    for stage in (Stage.SENDING, Stage.ACCEPTED):
        assert journal.move(at(second, stage))
    again = other.open_job(an_intent(keyed()))
    assert (again.outcome, again.record and again.record.id) == (Opening.REPEATED, second.id)


def test_a_call_repeated_after_a_fallback_gets_the_fallbacks_job(
    market: Market, kept: SqliteJournal, tmp_path: Path
) -> None:
    market.toy.status = {"status": "failed", "reason": "blurred"}
    market.tin.status = {"status": "working"}
    with Client(**market.options()) as client, pytest.raises(WaitTimeout):
        client.generate(PROMPT, tmp_path / "video.mp4", timeout=0.0, idempotency_key="order-7")
    with Client(**market.options()) as client:
        job = client.submit(PROMPT, idempotency_key="order-7")
    assert (job.model, job.id) == (TIN, kept.jobs()[0].id)
    assert (len(market.toy.created), len(market.tin.created)) == (1, 1)


# A clock that was set back


@pytest.mark.parametrize(
    ("back", "is_free"),
    [(timedelta(hours=2), True), (LEASE + timedelta(seconds=1), True), (LEASE / 2, False)],
    ids=["hours", "a lease", "half a lease"],
)
def test_a_silent_process_does_not_keep_its_job_because_the_clock_was_set_back(
    journals: Journals, moment: Moment, back: timedelta, is_free: bool
) -> None:
    silent, other = journals(), journals()
    job = brought_to(silent, Stage.SENDING)
    moment.now -= back
    claimed = other.claim(job.id)
    stage = None if claimed.record is None else claimed.record.stage
    assert (claimed.is_ours, stage) == (is_free, Stage.UNKNOWN if is_free else Stage.SENDING)


# What was never sent

NEVER_LEFT = {
    "ConnectError",
    "ConnectTimeout",
    "InvalidURL",
    "LocalProtocolError",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}
MAY_HAVE_LEFT = {
    "CloseError",
    "DecodingError",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
    "TooManyRedirects",
    "WriteError",
    "WriteTimeout",
}
"""The HTTP library's errors, written out: each one decides whether a request may be paid for."""


def test_the_errors_of_requests_that_never_left_are_just_those_written_here() -> None:
    assert set(NEVER_SENT) == NEVER_LEFT


@pytest.mark.parametrize("name", sorted(NEVER_LEFT))
def test_after_an_error_before_the_first_byte_the_job_is_rejected_and_not_unknown(
    market: Market, kept: SqliteJournal, name: str
) -> None:
    market.toy.create = getattr(httpx, name)("it went wrong")
    with Client(**market.options()) as client, pytest.raises(TransportError) as raised:
        client.submit(PROMPT, TOY)
    assert raised.value.sent is False
    assert [each.stage for each in kept.jobs()] == [Stage.REJECTED]


@pytest.mark.parametrize("name", sorted(MAY_HAVE_LEFT))
def test_after_an_error_in_the_middle_the_outcome_is_unknown(
    market: Market, kept: SqliteJournal, name: str
) -> None:
    market.toy.create = getattr(httpx, name)("it went wrong")
    with Client(**market.options()) as client, pytest.raises(SubmitUnknown):
        client.submit(PROMPT, TOY)
    assert [each.stage for each in kept.jobs()] == [Stage.UNKNOWN]


@pytest.mark.parametrize("within", [None, 0.05], ids=["no deadline", "the caller's deadline"])
def test_a_request_that_waits_behind_others_is_sent_later_or_not_at_all(
    within: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for one request at once, and a server that stalls."""
    monkeypatch.setattr(pools, "AT_ONCE", 1)
    pay = WireRequest(method="POST", path="/videos", json={}, spends=True)
    arrived, go_on = threading.Event(), threading.Event()

    def stall(request: Arrived) -> Answered:
        arrived.set()
        return Answered(body=b"{}", stalls=go_on)

    transport = SyncTransport()
    with LoopbackServer(stall) as server:
        hurried = account_at(server.address, timeouts=Timeouts(connect=0.01))
        first = threading.Thread(target=transport.send, args=(account_at(server.address), pay))
        first.start()
        try:
            assert arrived.wait(30)
            if within is None:
                threading.Timer(0.1, go_on.set).start()
                assert transport.send(hurried, pay).body == b"{}"
            else:
                with pytest.raises(TransportError) as raised:
                    transport.send(hurried, pay, within)
                assert raised.value.sent is False
        finally:
            go_on.set()
            first.join(30)
            transport.close()
        assert len(server.arrived) == (2 if within is None else 1)


# No proxy for this machine


def send(is_async: bool, account: Account, request: WireRequest) -> None:
    """Send a request over a transport of its own."""
    if not is_async:
        blocking = SyncTransport()
        try:
            blocking.send(account, request)
        finally:
            blocking.close()
        return

    async def run() -> None:
        transport = AsyncTransport()
        try:
            await transport.send(account, request)
        finally:
            await transport.close()

    anyio.run(run)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
@both_ways
def test_no_proxy_of_the_environment_is_asked_for_this_machine(
    is_async: bool, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server listens at 127.0.0.1 only, so ::1 may be refused; the proxy is not asked."""
    with LoopbackServer(Answered(body=b"{}")) as proxy, LoopbackServer(Answered()) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        read = WireRequest(method="GET", path="/videos/task-0001")
        try:
            send(is_async, account_at(f"http://{host}:{server.port}"), read)
        except TransportError:
            assert host == "[::1]"
        assert proxy.connections == []
        assert host == "[::1]" or len(server.arrived) == 1


# The mutations themselves


def test_every_mutation_still_fits_the_code_and_names_a_test_that_exists() -> None:
    assert [said for each in MUTATIONS for said in mutations.rot(each, ROOT)] == []


def test_every_mutation_has_a_name_of_its_own_and_changes_the_code() -> None:
    assert len({each.name for each in MUTATIONS}) == len(MUTATIONS)
    for each in MUTATIONS:
        text = (ROOT / each.file).read_text(encoding="utf-8")
        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(each.apply(text))), each.name


POOL = next(each for each in MUTATIONS if each.name == "pool timeout")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (replace(POOL, file="core/polyreel/missing.py"), "no file"),
        (replace(POOL, old="PoolTimeouts"), "found 0 times"),
        (replace(POOL, old="Error"), "times"),
        (replace(POOL, old='"PoolTimeout"', new="("), "is not Python"),
        (replace(POOL, tests=("tests/test_guards.py::test_missing",)), "no test"),
        (replace(POOL, tests=()), "no test"),
    ],
)
def test_a_mutation_that_fits_no_longer_is_named(changed: Mutation, said: str) -> None:
    (found,) = mutations.rot(changed, ROOT)
    assert found.startswith(f"{POOL.name}: ")
    assert said in found


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("passed", "failure", None),
        ("passed", "passed", "survives"),
        ("passed", "error", "survives"),
        ("passed", "not run", "survives"),
        ("passed", "skipped", "survives"),
        ("failure", "failure", "without a mutation"),
        ("not run", "failure", "without a mutation"),
    ],
)
def test_a_mutation_counts_as_caught_only_when_its_test_fails_and_passes_without_it(
    before: str, after: str, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = (ROOT / POOL.file).read_text(encoding="utf-8")
    monkeypatch.setattr(mutations, "check_imports", lambda tree: None)

    def results(tree: Path, tests: Any) -> dict[str, str]:
        is_mutated = (tree / POOL.file).read_text(encoding="utf-8") != usual
        return dict.fromkeys(tests, after if is_mutated else before)

    monkeypatch.setattr(mutations, "results", results)
    problems = mutations.tried([replace(POOL, tests=POOL.tests[:1])])
    if said is None:
        assert problems == []
    else:
        (problem,) = problems
        assert said in problem


@pytest.mark.slow
def test_the_script_catches_a_mutation_in_a_copy_and_leaves_this_tree_as_it_is() -> None:
    before = (ROOT / POOL.file).read_bytes()
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "mutations.py"), POOL.name],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, "caught" in done.stdout) == (0, True), done.stdout + done.stderr
    assert (ROOT / POOL.file).read_bytes() == before
