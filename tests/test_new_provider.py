"""polyreel new-provider: a complete folder, whose tests run at once and say what to fill in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from outside import run_tests
from polyreel.cli.app import build_app
from typer.testing import CliRunner

FILES = {
    "README.md",
    "polyreel_cloud_nine/__init__.py",
    "polyreel_cloud_nine/adapter.py",
    "polyreel_cloud_nine/contract.json",
    "polyreel_cloud_nine/models.py",
    "polyreel_cloud_nine/py.typed",
    "polyreel_cloud_nine/stand_in.py",
    "polyreel_cloud_nine/wire.py",
    "pyproject.toml",
    "tests/examples/created.json",
    "tests/examples/error.json",
    "tests/examples/request.json",
    "tests/examples/status.json",
    "tests/test_cloud_nine_conformance.py",
}
BLANK = re.compile(r"FILL IN: (.*?)\"?,?$", re.M)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), ["new-provider", *arguments])


def texts(folder: Path) -> dict[str, str]:
    """Return every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder of a new provider."""
    done = run("cloud-nine", "--title", "Cloud Nine & Co.")
    assert done.exit_code == 0, done.output
    return tmp_path / "polyreel-cloud-nine"


def test_the_folder_has_every_file(folder: Path) -> None:
    assert set(texts(folder)) == FILES


def test_every_name_is_the_providers_own(folder: Path) -> None:
    written = texts(folder)
    assert not [path for path, text in written.items() if "acme" in f"{path}{text}".lower()]
    adapter = written["polyreel_cloud_nine/adapter.py"]
    assert 'name = "cloud-nine"' in adapter
    assert 'title = "Cloud Nine & Co."' in adapter
    assert 'key_variable = "CLOUD_NINE_API_KEY"' in adapter
    assert "class CloudNineAdapter(Adapter):" in adapter
    assert 'cloud-nine = "polyreel_cloud_nine"' in written["pyproject.toml"]


def test_the_test_file_has_nine_lines(folder: Path) -> None:
    assert len(texts(folder)["tests/test_cloud_nine_conformance.py"].splitlines()) == 9


def test_the_command_prints_the_next_steps(tmp_path: Path) -> None:
    said = run("cloud-nine", "--into", str(tmp_path / "vendors")).output
    assert f'pip install -e "{tmp_path / "vendors" / "polyreel-cloud-nine"}[test]"' in said
    assert "pytest" in said


def test_json_lists_the_files(tmp_path: Path) -> None:
    reported = json.loads(run("cloud-nine", "--json").stdout)
    assert reported["folder"] == str(tmp_path / "polyreel-cloud-nine")
    assert {str(Path(each).relative_to(reported["folder"])) for each in reported["files"]} == FILES


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Cloud", "a lower-case letter first"),
        ("9clouds", "a lower-case letter first"),
        ("cloud_nine", "hyphens"),
        ("cloud/nine", "a lower-case letter first"),
        ("../cloud", "a lower-case letter first"),
        ("cloud-", "put a hyphen only between two letters or digits"),
        ("class", "it is a keyword of Python"),
        ("jimmy", "a provider with this name is installed"),
        ("conformance", "a package polyreel_conformance is installed"),
    ],
)
def test_a_name_that_is_not_valid_is_refused(name: str, why: str, tmp_path: Path) -> None:
    done = run(name, "--json")
    assert done.exit_code == 2
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "UsageError"
    assert why in error["message"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("title", ['The "Best"', "two\nlines", "back\\slash", "  "], ids=repr)
def test_a_title_that_would_break_the_files_is_refused(title: str, tmp_path: Path) -> None:
    done = run("cloud-nine", "--title", title, "--json")
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_an_existing_folder_is_not_changed(folder: Path) -> None:
    before = texts(folder)
    done = run("cloud-nine", "--title", "Another")
    assert done.exit_code == 2
    assert "already exists" in done.stderr
    assert texts(folder) == before


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "polyreel-cloud-nine").mkdir()
    assert run("cloud-nine").exit_code == 0


def test_a_folder_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("cloud-nine", "--into", str(tmp_path / "file"), "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["type"] == "UsageError"


@pytest.mark.slow
def test_the_tests_of_a_new_folder_run_and_name_every_blank(folder: Path) -> None:
    blanks = [blank for text in texts(folder).values() for blank in BLANK.findall(text)]
    assert len(blanks) > 30
    done = run_tests(folder, "-k", "not sockets")
    said = done.stdout
    assert done.returncode == 1, said + done.stderr  # tests failed, without any other error
    assert "ERROR" not in said, "something could not be collected"
    assert [blank for blank in blanks if blank not in said] == []
    failures = re.split(r"^_{3,} .* _{3,}$", said, flags=re.M)[1:]
    assert len(failures) > 100
    silent = [each for each in failures if "FILL IN" not in each and "to be filled in" not in each]
    assert silent == [], "a failure does not lead to a blank"
