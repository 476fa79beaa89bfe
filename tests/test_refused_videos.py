"""A video that its server refuses: waited out, at fresh URLs, and open until it is surely gone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from market import TOY, Market, both_ways
from polyreel import AsyncClient, Client, DownloadError, PolyreelError, ResultExpired, UsageError
from polyreel.adapters import ModelSpec, PollTiming
from polyreel.cli.app import build_app
from polyreel.jobs import JobOutcome, Stage, outcome_of
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_sandbox import Fault, Sandbox
from toy_adapter import PROMPT, SPEC, VIDEO, ToyAdapter
from typer.testing import CliRunner

WHOLE = httpx.Response(200, content=VIDEO)
DAY = timedelta(days=1)


@pytest.fixture
def journal(market: Market, tmp_path: Path) -> SqliteJournal:
    """Return a journal on disk, which the market's clients use."""
    opened = SqliteJournal(tmp_path / "journal.sqlite3", now=market.clock.now)
    market.journal = opened
    return opened


def offered_after(market: Market, polls: int, status: int = 404) -> list[float]:
    """Offer the video only from a poll on; return when polls take place."""
    times: list[float] = []
    market.toy.video = httpx.Response(status)

    def count() -> None:
        times.append(market.clock.monotonic())
        if len(times) >= polls:
            market.toy.video = WHOLE

    market.toy.on_poll = count
    return times


def finish(market: Market, is_async: bool, job_id: str, path: Path, **more: Any) -> Path:
    """Finish a job in a client of its own."""
    if not is_async:
        with Client(**market.options()) as client:
            return client.job(job_id).finish(path, **more)

    async def run() -> Path:
        async with AsyncClient(**market.options()) as client:
            return await client.job(job_id).finish(path, **more)

    return anyio.run(run)


@pytest.mark.parametrize("status", [401, 403, 404])
@both_ways
def test_a_video_that_is_refused_for_a_while_is_saved(
    market: Market, tmp_path: Path, is_async: bool, status: int
) -> None:
    offered_after(market, 6, status)
    made = market.generate(is_async, tmp_path / "video.mp4", TOY)
    assert made.file.read_bytes() == VIDEO
    assert len(market.toy.created) == 1


@both_ways
def test_it_is_asked_for_until_the_deadline(market: Market, tmp_path: Path, is_async: bool) -> None:
    start = market.clock.monotonic()
    market.toy.video = httpx.Response(404)
    error = market.failure(is_async, tmp_path / "video.mp4", TOY, timeout=200.0)
    assert (type(error), error.http_status) == (DownloadError, 404)
    assert market.clock.monotonic() - start == 200
    assert "costs nothing" in error.message


def test_every_try_follows_a_poll_and_polls_keep_their_distance(
    market: Market, tmp_path: Path
) -> None:
    floor = 5.0
    times = offered_after(market, 8)
    market.generate(
        False, tmp_path / "video.mp4", TOY, poll_timing=PollTiming(first=5, gap=5, floor=floor)
    )
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) >= floor


@pytest.mark.parametrize("poll", [503, 404, 401])
def test_a_poll_that_fails_meanwhile_ends_nothing(
    market: Market, tmp_path: Path, poll: int
) -> None:
    times: list[int] = []
    market.toy.video = httpx.Response(404)

    def fail_later() -> None:
        times.append(1)
        market.toy.poll = httpx.Response(poll, json={"error": "busy"}) if len(times) > 1 else None
        if len(times) == 4:
            market.toy.video = WHOLE

    market.toy.on_poll = fail_later
    market.generate(False, tmp_path / "video.mp4", TOY)
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO


@both_ways
def test_410_is_repeated_once(market: Market, tmp_path: Path, is_async: bool) -> None:
    offered_after(market, 2, 410)
    market.generate(is_async, tmp_path / "video.mp4", TOY)
    polls = offered_after(market, 1000, 410)
    error = market.failure(is_async, tmp_path / "other.mp4", TOY)
    assert (type(error), error.http_status, len(polls)) == (DownloadError, 410, 2)


@pytest.mark.parametrize("status", [403, 404, 410])
@both_ways
def test_its_job_stays_open_and_any_process_finishes_it(
    market: Market, journal: SqliteJournal, tmp_path: Path, is_async: bool, status: int
) -> None:
    market.toy.video = httpx.Response(status)
    error = market.failure(is_async, tmp_path / "video.mp4", TOY, timeout=100.0)
    record = journal.job(error.job_id)
    assert record is not None
    assert (record.stage, record.is_open, outcome_of(record)) == (
        Stage.FINISHED,
        True,
        JobOutcome.NOT_SAVED,
    )
    market.toy.video = WHOLE
    file = finish(market, is_async, record.id, tmp_path / "video.mp4")
    assert file.read_bytes() == VIDEO
    assert len(market.toy.created) == 1


@pytest.mark.parametrize("retention", [None, DAY, timedelta(0)], ids=["unknown", "a day", "over"])
@both_ways
def test_it_is_gone_only_when_its_retention_is_over(
    market: Market,
    journal: SqliteJournal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_async: bool,
    retention: timedelta | None,
) -> None:
    if retention is not None:
        monkeypatch.setattr(ToyAdapter, "models", (_stored_for(retention),))
    market.toy.video = httpx.Response(404)
    error = market.failure(is_async, tmp_path / "video.mp4", TOY, timeout=100.0)
    record = journal.job(error.job_id)
    assert record is not None
    is_gone = retention == timedelta(0)
    assert (type(error) is ResultExpired, record.is_open) == (is_gone, not is_gone)


def _stored_for(retention: timedelta) -> ModelSpec:
    return replace(SPEC, result_retention=retention)


def test_polling_again_makes_no_retention_longer(
    market: Market, journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ToyAdapter, "models", (_stored_for(timedelta(seconds=60)),))
    market.toy.video = httpx.Response(404)
    error = market.failure(False, tmp_path / "video.mp4", TOY, timeout=None)
    assert type(error) is ResultExpired


@both_ways
def test_without_patience_it_gets_one_round(
    market: Market, journal: SqliteJournal, tmp_path: Path, is_async: bool
) -> None:
    market.toy.video = httpx.Response(404)
    error = market.failure(is_async, tmp_path / "video.mp4", TOY, timeout=100.0)
    polls = offered_after(market, 1000)
    start = market.clock.monotonic()
    with pytest.raises(DownloadError):
        finish(market, is_async, error.job_id, tmp_path / "video.mp4", patience=0.0)
    assert (len(polls), market.clock.monotonic() - start) == (1, 0)


def test_a_download_has_a_deadline_too(
    market: Market, journal: SqliteJournal, tmp_path: Path
) -> None:
    market.toy.video = httpx.Response(404)
    with Client(**market.options()) as client:
        job = client.submit(PROMPT, TOY)
        job.wait()
        start = market.clock.monotonic()
        with pytest.raises(DownloadError):
            job.download(tmp_path / "video.mp4", timeout=77.0)
        assert market.clock.monotonic() - start == 77
        with pytest.raises(UsageError, match="timeout"):
            job.download(tmp_path / "video.mp4", timeout=-1)


# The command line


def run(*arguments: str) -> Any:
    """Run a command in this process."""
    return CliRunner().invoke(build_app(), list(arguments))


def generate(video: str, *options: str) -> Any:
    """Make a video from text."""
    usual = ("-p", "A boat", "-m", "jimmy/seedance2.0-std", "--yes")
    return run("generate", "-o", video, *usual, *options)


@pytest.fixture
def refused(sandbox: Sandbox) -> Sandbox:
    """Leave a finished job whose video is refused."""
    sandbox.set_faults(Fault.FILE_URL)
    assert generate("refused.mp4").exit_code == 5
    sandbox.set_faults(Fault.EXPIRED_RESULT)
    return sandbox


def test_a_refused_video_is_listed_as_open_and_takes_exit_5(refused: Sandbox) -> None:
    done = run("jobs", "wait", "--all", "--json")
    assert done.exit_code == 5
    assert json.loads(done.stdout)[0]["error"]["type"] == "DownloadError"
    (job,) = json.loads(run("jobs", "--open", "--json").stdout)
    assert (job["stage"], job["error"]["http_status"]) == ("finished", 404)
    assert "polyreel jobs wait" in done.stderr


@pytest.mark.parametrize("command", [("wait", "--all"), ("download", "--all-finished")])
def test_a_run_over_many_jobs_gives_it_one_round_and_finishes_the_others(
    command: tuple[str, str], sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.set_faults(Fault.FILE_URL)
    generate("refused.mp4")
    generate("other.mp4")
    sandbox.set_faults()
    stand_in = sandbox.stand_ins["jimmy"]
    first = next(iter(stand_in.tasks))
    usual = stand_in.video_url
    monkeypatch.setattr(
        stand_in,
        "video_url",
        lambda task: usual(task).replace(first, "nothing") if task.id == first else usual(task),
    )
    for _ in range(2):
        stand_in.calls.clear()
        assert run("jobs", *command).exit_code == 5
        assert sum("nothing" in call.path for call in stand_in.calls) == 1
    assert (tmp_path / "other.mp4").is_file()


def test_the_error_is_the_jobs_own(refused: Sandbox) -> None:
    (job,) = json.loads(run("jobs", "--open", "--json").stdout)
    with Client() as client, pytest.raises(PolyreelError) as raised:
        client.job(job["id"]).download("refused.mp4", patience=0)
    assert raised.value.job_id == job["id"]
