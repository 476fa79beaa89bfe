"""A download that was cut goes on where it stopped, if it is still the same file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from polyreel import AsyncClient, Client, Config, DownloadError, ResultExpired
from polyreel.engine.download import download
from polyreel_conformance import ManualClock
from tiny_videos import mp4
from toy_adapter import (
    VIDEO,
    Answered,
    Arrived,
    LoopbackServer,
    ToyAdapter,
    account_at,
    context_at,
    finished,
    registry_of,
    resumed_job,
)

TAG = '"video-1"'
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])


class Videoserver:
    """Serves a video by Range and cuts its first answers.

    Attributes:
        ranges: The Range of every request; None where there was none.
    """

    def __init__(self, cuts: int = 1, headers: Mapping[str, str] | None = None) -> None:
        self.video = VIDEO
        self.cuts = cuts
        self.headers = {"etag": TAG, "accept-ranges": "bytes"} if headers is None else headers
        self.ranges: list[str | None] = []
        self.conditions: list[str | None] = []

    def __call__(self, arrived: Arrived) -> Answered:
        asked = arrived.headers.get("range")
        self.ranges.append(asked)
        self.conditions.append(arrived.headers.get("if-range"))
        whole = Answered(body=self.video, headers=self.headers)
        if asked is not None and arrived.headers.get("if-range") == self.headers.get("etag"):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            span = f"bytes {start}-{len(self.video) - 1}/{len(self.video)}"
            headers = {**self.headers, "content-range": span}
            whole = Answered(status=206, body=self.video[start:], headers=headers)
        if len(self.ranges) <= self.cuts:
            return replace(whole, cut=len(whole.body) // 2)
        return whole


def downloaded(folder: Path, server: LoopbackServer, is_async: bool = False, **limits: Any) -> Path:
    """Download a finished job's video and return where it lies."""
    clock = ManualClock()
    target = folder / "video.mp4"
    account = account_at("http://127.0.0.1:9/v1")
    live = resumed_job(finished(f"{server.address}/video.mp4"))
    program = download(context_at(clock, **limits), ToyAdapter(), account, live, target)
    options: dict[str, Any] = {
        "config": Config(),
        "environment": {},
        "registry": registry_of(ToyAdapter),
        "clock": clock,
        "journal": None,
    }
    if not is_async:
        with Client(**options) as client:
            return client.run_program(program)

    async def run() -> Path:
        async with AsyncClient(**options) as client:
            return await client.run_program(program)

    return anyio.run(run)


@both_ways
@pytest.mark.parametrize("cuts", [1, 2, 3])
def test_only_the_rest_is_asked_for(tmp_path: Path, cuts: int, is_async: bool) -> None:
    videos = Videoserver(cuts)
    with LoopbackServer(videos) as server:
        assert downloaded(tmp_path, server, is_async).read_bytes() == VIDEO
    starts = [int((each or "bytes=0-").removeprefix("bytes=")[:-1]) for each in videos.ranges]
    assert starts == sorted(set(starts)), "each request goes on beyond the one before"
    assert videos.conditions[1:] == [TAG] * cuts


@both_ways
def test_a_video_that_changed_meanwhile_is_downloaded_from_its_start(
    tmp_path: Path, is_async: bool
) -> None:
    videos = Videoserver()
    other = mp4(bytes(reversed(range(256))) * 40)

    def change(arrived: Arrived) -> Answered:
        if videos.ranges:
            videos.video, videos.headers = other, {"etag": '"video-2"'}
        return videos(arrived)

    with LoopbackServer(change) as server:
        assert downloaded(tmp_path, server, is_async).read_bytes() == other


@pytest.mark.parametrize(
    "headers",
    [{}, {"etag": 'W/"weak"'}, {"etag": TAG, "accept-ranges": "none"}],
    ids=["nothing", "a weak tag", "no ranges"],
)
def test_without_a_sure_sign_the_whole_video_is_asked_for(
    tmp_path: Path, headers: Mapping[str, str]
) -> None:
    videos = Videoserver(headers=headers)
    with LoopbackServer(videos) as server:
        assert downloaded(tmp_path, server).read_bytes() == VIDEO
    assert videos.ranges == [None, None]


def test_a_part_that_was_not_asked_for_is_not_taken(tmp_path: Path) -> None:
    videos = Videoserver()

    def another_part(arrived: Arrived) -> Answered:
        answered = videos(arrived)
        if answered.status == 206 and len(videos.ranges) == 2:
            span = f"bytes 3-{len(VIDEO) - 1}/{len(VIDEO)}"
            return replace(answered, headers={**answered.headers, "content-range": span})
        return answered

    with LoopbackServer(another_part) as server:
        assert downloaded(tmp_path, server).read_bytes() == VIDEO
    assert videos.ranges[2] is None


@both_ways
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_more_than_the_limit_is_not_taken(tmp_path: Path, chunked: bool, is_async: bool) -> None:
    video = Answered(body=VIDEO, chunked=chunked)
    with LoopbackServer(video) as server, pytest.raises(DownloadError) as raised:
        downloaded(tmp_path, server, is_async, maximum_video_bytes=len(VIDEO) - 1)
    assert "maximum_video_bytes" in raised.value.message
    assert (len(server.arrived), list(tmp_path.iterdir())) == (1, [])


def test_just_the_limit_is_taken(tmp_path: Path) -> None:
    with LoopbackServer(Answered(body=VIDEO)) as server:
        video = downloaded(tmp_path, server, maximum_video_bytes=len(VIDEO))
    assert video.read_bytes() == VIDEO


def test_what_is_gone_says_until_when_it_was_kept(tmp_path: Path) -> None:
    with LoopbackServer(Answered(status=404)) as server, pytest.raises(ResultExpired) as raised:
        downloaded(tmp_path, server)
    assert raised.value.http_status == 404
