"""Files in place of polyreel's own: a pipe is never waited for, and nothing odd is a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from polyreel.cli.app import build_app
from polyreel.pricing.catalogue import read_catalogues
from polyreel.text.plain_files import read_plain_file
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), list(arguments))


def test_a_pipe_and_a_folder_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a pipe or a device"):
        read_plain_file(tmp_path / "pipe", 10)
    with pytest.raises(IsADirectoryError):
        read_plain_file(tmp_path, 10)


def test_no_more_is_read_than_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    assert read_plain_file(tmp_path / "file", 4) == b"0123"


def test_a_pipe_is_not_trusted() -> None:
    os.mkfifo("polyreel.toml")
    done = run("trust")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "it is a pipe or a device" in done.output


def test_a_trusted_file_that_became_a_pipe_is_listed() -> None:
    path = Path("polyreel.toml")
    path.write_text("journal = true\n")
    assert run("trust").exit_code == 0
    path.unlink()
    os.mkfifo(path)
    (listed,) = json.loads(run("trust", "--list", "--json").stdout)
    assert listed["state"] == "can't be read"


def test_a_pipe_as_the_list_trusts_nothing(tmp_path: Path) -> None:
    home = tmp_path / "polyreel-home"
    home.mkdir()
    os.mkfifo(home / "trusted.json")
    Path("polyreel.toml").write_text("journal = true\n")
    done = run("models", "--json")
    assert done.exit_code == 0
    assert "is not trusted" in done.stderr


def test_a_pipe_or_a_deep_file_has_no_prices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "prices.json")
    assert read_catalogues(tmp_path) == []
    (tmp_path / "prices.json").unlink()
    (tmp_path / "prices.json").write_text("[" * 100_000)
    assert read_catalogues(tmp_path) == []


def test_trust_in_a_folder_that_is_gone_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = run("trust", "--remove", "polyreel.toml")
    assert done.exit_code == 2
    assert "a path from the working folder, which can't be used" in done.output
