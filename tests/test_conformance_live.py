"""Live mode: off unless `--live` is given, and it pays nothing that was not confirmed.

The vendor's stand-in replaces the vendor itself, over real HTTP on loopback, in this process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from polyreel_conformance.laws.live import cheapest_job
from polyreel_jimmy.adapter import JimmyAdapter
from polyreel_modellix.adapter import ModellixAdapter
from polyreel_sandbox import Pace, Sandbox, installed_stand_ins

KEY = "sk-live-0123456789"
AUTHOR = """\
from polyreel.adapters import PollTiming
from polyreel_conformance import AdapterConformance, examples_folder
from polyreel_modellix.adapter import ModellixAdapter
from polyreel_modellix.stand_in import ModellixStandIn


class Quick(ModellixAdapter):
    contract_version = 3
    poll_timing = PollTiming(first=0.05, gap=0.05, floor=0.01)


class TestModellix(AdapterConformance):
    adapter = Quick
    stand_in = ModellixStandIn
    examples = examples_folder(__file__)
"""


@pytest.fixture
def vendor() -> Iterator[Sandbox]:
    kinds = {"modellix": installed_stand_ins()["modellix"]}
    pace = Pace(queued=0.02, running=0.05)
    with Sandbox(kinds, key=KEY, pace=pace, frames_per_second=2) as sandbox:
        yield sandbox


def live(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the kit's live tests as an author does."""
    (folder / "test_modellix.py").write_text(AUTHOR, encoding="utf-8")
    (folder / "examples").mkdir(exist_ok=True)
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(folder)),
            *("-p", "no:cacheprovider", "-m", "polyreel_live", *arguments),
        ],
        cwd=folder,
        env={**os.environ, "POLYREEL_HOME": str(folder / "home"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_live_laws_are_off_without_the_option(vendor: Sandbox, tmp_path: Path) -> None:
    run = live(tmp_path, MODELLIX_BASE_URL=vendor.base_urls["modellix"], MODELLIX_API_KEY=KEY)
    assert run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, run.stdout
    assert vendor.stand_ins["modellix"].calls == []


def test_the_cost_is_shown_and_nothing_is_paid_before_it_is_confirmed(
    vendor: Sandbox, tmp_path: Path
) -> None:
    address = vendor.base_urls["modellix"]
    run = live(tmp_path, "--live", MODELLIX_BASE_URL=address, MODELLIX_API_KEY=KEY)
    assert run.returncode == 1
    said = " ".join(run.stdout.split())
    assert "one video of 4 s in 480p with modellix/seedance-2.0-mini-t2v; the cost is" in said
    assert '--live-cost "0.184 USD"' in said
    assert "2 passed" in said, "the free tests still run"
    assert vendor.stand_ins["modellix"].tasks == {}
    assert KEY not in run.stdout


def test_a_confirmed_video_is_made_once_and_is_in_the_journal(
    vendor: Sandbox, tmp_path: Path
) -> None:
    address = vendor.base_urls["modellix"]
    environment = {"MODELLIX_BASE_URL": address, "MODELLIX_API_KEY": KEY}
    run = live(tmp_path, "--live", "--live-cost", "0.184 USD", **environment)
    assert run.returncode == 0, run.stdout
    assert "3 passed" in run.stdout
    assert len(vendor.stand_ins["modellix"].tasks) == 1
    jobs = subprocess.run(
        [sys.executable, "-c", "from polyreel.cli import main; main()", "jobs", "list", "--json"],
        env={**os.environ, "POLYREEL_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert [job["model"] for job in json.loads(jobs.stdout)] == ["modellix/seedance-2.0-mini-t2v"]


def test_live_mode_needs_the_key_and_names_it(vendor: Sandbox, tmp_path: Path) -> None:
    address = vendor.base_urls["modellix"]
    run = live(tmp_path, "--live", "--live-cost", "0.184 USD", MODELLIX_BASE_URL=address)
    assert run.returncode == 1
    assert "live mode needs the key; set MODELLIX_API_KEY" in run.stdout
    assert vendor.stand_ins["modellix"].tasks == {}


def test_the_cheapest_job_is_the_one_with_the_lowest_known_price() -> None:
    job = cheapest_job(ModellixAdapter)
    assert (job.model.name, job.request.duration, job.request.resolution, job.cost) == (
        "seedance-2.0-mini-t2v",
        4,
        "480p",
        "0.184 USD",
    )


def test_without_a_published_price_the_cost_is_unknown_and_not_zero() -> None:
    job = cheapest_job(JimmyAdapter)
    assert job.cost == "unknown"
    assert job.request.duration == job.model.durations[0]
    assert not [name for name, _, media in job.request.media() if media.url], "an invented address"
