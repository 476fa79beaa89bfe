"""A vendor's own tests, run as its author runs them: by pytest in a folder outside this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_tests(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a vendor's tests in a process of their own, with few generated requests."""
    few = ["--conformance-examples", "5"]
    plain = ["-q", "-p", "no:cacheprovider", "--tb=short"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plain, *few, *arguments],
        cwd=folder,
        # What the author's terminal does to the output is not the tests' business.
        env={**os.environ, "COLUMNS": "200", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
