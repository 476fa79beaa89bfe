"""A vendor is a folder: an outside author's distribution works without touching the core."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from outside import run_tests
from polyreel.request import probe

SOURCE = Path(__file__).parent / "third_provider"
WRITTEN = ("*.py", "*.json", "*.toml", "*.md")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the toy vendor's distribution in a temporary folder and install it into another."""
    folder = tmp_path_factory.mktemp("third-provider")
    shutil.copytree(SOURCE, folder / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    where = ["--no-build-isolation", "--target", str(folder / "site"), str(folder / "source")]
    subprocess.run([*pip, *where], check=True, timeout=120)
    return folder / "site"


def polyreel(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with the toy vendor installed."""
    return subprocess.run(
        [sys.executable, "-c", "from polyreel.cli import main; main()", *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_installed_vendor_is_listed(site: Path) -> None:
    run = polyreel(site, "providers", "--json")
    assert run.returncode == 0, run.stderr
    toy = next(each for each in json.loads(run.stdout) if each["provider"] == "toy")
    assert (toy["plugin"], toy["models"], toy["broken"]) == ("polyreel-toy 1.2.3", 1, None)


@pytest.mark.slow
def test_an_installed_vendor_makes_a_video_in_the_demo(site: Path, tmp_path: Path) -> None:
    run = polyreel(site, "demo", "--out", str(tmp_path / "videos"), "--json")
    assert run.returncode == 0, run.stderr
    rows = {row["model"]: row for row in json.loads(run.stdout)["rows"]}
    assert len(rows) == 3
    facts = probe(rows["toy/toy-1"]["file"])
    assert (facts.width, facts.height, round(facts.seconds)) == (1280, 720, 5)


def test_its_model_can_be_the_nearest_one(site: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"prompt": "Two seconds of text", "duration": 2}))
    run = polyreel(site, "check", str(request), "-m", "jimmy/seedance2.0-std", "--json")
    assert run.returncode == 2
    assert json.loads(run.stdout)[0]["nearest"] == "toy/toy-1"


@pytest.mark.slow
def test_it_passes_every_law_outside_of_this_repository(tmp_path: Path) -> None:
    folder = tmp_path / "polyreel-toy"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    done = run_tests(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert " passed" in done.stdout


def test_a_different_vendor_has_less_than_250_lines() -> None:
    lines = [
        line
        for pattern in WRITTEN
        for path in SOURCE.rglob(pattern)
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(lines) < 250
    assert max(len(line) for line in lines) <= 120, "longer lines are not fewer lines"
