"""Processes that are killed in the middle of paying; crash.py does it at length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from crash import (
    MODELS,
    dropping,
    kill_at_random,
    refusing,
    submit_at_once,
    surroundings,
)
from crash_worker import KEY_VARIABLE, WITH_KEY, generate_once
from polyreel.adapters import Registry
from polyreel_sandbox import Pace, Sandbox, StandIn, installed_stand_ins

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["taken", "refuses", "resends"])
def test_after_kill_9_no_job_is_paid_twice_and_none_is_lost(tmp_path: Path, mode: str) -> None:
    modes = {} if mode == "taken" else {mode: True}
    outcome = kill_at_random(jobs=24, kills=4, seed=1, folder=tmp_path, **modes)
    assert outcome.is_right, outcome
    assert outcome.videos + outcome.unknown == 24


# Where the process is killed; how the same call made again ends; the tasks at the vendor.
# The vendor's own count is the judge.
POINTS = [
    ("after trial", "video", 1),
    ("before OpenJob", "video", 1),
    ("after OpenJob", "video", 1),
    ("before sending", "video", 1),
    ("after sending", "SubmitUnknown", 0),
    ("before paying", "SubmitUnknown", 0),
    ("after paying", "SubmitUnknown", 1),
    ("before accepted", "SubmitUnknown", 1),
    ("after accepted", "video", 1),
    ("before look", "video", 1),
    ("after look", "video", 1),
    ("before finished", "video", 1),
    ("after finished", "video", 1),
    ("before Download", "video", 1),
    ("after Download", "video", 1),
    ("after MoveFile", "video", 1),
    ("before downloaded", "video", 1),
    ("after downloaded", "video", 1),
]


# The same, where the vendor refuses the first create, which is sent again.
REFUSED_POINTS = [
    ("after paying", "SubmitUnknown", 0),
    ("before intent", "SubmitUnknown", 0),
    ("after intent", "video", 1),
    ("before Sleep", "video", 1),
    ("before sending 2", "video", 1),
    ("after sending 2", "SubmitUnknown", 0),
    ("after paying 2", "SubmitUnknown", 1),
    ("after accepted", "video", 1),
]


# The same, where the first answer is lost and the vendor remembers keys. No other process sends
# the request again, so that a process that is killed before its answer leaves an unknown job.
RESENT_POINTS = [
    ("before paying", "SubmitUnknown", 0),
    ("before Sleep", "SubmitUnknown", 1),
    ("after Sleep", "SubmitUnknown", 1),
    ("before sending 2", "SubmitUnknown", 1),
    ("after sending 2", "SubmitUnknown", 1),
    ("before paying 2", "SubmitUnknown", 1),
    ("after paying", "SubmitUnknown", 1),
    ("before accepted", "SubmitUnknown", 1),
    ("after accepted", "video", 1),
    ("before downloaded", "video", 1),
]


@pytest.mark.parametrize(("point", "ends", "tasks"), POINTS, ids=[each[0] for each in POINTS])
def test_killed_at_an_exact_point(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    point: str,
    ends: str,
    tasks: int,
) -> None:
    assert killed_at(point, installed_stand_ins(), tmp_path, monkeypatch, capsys) == (ends, tasks)


@pytest.mark.parametrize(
    ("point", "ends", "tasks"), REFUSED_POINTS, ids=[each[0] for each in REFUSED_POINTS]
)
def test_killed_at_an_exact_point_of_a_refused_job(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    point: str,
    ends: str,
    tasks: int,
) -> None:
    kinds = {name: refusing(kind) for name, kind in installed_stand_ins().items()}
    assert killed_at(point, kinds, tmp_path, monkeypatch, capsys) == (ends, tasks)


@pytest.mark.parametrize(
    ("point", "ends", "tasks"), RESENT_POINTS, ids=[each[0] for each in RESENT_POINTS]
)
def test_killed_at_an_exact_point_of_a_job_that_is_sent_once_more(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    point: str,
    ends: str,
    tasks: int,
) -> None:
    for installed in Registry.installed().adapters.values():
        monkeypatch.setattr(installed.adapter, "idempotency", WITH_KEY)
    monkeypatch.setenv(KEY_VARIABLE, "1")
    kinds = {name: dropping(kind) for name, kind in installed_stand_ins().items()}
    assert killed_at(point, kinds, tmp_path, monkeypatch, capsys) == (ends, tasks)


def killed_at(
    point: str,
    kinds: dict[str, type[StandIn]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[str, int]:
    """Kill a process at a point; return how the same call made again ends, and the tasks."""
    video = tmp_path / "video.mp4"
    with Sandbox(kinds, pace=Pace(queued=0, running=0), frames_per_second=1) as sandbox:
        environment = surroundings(sandbox, tmp_path / "home")
        worker = str(Path(__file__).parent / "crash_worker.py")
        command = [sys.executable, worker, "once", str(video), MODELS[0], point]
        killed = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert killed.returncode == -9, killed
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        generate_once(video, MODELS[0], "never")
        ends = capsys.readouterr().out.strip()
        tasks = sum(len(each.tasks) for each in sandbox.stand_ins.values())
    assert video.is_file() is (ends == "video")
    assert list(tmp_path.glob(".*")) == []
    return ends, tasks


@pytest.mark.slow
def test_two_processes_at_the_same_instant_make_one_task(tmp_path: Path) -> None:
    assert submit_at_once(200, tmp_path) == (200, 200)
