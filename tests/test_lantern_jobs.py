"""A job of several videos behind the key, from one client to the next, by the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from polyreel import AuthenticationFailed, Client, Config, DownloadError, VideoRequest
from polyreel.jobs import Stage
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_conformance import ManualClock
from polyreel_conformance.tools.saved import wrong_files
from polyreel_sandbox import Call, Operation, Pace, Reply, Sandbox
from toy_adapter import registry_of
from toys.lantern.adapter import LanternAdapter
from toys.lantern.stand_in import LanternStandIn

KEY = "sk_lantern_2f6b0d9c"
MODEL = "lantern/lantern-one"
REQUEST = VideoRequest(prompt="A kite", duration=4, resolution="480p")


class HalfLantern(LanternStandIn):
    """Lantern, which refuses the second video of a task while `lacks_second` is set."""

    lacks_second = True

    def answer_to(self, operation: Operation, call: Call, parameters: Mapping[str, str]) -> Reply:
        if operation.role == "content" and call.query.get("index") == "1" and self.lacks_second:
            return self.refusal("invalid", "not now")
        return super().answer_to(operation, call, parameters)

    def indexes(self) -> list[str]:
        """Return the position of each video that was asked for."""
        return [each.query["index"] for each in self.calls if each.path.endswith("/content")]


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that moves when somebody sleeps."""
    return ManualClock()


@pytest.fixture
def lantern(clock: ManualClock) -> Iterator[HalfLantern]:
    """Serve Lantern over real sockets."""
    pace = Pace(queued=1.0, running=1.0)
    with Sandbox(
        {"lantern": HalfLantern}, key=KEY, pace=pace, clock=clock.monotonic, frames_per_second=2
    ) as sandbox:
        stand_in = sandbox.stand_ins["lantern"]
        assert isinstance(stand_in, HalfLantern)
        yield stand_in


def client(lantern: HalfLantern, clock: ManualClock, folder: Path, **more: Any) -> Client:
    """Return a client with a journal in a folder, as another process has it."""
    options: dict[str, Any] = {
        "config": Config(),
        "api_keys": {"lantern": KEY},
        "environment": {},
        "registry": registry_of(LanternAdapter),
        "clock": clock,
        "journal": SqliteJournal(folder / "journal.sqlite3"),
        "base_urls": {"lantern": lantern.address},
        **more,
    }
    return Client(**options)


def test_another_process_saves_the_missing_video(
    lantern: HalfLantern, clock: ManualClock, tmp_path: Path
) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    with client(lantern, clock, tmp_path) as one, pytest.raises(DownloadError) as raised:
        one.generate(REQUEST, videos / "video.mp4", MODEL, timeout=60.0)
    assert "video 2 of 2" in raised.value.message
    assert [each.name for each in videos.glob("*.mp4")] == ["video.mp4"]
    lantern.lacks_second = False
    lantern.calls.clear()
    with client(lantern, clock, tmp_path) as other:
        (record,) = other.history.open_jobs()
        assert (record.stage, record.files) == (Stage.FINISHED, (videos / "video.mp4",))
        job = other.job(record.id)
        job.finish()
        assert lantern.indexes() == ["1"], "only the missing video is downloaded"
        assert wrong_files(videos, lantern) is None
        job.finish()
        assert lantern.indexes() == ["1"], "everything is there"
        (saved,) = other.history.jobs()
        assert saved.stage is Stage.DOWNLOADED
        assert [each.name for each in saved.files] == ["video.mp4", "video.2.mp4"]
        (videos / "video.2.mp4").unlink()
        other.job(record.id).finish()
        assert wrong_files(videos, lantern) is None, "a video that was removed is saved again"
    assert len(lantern.tasks) == 1


def test_a_key_that_is_refused_loses_no_job(
    lantern: HalfLantern, clock: ManualClock, tmp_path: Path
) -> None:
    lantern.lacks_second = False
    with client(lantern, clock, tmp_path) as one:
        job = one.submit(REQUEST, MODEL)
        job.wait()
        lantern.key = "another"
        with pytest.raises(AuthenticationFailed) as raised:
            job.download(tmp_path / "video.mp4")
    assert "does not accept the key" in raised.value.message
    assert KEY not in raised.value.message
    lantern.key = KEY
    with client(lantern, clock, tmp_path) as other:
        (record,) = other.history.open_jobs()
        assert isinstance(record.error, AuthenticationFailed)
        other.job(record.id).finish(tmp_path / "video.mp4")
    assert (tmp_path / "video.2.mp4").is_file()
    assert len(lantern.tasks) == 1


def test_a_job_at_another_address_sends_its_key_there_only(
    lantern: HalfLantern, clock: ManualClock, tmp_path: Path
) -> None:
    lantern.lacks_second = False
    with client(lantern, clock, tmp_path) as one:
        one.generate(REQUEST, tmp_path / "video.mp4", MODEL, timeout=60.0)
    content = [each for each in lantern.calls if each.path.endswith("/content")]
    assert [each.headers["authorization"] for each in content] == [f"Bearer {KEY}"] * 2
    assert lantern.calls_elsewhere == []
