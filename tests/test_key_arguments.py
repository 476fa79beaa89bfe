"""A key among the arguments is refused: the process list shows it to everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from polyreel import UsageError
from polyreel.cli.app import build_app
from polyreel.cli.no_keys import check_no_key
from polyreel_sandbox import Sandbox
from trusted import write_trusted
from typer.testing import CliRunner

KEY = "sk-jimmy-5f1d7c22"
MINE = "sk-mine-0a0b0c0d"
QUOTED = "sk-quoted-77aa11bb"
ENVIRONMENT = {
    "QUOTED_API_KEY": f'"Bearer {QUOTED}"',
    "JIMMY_KEY": KEY,
    "MY_API_KEY": MINE,
    "ORDER_KEY": "order-2026-0007",
    "SHORT_API_KEY": "boat",
}
GENERATE = ("generate", "-m", "jimmy/seedance2.0-std", "-o", "v.mp4", "--yes", "-p", "A kite")


def check(*arguments: str) -> None:
    check_no_key(arguments, {"JIMMY_KEY"}, ENVIRONMENT)


@pytest.mark.parametrize(
    "arguments",
    [
        (KEY,),
        ("-p", f"A boat {KEY}"),
        (f"--provider-option=jimmy.a={KEY}",),
        (MINE,),
        (f"https://api.example/v?key={QUOTED}",),
        ("boat",),
        ("--x=boat",),
        ("--api-key", "sk-other"),
        ("--api-key=sk-other",),
        ("--apikey", "sk-other"),
        ("--API_KEY", "sk-other"),
        ("--jimmy-api-key", "sk-other"),
        ("--api-token=sk-other",),
        ("--key", "sk-other"),
        ("--token=sk-other",),
        ("-O", "api_key=sk-other"),
        ("-Oapi_key=sk-other",),
        ("--provider-option", "jimmy.api_key=sk-other"),
        ("--provider-option", "jimmy.Authorization=Bearer sk-other"),
        ("JIMMY_API_KEY=sk-other",),
    ],
    ids=" ".join,
)
def test_a_key_is_refused_and_not_shown(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="never pass a key as an argument") as refusal:
        check("generate", *arguments)
    assert "JIMMY_KEY" in refusal.value.message
    for secret in (KEY, MINE, QUOTED, "sk-other"):
        assert secret not in refusal.value.message


@pytest.mark.parametrize(
    "arguments",
    [
        ("--idempotency-key", "order-2026-0007"),
        ("-p", "A boat with api_key=1 on its sail"),
        ("-p", "--a token of love = none"),
        ("-p", "A boat"),
        ("--provider-option", "modellix.async_suffix=true"),
        ("--seed", "7"),
        ("-o", "key.mp4"),
        ("--first-frame", "token.png"),
    ],
    ids=" ".join,
)
def test_other_arguments_are_not(arguments: tuple[str, ...]) -> None:
    check("generate", *arguments)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


@pytest.mark.parametrize(
    "more", [("--api-key", "sk-other"), ("--provider-option", "jimmy.api_key=sk-other")]
)
def test_a_command_with_a_key_sends_nothing(sandbox: Sandbox, more: tuple[str, ...]) -> None:
    done = run(*GENERATE, *more)
    assert (done.exit_code, "JIMMY_API_KEY" in done.stderr) == (2, True)
    assert "sk-other" not in done.output
    assert not sandbox.stand_ins["jimmy"].calls


def test_the_installed_providers_keys_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELLIX_API_KEY", KEY)
    done = run("jobs", "show", KEY, "--json")
    assert (done.exit_code, KEY in done.output) == (2, False)
    assert json.loads(done.stdout)["error"]["type"] == "UsageError"


@pytest.mark.parametrize("command", [("jobs", "show"), ("jobs", "wait"), ("models",)], ids=" ".join)
def test_a_key_whose_variable_the_config_names_is_refused(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_OTHER", "plain-words-as-a-key")
    write_trusted('[providers.jimmy]\napi_key = "${THE_OTHER}"\n')
    done = CliRunner().invoke(build_app(), [*command, "plain-words-as-a-key"])
    assert done.exit_code == 2
    assert "THE_OTHER" in done.output
    assert "plain-words-as-a-key" not in done.output


@pytest.mark.parametrize(
    "command", [(), ("init",), ("trust",), ("generate", "-p", "x", "-o")], ids=" ".join
)
def test_a_key_of_a_config_that_is_otherwise_not_valid_is_refused(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_OTHER", "plain-words-as-a-key")
    write_trusted('providers.odd = 1\n[providers.jimmy]\napi_key = "$THE_OTHER"\nunknown = 1\n')
    done = run(*command, "plain-words-as-a-key")
    assert done.exit_code == 2
    assert "THE_OTHER" in done.output
    assert "plain-words-as-a-key" not in done.output
