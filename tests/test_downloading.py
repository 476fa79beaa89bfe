"""Downloading a video: whole or not at all, without a key, from where it may be downloaded."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import anyio
import anyio.to_thread
import pytest
from polyreel import (
    AsyncClient,
    BadResponse,
    Client,
    Config,
    DownloadError,
    JobError,
    Media,
    MediaUnreadable,
    PolyreelError,
    UsageError,
)
from polyreel.adapters import Account, JobStatus, Output, State
from polyreel.client.drivers import drive
from polyreel.client.files import check_writable, move_file
from polyreel.engine.context import LiveJob
from polyreel.engine.download import download
from polyreel.engine.effects import Download, Downloaded, Effect, MoveFile, Program, Sleep
from polyreel.request import local_media as files_module
from polyreel.request.local_media import read_media
from polyreel.request.media import MediaKind
from polyreel_conformance import ManualClock
from tiny_videos import fragmented, mp4
from toy_adapter import (
    ADDRESS,
    KEY,
    PNG,
    VIDEO,
    Answered,
    Arrived,
    LoopbackServer,
    Script,
    ToyAdapter,
    account_at,
    answer,
    context_at,
    everything_said,
    finished,
    ref_at,
    registry_of,
    resumed_job,
)

PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
SIGNATURE = "Signature=9f86d081884c"
VIDEO_PATH = f"/video.mp4?{SIGNATURE}"
WHOLE = Answered(body=VIDEO)
HALF = Answered(body=VIDEO, cut=len(VIDEO) // 2)

both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])


class DownloadHarness:
    """Downloads as a client does, with time handed in, and keeps what came of it."""

    def __init__(self, folder: Path, is_async: bool = False) -> None:
        self.clock = ManualClock()
        self.target = folder / "video.mp4"
        self.is_async = is_async
        self.timeout: float | None = 0.0

    def options(self) -> dict[str, Any]:
        return {
            "config": Config(),
            "environment": {},
            "registry": registry_of(ToyAdapter),
            "clock": self.clock,
        }

    def program(self, account: Account, live: LiveJob) -> Program[Path]:
        return download(
            context_at(self.clock), ToyAdapter(), account, live, self.target, self.timeout
        )

    def download(
        self, url: str, account: Account | None = None, live: LiveJob | None = None
    ) -> Path:
        """Download a finished job's video from a URL; the provider is on loopback by default."""
        program = self.program(account or loopback_account(), live or resumed_job(finished(url)))
        if not self.is_async:
            with Client(**self.options()) as client:
                return client.run_program(program)

        async def run() -> Path:
            async with AsyncClient(**self.options()) as client:
                return await client.run_program(program)

        return anyio.run(run)

    def failure(
        self, url: str, account: Account | None = None, live: LiveJob | None = None
    ) -> PolyreelError:
        """Return the error that downloading ends in."""
        with pytest.raises(PolyreelError) as raised:
            self.download(url, account, live)
        return raised.value


def loopback_account() -> Account:
    """Return the account of a provider that is a stand-in on this machine."""
    return account_at("http://127.0.0.1:9/v1")


def in_turn(*answers: Answered) -> Callable[[Arrived], Answered]:
    """Answer with each in turn, and with the last for ever."""
    left = list(answers)
    return lambda arrived: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for the video."""
    path = tmp_path / "videos"
    path.mkdir()
    return path


# Whole


@both_ways
def test_a_video_is_saved_whole(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    with LoopbackServer(WHOLE) as server:
        planner.download(server.address + VIDEO_PATH)
    assert planner.target.read_bytes() == VIDEO


@both_ways
def test_a_video_without_an_announced_length_is_saved_whole(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    with LoopbackServer(replace(WHOLE, chunked=True)) as server:
        planner.download(server.address + VIDEO_PATH)
    assert planner.target.read_bytes() == VIDEO


@both_ways
def test_nothing_but_the_video_is_left(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    with LoopbackServer(in_turn(HALF, WHOLE)) as server:
        planner.download(server.address + VIDEO_PATH)
    assert _names(folder) == ["video.mp4"]


@both_ways
def test_a_video_replaces_the_one_that_is_there(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    planner.target.write_bytes(b"older and much longer" * 10_000)
    with LoopbackServer(WHOLE) as server:
        planner.download(server.address + VIDEO_PATH)
    assert planner.target.read_bytes() == VIDEO


@both_ways
def test_what_stood_there_stays_until_the_video_is_whole(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    planner.target.write_bytes(b"older")
    seen: list[bytes] = []

    def check_the_target(arrived: Arrived) -> Answered:
        seen.append(planner.target.read_bytes())
        return HALF if len(seen) < 3 else WHOLE

    with LoopbackServer(check_the_target) as server:
        planner.download(server.address + VIDEO_PATH)
    assert seen == [b"older"] * 3


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@both_ways
def test_a_cut_download_is_taken_up_again(folder: Path, is_async: bool, chunked: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    half, whole = (replace(each, chunked=chunked) for each in (HALF, WHOLE))
    with LoopbackServer(in_turn(half, half, whole)) as server:
        planner.download(server.address + VIDEO_PATH)
    assert planner.target.read_bytes() == VIDEO


# A file that does not say where it ends


PADDED, LIVE = VIDEO + bytes(9), fragmented()
REASONS = {PADDED: "has 9 bytes after its end", LIVE: "does not say how many fragments it has"}
open_ended = pytest.mark.parametrize("body", [PADDED, LIVE], ids=["padded", "live"])


@open_ended
@both_ways
def test_an_open_ended_video_counts_when_its_length_was_met(
    folder: Path, is_async: bool, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    harness = DownloadHarness(folder, is_async)
    with LoopbackServer(Answered(body=body)) as server:
        harness.download(server.address + VIDEO_PATH)
        assert len(server.arrived) == 1
    assert harness.target.read_bytes() == body
    (warning,) = caplog.messages
    assert REASONS[body] in warning
    assert "all bytes that its server announced arrived" in warning


@open_ended
@both_ways
def test_an_open_ended_video_without_a_length_counts_when_it_came_twice(
    folder: Path, is_async: bool, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    harness = DownloadHarness(folder, is_async)
    with LoopbackServer(Answered(body=body, chunked=True)) as server:
        harness.download(server.address + VIDEO_PATH)
        assert len(server.arrived) == 2
    assert harness.target.read_bytes() == body
    (warning,) = caplog.messages
    assert "two downloads gave the same bytes" in warning


@both_ways
def test_an_open_ended_video_that_is_another_each_time_does_not_count(
    folder: Path, is_async: bool
) -> None:
    bodies = [Answered(body=VIDEO + bytes(each), chunked=True) for each in range(1, 6)]
    with LoopbackServer(in_turn(*bodies)) as server:
        error = DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
    assert "has 5 bytes after its end, and its server announced no length" in error.message
    assert _names(folder) == []


class NoFile(Script):
    """Every download succeeds, and then there is no file."""

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, Download):
            return Downloaded(status=200, size=len(VIDEO), expected=len(VIDEO))
        return super().perform(effect)


def test_a_file_that_can_not_be_read_is_not_called_whole(folder: Path) -> None:
    harness = DownloadHarness(folder)
    program = harness.program(account_at(), resumed_job(finished("https://v.example/1.mp4")))
    with pytest.raises(DownloadError, match=r"can't read .* No such file"):
        drive(program, NoFile(clock=harness.clock))


@both_ways
def test_half_a_video_that_seems_complete_is_downloaded_again(folder: Path, is_async: bool) -> None:
    harness = DownloadHarness(folder, is_async)
    half = Answered(body=VIDEO[: len(VIDEO) // 2], chunked=True)
    with LoopbackServer(in_turn(half, half, WHOLE)) as server:
        harness.download(server.address + VIDEO_PATH)
    assert harness.target.read_bytes() == VIDEO


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@both_ways
def test_a_server_in_trouble_is_asked_again(folder: Path, is_async: bool, status: int) -> None:
    planner = DownloadHarness(folder, is_async)
    busy = Answered(status=status, body=PAGE)
    with LoopbackServer(in_turn(busy, busy, WHOLE)) as server:
        planner.download(server.address + VIDEO_PATH)
    assert planner.target.read_bytes() == VIDEO


def test_the_pauses_between_downloads_grow(folder: Path) -> None:
    planner = DownloadHarness(folder)
    with LoopbackServer(Answered(status=503)) as server:
        planner.failure(server.address + VIDEO_PATH)
    assert planner.clock.slept == [1.0, 2.0, 4.0, 8.0]


# Not at all


@dataclass(frozen=True)
class Failure:
    """A way in which no video comes, how often it is tried, and what is said of it."""

    answered: Answered
    requests: int
    said: str


FAILURES: dict[str, Failure] = {
    "403": Failure(Answered(status=403, body=PAGE), 2, "HTTP 403"),
    "404": Failure(Answered(status=404, body=PAGE), 2, "HTTP 404"),
    "410": Failure(Answered(status=410, body=PAGE), 2, "HTTP 410"),
    "500": Failure(Answered(status=500, body=PAGE), 5, "HTTP 500"),
    "503": Failure(Answered(status=503, body=PAGE), 5, "HTTP 503"),
    "204": Failure(Answered(status=204), 5, "HTTP 204"),
    "206": Failure(Answered(status=206, body=VIDEO), 5, "HTTP 206"),
    "a page": Failure(Answered(body=PAGE), 5, "is not a video: it is an HTML page"),
    "nothing": Failure(Answered(body=b""), 5, "is not a video: it is empty"),
    "half a video": Failure(Answered(body=VIDEO[: len(VIDEO) // 2]), 5, "is cut"),
    "40 bytes": Failure(Answered(body=VIDEO[:40]), 5, "is cut"),
    "an audio": Failure(Answered(body=mp4(kinds=[b"soun"])), 5, "is not a video: it is an audio"),
    "always cut": Failure(HALF, 5, "5 attempts"),
    "no answer": Failure(Answered(cut=-1), 5, "5 attempts"),
}
every_failure = pytest.mark.parametrize("failure", list(FAILURES.values()), ids=list(FAILURES))


@every_failure
@both_ways
def test_a_failed_download_says_why(folder: Path, is_async: bool, failure: Failure) -> None:
    with LoopbackServer(failure.answered) as server:
        error = DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
    assert isinstance(error, DownloadError)
    assert failure.said in error.message


@every_failure
@both_ways
def test_a_failed_download_leaves_nothing_behind(
    folder: Path, is_async: bool, failure: Failure
) -> None:
    with LoopbackServer(failure.answered) as server:
        DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
    assert _names(folder) == []


@every_failure
@both_ways
def test_a_failed_download_leaves_what_stood_there(
    folder: Path, is_async: bool, failure: Failure
) -> None:
    planner = DownloadHarness(folder, is_async)
    planner.target.write_bytes(b"older")
    with LoopbackServer(failure.answered) as server:
        planner.failure(server.address + VIDEO_PATH)
    assert planner.target.read_bytes() == b"older"


@every_failure
def test_a_failed_download_is_tried_as_often_as_makes_sense(folder: Path, failure: Failure) -> None:
    with LoopbackServer(failure.answered) as server:
        DownloadHarness(folder).failure(server.address + VIDEO_PATH)
        assert len(server.arrived) == failure.requests


@every_failure
def test_a_failed_download_says_that_downloading_again_is_free(
    folder: Path, failure: Failure
) -> None:
    with LoopbackServer(failure.answered) as server:
        error = DownloadHarness(folder).failure(server.address + VIDEO_PATH)
    assert "costs nothing" in error.message


@every_failure
def test_a_failed_download_shows_no_signature(folder: Path, failure: Failure) -> None:
    with LoopbackServer(failure.answered) as server:
        error = DownloadHarness(folder).failure(server.address + VIDEO_PATH)
    assert SIGNATURE not in everything_said(error)


@both_ways
def test_an_address_that_has_lapsed_is_asked_for_anew(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)

    def vendor(arrived: Arrived) -> Answered:
        if arrived.path.startswith("/v1/videos/"):
            fresh = {"status": "done", "url": f"{server.address}/fresh.mp4"}
            return Answered(body=json.dumps(fresh).encode())
        return WHOLE if arrived.path == "/fresh.mp4" else Answered(status=403)

    with LoopbackServer(vendor) as server:
        planner.download(server.address + VIDEO_PATH, account_at(f"{server.address}/v1"))
    assert planner.target.read_bytes() == VIDEO


# Whatever goes wrong, the paid job is in the error


@every_failure
def test_a_failed_download_hands_back_the_job(folder: Path, failure: Failure) -> None:
    with LoopbackServer(failure.answered) as server:
        error = DownloadHarness(folder).failure(server.address + VIDEO_PATH)
    assert error.job == ref_at()


@pytest.mark.parametrize(
    "location",
    ["http://videos.toy.example/1.mp4", "file:///etc/passwd", "ftp://videos.toy.example/1.mp4"],
)
@both_ways
def test_an_address_that_may_not_be_downloaded_hands_back_the_job(
    folder: Path, is_async: bool, location: str
) -> None:
    error = DownloadHarness(folder, is_async).failure(location)
    assert (type(error), error.job) == (DownloadError, ref_at())


@both_ways
def test_endless_redirects_hand_back_the_job(folder: Path, is_async: bool) -> None:
    with LoopbackServer(Answered(status=302, headers={"location": "/again"})) as server:
        error = DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
    assert (type(error), error.job) == (DownloadError, ref_at())


@both_ways
def test_a_folder_that_vanished_hands_back_the_job(folder: Path, is_async: bool) -> None:
    folder.rmdir()
    with LoopbackServer(WHOLE) as server:
        error = DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
    assert (type(error), error.job) == (DownloadError, ref_at())


@both_ways
def test_a_target_that_became_a_folder_hands_back_the_job(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    planner.target.mkdir()
    with LoopbackServer(WHOLE) as server:
        error = planner.failure(server.address + VIDEO_PATH)
    assert (type(error), error.job) == (DownloadError, ref_at())


class Interposed:
    """A blocking client of which one effect goes wrong, after it was carried out or instead."""

    def __init__(
        self, client: Client, kind: type[Effect], error: BaseException, *, after: bool
    ) -> None:
        self._client = client
        self._kind = kind
        self._error = error
        self._after = after

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, self._kind):
            if self._after:
                self._client.perform(effect)
            raise self._error
        return self._client.perform(effect)


def _download_with(planner: DownloadHarness, url: str, *interposed: Any, after: bool) -> None:
    with Client(**planner.options()) as client:
        program = planner.program(loopback_account(), resumed_job(finished(url)))
        drive(program, Interposed(client, *interposed, after=after))


def test_a_full_disk_hands_back_the_job(folder: Path) -> None:
    planner = DownloadHarness(folder)
    full = OSError(28, "No space left on device")
    with LoopbackServer(WHOLE) as server, pytest.raises(DownloadError) as raised:
        _download_with(planner, server.address + VIDEO_PATH, Download, full, after=False)
    assert raised.value.job == ref_at()


# Interrupts


@pytest.mark.parametrize(
    ("kind", "after"),
    [(Download, True), (Download, False), (MoveFile, False)],
    ids=["when the bytes are there", "before they are", "before the video has its name"],
)
def test_an_interrupted_download_leaves_nothing_behind(
    folder: Path, kind: type[Effect], after: bool
) -> None:
    planner = DownloadHarness(folder)
    with LoopbackServer(WHOLE) as server, pytest.raises(KeyboardInterrupt):
        _download_with(planner, server.address + VIDEO_PATH, kind, KeyboardInterrupt(), after=after)
    assert _names(folder) == []


def test_a_download_interrupted_between_attempts_leaves_nothing_behind(folder: Path) -> None:
    planner = DownloadHarness(folder)
    with LoopbackServer(HALF) as server, pytest.raises(KeyboardInterrupt):
        _download_with(
            planner, server.address + VIDEO_PATH, Sleep, KeyboardInterrupt(), after=False
        )
    assert _names(folder) == []


def test_an_interrupted_download_leaves_what_stood_there(folder: Path) -> None:
    planner = DownloadHarness(folder)
    planner.target.write_bytes(b"older")
    with LoopbackServer(WHOLE) as server, pytest.raises(KeyboardInterrupt):
        _download_with(
            planner, server.address + VIDEO_PATH, Download, KeyboardInterrupt(), after=True
        )
    assert planner.target.read_bytes() == b"older"


def test_a_canceled_task_leaves_nothing_behind(folder: Path) -> None:
    planner = DownloadHarness(folder, is_async=True)
    asked, never = threading.Event(), threading.Event()

    def stall(arrived: Arrived) -> Answered:
        if len(server.arrived) == 1:
            return HALF
        asked.set()
        return replace(WHOLE, stalls=never)

    async def run(url: str) -> None:
        async with AsyncClient(**planner.options()) as client, anyio.create_task_group() as group:
            group.start_soon(
                client.run_program, planner.program(loopback_account(), resumed_job(finished(url)))
            )
            await anyio.to_thread.run_sync(asked.wait, 10)
            assert _names(folder) != [], "the download has not begun, so nothing is shown"
            group.cancel_scope.cancel()

    with LoopbackServer(stall) as server:
        anyio.run(run, server.address + VIDEO_PATH)
        never.set()
    assert _names(folder) == []


# Where a video may be downloaded from


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@both_ways
def test_a_redirect_is_followed(folder: Path, is_async: bool, status: int) -> None:
    planner = DownloadHarness(folder, is_async)
    with LoopbackServer(WHOLE) as videos:
        moved = Answered(status=status, headers={"location": videos.address + VIDEO_PATH})
        with LoopbackServer(moved) as server:
            planner.download(server.address + "/video.mp4")
    assert planner.target.read_bytes() == VIDEO


@both_ways
def test_a_relative_redirect_is_followed(folder: Path, is_async: bool) -> None:
    planner = DownloadHarness(folder, is_async)
    moved = Answered(status=302, headers={"location": VIDEO_PATH})
    with LoopbackServer(lambda each: WHOLE if "?" in each.path else moved) as server:
        planner.download(server.address + "/old.mp4")
    assert planner.target.read_bytes() == VIDEO


FORBIDDEN = [
    "http://videos.toy.example/1.mp4",
    "file:///etc/passwd",
    "ftp://videos.toy.example/1.mp4",
    "https://user:password@videos.toy.example/1.mp4",
]


@pytest.mark.parametrize("location", FORBIDDEN)
@both_ways
def test_a_redirect_to_where_no_video_may_come_from_is_refused(
    folder: Path, is_async: bool, location: str
) -> None:
    moved = Answered(status=302, headers={"location": location})
    with LoopbackServer(moved) as server:
        error = DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
    assert isinstance(error, DownloadError)


@pytest.mark.parametrize("location", FORBIDDEN)
def test_a_refused_address_is_asked_for_nothing(folder: Path, location: str) -> None:
    moved = Answered(status=302, headers={"location": location})
    with LoopbackServer(moved) as server:
        DownloadHarness(folder).failure(server.address + VIDEO_PATH)
        assert len(server.arrived) == 1


@pytest.mark.parametrize("location", FORBIDDEN)
@both_ways
def test_an_address_where_no_video_may_come_from_is_refused(
    folder: Path, is_async: bool, location: str
) -> None:
    error = DownloadHarness(folder, is_async).failure(location)
    assert "will not be downloaded" in error.message


@pytest.mark.parametrize("location", FORBIDDEN)
def test_a_refused_address_leaves_nothing_behind(folder: Path, location: str) -> None:
    DownloadHarness(folder).failure(location)
    assert _names(folder) == []


def test_a_refused_address_shows_no_signature(folder: Path) -> None:
    error = DownloadHarness(folder).failure(f"http://videos.toy.example{VIDEO_PATH}")
    assert SIGNATURE not in everything_said(error)


def test_a_refused_address_shows_no_password(folder: Path) -> None:
    error = DownloadHarness(folder).failure("https://user:hunter2@videos.toy.example/1.mp4")
    assert "hunter2" not in everything_said(error)


@both_ways
def test_endless_redirects_end(folder: Path, is_async: bool) -> None:
    with LoopbackServer(Answered(status=302, headers={"location": VIDEO_PATH})) as server:
        DownloadHarness(folder, is_async).failure(server.address + VIDEO_PATH)
        assert len(server.arrived) <= 6


@pytest.mark.parametrize("scheme", ["http", "https"])
@both_ways
def test_a_real_providers_video_is_not_downloaded_from_this_machine(
    folder: Path, is_async: bool, scheme: str
) -> None:
    with LoopbackServer(WHOLE) as server:
        url = f"{scheme}://127.0.0.1:{server.port}{VIDEO_PATH}"
        error = DownloadHarness(folder, is_async).failure(url, account_at(ADDRESS))
        assert server.connections == []
    assert "it points at this machine" in error.message


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "127.8.9.1",
        "[::1]",
        "localhost.",
        "videos.localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
    ],
)
def test_this_machine_is_known_by_all_its_names(
    folder: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever tries to connect all the same asks no name server.
    monkeypatch.setattr(socket, "getaddrinfo", _find_nothing)
    error = DownloadHarness(folder).failure(f"https://{host}:1/video.mp4", account_at(ADDRESS))
    assert "it points at this machine" in error.message


def test_a_video_at_the_configured_address_is_asked_for_also_in_a_private_network(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever configured a gateway at 10.1.2.3 has said that it may be reached there.
    monkeypatch.setattr(socket, "getaddrinfo", _find_nothing)
    error = DownloadHarness(folder).failure(
        "https://10.1.2.3/video.mp4", account_at("https://10.1.2.3/v1")
    )
    assert "will not be downloaded" not in error.message


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.1.1", "169.254.169.254", "[fd00::1]"])
def test_a_real_providers_video_is_not_downloaded_from_a_private_network(
    folder: Path, host: str
) -> None:
    error = DownloadHarness(folder).failure(f"https://{host}/video.mp4", account_at(ADDRESS))
    assert "it points into a private network" in error.message


def test_a_stand_ins_video_is_downloaded_from_this_machine(folder: Path) -> None:
    planner = DownloadHarness(folder)
    with LoopbackServer(WHOLE) as server:
        planner.download(server.address + VIDEO_PATH, account_at(server.address))
    assert planner.target.read_bytes() == VIDEO


# What a video's server is shown


def _asked_of_both(folder: Path, is_async: bool, **headers: str) -> list[Arrived]:
    """Look at a job at one server, download its video from another; return what the second saw."""
    with LoopbackServer(WHOLE) as videos:
        done = b'{"status": "done", "url": "%s"}' % (videos.address + VIDEO_PATH).encode()
        with LoopbackServer(Answered(body=done, headers=headers)) as api:
            live = resumed_job(base_url=api.address)
            DownloadHarness(folder, is_async).download("", account_at(api.address), live)
            assert KEY in api.arrived[0].headers["authorization"]
        return videos.arrived


@both_ways
def test_a_download_shows_no_key(folder: Path, is_async: bool) -> None:
    assert KEY not in str(_asked_of_both(folder, is_async))


@both_ways
def test_a_download_carries_no_credentials_at_all(folder: Path, is_async: bool) -> None:
    (asked,) = _asked_of_both(folder, is_async)
    assert set(asked.headers) == {"host", "accept", "accept-encoding", "connection", "user-agent"}


@both_ways
def test_a_cookie_of_the_providers_api_is_not_shown_to_the_videos_server(
    folder: Path, is_async: bool
) -> None:
    asked = _asked_of_both(folder, is_async, **{"set-cookie": "session=of-this-key; Path=/"})
    assert "of-this-key" not in str(asked)


def test_the_videos_signature_reaches_its_server_whole(folder: Path) -> None:
    with LoopbackServer(WHOLE) as server:
        DownloadHarness(folder).download(f"{server.address}/a%2Fb.mp4?Signature=x%2By%3D&Expires=1")
        assert server.arrived[0].path == "/a%2Fb.mp4?Signature=x%2By%3D&Expires=1"


# Which jobs have a video


def _failure_by_script(script: Script, live: LiveJob, target: Path) -> PolyreelError:
    program = download(context_at(script.clock), ToyAdapter(), account_at(), live, target, 0.0)
    with pytest.raises(PolyreelError) as raised:
        drive(program, script)
    return raised.value


def test_a_job_without_a_known_status_is_polled_at_first(folder: Path) -> None:
    script = Script(answer(503), answer(200, {"status": "working"}))
    _failure_by_script(script, resumed_job(), folder / "video.mp4")
    assert [request.method for request in script.sends] == ["GET", "GET"]


def test_a_job_that_is_still_running_has_to_be_waited_for(folder: Path) -> None:
    script = Script(answer(200, {"status": "working"}))
    error = _failure_by_script(script, resumed_job(), folder / "video.mp4")
    assert "Wait for it first" in error.message


@pytest.mark.parametrize("word", ["failed", "canceled", "expired"])
def test_a_job_that_ended_without_a_video_is_reported_as_its_end(folder: Path, word: str) -> None:
    # A DownloadError would mean that a video exists and that downloading it again may help.
    script = Script(answer(200, {"status": word}))
    error = _failure_by_script(script, resumed_job(), folder / "video.mp4")
    assert isinstance(error, JobError)


def test_a_success_without_a_video_is_the_providers_fault(folder: Path) -> None:
    script = Script(answer(200, {"status": "done"}))
    error = _failure_by_script(script, resumed_job(), folder / "video.mp4")
    assert (type(error), error.job) == (BadResponse, ref_at())


# The last frame


def _with_last_frame(address: str) -> LiveJob:
    outputs = (
        Output(url=f"{address}/video.mp4"),
        Output(url=f"{address}/frame.png", kind="last_frame"),
    )
    return resumed_job(JobStatus(state=State.SUCCEEDED, raw_state="done", outputs=outputs))


def _download_both(planner: DownloadHarness, frame: Answered) -> LiveJob:
    with LoopbackServer(lambda each: WHOLE if "video" in each.path else frame) as server:
        live = _with_last_frame(server.address)
        planner.download("", None, live)
    return live


@both_ways
def test_the_last_frame_is_saved_beside_the_video(folder: Path, is_async: bool) -> None:
    _download_both(DownloadHarness(folder, is_async), Answered(body=PNG))
    assert (folder / "video.last-frame.png").read_bytes() == PNG


@pytest.mark.parametrize(
    "frame",
    [
        Answered(status=404),
        Answered(body=PAGE),
        Answered(body=VIDEO),
        Answered(body=PNG[:-4]),
        Answered(cut=-1),
    ],
    ids=["gone", "a page", "a video", "a cut image", "no answer"],
)
def test_a_last_frame_that_fails_does_not_cost_the_video(folder: Path, frame: Answered) -> None:
    _download_both(DownloadHarness(folder), frame)
    assert _names(folder) == ["video.mp4"]


def test_a_last_frame_that_can_not_be_named_does_not_cost_the_video(folder: Path) -> None:
    (folder / "video.last-frame.png").mkdir()
    live = _download_both(DownloadHarness(folder), Answered(body=PNG))
    assert live.record.file == folder / "video.mp4"


# Local files


@pytest.mark.parametrize(
    ("place", "said"),
    [("missing/video.mp4", "create it first"), ("videos", "name a file")],
    ids=["no such folder", "a folder"],
)
def test_a_target_that_can_not_be_written_is_refused_before_anything_is_paid(
    folder: Path, place: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        check_writable(folder.parent / place)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that takes no files")
def test_a_folder_that_takes_no_files_is_refused_before_anything_is_paid() -> None:
    # Not even root may write here, so this holds for every user that runs the tests.
    with pytest.raises(UsageError, match="the folder /proc"):
        check_writable(Path("/proc/video.mp4"))


def test_a_target_in_the_working_folder_is_accepted() -> None:
    check_writable(Path("video.mp4"))


def test_a_file_that_can_not_be_moved_stays_where_it_is(folder: Path) -> None:
    source = folder / "part"
    source.write_bytes(VIDEO)
    (folder / "video.mp4").mkdir()
    with pytest.raises(DownloadError):
        move_file(source, folder / "video.mp4")
    assert source.read_bytes() == VIDEO


@pytest.mark.parametrize(
    ("name", "content", "kind", "said"),
    [
        ("missing.png", None, "image", "No such file"),
        ("empty.png", b"", "image", "is empty"),
        ("notes.png", b"just some text", "image", "takes images"),
        ("video.png", VIDEO, "image", "takes images"),
        ("image.mp4", PNG, "video", "takes videos"),
        ("image.mp3", PNG, "audio", "takes audios"),
    ],
)
def test_a_medium_that_is_not_what_its_field_takes_is_refused(
    folder: Path, name: str, content: bytes | None, kind: MediaKind, said: str
) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(MediaUnreadable, match=said):
        read_media("reference_images[0]", kind, Media(path=folder / name))


def test_a_medium_that_is_refused_is_named_with_its_field(folder: Path) -> None:
    with pytest.raises(MediaUnreadable, match=r"^first_frame: .*missing\.png"):
        read_media("first_frame", "image", Media(path=folder / "missing.png"))


def test_a_medium_larger_than_any_provider_takes_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "MAXIMUM_MEDIA_BYTES", 20)
    (folder / "image.png").write_bytes(PNG)
    with pytest.raises(MediaUnreadable, match="more than 20 bytes"):
        read_media("first_frame", "image", Media(path=folder / "image.png"))


def test_a_folder_given_as_a_medium_is_refused(folder: Path) -> None:
    with pytest.raises(MediaUnreadable, match="can't read"):
        read_media("first_frame", "image", Media(path=folder))


def test_a_medium_is_sent_under_its_name_without_its_folder(folder: Path) -> None:
    (folder / "kite.png").write_bytes(PNG)
    assert read_media("first_frame", "image", Media(path=folder / "kite.png")).filename == (
        "kite.png"
    )


def test_a_medium_is_what_its_content_says_whatever_its_name(folder: Path) -> None:
    (folder / "kite.jpg").write_bytes(PNG)
    found = read_media("first_frame", "image", Media(path=folder / "kite.jpg"))
    assert found.mime_type == "image/png"


def test_bytes_are_sent_as_the_type_that_was_given() -> None:
    found = read_media("first_frame", "image", Media(data=PNG, mime_type="image/png"))
    assert (found.mime_type, found.data) == ("image/png", PNG)


def _find_nothing(*arguments: object, **options: object) -> NoReturn:
    raise socket.gaierror("no names are looked up here")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# A busy server


def busy(folder: Path, retry_after: str | None, patience: float | None) -> tuple[int, list[float]]:
    """Download from a server that stays busy; return how often it was asked, and the pauses."""
    planner = DownloadHarness(folder)
    planner.timeout = patience
    headers = {} if retry_after is None else {"retry-after": retry_after}
    with LoopbackServer(Answered(status=503, headers=headers)) as server:
        assert "HTTP 503" in str(planner.failure(server.address + VIDEO_PATH))
    return len(server.arrived), planner.clock.slept


def test_a_busy_server_is_asked_again_until_the_deadline(folder: Path) -> None:
    asked, pauses = busy(folder, None, 300.0)
    assert asked > 5
    assert sum(pauses) == pytest.approx(300.0)


def test_a_busy_server_that_says_how_long_is_not_asked_before(folder: Path) -> None:
    _, pauses = busy(folder, "120", 300.0)
    assert pauses == [120.0, 120.0, pytest.approx(60.0), *pauses[3:]]
    assert sum(pauses) < 300.0 + 30.0


def test_a_busy_server_delays_nobody_beyond_the_deadline(folder: Path) -> None:
    asked, pauses = busy(folder, "86400", 7.0)
    assert asked == 5
    assert sum(pauses) < 40.0
