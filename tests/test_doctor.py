"""`polyreel doctor`: what is around polyreel, whatever of it is broken, and nothing secret."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, VideoRequest
from polyreel.cli import findings
from polyreel.cli.app import build_app
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_sandbox import Sandbox
from trusted import write_trusted
from typer.testing import CliRunner

KEY = "sk-doctor-77aa1e"
PASSWORD = "proxy-pw-51c0"


def doctor(code: int = 0) -> list[dict[str, str]]:
    """Run it and return its findings."""
    done = CliRunner().invoke(build_app(), ["doctor", "--json"])
    assert done.exit_code == code, done.output
    assert KEY not in done.output
    assert PASSWORD not in done.output
    read: dict[str, Any] = json.loads(done.stdout)
    found: list[dict[str, str]] = read["findings"]
    assert read["problems"] == sum(each["state"] == "problem" for each in found)
    return found


def of(found: list[dict[str, str]], area: str, name: str = "") -> dict[str, str]:
    """Return the finding of a name."""
    (one,) = [each for each in found if (each["area"], each["name"]) == (area, name)]
    return one


def test_on_a_new_machine_nothing_stands_against_a_command() -> None:
    found = doctor()
    assert of(found, "package", "polyreel")["details"] == "0.1.0"
    assert {each["name"] for each in found if each["area"] == "package"} >= {"httpx", "typer"}
    assert of(found, "extra socks", "socksio")["details"].startswith("1.")
    assert of(found, "plugin", "jimmy")["details"].startswith("polyreel-jimmy")
    assert of(found, "provider", "jimmy")["state"] == "note"
    assert "JIMMY_API_KEY is not set" in of(found, "provider", "jimmy")["details"]
    assert of(found, "config")["details"].startswith("no file")
    assert "not there yet" in of(found, "journal")["details"]
    assert of(found, "proxies")["details"] == "none"
    assert "certifi" in of(found, "certificates")["details"]
    assert list(Path().rglob("*")) == [], "it created something"


def test_keys_and_passwords_are_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", KEY)
    monkeypatch.setenv("https_proxy", f"http://me:{PASSWORD}@proxy.corp:3128")
    monkeypatch.setenv("NO_PROXY", "fe80::/10, ???")
    text = '[providers.jimmy]\napi_key = "$OWN_KEY"\n'
    Path("polyreel.toml").write_text(text)
    untrusted = doctor()
    assert of(untrusted, "config")["state"] == "note"
    assert "polyreel trust" in of(untrusted, "config")["details"]
    assert "JIMMY_API_KEY is not set" in of(untrusted, "provider", "jimmy")["details"]
    write_trusted(text)
    found = doctor()
    assert of(found, "provider", "jimmy")["details"].startswith("OWN_KEY is set; https://")
    assert of(found, "config")["details"].endswith("polyreel.toml")
    proxy = of(found, "proxies", "https:// requests")
    assert proxy["details"] == "http://proxy.corp:3128, from https_proxy"
    assert [each["state"] for each in found if each["name"] == "NO_PROXY"] == ["ok", "note"]


def test_a_journal_is_looked_at_and_left_as_it_is(sandbox: Sandbox) -> None:
    with Client() as client:
        client.submit(VideoRequest(prompt="A paper boat"), "jimmy/seedance2.0-std")
        path = Path(client.history.journal.name)
    before = path.read_bytes(), sorted(path.parent.iterdir())
    assert of(doctor(), "journal")["details"] == f"{path}: 1 jobs, 1 without a known end"
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a database", "not a database"),
        (b"SQLite format 3\0" + b"\xff" * 4000, "can't be read"),
    ],
)
def test_a_file_that_is_not_a_journal_is_a_problem(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYREEL_HOME", str(tmp_path))
    (tmp_path / "journal.sqlite3").write_bytes(content)
    assert said in of(doctor(2), "journal")["details"]


def test_a_newer_journal_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    monkeypatch.setenv("POLYREEL_HOME", str(tmp_path))
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    journal.jobs()
    journal.close()
    connection = sqlite3.connect(tmp_path / "journal.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer polyreel" in of(doctor(2), "journal")["details"]


def test_an_empty_file_and_no_journal_are_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYREEL_HOME", str(tmp_path))
    (tmp_path / "journal.sqlite3").touch()
    assert ": 0 jobs" in of(doctor(), "journal")["details"]
    write_trusted("journal = false")
    assert of(doctor(), "journal")["state"] == "note"


def test_everything_that_is_broken_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIMMY_API_KEY", "with space")
    monkeypatch.setenv("MODELLIX_BASE_URL", "http://api.example")
    monkeypatch.setenv("ALL_PROXY", f"gopher://me:{PASSWORD}@proxy.corp")
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    monkeypatch.setenv("POLYREEL_HOME", "/dev/null/polyreel")
    monkeypatch.setenv("POLYREEL_PLUGINS", "-otel")
    Path("polyreel.toml").write_text("broken")
    found = doctor(2)
    problems = [each["area"] for each in found if each["state"] == "problem"]
    assert problems == ["provider", "provider", "config", "journal", "proxies", "certificates"]
    assert of(found, "plugin", "otel")["state"] == "note"


def test_a_package_that_is_missing_or_too_old_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        if name in ("rich", "av"):
            raise PackageNotFoundError(name)
        return {"typer": "0.9.4", "polyreel": "0.1.0"}.get(name, "99.0")

    monkeypatch.setattr(findings, "version", version)
    found = doctor(2)
    assert "not installed" in of(found, "package", "rich")["details"]
    assert of(found, "package", "typer")["details"].startswith("0.9.4, but polyreel needs 0.26")
    assert of(found, "extra media", "av")["state"] == "ok"
    assert "polyreel[media]" in of(found, "extra media", "av")["details"]


def test_without_a_provider_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYREEL_PLUGINS", "nothing-at-all")
    assert "pip install polyreel-jimmy" in of(doctor(2), "plugin")["details"]


def test_for_a_person_it_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    done = CliRunner().invoke(build_app(), ["doctor"])
    assert done.exit_code == 2
    assert "certificates\t\tproblem\tSSL_CERT_FILE names /nonexistent" in done.stdout
    assert "Found 1 that would stop a command" in done.stderr
