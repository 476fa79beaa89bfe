"""The import contracts hold by room: a forbidden import in any module is found, wherever it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tree_copy import ROOT, copy_tree, environment_of

pytestmark = pytest.mark.tools

# What may be imported by which modules of the core alone.
ALLOWED = {
    "httpx": ("polyreel.transport",),
    "sqlite3": ("polyreel.jobs.journal",),
    "typer": ("polyreel.cli",),
    "polyreel_jimmy": (),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the checker says of a copy in which every module breaks every contract."""
    copy = copy_tree(tmp_path_factory.mktemp("copy") / "tree")
    for module in core_modules():
        path = copy / "core" / path_of(module)
        added = "".join(f"import {name}\n" for name in ALLOWED)
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{added}", encoding="utf-8")
    done = check(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def check(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts over a tree."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(
        command,
        cwd=tree,
        env={**environment_of(tree), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )


def core_modules() -> list[str]:
    """Return every module of the core, by its dotted name."""
    files = sorted((ROOT / "core" / "polyreel").rglob("*.py"))
    names = [file.relative_to(ROOT / "core").with_suffix("").parts for file in files]
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def path_of(module: str) -> Path:
    """Return a module's file below the folder of its package."""
    path = Path(*module.split("."))
    return path / "__init__.py" if (ROOT / "core" / path).is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("name", ALLOWED)
def test_a_forbidden_import_is_found_in_every_module(name: str, report: str) -> None:
    found = set(re.findall(rf"(polyreel[\w.]*) -> {name}[\w.]* \(", report))
    expected = {
        module
        for module in core_modules()
        if not any(f"{module}.".startswith(f"{room}.") for room in ALLOWED[name])
    }
    assert expected - found == set(), "these import it, and the contracts do not see it"
    assert len(expected) > 50


def test_the_tree_as_it_is_breaks_no_contract(tmp_path: Path) -> None:
    done = check(copy_tree(tmp_path / "tree"))
    assert (done.returncode, "0 broken" in done.stdout) == (0, True), done.stdout
