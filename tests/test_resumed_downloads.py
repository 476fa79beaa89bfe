"""A download that was cut goes on where it stopped, if it is still the same file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from polyreel import AsyncClient, Client, Config, DownloadError
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


def downloaded(
    folder: Path,
    server: LoopbackServer,
    is_async: bool = False,
    timeout: float | None = 0.0,
    **limits: Any,
) -> Path:
    """Download a finished job's video and return where it lies."""
    clock = ManualClock()
    target = folder / "video.mp4"
    account = account_at("http://127.0.0.1:9/v1")
    live = resumed_job(finished(f"{server.address}/video.mp4"))
    program = download(context_at(clock, **limits), ToyAdapter(), account, live, target, timeout)
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


@both_ways
def test_files_of_one_second_are_not_mixed(tmp_path: Path, is_async: bool) -> None:
    """Both have one date, by which the rest is asked for; their weak ETags differ."""
    other = mp4(bytes(reversed(range(256))) * 40)
    assert len(other) == len(VIDEO)
    asked: list[str | None] = []

    def answer(arrived: Arrived) -> Answered:
        asked.append(arrived.headers.get("range"))
        video, tag = (VIDEO, 'W/"one"') if len(asked) == 1 else (other, 'W/"two"')
        headers = {"etag": tag, "last-modified": "Thu, 26 Nov 2026 10:00:00 GMT"}
        if asked[-1] is None:
            whole = Answered(body=video, headers=headers)
            return replace(whole, cut=len(video) // 2) if len(asked) == 1 else whole
        start = int(asked[-1].removeprefix("bytes=").removesuffix("-"))
        span = {"content-range": f"bytes {start}-{len(video) - 1}/{len(video)}"}
        return Answered(status=206, body=video[start:], headers={**headers, **span})

    with LoopbackServer(answer) as server:
        assert downloaded(tmp_path, server, is_async).read_bytes() == other
    assert asked[0] is None
    assert (asked[1] is not None, asked[2:]) == (True, [None])


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


OTHER = bytes(len(VIDEO))
HALF, END, SIZE = len(VIDEO) // 2, len(VIDEO) - 1, len(VIDEO)
DIFFERENT: dict[str, dict[str, str]] = {
    "another tag": {"etag": '"video-2"'},
    "a weak tag": {"etag": f"W/{TAG}"},
    "no tag": {"etag": ""},
    "another total": {"content-range": f"bytes {HALF}-{END}/{SIZE + 1}"},
    "another whole": {"content-range": f"bytes {HALF}-{END + 1}/{SIZE + 1}"},
    "an open total": {"content-range": f"bytes {HALF}-{END}/*"},
    "another start": {"content-range": f"bytes 3-{END}/{SIZE}"},
    "another end": {"content-range": f"bytes {HALF}-{END - 1}/{SIZE}"},
    "an end beyond it": {"content-range": f"bytes {HALF}-{SIZE}/{SIZE}"},
    "no range": {"content-range": ""},
}


@both_ways
@pytest.mark.parametrize("different", DIFFERENT.values(), ids=DIFFERENT)
def test_a_part_of_another_file_is_never_taken(
    tmp_path: Path, different: dict[str, str], is_async: bool
) -> None:
    videos = Videoserver()

    def mixed(arrived: Arrived) -> Answered:
        answered = videos(arrived)
        if answered.status != 206:
            return answered
        return replace(
            answered,
            body=OTHER[: len(answered.body)],
            headers={**answered.headers, **different},
        )

    with LoopbackServer(mixed) as server:
        assert downloaded(tmp_path, server, is_async).read_bytes() == VIDEO
    assert videos.ranges == [None, f"bytes={HALF}-", None]


@both_ways
def test_a_part_longer_than_its_range_is_not_taken(tmp_path: Path, is_async: bool) -> None:
    videos = Videoserver()

    def longer(arrived: Arrived) -> Answered:
        answered = videos(arrived)
        if answered.status != 206:
            return answered
        return replace(answered, body=answered.body + OTHER, chunked=True)

    with LoopbackServer(longer) as server:
        assert downloaded(tmp_path, server, is_async).read_bytes() == VIDEO
    assert videos.ranges[2] is None


@both_ways
def test_a_download_that_grows_is_not_given_up(tmp_path: Path, is_async: bool) -> None:
    videos = Videoserver()

    def a_twelfth(arrived: Arrived) -> Answered:
        answered, most = videos(arrived), len(VIDEO) // 12
        whole = replace(answered, cut=None)
        return replace(whole, cut=most) if len(whole.body) > most else whole

    with LoopbackServer(a_twelfth) as server:
        assert downloaded(tmp_path, server, is_async, timeout=1800.0).read_bytes() == VIDEO
    assert len(videos.ranges) > 10


def test_after_the_deadline_a_download_that_grows_has_the_usual_attempts(tmp_path: Path) -> None:
    videos = Videoserver()

    def one_byte(arrived: Arrived) -> Answered:
        return replace(videos(arrived), cut=1)

    with LoopbackServer(one_byte) as server, pytest.raises(DownloadError, match="12 attempts"):
        downloaded(tmp_path, server, timeout=11.0)
    assert len(videos.ranges) == 12


def test_a_download_that_starts_from_zero_each_time_is_given_up(tmp_path: Path) -> None:
    """The server knows no Range, and is cut now later, now earlier."""
    cuts = iter([10, 20] * 100)

    def whole(_: Arrived) -> Answered:
        return Answered(body=VIDEO, headers={"etag": TAG}, cut=next(cuts))

    with LoopbackServer(whole) as server, pytest.raises(DownloadError, match="5 attempts"):
        downloaded(tmp_path, server, timeout=None)


def test_a_page_of_unknown_length_is_not_resumed(tmp_path: Path) -> None:
    ranges: list[str | None] = []

    def page_at_first(arrived: Arrived) -> Answered:
        ranges.append(arrived.headers.get("range"))
        body = b"<html>" if len(ranges) == 1 else VIDEO
        return Answered(body=body, headers={"etag": TAG}, chunked=True)

    with LoopbackServer(page_at_first) as server:
        assert downloaded(tmp_path, server).read_bytes() == VIDEO
    assert ranges == [None, None]


def test_a_download_that_is_begun_anew_again_and_again_is_given_up(tmp_path: Path) -> None:
    """Between the wrong parts it always grows a little."""
    videos = Videoserver(cuts=1000)

    def changing(arrived: Arrived) -> Answered:
        answered = videos(arrived)
        if len(videos.ranges) % 3 == 0 and answered.status == 206:
            return replace(answered, headers={**answered.headers, "etag": '"video-2"'})
        return answered

    with LoopbackServer(changing) as server, pytest.raises(DownloadError):
        downloaded(tmp_path, server, timeout=None)
    assert videos.ranges.count(None) == 5


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
