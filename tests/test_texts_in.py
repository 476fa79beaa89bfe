"""Texts that can't be sent are blamed where they were given, before the journal is touched."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from polyreel import Client, Config, ConfigError, UsageError
from polyreel.cli.app import build_app
from polyreel.client.accounts import account_for, bare_key
from polyreel.config import ProviderConfig
from polyreel.text.plain_text import is_text, shortened, where_not_text
from toy_adapter import ToyAdapter
from typer.testing import CliRunner

BAD = "caf\udce9"
MODEL = "jimmy/seedance2.0-std"
MAKE = ("generate", "-m", MODEL, "--yes", "-o", "video.mp4")


@pytest.mark.parametrize(
    ("arguments", "blamed"),
    [
        ((*MAKE, "-p", BAD), "prompt"),
        ((*MAKE, "-p", "a", "--negative-prompt", BAD), "negative_prompt"),
        ((*MAKE, "-p", "a", "--first-frame", BAD), "first_frame"),
        ((*MAKE, "-p", "a", "--reference-image", f"https://x.example/{BAD}"), "reference_images"),
        ((*MAKE, "-p", "a", "--provider-option", f"jimmy.style={BAD}"), "jimmy.style"),
        ((*MAKE, "-p", "a", "--idempotency-key", BAD), "idempotency key"),
        (("generate", "-m", MODEL, "--yes", "-p", "a", "-o", f"{BAD}.mp4"), "output file"),
        (("generate", "-m", BAD, "--yes", "-p", "a", "-o", "video.mp4"), "target"),
        (("jobs", "show", BAD), "job id"),
        (("jobs", "wait", BAD), "job id"),
        (("jobs", "settle", BAD, "--not-created"), "job id"),
        (("jobs", "--idempotency-key", BAD), "idempotency key"),
        (("models", "-p", BAD), "provider"),
        (("check", BAD), "request"),
    ],
    ids=lambda value: (
        "-".join(value)[-40:].encode("ascii", "replace").decode()
        if isinstance(value, tuple)
        else value
    ),
)
def test_the_command_line_blames_what_is_not_utf8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], blamed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(build_app(), list(arguments))
    assert isinstance(ran.exception, SystemExit), ran.exception
    said = ran.output
    assert ran.exit_code == 2, said
    assert blamed in said
    assert "surrogates" not in said
    assert not list(tmp_path.rglob("*.sqlite3"))


def test_a_real_command_line_of_bytes_is_answered_in_plain_words(tmp_path: Path) -> None:
    code = "from polyreel.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, *MAKE, "-p", "a", "--first-frame", BAD],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = ran.stderr.decode(errors="replace")
    assert ran.returncode == 2, said
    assert "first_frame" in said
    assert "Traceback" not in said
    assert "surrogates" not in said
    assert not list(tmp_path.rglob("*.sqlite3"))


def test_the_history_is_asked_for_texts_only(tmp_path: Path) -> None:
    with Client(Config(), journal=tmp_path / "jobs.sqlite3") as client:
        with pytest.raises(UsageError, match="model can't be used"):
            client.history.jobs(model=BAD)
        with pytest.raises(UsageError, match="job id can't be used"):
            client.history.find(BAD)


@pytest.mark.parametrize(
    "written",
    [
        "sk_1",
        '"sk_1"',
        "'sk_1'",
        "\"'sk_1'\"",
        "\ufeffsk_1\r\n",
        " sk_1\n",
        "Bearer sk_1",
        "bearer  sk_1",
        '"Bearer sk_1"\n',
        "Authorization: Bearer sk_1",
        "“sk_1”",
        "\u200bsk_1\xa0",
    ],
)
@pytest.mark.parametrize("source", ["usual variable", "named variable", "argument"])
def test_a_key_is_read_without_what_was_copied_along(written: str, source: str) -> None:
    assert bare_key(written) == "sk_1"
    section = ProviderConfig(api_key="$MINE") if source == "named variable" else ProviderConfig()
    account = account_for(
        ToyAdapter,
        Config(providers={"toy": section}),
        {"MINE" if source == "named variable" else ToyAdapter.key_variable: written},
        key=written if source == "argument" else None,
    )
    assert account.require_key() == "sk_1"
    assert account.secrets == ("sk_1",)
    assert account.credential_header()[1] == "Bearer sk_1"


@pytest.mark.parametrize("written", ['""', "''", "Bearer ", '"Bearer "', "sk 1", "sk_é", '"sk_1'])
def test_what_is_left_must_still_be_a_key(written: str) -> None:
    if written == '"sk_1':  # a quote at one end may belong to the key
        assert bare_key(written) == written
        return
    with pytest.raises(ConfigError, match="TOY_API_KEY") as caught:
        account_for(ToyAdapter, Config(), {ToyAdapter.key_variable: written})
    assert "sk" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("plain", None),
        ("Grüße 潮 🚤", None),
        (BAD, ""),
        ({"a": {"b": ["x", BAD]}}, "a.b[1]"),
        ({"a": {BAD: 1}}, "a.caf\N{REPLACEMENT CHARACTER}"),
        ({"a": 5, "b": None, "c": [True]}, None),
    ],
)
def test_where_a_text_is_not_unicode_is_found(value: object, where: str | None) -> None:
    assert where_not_text(value) == where


def test_a_long_text_is_shown_shortened() -> None:
    assert shortened("a" * 100) == "a" * 80 + "… (100 characters)"
    assert shortened("a\x1b[2Jb\udcff") == "ab\N{REPLACEMENT CHARACTER}"
    assert is_text("🚤")
    assert not is_text("\ud83d")


def test_no_error_has_a_word_of_megabytes() -> None:
    error = UsageError("can't read " + "x" * 10**6 + " of the folder")
    assert len(str(error)) < 200
    assert str(error).endswith("(1000000 characters) of the folder")
    assert len(str(UsageError("a word " * 10**6))) <= 4000


@pytest.mark.parametrize(
    "address", ["https://x.example\n", " https://x.example", "https://x.ex\tample"]
)
def test_an_address_with_a_line_break_is_blamed_on_its_variable(address: str) -> None:
    with pytest.raises(ConfigError, match="TOY_BASE_URL for toy is not valid: it has a line break"):
        account_for(ToyAdapter, Config(), {ToyAdapter.base_url_variable: address})
