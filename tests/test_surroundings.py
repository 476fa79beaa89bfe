"""A broken environment ends every command with one clear error, and before anything is paid."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import platformdirs
import pytest
import typer
from bad_surroundings import BAD, PASSWORD, BadSurroundings
from polyreel import AsyncClient, Client, ConfigError, JournalError, UsageError, VideoRequest
from polyreel.cli.app import build_app
from polyreel.comparing import comparison as comparing
from polyreel.config import data_folder
from polyreel_sandbox import Pace, Sandbox
from typer.testing import CliRunner

MODEL = "jimmy/seedance2.0-std"
BROKEN = pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)

# Every command, with what it takes; JOB stands for the id of an open job.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "providers": (),
    "models": (),
    "check": ("request.json",),
    "wire": ("request.json", "-m", MODEL),
    "quote": ("request.json", "-m", MODEL),
    "prices": (),
    "prices refresh": (),
    "generate": ("request.json", "-m", MODEL, "-o", "again.mp4", "--yes"),
    "compare": ("request.json", "-m", MODEL, "-m", MODEL, "--yes"),
    "jobs": (),
    "jobs list": (),
    "jobs show": ("JOB",),
    "jobs wait": ("--all",),
    "jobs download": ("--all-finished",),
    "jobs cancel": ("JOB",),
    "jobs settle": ("JOB", "--lost"),
    "jobs rescue": ("--to", "rescued.sqlite3"),
    "trust": ("--list",),
    "stats": (),
    "spend": (),
    "doctor": (),
    "new-provider": ("acme",),
    "init": ("--force",),  # the last: it writes a config
}
NOT_DRIVEN = {"demo", "sandbox"}  # they reach nothing but this machine; the second never ends
NEED_NETWORK = {
    "generate",
    "compare",
    "jobs wait",
    "jobs download",
    "prices refresh",
    "doctor",
}
NEED_JOURNAL = {
    "generate",
    "compare",
    "stats",
    "spend",
    "doctor",
    *(name for name in COMMANDS if name.startswith("jobs")),
}
NEED_NO_CONFIG = {"init", "new-provider", "trust"}
NEED_A_PLACE_FOR_PRICES = {"prices refresh"}


def names_of(group: Any, before: str = "") -> set[str]:
    """Return the name of every command."""
    found = set()
    for name, each in group.commands.items():
        found.add(before + name)
        if hasattr(each, "commands"):
            found |= names_of(each, f"{before}{name} ")
    return found


def stopped_by(bad: BadSurroundings) -> set[str]:
    """Return the commands that can't do their work."""
    stopped: set[str] = set()
    if "network" in bad.breaks:
        stopped |= NEED_NETWORK
    if "journal" in bad.breaks:
        stopped |= NEED_JOURNAL
    if "prices" in bad.breaks:
        stopped |= NEED_A_PLACE_FOR_PRICES
    if "trust" in bad.breaks:
        stopped |= {"trust"}
    if "config" in bad.breaks:
        stopped |= set(COMMANDS) - NEED_NO_CONFIG
    return stopped


@pytest.fixture
def job(sandbox: Sandbox) -> str:
    """Submit a job that stays open, and return its id."""
    Path("request.json").write_text('{"prompt": "A paper boat"}')
    with Client() as client:
        return client.submit(VideoRequest(prompt="A paper boat"), MODEL).id


def test_every_command_is_driven_here() -> None:
    assert names_of(typer.main.get_command(build_app())) - NOT_DRIVEN == set(COMMANDS)


@BROKEN
def test_every_command_ends_with_one_error_that_names_the_way_out(
    bad: BadSurroundings,
    job: str,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad.make(monkeypatch, tmp_path)
    stopped = stopped_by(bad)
    for name, arguments in COMMANDS.items():
        given = [job if each == "JOB" else each for each in arguments]
        done = CliRunner().invoke(build_app(), [*name.split(), *given])
        assert done.exception is None or isinstance(done.exception, SystemExit), name
        assert "Traceback" not in done.output, name
        assert PASSWORD not in done.output, name
        if name not in stopped:
            # The vendor whose job it is can't cancel.
            assert done.exit_code == (3 if name == "jobs cancel" else 0), (name, done.output)
            continue
        # A job that is open stays so: what is wrong can be mended, and the job resumed.
        assert done.exit_code in (2, 5), (name, done.output)
        assert len(done.output) < 6000, name
        if name == "doctor":
            assert "problem" in done.output
        for words in bad.said:
            assert words.lower() in " ".join(done.output.split()).lower(), (name, done.output)
    assert len(sandbox.stand_ins["jimmy"].tasks) == 1 + ("generate" not in stopped) + 2 * (
        "compare" not in stopped
    )


@BROKEN
def test_the_open_job_is_finished_once_that_is_mended(
    bad: BadSurroundings, job: str, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        bad.make(patch, tmp_path)
        CliRunner().invoke(build_app(), ["jobs", "wait", "--all"])
    done = CliRunner().invoke(build_app(), ["jobs", "wait", job, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["stage"] == "downloaded"


NETWORK = [each for each in BAD if "network" in each.breaks]


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
@pytest.mark.parametrize("bad", NETWORK, ids=lambda bad: bad.name)
def test_a_client_says_so_before_it_opens_a_job(
    bad: BadSurroundings,
    is_async: bool,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad.make(monkeypatch, tmp_path)

    async def run() -> None:
        async with AsyncClient() as client:
            with pytest.raises(ConfigError):
                await client.submit("A paper boat", MODEL)
            with pytest.raises(ConfigError):
                await comparing.compare(client, "A paper boat", [MODEL], tmp_path)
            assert client.history.jobs() == []

    if is_async:
        anyio.run(run)
    else:
        with Client() as client:
            client.quote("A paper boat", [MODEL])
            client.wire("A paper boat", MODEL)
            with pytest.raises(ConfigError) as raised:
                client.submit("A paper boat", MODEL)
            with pytest.raises(ConfigError):
                client.generate("A paper boat", "video.mp4", MODEL)
            assert client.history.jobs() == []
            assert len(str(raised.value)) < 400
    assert sandbox.stand_ins["jimmy"].tasks == {}


def test_connections_that_can_not_be_prepared_sent_nothing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are checked before; should they break after, the job is rejected and not unknown."""
    with Client() as client:
        monkeypatch.setattr(client, "check_network", lambda: None)
        monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
        with pytest.raises(ConfigError):
            client.submit("A paper boat", MODEL)
        assert [each.stage for each in client.history.jobs()] == ["rejected"]


def test_the_demo_reaches_this_machine_only_whatever_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "ftp://127.0.0.1:9")
    module = import_module("polyreel_sandbox.commands.demo")  # its package has a function so named
    monkeypatch.setattr(module, "Pace", lambda **_: Pace(queued=0.02, running=0.05))
    done = CliRunner().invoke(build_app(), ["demo", "--json"])
    assert done.exit_code == 0, done.output


# Folders


def test_without_a_home_only_what_saves_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user has no entry: the folder would be named `~`."""
    monkeypatch.delenv("POLYREEL_HOME")
    unknown = Path("~/.local/share/polyreel")
    monkeypatch.setattr(platformdirs, "user_data_path", lambda _: unknown)
    with pytest.raises(ConfigError, match="Set POLYREEL_HOME to a folder that stays, or HOME"):
        data_folder()
    with Client(journal=None) as client:
        assert client.quote("A paper boat", [MODEL])[0].can
        with pytest.raises(ConfigError, match="POLYREEL_HOME"):
            client.refresh_prices("jimmy")
    done = CliRunner().invoke(build_app(), ["jobs"])
    assert (done.exit_code, list(Path().iterdir())) == (2, [])


def test_without_a_home_a_config_in_the_working_folder_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: Path("~/.config/polyreel"))
    Path("~/.config/polyreel").mkdir(parents=True)
    Path("~/.config/polyreel/polyreel.toml").write_text("broken")
    Client().close()


@pytest.mark.skipif(os.name == "nt", reason="there a folder that is used can't be removed")
def test_in_a_working_folder_that_is_gone_commands_still_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for command in (["models"], ["jobs"], ["doctor"]):
        done = CliRunner().invoke(build_app(), command)
        assert done.exit_code == 0, done.output
    monkeypatch.setenv("POLYREEL_HOME", "here")
    done = CliRunner().invoke(build_app(), ["jobs"])
    assert done.exit_code == 2
    assert "working folder" in done.output


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(closed))
    try:
        with pytest.raises(ConfigError, match="Permission denied"):
            Client()
    finally:
        closed.chmod(0o700)


def test_no_folder_for_temporary_files_is_one_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**options: Any) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    request = VideoRequest(
        prompt="Like {video:1}", reference_videos=["https://cdn.example/video.mp4"]
    )
    with Client() as client, pytest.raises(ConfigError, match="TMPDIR"):
        client.quote(request, ["jimmy/sd2_mx_video_720p"], read_urls=True)


# Streams, in a process of its own


def start(
    *arguments: str, through: str = "exec", before: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line by a shell, which prepares its streams."""
    python = f"'{sys.executable}' -m polyreel"
    return subprocess.run(
        ["/bin/sh", "-c", f"{before} {through} {python} {' '.join(arguments)}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


@posix
@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&-", 0, ""),
        pytest.param(
            ">/dev/full",
            5,
            "No space left",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it"),
        ),
    ],
)
def test_a_stream_that_is_closed_or_full_gives_no_traceback(
    streams: str, code: int, said: str
) -> None:
    done = start("models", streams)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@posix
def test_a_terminal_of_no_columns_hides_no_error() -> None:
    done = start("models", "-p", "nobody", COLUMNS="0")
    assert (done.returncode, "nobody" in done.stderr) == (2, True)


def test_the_command_line_is_also_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "polyreel", "--version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("polyreel ")


SCRIPT = str(Path(sys.executable).parent / "polyreel")
INTERRUPTED_IMPORT = """\
import os, signal
os.kill(os.getpid(), signal.SIGINT)
for _ in range(1000):
    pass
"""


@posix
@pytest.mark.parametrize(
    "command", [[SCRIPT], [sys.executable, "-m", "polyreel"]], ids=["script", "-m"]
)
@pytest.mark.parametrize("module", ["typer", "httpx"])
def test_an_interrupt_while_modules_are_imported_ends_quietly(
    module: str, command: list[str], tmp_path: Path
) -> None:
    """The module in the way interrupts its own process, as Ctrl-C would at that moment."""
    (tmp_path / "shadows").mkdir()
    (tmp_path / "shadows" / f"{module}.py").write_text(INTERRUPTED_IMPORT)
    done = subprocess.run(
        [*command, "models"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "shadows")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # A shell's background process ignores SIGINT, and so may whatever runs this test.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


# Paths that can't be used


PATHS: dict[str, Callable[[], object]] = {
    "a config with a NUL": lambda: Client("a\0b.toml"),
    "a journal in the home of nobody": lambda: Client(journal="~nobody-at-all/j").history.jobs(),
    "a journal with a NUL": lambda: Client(journal="a\0b").history.jobs(),
    "files in the home of nobody": lambda: Client(local_files="~nobody-at-all").plan("k", MODEL),
    "an output file with a NUL": lambda: Client().generate("k", "a\0b.mp4", MODEL),
}
IN_A_FOLDER_THAT_IS_GONE: dict[str, Callable[[], object]] = {
    "an output file": lambda: Client().generate("k", "v.mp4", MODEL),
    "a journal": lambda: Client(journal="j.sqlite3").history.jobs(),
    "a config": lambda: Client("p.toml"),
    "a media": lambda: Client().wire(VideoRequest(prompt="k", first_frame="a.png"), MODEL),
}


@pytest.mark.parametrize("use", PATHS.values(), ids=PATHS)
def test_a_path_that_can_not_be_used_is_one_error(
    use: Callable[[], object], sandbox: Sandbox
) -> None:
    with pytest.raises((UsageError, JournalError)) as caught:
        use()
    assert len(caught.value.message) < 600
    assert not sandbox.stand_ins["jimmy"].tasks


@pytest.mark.parametrize("use", IN_A_FOLDER_THAT_IS_GONE.values(), ids=IN_A_FOLDER_THAT_IS_GONE)
def test_a_working_folder_that_is_gone_is_one_error(
    use: Callable[[], object], sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        with pytest.raises((UsageError, JournalError)) as caught:
            use()
    finally:
        os.chdir(tmp_path)
    assert len(caught.value.message) < 600
    assert not sandbox.stand_ins["jimmy"].tasks
