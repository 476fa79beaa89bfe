"""Every mistake ends in one clear message that says what to do, and the documented exit code.

Each case runs with `--json`, so that the message for the person (standard error) and the one
for the program (standard output) are judged together. Nothing here reaches a vendor: the
addresses point at a closed port of this machine, so a request that left would change the code.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from polyreel.cli.app import build_app
from polyreel_sandbox import draw_picture
from trusted import write_trusted
from typer.testing import CliRunner

TEXT_MODEL = "jimmy/seedance2.0-std"
KEY = "sk-errors-77aa1e"
CLOSED = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give both vendors a key and an address where nobody listens."""
    for name in ("JIMMY", "MODELLIX"):
        monkeypatch.setenv(f"{name}_API_KEY", KEY)
        monkeypatch.setenv(f"{name}_BASE_URL", CLOSED)


def run(*arguments: str) -> Any:
    """Run a command in this process with `--json`, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), [*arguments, "--json"])


def generate(*arguments: str) -> Any:
    """Run `generate` with consent given; later options win over these."""
    return run("generate", "-o", "video.mp4", "-p", "A paper boat", "--yes", *arguments)


def assert_one_clear_message(
    done: Any, kind: str, *words: str, code: int = 2, secrets: tuple[str, ...] = (KEY,)
) -> None:
    """Check that a command ended in one message of a kind that holds the words."""
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    error = json.loads(done.stdout)["error"]
    assert error["type"] == kind
    for word in words:
        assert word in error["message"]
    # Standard error also holds what was about to be sent; there is one error among it.
    shown = done.stderr.partition("Error")
    assert shown[1], "no error was shown"
    assert shown[2].strip(": \n") == error["message"].strip()
    for secret in secrets:
        assert secret not in done.output


# models and targets


def test_an_unknown_model_is_answered_with_the_nearest_name() -> None:
    done = generate("-m", "jimmy/seedance2.0-fast-i2")
    assert_one_clear_message(
        done, "UnknownModel", "seedance2.0-fast-i2'", "jimmy/seedance2.0-fast-i2v"
    )


def test_an_unknown_provider_is_answered_with_the_nearest_name() -> None:
    done = generate("-m", "modelix/seedance-2.0-t2v")
    assert_one_clear_message(done, "UnknownModel", "'modelix'", "'modellix'")


def test_a_model_without_its_provider_is_answered_with_the_whole_name() -> None:
    done = generate("-m", "seedance2.0-std")
    assert_one_clear_message(done, "UnknownModel", "jimmy/seedance2.0-std", "provider/name")


def test_an_unknown_target_is_answered_with_the_nearest_target(tmp_path: Path) -> None:
    config = f'[targets.cheap]\nmodel = "{TEXT_MODEL}"\n'
    write_trusted(config, tmp_path)
    assert_one_clear_message(generate("-t", "cheep"), "ConfigError", "'cheep'", "'cheap'")


def test_a_target_where_no_config_is_says_that_there_is_no_config() -> None:
    done = generate("-t", "cheap")
    assert (done.exit_code, "polyreel.toml" in done.stderr) == (2, True)


def test_no_model_and_no_default_says_how_to_name_one() -> None:
    assert_one_clear_message(generate(), "UsageError", "-m provider/name", "polyreel init")


def test_a_model_and_a_target_at_once_is_one_too_many() -> None:
    assert_one_clear_message(generate("-m", TEXT_MODEL, "-t", "cheap"), "UsageError", "-m or -t")


def test_a_model_that_cannot_do_it_is_refused_with_the_limit_and_the_nearest() -> None:
    done = generate("-m", "jimmy/seedance2.0-std", "--duration", "3")
    assert_one_clear_message(done, "UnsupportedRequest", "duration", "3 seconds", "4–15 seconds")


def test_a_fallback_that_does_not_exist_is_reported_before_anything_is_sent(tmp_path: Path) -> None:
    config = f'[targets.a]\nmodel = "{TEXT_MODEL}"\nfallbacks = ["nowhere"]\n'
    write_trusted(config, tmp_path)
    assert_one_clear_message(generate("-t", "a"), "ConfigError", "'nowhere'")


# keys, consent and places


def test_a_missing_key_names_the_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIMMY_API_KEY")
    assert_one_clear_message(generate("-m", TEXT_MODEL), "MissingKey", "JIMMY_API_KEY")


def test_a_missing_key_names_the_variable_that_the_config_chose(tmp_path: Path) -> None:
    config = '[providers.jimmy]\napi_key = "$WORK_KEY"\n'
    write_trusted(config, tmp_path)
    assert_one_clear_message(generate("-m", TEXT_MODEL), "MissingKey", "WORK_KEY")


def test_a_key_with_a_line_break_in_it_is_not_used_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JIMMY_API_KEY", "sk-first\nsk-second")
    done = generate("-m", TEXT_MODEL)
    assert_one_clear_message(
        done, "ConfigError", "JIMMY_API_KEY", secrets=("sk-first", "sk-second")
    )


def test_without_a_terminal_and_yes_nothing_is_sent() -> None:
    done = run("generate", "-o", "video.mp4", "-p", "A paper boat", "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "no terminal", "--yes")


def test_a_comparison_without_a_terminal_and_yes_sends_nothing(tmp_path: Path) -> None:
    done = run("compare", _request(tmp_path), "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "no terminal", "--yes")


def test_a_comparison_of_no_models_says_how_to_name_them(tmp_path: Path) -> None:
    assert_one_clear_message(run("compare", _request(tmp_path)), "UsageError", "-m provider/name")


def test_an_output_folder_that_is_not_there_is_named() -> None:
    done = generate("-m", TEXT_MODEL, "-o", "nowhere/video.mp4")
    assert_one_clear_message(done, "UsageError", "the folder nowhere does not exist", "create it")


def test_an_output_folder_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    done = generate("-m", TEXT_MODEL, "-o", str(tmp_path))
    assert_one_clear_message(done, "UsageError", "is a folder", "name a file")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs Linux's /proc")
def test_an_output_folder_that_nobody_may_write_to_is_reported() -> None:
    done = generate("-m", TEXT_MODEL, "-o", "/proc/self/video.mp4")
    assert_one_clear_message(done, "UsageError", "/proc/self", "not writable")


def test_a_comparison_into_a_file_instead_of_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "videos").write_text("a file", encoding="utf-8")
    done = run("compare", _request(tmp_path), "-m", TEXT_MODEL, "-o", "videos", "--yes")
    assert_one_clear_message(done, "UsageError", "videos")


def test_a_demo_into_a_file_instead_of_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "videos").write_text("a file", encoding="utf-8")
    assert_one_clear_message(run("demo", "--out", "videos"), "UsageError", "videos")


def test_a_port_that_does_not_exist_is_reported() -> None:
    done = run("sandbox", "--port", "99999")
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, "99999" in done.stderr) == (2, True)


def test_a_fault_that_does_not_exist_is_answered_with_those_that_do() -> None:
    done = run("sandbox", "--fault", "gremlins")
    assert_one_clear_message(done, "UsageError", "'gremlins'", "accepted-then-dropped")


def test_a_vendor_that_cannot_be_reached_is_reported_and_nothing_was_paid() -> None:
    done = generate("-m", TEXT_MODEL)
    assert_one_clear_message(done, "TransportError", "jimmy", "Nothing was sent", code=3)


# the request


def test_a_request_file_that_is_not_there_is_named() -> None:
    assert_one_clear_message(run("wire", "no.json", "-m", TEXT_MODEL), "UsageError", "no.json")


def test_a_typo_in_a_request_file_is_answered_with_the_right_name(tmp_path: Path) -> None:
    done = run("wire", _request(tmp_path, durration=8), "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "request.json", "'durration'", "'duration'")


def test_a_typo_in_the_prompts_name_is_answered_with_the_right_name(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"promt": "A paper boat"}), encoding="utf-8")
    done = run("wire", str(path), "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "'promt'", "'prompt'")


def test_a_value_of_the_wrong_type_is_named_with_its_field(tmp_path: Path) -> None:
    done = run("wire", _request(tmp_path, duration="long"), "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "duration", "whole number")


def test_a_request_without_a_prompt_says_where_to_give_one() -> None:
    done = run("generate", "-o", "video.mp4", "--yes", "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "no prompt", "-p")


def test_broken_json_is_reported_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"prompt": "A boat",}', encoding="utf-8")
    done = run("wire", "request.json", "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "request.json", "not valid JSON", "line 1")


def test_broken_toml_is_reported_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "request.toml").write_text('prompt = "A boat\n', encoding="utf-8")
    done = run("wire", "request.toml", "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "request.toml", "not valid TOML", "line 1")


def test_a_request_that_is_a_list_is_reported(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text("[]", encoding="utf-8")
    done = run("wire", "request.json", "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "request.json", "one object")


def test_a_request_file_that_is_a_picture_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bay.png").write_bytes(draw_picture("bay", 64, 64))
    done = run("wire", "bay.png", "-m", TEXT_MODEL)
    assert_one_clear_message(done, "UsageError", "bay.png", "not text")


def test_a_picture_that_is_not_there_is_named_with_its_field() -> None:
    done = generate("-m", TEXT_MODEL, "--reference-image", "missing.png")
    assert_one_clear_message(done, "MediaUnreadable", "reference_images[0]", "missing.png")


def test_a_folder_given_as_a_picture_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bay.png").mkdir()
    done = generate("-m", TEXT_MODEL, "--first-frame", "bay.png")
    assert_one_clear_message(done, "MediaUnreadable", "first_frame", "bay.png")


def test_a_text_file_named_png_is_reported_with_what_the_field_takes(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("not a picture\n", encoding="utf-8")
    done = generate("-m", TEXT_MODEL, "--reference-image", "notes.png")
    assert_one_clear_message(
        done, "MediaUnreadable", "reference_images[0]", "notes.png", "PNG, JPEG or WebP"
    )


def test_an_empty_picture_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    done = generate("-m", TEXT_MODEL, "--reference-image", "empty.png")
    assert_one_clear_message(done, "MediaUnreadable", "empty.png", "empty")


def test_a_text_file_named_png_is_reported_by_check_too(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("not a picture\n", encoding="utf-8")
    done = run("check", _request(tmp_path, reference_images=["notes.png"]))
    assert_one_clear_message(done, "MediaUnreadable", "notes.png", "PNG, JPEG or WebP")


def test_a_reference_in_the_prompt_without_its_picture_is_reported() -> None:
    done = generate("-m", TEXT_MODEL, "-p", "A boat like {image:1}")
    assert_one_clear_message(done, "UsageError", "{image:1}", "reference_images")


@pytest.mark.parametrize("text", ["async_suffix=false", "modellix.async_suffix", "=", "modellix.="])
def test_a_malformed_provider_option_is_answered_with_the_form(text: str) -> None:
    done = generate("-m", "modellix/seedance-2.0-t2v", "--provider-option", text)
    assert_one_clear_message(done, "UsageError", "PROVIDER.NAME=VALUE")


def test_an_unknown_provider_option_is_answered_with_the_nearest() -> None:
    done = generate(
        "-m", "modellix/seedance-2.0-t2v", "--provider-option", "modellix.async_sufix=false"
    )
    assert_one_clear_message(done, "UsageError", "'async_sufix'", "'async_suffix'")


def test_a_provider_option_where_there_are_none_says_that_there_are_none() -> None:
    done = generate("-m", TEXT_MODEL, "--provider-option", "jimmy.turbo=true")
    assert_one_clear_message(done, "UsageError", "'turbo'", "jimmy")
    assert not json.loads(done.stdout)["error"]["message"].endswith("use one of ")


def test_a_provider_option_of_an_unknown_provider_is_answered_with_the_nearest() -> None:
    done = generate("-m", TEXT_MODEL, "--provider-option", "modelix.async_suffix=false")
    assert_one_clear_message(done, "UsageError", "'modelix'", "'modellix'")


@pytest.mark.parametrize("seconds", ["-1", "nan"])
def test_a_timeout_that_makes_no_sense_is_refused_before_anything_is_paid(seconds: str) -> None:
    """A request that left would end with exit code 3, since nobody listens."""
    done = generate("-m", TEXT_MODEL, "--timeout", seconds)
    assert (done.exit_code, "timeout" in done.stderr) == (2, True)


# the jobs that are kept


NO_IDS = ["video.mp4", "", "%"]


@pytest.mark.parametrize(
    ("action", "name"),
    [
        *itertools.product(["show", "wait", "download", "cancel", "settle"], ["0a1b2c3d"]),
        *itertools.product(["show", "wait", "download", "cancel", "settle"], NO_IDS),
    ],
)
def test_a_job_that_is_not_there_is_named_with_where_to_poll(
    action: str, name: str, tmp_path: Path
) -> None:
    done = run("jobs", action, name)
    assert_one_clear_message(
        done, "UsageError", repr(name), str(tmp_path / "polyreel-home"), "`polyreel jobs`"
    )


@pytest.mark.parametrize(("action", "every"), [("wait", "--all"), ("download", "--all-finished")])
def test_no_job_at_all_says_how_to_name_them(action: str, every: str) -> None:
    assert_one_clear_message(run("jobs", action), "UsageError", every, "`polyreel jobs`")


@pytest.mark.parametrize("seconds", ["-1", "nan"])
def test_a_timeout_that_makes_no_sense_is_reported_by_a_wait_too(seconds: str) -> None:
    done = run("jobs", "wait", "--all", "--timeout", seconds)
    assert_one_clear_message(done, "UsageError", "timeout")


@pytest.mark.parametrize("arguments", [("generate",), ("jobs", "list"), ("jobs", "wait", "--all")])
def test_a_home_for_the_journal_that_is_a_file_is_reported(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("POLYREEL_HOME", str(tmp_path / "home"))
    done = generate("-m", TEXT_MODEL) if arguments == ("generate",) else run(*arguments)
    assert_one_clear_message(done, "JournalError", str(tmp_path / "home"), "POLYREEL_HOME")


# the config


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("default = \n", ("polyreel.toml", "not valid TOML")),
        ('defualt = "jimmy"\n', ("polyreel.toml", "'defualt'", "'default'")),
        ('[targets.a]\nmodle = "jimmy/x"\n', ("targets.a.modle", "targets.a.model")),
        ("[targets.a]\n", ("targets.a.model", "missing")),
        ('[targets.a]\nmodel = "jimmy/x"\nfallbacks = "b"\n', ("fallbacks", "list")),
        ("[providers.jimmy]\nmax_in_flight = 0\n", ("max_in_flight", "1")),
        ("[providers.jimmy.timeouts]\nread = 0\n", ("timeouts.read", "0")),
        ("journal = 7\n", ("journal", "text")),
    ],
    ids=[
        "broken",
        "typo",
        "typo-in-target",
        "no-model",
        "wrong-type",
        "too-few",
        "too-short",
        "no-path",
    ],
)
def test_a_mistake_in_the_config_is_named_with_its_place(
    config: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    write_trusted(config, tmp_path)
    assert_one_clear_message(run("providers"), "ConfigError", *words)


def test_a_key_in_the_config_is_refused_and_not_shown(tmp_path: Path) -> None:
    config = '[providers.jimmy]\napi_key = "sk-literal-0451"\n'
    write_trusted(config, tmp_path)
    done = generate("-m", TEXT_MODEL)
    assert_one_clear_message(
        done,
        "ConfigError",
        "providers.jimmy.api_key",
        "environment variable",
        secrets=("sk-literal-0451",),
    )


def test_a_default_that_names_nothing_is_reported(tmp_path: Path) -> None:
    config = f'default = "cheep"\n[targets.cheap]\nmodel = "{TEXT_MODEL}"\n'
    write_trusted(config, tmp_path)
    assert_one_clear_message(generate(), "ConfigError", "'cheep'", "'cheap'")


def test_a_config_variable_that_names_no_file_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYREEL_CONFIG", "nowhere.toml")
    assert_one_clear_message(run("providers"), "ConfigError", "POLYREEL_CONFIG", "nowhere.toml")


def test_plain_http_to_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIMMY_BASE_URL", "http://vendor.example")
    done = generate("-m", TEXT_MODEL)
    assert_one_clear_message(done, "ConfigError", "JIMMY_BASE_URL", "https")


def test_a_password_in_a_base_url_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JIMMY_BASE_URL", "https://me:hunter2@vendor.example")
    done = generate("-m", TEXT_MODEL)
    assert_one_clear_message(done, "ConfigError", "JIMMY_BASE_URL", secrets=("hunter2",))


# plugins, each installed as a distribution and met by a fresh process


class Plugins:
    """Distributions in a folder of their own, installed for one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, code: str, entry_point: str | None = None) -> None:
        """Install a distribution whose entry point loads a module with the given code."""
        module = f"{name.replace('-', '_')}_module"
        metadata = self.folder / f"{name.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        points = f"[polyreel]\n{entry_point or name} = {module}\n"
        (metadata / "entry_points.txt").write_text(points)
        (self.folder / f"{module}.py").write_text(f"import polyreel\n\n\n{code}")

    def run(self, *arguments: str) -> Any:
        """Run a command with `--json` in a process where the plugins are installed."""
        done: Any = subprocess.run(
            [sys.executable, "-c", "from polyreel.cli import main; main()", *arguments, "--json"],
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        done.exit_code, done.exception, done.output = (
            done.returncode,
            None,
            done.stdout + done.stderr,
        )
        assert "Traceback" not in done.output, done.output
        return done


@pytest.fixture
def plugins(tmp_path: Path) -> Plugins:
    return Plugins(tmp_path / "site")


RAISES_AT_IMPORT = 'raise RuntimeError("the vendor\'s SDK is too old")\n'
OFFERS_JIMMY = """\
@polyreel.hookimpl
def polyreel_adapters():
    from polyreel_jimmy.adapter import JimmyAdapter
    return [JimmyAdapter]
"""
HOOK_RAISES = """\
@polyreel.hookimpl
def {hook}({argument}):
    raise RuntimeError("the vendor's SDK is too old")
"""


def test_a_plugin_that_raises_at_import_is_shown_with_the_reason_and_the_way_out(
    plugins: Plugins,
) -> None:
    plugins.install("acme", RAISES_AT_IMPORT)
    done = plugins.run("providers")
    states = {row["provider"]: row["broken"] for row in json.loads(done.stdout)}
    assert done.exit_code == 0
    assert states["jimmy"] is states["modellix"] is None
    assert "acme 1.0" in states["acme"]
    assert "the vendor's SDK is too old" in states["acme"]
    assert "POLYREEL_PLUGINS=-acme" in states["acme"]


def test_the_way_out_of_a_broken_plugin_works(
    plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins.install("acme", RAISES_AT_IMPORT)
    monkeypatch.setenv("POLYREEL_PLUGINS", "-acme")
    shown = {row["provider"] for row in json.loads(plugins.run("providers").stdout)}
    assert shown == {"jimmy", "modellix"}


def test_a_model_of_a_plugin_that_raises_at_import_is_refused_with_the_reason(
    plugins: Plugins,
) -> None:
    plugins.install("acme", RAISES_AT_IMPORT)
    done = plugins.run("generate", "-o", "video.mp4", "-p", "A boat", "-m", "acme/one", "--yes")
    assert_one_clear_message(done, "PluginError", "acme 1.0", "SDK is too old")


def test_a_plugin_that_exits_at_import_is_a_broken_plugin(plugins: Plugins) -> None:
    plugins.install("acme", "raise SystemExit(3)\n")
    done = plugins.run("generate", "-o", "video.mp4", "-p", "A boat", "-m", "acme/one", "--yes")
    assert_one_clear_message(done, "PluginError", "acme 1.0")


def test_a_broken_plugin_leaves_the_other_vendors_usable(plugins: Plugins, tmp_path: Path) -> None:
    plugins.install("acme", RAISES_AT_IMPORT)
    assert plugins.run("wire", _request(tmp_path), "-m", TEXT_MODEL).exit_code == 0


def test_two_plugins_with_one_provider_are_both_named(plugins: Plugins) -> None:
    plugins.install("acme-jimmy", OFFERS_JIMMY)
    done = plugins.run("generate", "-o", "video.mp4", "-p", "A boat", "-m", TEXT_MODEL, "--yes")
    assert_one_clear_message(
        done, "PluginError", "polyreel-jimmy 0.1.0", "acme-jimmy 1.0", "POLYREEL_PLUGINS"
    )


def test_two_plugins_with_one_entry_point_name_are_both_named(plugins: Plugins) -> None:
    plugins.install("acme-jimmy", OFFERS_JIMMY, entry_point="jimmy")
    done = plugins.run("generate", "-o", "video.mp4", "-p", "A boat", "-m", TEXT_MODEL, "--yes")
    assert_one_clear_message(done, "PluginError", "polyreel-jimmy 0.1.0", "acme-jimmy 1.0")


def test_two_plugins_with_one_entry_point_name_are_not_both_advised_away(plugins: Plugins) -> None:
    """`POLYREEL_PLUGINS=-jimmy` would leave out both, and with them the vendor."""
    plugins.install("acme-jimmy", OFFERS_JIMMY, entry_point="jimmy")
    done = plugins.run("generate", "-o", "video.mp4", "-p", "A boat", "-m", TEXT_MODEL, "--yes")
    assert "Uninstall" in done.stderr
    assert "POLYREEL_PLUGINS=-jimmy" not in done.stderr


def test_a_plugin_whose_own_commands_fail_leaves_the_command_line_usable(
    plugins: Plugins,
) -> None:
    plugins.install("acme", HOOK_RAISES.format(hook="polyreel_commands", argument="app"))
    assert plugins.run("models").exit_code == 0


def test_a_plugin_whose_adapters_fail_is_a_broken_plugin(plugins: Plugins) -> None:
    plugins.install("acme", HOOK_RAISES.format(hook="polyreel_adapters", argument=""))
    done = plugins.run("generate", "-o", "video.mp4", "-p", "A boat", "-m", "acme/one", "--yes")
    assert_one_clear_message(done, "PluginError", "acme 1.0", "SDK is too old")


def test_a_plugin_whose_stand_in_fails_is_named_by_the_demo(plugins: Plugins) -> None:
    plugins.install("acme", HOOK_RAISES.format(hook="polyreel_stand_ins", argument=""))
    assert "acme" in plugins.run("demo", "--out", "videos").stderr


def _request(folder: Path, **fields: object) -> str:
    path = folder / "request.json"
    path.write_text(json.dumps({"prompt": "A paper boat", **fields}), encoding="utf-8")
    return str(path)
