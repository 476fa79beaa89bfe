"""Output that can't be written, and output files that a video must not replace."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from polyreel import Client, DownloadError, UsageError
from polyreel.cli.app import build_app
from polyreel.client.files import check_writable, move_file
from polyreel_sandbox import Sandbox
from quick import START_QUICKLY
from typer.testing import CliRunner

MODEL = "jimmy/seedance2.0-std"
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="the system has no full device")
GENERATE = f"generate -p kite -m {MODEL} -o v.mp4"


def run(arguments: str, redirected: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a shell that redirects its streams."""
    Path("quickly.py").write_text(START_QUICKLY)
    return subprocess.run(
        ["bash", "-c", f"exec {sys.executable} quickly.py {arguments} {redirected}"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@needs_full
@pytest.mark.parametrize(
    ("redirected", "code"),
    [
        (">/dev/full", 5),
        ("2>/dev/full", 0),
        (">/dev/full 2>&1", 5),
        (">&-", 0),
        ("2>&-", 0),
        ("<&- >&- 2>&-", 0),
    ],
)
def test_a_video_is_saved_where_nothing_can_be_printed(
    sandbox: Sandbox, redirected: str, code: int
) -> None:
    done = run(f"{GENERATE} --yes", redirected)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert done.returncode == code, said
    assert Path("v.mp4").stat().st_size > 1000
    with Client() as client:
        (job,) = client.history.jobs()
    assert job.stage == "downloaded"
    if redirected == ">/dev/full":
        assert f"is saved at v.mp4; see polyreel jobs show {job.short_id}." in said


@needs_full
@pytest.mark.parametrize("redirected", ["<&-", "</dev/null 2>/dev/full", "<&- 2>&-"])
def test_nothing_is_paid_where_nobody_can_be_asked(sandbox: Sandbox, redirected: str) -> None:
    done = run(GENERATE, redirected)
    assert done.returncode in (2, 5)
    assert "Traceback" not in done.stdout + done.stderr
    assert not sandbox.stand_ins["jimmy"].tasks


@needs_full
@pytest.mark.parametrize("arguments", ["generate --bogus", "nonsense", "jobs show nothing"])
def test_an_error_that_cant_be_printed_has_its_usual_code(arguments: str) -> None:
    done = run(arguments, "2>/dev/full")
    assert (done.returncode, done.stdout) == (2, "")


@needs_full
@pytest.mark.parametrize("arguments", ["models", "jobs list --json", "--help", "--version"])
def test_no_command_shows_a_traceback_where_nothing_can_be_printed(arguments: str) -> None:
    done = run(arguments, ">/dev/full")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("Error can't use the output: No space left on device")
    assert "Traceback" not in done.stderr


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_to_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in which a socket is named v.mp4."""
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tmp_path)  # the name of a socket is short
        listener.bind("v.mp4")
        yield tmp_path


@pytest.mark.parametrize("make", [_pipe, _link_to_pipe, Path.mkdir])
def test_nothing_is_paid_for_a_file_that_would_be_replaced(sandbox: Sandbox, make: object) -> None:
    target = Path("v.mp4")
    make(target)  # type: ignore[operator]
    before = target.lstat().st_mode
    done = CliRunner().invoke(build_app(), [*GENERATE.split(), "--yes"])
    assert done.exit_code == 2
    assert "v.mp4 is a" in done.output
    assert not sandbox.stand_ins["jimmy"].tasks
    assert target.lstat().st_mode == before


def test_a_socket_is_not_replaced(listening: Path) -> None:
    with pytest.raises(UsageError, match="is a pipe, a device"):
        check_writable(listening / "v.mp4")


def test_a_pipe_that_came_meanwhile_stays_and_so_does_the_video(tmp_path: Path) -> None:
    source, target = tmp_path / "part", tmp_path / "v.mp4"
    source.write_bytes(b"video")
    os.mkfifo(target)
    with pytest.raises(DownloadError, match="is a pipe, a device"):
        move_file(source, target)
    assert source.read_bytes() == b"video"
    assert stat.S_ISFIFO(target.stat().st_mode)


def test_a_link_is_replaced_and_not_what_it_names(tmp_path: Path) -> None:
    """A video is moved to its name in one step, which never leaves half of one."""
    (tmp_path / "real.mp4").write_bytes(b"other")
    source, target = tmp_path / "part", tmp_path / "v.mp4"
    source.write_bytes(b"video")
    target.symlink_to("real.mp4")
    check_writable(target)
    move_file(source, target)
    assert (target.is_symlink(), target.read_bytes()) == (False, b"video")
    assert (tmp_path / "real.mp4").read_bytes() == b"other"


def test_a_link_in_a_circle_is_replaced_too(sandbox: Sandbox) -> None:
    Path("v.mp4").symlink_to("v.mp4")
    done = CliRunner().invoke(build_app(), [*GENERATE.split(), "--yes"])
    assert done.exit_code == 0, done.output
    assert Path("v.mp4").stat().st_size > 1000


def test_a_report_named_by_a_link_in_a_circle_is_written(sandbox: Sandbox) -> None:
    Path("v.csv").symlink_to("v.csv")
    Path("r.json").write_text('{"prompt": "kite"}')
    arguments = ["compare", "r.json", "-m", MODEL, "-o", "out", "--csv", "v.csv", "--yes"]
    done = CliRunner().invoke(build_app(), arguments)
    assert done.exit_code == 0, done.output
    assert Path("v.csv").read_text()
