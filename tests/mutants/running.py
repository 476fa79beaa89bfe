"""Runs the kit on Kiln and on the mutants, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from mutants.all_mutants import MUTANTS
from mutants.mutant import Mutant

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


@dataclass(frozen=True)
class Outcome:
    """The result of one test.

    Attributes:
        test_class: Its class.
        test: Its name with its case.
        result: `passed`, `failure`, `error` or `skipped`.
        message: Its message, if it did not pass.
    """

    test_class: str
    test: str
    result: str
    message: str


def outcomes(wanted: Iterable[str], *options: str) -> list[Outcome]:
    """Run tests in a pytest of its own, without this repository's options.

    Args:
        wanted: Files or tests, below this folder.
        options: More of pytest's options.
    """
    # In CI the kit generates the same requests for every seed.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CI", "PYTEST_ADDOPTS") and not name.startswith("PYTEST_XDIST")
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml")]
        command += ["--rootdir", str(ROOT), "-o", "addopts=", "-n", "0", "-q", "--tb", "short"]
        command += ["-p", "no:cacheprovider", "--junitxml", str(report), *options]
        run = subprocess.run(
            [*command, *(str(FOLDER / each) for each in wanted)],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if run.returncode not in (0, 1):
            raise RuntimeError(f"pytest could not run:\n{run.stdout}\n{run.stderr}")
        tree = ElementTree.parse(report)  # pytest has just written it
    return [_outcome(case) for case in tree.iter("testcase")]


def _outcome(case: ElementTree.Element) -> Outcome:
    test_class = case.get("classname", "").rpartition(".")[2]
    for said in case:
        if said.tag in ("failure", "error", "skipped"):
            return Outcome(test_class, case.get("name", ""), said.tag, said.get("message", ""))
    return Outcome(test_class, case.get("name", ""), "passed", "")


def messages(seed: int) -> dict[Mutant, str | None]:
    """Return the message of each mutant's test; None when the test passes.

    Args:
        seed: The seed of the generated requests.
    """
    tests = [f"suites.py::{each.test_class}::{each.caught_by}" for each in MUTANTS]
    failed = {
        each.test_class: each.message
        for each in outcomes(tests, f"--hypothesis-seed={seed}")
        if each.result == "failure"
    }
    return {each: failed.get(each.test_class) for each in MUTANTS}
