"""A finished video that its server refuses, cuts, mixes up or names by a path."""

from __future__ import annotations

import time

import anyio
from polyreel import Client
from polyreel.client.files import _trial
from polyreel.clock import SystemClock
from polyreel.jobs import JobRecord
from polyreel_sandbox import Fault
from quick import end_retention

from .kind import Kind, Surroundings


def hasten(around: Surroundings) -> None:
    """Let every pause of polyreel's pass at once, by its own clock."""
    skipped = 0.0

    def sleep(_: SystemClock, seconds: float) -> None:
        nonlocal skipped
        skipped += seconds
        time.sleep(min(seconds, 0.005))

    async def sleep_async(_: SystemClock, seconds: float) -> None:
        nonlocal skipped
        skipped += seconds
        await anyio.sleep(min(seconds, 0.005))

    around.patch.setattr(SystemClock, "monotonic", lambda _: time.monotonic() + skipped)
    around.patch.setattr(SystemClock, "sleep", sleep)
    around.patch.setattr(SystemClock, "sleep_async", sleep_async)


def video_under(around: Surroundings, *faults: Fault) -> str:
    """Make a video under faults, and return what came of it."""
    hasten(around)
    around.sandbox.set_faults(*faults)
    came = around.generate(timeout=600)
    task = next(iter(around.sandbox.stand_ins["jimmy"].tasks.values()))
    assert around.tasks == 1
    for call in around.sandbox.stand_ins["jimmy"].calls:
        assert "/stand-in/" not in call.path or "authorization" not in call.headers
    if came == "the video":
        assert (around.folder / "video.mp4").read_bytes() == task.video
    else:
        assert not (around.folder / "video.mp4").exists()
    return came


def job(around: Surroundings) -> JobRecord:
    """Return the only job."""
    with Client() as client:
        (found,) = client.history.jobs()
    return found


def open_under(around: Surroundings, fault: Fault) -> str:
    """Make a video under a fault, and then without it by whoever asks next."""
    came = video_under(around, fault)
    assert job(around).is_open, "the job is not open"
    around.sandbox.set_faults()
    assert around.command("jobs", "wait", "--all") == "exit 0"
    assert (around.folder / "video.mp4").is_file()
    assert around.tasks == 1
    return f"{came}; the job is open, and the next wait saves the video"


def refused_at_first(around: Surroundings) -> str:
    return video_under(around, Fault.VIDEO_LATE)


def refused_to_the_end(around: Surroundings) -> str:
    return open_under(around, Fault.EXPIRED_RESULT)


def refused_as_gone(around: Surroundings) -> str:
    return open_under(around, Fault.VIDEO_410)


def refused_after_retention(around: Surroundings) -> str:
    end_retention(around.patch)
    came = video_under(around, Fault.VIDEO_403)
    assert not job(around).is_open
    return f"{came}; the video is gone"


def part_of_another_file(around: Surroundings) -> str:
    return video_under(around, Fault.OTHER_PART)


def cut_ten_times(around: Surroundings) -> str:
    came = video_under(around, Fault.CUT_OFTEN)
    (task,) = around.sandbox.stand_ins["jimmy"].tasks.values()
    assert task.downloads > 9
    return came


def part_of_another_process(around: Surroundings) -> str:
    stand_in = around.sandbox.stand_ins["jimmy"]
    came = open_under(around, Fault.CUT_ALWAYS)
    last = [call for call in stand_in.calls if "/stand-in/" in call.path][-1]
    assert "range" in last.headers, "the video was downloaded from its start"
    assert list(around.folder.glob(".*")) == []
    return came.replace("saves the video", "downloads only the rest")


def path_on_the_origin(around: Surroundings) -> str:
    return video_under(around, Fault.PATH_URL)


def relative_path(around: Surroundings) -> str:
    return open_under(around, Fault.RELATIVE_URL)


def path_of_another_host(around: Surroundings) -> str:
    came = open_under(around, Fault.HOST_URL)
    assert around.sandbox.stand_ins["jimmy"].calls_elsewhere == []
    return came


def trial_of_a_killed_process(around: Surroundings) -> str:
    """Leave the empty file by which a killed process tried whether a video can be saved."""
    trial = _trial(around.folder / "video.mp4")
    trial.touch()
    came = around.generate()
    assert around.tasks == 1
    assert list(around.folder.glob(".*")) == []
    return f"{came}, no other file"


KINDS = (
    Kind(14, "the video's server answers 404 three times", refused_at_first),
    Kind(14, "it answers 404 until the deadline", refused_to_the_end),
    Kind(14, "it answers 410 again and again", refused_as_gone),
    Kind(14, "it answers 403, and the retention is over", refused_after_retention),
    Kind(16, "a resumed download gets a part of another file", part_of_another_file),
    Kind(16, "a download is cut ten times, and grows each time", cut_ten_times),
    Kind(16, "a process was killed before it paid", trial_of_a_killed_process),
    Kind(16, "a download is given up after half of the video", part_of_another_process),
    Kind(19, "the video's address is a path that begins with `/`", path_on_the_origin),
    Kind(19, "the video's address is a file name", relative_path),
    Kind(19, "the video's address is `//host/path`", path_of_another_host),
)
