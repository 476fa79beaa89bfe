"""A copy of the repository's tree, in which a test may change code."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ("core", "providers/jimmy", "providers/modellix", "conformance", "conformance/sandbox")
"""The folders that hold the packages; the copy's must be found before the installed ones."""


def copy_tree(tree: Path) -> Path:
    """Copy the repository to a folder that does not exist yet, without hidden files and caches."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return tree


def environment_of(tree: Path) -> dict[str, str]:
    """Return an environment in which a copy's packages are found before the installed ones."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CI", "PYTEST_ADDOPTS") and not name.startswith("PYTEST_XDIST")
    }
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(str(tree / each) for each in SOURCES),
        # Compiled files are known by size and time, and a change may alter neither.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
