"""Processes that are killed in the middle of paying; crash.py does it at length."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from crash import kill_at_random, submit_at_once

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")


@pytest.mark.parametrize("seed", [1, 2])
def test_after_kill_9_no_job_is_paid_twice_and_none_is_lost(tmp_path: Path, seed: int) -> None:
    outcome = kill_at_random(jobs=24, kills=4, seed=seed, folder=tmp_path)
    assert outcome.is_right, outcome
    assert outcome.films + outcome.unknown == 24


def test_two_processes_at_the_same_instant_make_one_task(tmp_path: Path) -> None:
    assert submit_at_once(200, tmp_path) == (200, 200)
