"""What a contributor and a packager are told is so: tasks, records, versions and classifiers."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
PROJECTS = (
    ROOT / "pyproject.toml",
    *sorted(ROOT.glob("providers/*/pyproject.toml")),
    ROOT / "conformance" / "pyproject.toml",
    ROOT / "conformance" / "sandbox" / "pyproject.toml",
)
RECORDS = sorted((GITHUB / "decisions").glob("[0-9]*.md"))

pytestmark = pytest.mark.docs


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def tasks() -> dict[str, dict[str, Any]]:
    """Return the tasks of `uv run poe` by name."""
    named: dict[str, dict[str, Any]] = read(ROOT / "pyproject.toml")["tool"]["poe"]["tasks"]
    return named


def test_every_task_is_on_the_page_for_contributors() -> None:
    page = (GITHUB / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `uv run poe (\w+)`", page, re.MULTILINE)) == set(tasks())


def test_one_task_writes_every_generated_table() -> None:
    pattern = re.compile(r"(?!test_|page_table)\w+_(table|page)\.py")
    writing = {each.name for each in ROOT.glob("tests/*.py") if pattern.fullmatch(each.name)}
    assert {"fault_table.py", "mutant_table.py", "vendor_table.py"} <= writing
    commands = [step["cmd"] for step in tasks()["table"]["sequence"]]
    assert sorted(commands) == [f"python tests/{name} --write" for name in sorted(writing)]


def test_the_typing_test_uses_every_public_name() -> None:
    text = (ROOT / "tests" / "typing" / "api.py").read_text(encoding="utf-8")
    imported = re.search(r"from polyreel import \(\n(.*?)\)", text, re.DOTALL)
    assert imported is not None
    names = [name.strip(" ,") for name in imported[1].splitlines()]
    assert names == sorted(names) == sorted(import_module("polyreel").__all__), (
        "add the name, and use it"
    )
    rest = text[imported.end() :]
    assert [name for name in names if not re.search(rf"\b{name}\b", rest)] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda each: each.stem)
def test_a_decision_says_what_was_given_up(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    number, _, title = text.partition("\n")[0].removeprefix("# ").partition(". ")
    assert record.name.startswith(f"{int(number):02}-")
    assert re.findall(r"^\*\*([A-Z][\w ]+)\.\*\* ", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Given up",
    ]
    page = (GITHUB / "decisions" / "README.md").read_text(encoding="utf-8")
    assert f"{number}. [{title}]({record.name})\n" in page


@pytest.mark.parametrize("path", PROJECTS, ids=lambda each: each.parent.name)
def test_a_distribution_says_whose_it_is_and_where_it_is_from(path: Path) -> None:
    project, root = read(path)["project"], read(ROOT / "pyproject.toml")["project"]
    for key in ("version", "license", "authors", "requires-python"):
        assert project[key] == root[key], key
    assert set(project["urls"]) == set(root["urls"])
    pages = [url for url in project["urls"].values() if "/main/" in url]
    assert pages
    for url in pages:
        assert (ROOT / url.partition("/main/")[2]).exists(), url
    assert pythons(project) == pythons(root)
    assert {"Operating System :: OS Independent", "Typing :: Typed"} <= set(project["classifiers"])


def pythons(project: dict[str, Any]) -> list[str]:
    """Return the versions of Python that a project's classifiers name."""
    found = (re.search(r"Python :: (3\.\d+)$", each) for each in project["classifiers"])
    return [each[1] for each in found if each]


def test_the_workflow_runs_every_version_of_python_that_is_declared() -> None:
    workflow = (GITHUB / "workflows" / "ci.yml").read_text(encoding="utf-8")
    matrix = re.search(r"matrix:\n +python: (\[.*\])\n", workflow)
    assert matrix is not None
    declared = pythons(read(ROOT / "pyproject.toml")["project"])
    assert json.loads(matrix[1]) == declared
    assert f">={declared[0]}" == read(ROOT / "pyproject.toml")["project"]["requires-python"]
