"""Processes that are killed in the middle of paying; crash.py does it at length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from crash import MODELS, kill_at_random, submit_at_once, surroundings
from crash_worker import generate_once
from polyreel import Registry
from polyreel.sandbox import Pace, Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")


def test_after_kill_9_no_job_is_paid_twice_and_none_is_lost(tmp_path: Path) -> None:
    outcome = kill_at_random(jobs=24, kills=4, seed=1, folder=tmp_path)
    assert outcome.is_right, outcome
    assert outcome.films + outcome.unknown == 24


# Where the process is killed; how the same call made again ends; the tasks at the vendor.
# The vendor's own count is the judge.
POINTS = [
    ("before OpenJob", "film", 1),
    ("after OpenJob", "film", 1),
    ("before sending", "film", 1),
    ("after sending", "SubmitUnknown", 0),
    ("before paying", "SubmitUnknown", 0),
    ("after paying", "SubmitUnknown", 1),
    ("before accepted", "SubmitUnknown", 1),
    ("after accepted", "film", 1),
    ("before look", "film", 1),
    ("after look", "film", 1),
    ("before finished", "film", 1),
    ("after finished", "film", 1),
    ("before Download", "film", 1),
    ("after Download", "film", 1),
    ("after MoveFile", "film", 1),
    ("before fetched", "film", 1),
    ("after fetched", "film", 1),
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
    film = tmp_path / "film.mp4"
    with Sandbox(
        Registry.installed().stand_ins(), pace=Pace(queued=0, running=0), frames_per_second=1
    ) as sandbox:
        environment = surroundings(sandbox, tmp_path / "home")
        worker = str(Path(__file__).parent / "crash_worker.py")
        command = [sys.executable, worker, "once", str(film), MODELS[0], point]
        killed = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert killed.returncode == -9, killed
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        generate_once(film, MODELS[0], "never")
        assert capsys.readouterr().out.strip() == ends
        assert sum(len(each.tasks) for each in sandbox.stand_ins.values()) == tasks
    assert film.is_file() is (ends == "film")
    assert [each for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_two_processes_at_the_same_instant_make_one_task(tmp_path: Path) -> None:
    assert submit_at_once(200, tmp_path) == (200, 200)
