"""The commands that cost nothing: providers, models, check, wire, init, and the help.

What a person reads, what a program reads with `--json`, and what a pipe gets.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from polyreel import Client
from polyreel.adapters import Registry
from polyreel.cli.app import build_app
from polyreel.config import load_config
from polyreel_sandbox import draw_picture
from typer.testing import CliRunner

COMMANDS = {
    "check",
    "compare",
    "demo",
    "doctor",
    "generate",
    "init",
    "jobs",
    "models",
    "new-provider",
    "prices",
    "providers",
    "quote",
    "sandbox",
    "spend",
    "stats",
    "trust",
    "wire",
}
JOBS_COMMANDS = {"cancel", "download", "list", "rescue", "settle", "show", "wait"}
KEY = "sk-inspect-5f1d7c22"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BOX_DRAWING = re.compile("[\u2500-\u259f]")
TEXT_MODEL = "jimmy/seedance2.0-std"
IMAGE_URL = "https://cdn.example/a%20b/:100:/bay.png?Signature=x%2By&n=[red]"


def run(*arguments: str, stdin: str | None = None) -> Any:
    """Run a command in this process, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), list(arguments), input=stdin)


def run_json(*arguments: str) -> Any:
    """Run a command with `--json` and return what it printed."""
    done = run(*arguments, "--json")
    assert done.exit_code in (0, 2), done.output
    return json.loads(done.stdout)


def rows(printed: str) -> list[dict[str, str]]:
    """Return a piped table's rows by column."""
    heading, *lines = (line.split("\t") for line in printed.splitlines())
    return [dict(zip(heading, line, strict=True)) for line in lines]


def write_request(folder: Path, name: str = "request.json", **fields: object) -> str:
    """Write a request file and return its path."""
    path = folder / name
    path.write_text(json.dumps({"prompt": "A paper boat", **fields}), encoding="utf-8")
    return str(path)


# providers


def test_providers_shows_both_vendors_as_ready() -> None:
    shown = {row["provider"]: row["state"] for row in rows(run("providers").stdout)}
    assert shown == {"jimmy": "ready", "modellix": "ready"}


def test_providers_names_the_variable_that_lacks_a_key() -> None:
    shown = {row["provider"]: row["key"] for row in rows(run("providers").stdout)}
    assert shown["modellix"] == "MODELLIX_API_KEY is not set"


def test_providers_reports_that_a_key_is_there_and_not_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JIMMY_API_KEY", KEY)
    printed = run("providers").stdout
    assert "JIMMY_API_KEY is set" in printed
    assert KEY not in printed


def test_providers_json_has_the_address_that_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIMMY_BASE_URL", "http://127.0.0.1:9/jimmy")
    shown = {row["provider"]: row["base_url"] for row in run_json("providers")}
    assert shown == {
        "jimmy": "http://127.0.0.1:9/jimmy",
        "modellix": "https://api.modellix.ai/api/v1",
    }


# models


def test_models_lists_every_installed_model_once() -> None:
    shown = [row["model"] for row in rows(run("models").stdout)]
    assert shown == [name for name, _ in Registry.installed().models()]


def test_models_of_one_provider_are_only_its_own() -> None:
    shown = {row["model"].partition("/")[0] for row in rows(run("models", "-p", "modellix").stdout)}
    assert shown == {"modellix"}


def test_one_model_is_shown_with_its_source_and_what_nobody_publishes() -> None:
    printed = run("models", "jimmy/seedance2.0-fast-i2v").stdout
    assert "https://docs.jimmyai.cn/en/api-reference/seedance/md/fast-i2v" in printed
    assert "whether videos have sound is not published" in printed


def test_models_json_reports_a_models_limits_as_values() -> None:
    (model,) = run_json("models", "jimmy/seedance2.0-fast-md")
    assert model["model"] == "jimmy/seedance2.0-fast-md"
    assert (model["durations"], model["images"]["maximum"]) == (list(range(4, 16)), 4)


def test_a_model_of_another_provider_than_named_is_an_error_and_no_crash() -> None:
    done = run("models", TEXT_MODEL, "-p", "modellix")
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 2


# check


def test_check_says_which_models_take_a_request(tmp_path: Path) -> None:
    shown = {row["model"]: row["can"] for row in rows(run("check", write_request(tmp_path)).stdout)}
    assert shown[TEXT_MODEL] == "yes"
    assert shown["jimmy/seedance2.0-fast-i2v"] == "no"


def test_check_names_the_field_the_limit_and_the_nearest_that_can(tmp_path: Path) -> None:
    request = write_request(tmp_path, duration=3, reference_images=["https://example.com/a.png"])
    (row,) = rows(run("check", request, "-m", "jimmy/seedance2.0-fast-md").stdout)
    assert (row["can"], row["field"]) == ("no", "duration")
    assert "4–15 seconds" in row["why not"]
    assert row["nearest model that can"].startswith("jimmy/")


def test_the_nearest_that_check_names_really_can(tmp_path: Path) -> None:
    request = write_request(tmp_path, seed=0)
    (result,) = run_json("check", request, "-m", TEXT_MODEL)
    assert result["findings"][0]["field"] == "seed"
    assert run("check", request, "-m", result["nearest"]).exit_code == 0


def test_check_ends_well_when_some_model_can(tmp_path: Path) -> None:
    assert run("check", write_request(tmp_path)).exit_code == 0


def test_check_ends_with_2_when_no_model_can(tmp_path: Path) -> None:
    assert run("check", write_request(tmp_path, duration=600)).exit_code == 2


def test_check_takes_a_toml_request(tmp_path: Path) -> None:
    path = tmp_path / "request.toml"
    path.write_text('prompt = "A paper boat"\nduration = 10\n', encoding="utf-8")
    assert run("check", str(path), "-m", "jimmy/seedance2.0-fast-md").exit_code == 0


def test_check_reads_a_request_from_standard_input() -> None:
    text = json.dumps({"prompt": "A paper boat", "duration": 600})
    done = run("check", "-", "-m", TEXT_MODEL, stdin=text)
    assert "600 seconds were asked for" in done.stdout


# wire


def test_wire_json_has_exactly_the_documented_keys(tmp_path: Path) -> None:
    (shown,) = run_json("wire", write_request(tmp_path), "-m", TEXT_MODEL)
    assert set(shown) == {"provider", "model", "method", "url", "json", "spends"}


def test_wire_json_is_the_request_that_a_vendor_would_get(tmp_path: Path) -> None:
    request = write_request(tmp_path, seed=0, audio=False)
    assert run_json("wire", request, "-m", "modellix/seedance-2.0-t2v") == [
        {
            "provider": "modellix",
            "model": "seedance-2.0-t2v",
            "method": "POST",
            "url": "https://api.modellix.ai/api/v1/bytedance/seedance-2.0-t2v/async",
            "json": {
                "prompt": "A paper boat",
                "duration": 5,
                "ratio": "16:9",
                "resolution": "720p",
                "generate_audio": False,
                "seed": 0,
            },
            "spends": True,
        }
    ]


def test_wire_shows_each_model_that_is_named(tmp_path: Path) -> None:
    shown = run_json(
        "wire", write_request(tmp_path), "-m", TEXT_MODEL, "-m", "modellix/seedance-2.0-t2v"
    )
    assert [each["provider"] for each in shown] == ["jimmy", "modellix"]


def test_wire_needs_no_key(tmp_path: Path) -> None:
    assert run("wire", write_request(tmp_path), "-m", TEXT_MODEL).exit_code == 0


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "json"])
def test_wire_shows_no_credentials(
    form: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIMMY_API_KEY", KEY)
    done = run("wire", write_request(tmp_path), "-m", TEXT_MODEL, *form)
    assert "seedance/videos" in done.stdout
    assert KEY not in done.output
    assert "authorization" not in done.output.lower()


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "json"])
def test_wire_shows_a_media_url_exactly_as_it_would_be_sent(
    form: Sequence[str], tmp_path: Path
) -> None:
    request = write_request(tmp_path, reference_images=[IMAGE_URL])
    assert f'"{IMAGE_URL}"' in run("wire", request, "-m", TEXT_MODEL, *form).stdout


def test_wire_shows_a_prompt_exactly_as_it_would_be_sent(tmp_path: Path) -> None:
    prompt = "A :heart: of [bold]gold[/bold]"
    request = write_request(tmp_path, prompt=prompt)
    assert f'"prompt": "{prompt}"' in run("wire", request, "-m", TEXT_MODEL).stdout


def test_wire_for_people_begins_with_method_address_and_price_mark(tmp_path: Path) -> None:
    first = run("wire", write_request(tmp_path), "-m", TEXT_MODEL).stdout.splitlines()[0]
    address = "https://www.jimmyai.cn/api/open-api/v1/seedance/videos"
    assert first == f"POST {address}  (costs money)"


def test_wire_shows_a_free_upload_before_the_paid_request(tmp_path: Path) -> None:
    (tmp_path / "bay.png").write_bytes(draw_picture("bay", 320, 320))
    request = write_request(tmp_path, reference_images=["bay.png"])
    shown = run_json("wire", request, "-m", TEXT_MODEL)
    assert [(each["json"] is None, each["spends"]) for each in shown] == [
        (True, False),
        (False, True),
    ]


def test_wire_shortens_inline_media_for_people_only(tmp_path: Path) -> None:
    (tmp_path / "bay.png").write_bytes(draw_picture("bay", 320, 320))
    request = write_request(tmp_path, reference_images=["bay.png"])
    model = "modellix/seedance-2.0-fast-i2v"
    (inline,) = run_json("wire", request, "-m", model)[0]["json"]["reference_images"]
    assert len(inline) > 1000
    assert len(run("wire", request, "-m", model).stdout) < 1000


@pytest.mark.parametrize("spelling", ["bay.png", {"path": "bay.png"}], ids=["text", "table"])
def test_a_request_files_pictures_are_polled_for_beside_it(
    spelling: str | dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "bay.png").write_bytes(draw_picture("bay", 320, 320))
    done = run("wire", write_request(folder, first_frame=spelling), "-m", TEXT_MODEL)
    assert done.exit_code == 0, done.stderr


def test_a_request_files_pictures_may_lie_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    (home / "bay.png").write_bytes(draw_picture("bay", 320, 320))
    done = run("wire", write_request(folder, first_frame="~/bay.png"), "-m", TEXT_MODEL)
    assert done.exit_code == 0, done.stderr


def test_wire_drop_shows_the_request_without_what_the_model_lacks(tmp_path: Path) -> None:
    done = run("wire", write_request(tmp_path, seed=7), "-m", TEXT_MODEL, "--drop", "--json")
    assert "seed" not in json.loads(done.stdout)[0]["json"]
    assert "left out seed" in done.stderr


# init


def test_init_writes_a_file_that_loads(tmp_path: Path) -> None:
    assert run("init").exit_code == 0
    config = load_config(tmp_path / "polyreel.toml")
    assert set(config.targets) == set(config.providers) == {"jimmy", "modellix"}


def test_the_file_of_init_picks_the_model_when_none_is_named(tmp_path: Path) -> None:
    run("init")
    request = write_request(tmp_path, reference_images=[IMAGE_URL])
    (shown,) = run_json("wire", request)
    assert f"{shown['provider']}/{shown['model']}" == "jimmy/seedance2.0-fast-i2v"


def test_every_target_that_init_writes_can_be_used(tmp_path: Path) -> None:
    run("init")
    request = write_request(tmp_path, reference_images=[IMAGE_URL])
    shown = run_json("wire", request, "-m", "jimmy", "-m", "modellix")
    assert [each["provider"] for each in shown] == ["jimmy", "modellix"]


def test_every_line_that_init_comments_out_can_be_switched_on(tmp_path: Path) -> None:
    run("init")
    path = tmp_path / "polyreel.toml"
    text = path.read_text(encoding="utf-8")
    switched = re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
    assert switched.count("\nmax_in_flight") == 2
    path.write_text(switched, encoding="utf-8")
    config = load_config(path)
    assert config.targets["jimmy"].fallbacks == ["modellix"]


def test_the_file_of_init_finds_the_key_in_the_usual_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("init")
    monkeypatch.setenv("MODELLIX_API_KEY", KEY)
    with Client() as client:
        adapter = client.planner.registry.adapter("modellix")
        assert client.planner.account(adapter).require_key() == KEY


def test_init_does_not_overwrite_a_file(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text("# mine\n", encoding="utf-8")
    done = run("init")
    assert (done.exit_code, path.read_text(encoding="utf-8")) == (2, "# mine\n")
    assert "--force" in done.stderr


def test_init_force_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text("# mine\n", encoding="utf-8")
    assert run("init", "--force").exit_code == 0
    assert load_config(path).default == "jimmy"


def test_init_json_says_where_the_file_is(tmp_path: Path) -> None:
    assert run_json("init") == {"file": str((tmp_path / "polyreel.toml").resolve())}


# the command line as a whole


def test_version_is_that_of_the_distribution() -> None:
    assert run("--version").stdout == f"polyreel {version('polyreel')}\n"


def test_help_lists_every_command() -> None:
    assert set(_commands()) == COMMANDS
    printed = ESCAPE.sub("", run("--help").output)
    listed = {name for name in COMMANDS if re.search(rf"^\W*{name}\s{{2,}}\S", printed, re.M)}
    assert listed == COMMANDS


def test_help_lists_every_command_about_jobs() -> None:
    assert set(_commands()["jobs"].commands) == JOBS_COMMANDS
    printed = ESCAPE.sub("", run("jobs", "--help").output)
    listed = {name for name in JOBS_COMMANDS if re.search(rf"^\W*{name}\s{{2,}}\S", printed, re.M)}
    assert listed == JOBS_COMMANDS


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("generate", "--help"), ("compare", "--help"), ("jobs", "--help")],
    ids=" ".join,
)
def test_help_explains_every_exit_code(arguments: tuple[str, ...]) -> None:
    printed = " ".join(ESCAPE.sub("", run(*arguments).output).split())
    for code in ("0 done", "1 the job failed", "2 the call", "3 the provider", "4 the submit"):
        assert code in printed
    assert "5 not done" in printed
    assert "130 interrupted" in printed


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_speaks_json(name: str) -> None:
    options = {text for each in _commands()[name].params for text in each.opts}
    assert "--json" in options


@pytest.mark.parametrize("name", sorted(JOBS_COMMANDS))
def test_every_command_about_jobs_speaks_json(name: str) -> None:
    options = {text for each in _commands()["jobs"].commands[name].params for text in each.opts}
    assert "--json" in options


def test_what_costs_nothing_keeps_nothing(tmp_path: Path) -> None:
    request = write_request(tmp_path)
    for arguments in (("providers",), ("models",), ("check", request), ("wire", request)):
        run(*arguments, *(("-m", TEXT_MODEL) if request in arguments else ()))
    assert [path.name for path in tmp_path.iterdir()] == ["request.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("providers",),
        ("models",),
        ("models", TEXT_MODEL),
        ("check", "request.json"),
        ("wire", "request.json", "-m", TEXT_MODEL),
        ("init",),
        ("wire", "request.json", "-m", "jimmy/unknown"),
        ("--help",),
        ("generate", "--help"),
        ("jobs",),
        ("jobs", "list"),
        ("jobs", "show", "0a1b2c3d"),
        ("jobs", "--help"),
    ],
    ids=" ".join,
)
def test_what_is_piped_is_plain(arguments: tuple[str, ...], tmp_path: Path) -> None:
    write_request(tmp_path)
    done = _run_piped(*arguments)
    assert done.stdout + done.stderr
    assert ESCAPE.search(done.stdout + done.stderr) is None
    assert BOX_DRAWING.search(done.stdout + done.stderr) is None


def test_a_mistake_in_the_options_is_reported_plainly_when_piped() -> None:
    done = _run_piped("generate", "--duration", "long")
    assert done.returncode == 2
    assert "--duration" in done.stderr
    assert BOX_DRAWING.search(done.stderr) is None


def test_models_can_be_piped_where_the_system_is_not_utf_8() -> None:
    """On Windows a pipe's encoding is the code page, such as 1252, which lacks `≤`."""
    done = _run_piped("models", "-p", "modellix", encoding="cp1252")
    assert done.returncode == 0, done.stderr[-300:]


def test_headings_are_whole_in_a_terminal_of_80_columns() -> None:
    printed = _run_in_terminal("models", "-p", "modellix", columns=80)
    words = set(ESCAPE.sub("", printed).split())
    assert {"seconds", "ratios", "resolutions", "settings"} <= words


def _commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(build_app())
    return dict(group.commands)


def _quiet_environment() -> dict[str, str]:
    """Return the environment without what asks for colours even in a pipe."""
    asks = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
    return {name: value for name, value in os.environ.items() if name not in asks}


def _run_piped(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from polyreel.cli import main; main()", *arguments],
        env={**_quiet_environment(), "PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding=encoding,
        timeout=60,
        check=False,
    )


def _run_in_terminal(*arguments: str, columns: int) -> str:
    """Run a command on a pseudo-terminal and return what it printed."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a Unix thing")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    command = [sys.executable, "-c", "from polyreel.cli import main; main()", *arguments]
    with (
        os.fdopen(ours, "rb", buffering=0) as screen,
        subprocess.Popen(
            command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        ) as process,
    ):
        os.close(theirs)
        printed = b""
        # Linux tells by an error that the other end is closed.
        with contextlib.suppress(OSError):
            while chunk := screen.read(65536):
                printed += chunk
        assert process.wait(timeout=60) == 0
    return printed.decode()
