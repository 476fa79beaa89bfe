"""Addresses that no system can be asked for, and one failure that must not stop other jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from polyreel import AsyncClient, Client, ConfigError, DownloadError
from polyreel.cli.app import build_app
from polyreel.client import AsyncJob
from polyreel.comparing.comparison import compare
from polyreel.text.addresses import why_not_given, why_not_public, why_not_secure
from polyreel_sandbox import Sandbox
from test_connections import HOST, every_name_leads_to_loopback, listening, save
from toy_adapter import ADDRESS, Answered, LoopbackServer, account_at
from typer.testing import CliRunner

MODEL = "jimmy/seedance2.0-std"
LABEL = "x" * 80
ODD = {
    "a lone surrogate in the path": "https://v.example/\ud800.mp4",
    "a lone surrogate in the host": "https://v\udcff.example/v.mp4",
    "a label that is too long": f"https://{LABEL}.example/v.mp4",
    "a name that is too long": f"https://{'.'.join(['x' * 60] * 5)}/v.mp4",
    "an encoded label that is not one": "https://xn--a.example/v.mp4",
    "an empty label": "https://v..example/v.mp4",
    "an open bracket": "https://[::1/v.mp4",
    "a port of letters": "https://v.example:port/v.mp4",
    "a line break": "https://v.example/a\nb.mp4",
    "a space in the host": "https://v example/v.mp4",
    "too many letters": "https://v.example/" + "x" * 70_000,
}
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
every_odd = pytest.mark.parametrize("url", ODD.values(), ids=ODD)


@every_odd
@both_ways
def test_an_odd_address_is_one_error(is_async: bool, url: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        save(is_async, url, tmp_path / "v.mp4", account_at(ADDRESS))
    assert len(str(caught.value)) < 600


# Of too many letters as many as a header can have are a usual address.
@pytest.mark.parametrize(
    "url", [each for name, each in ODD.items() if each.isascii() and name != "too many letters"]
)
@both_ways
def test_an_odd_place_of_a_redirect_is_one_error(is_async: bool, url: str, tmp_path: Path) -> None:
    url = url.replace("\n", "\t")  # what a header can have
    with LoopbackServer(Answered(status=302, headers={"location": url})) as server:
        account = account_at(server.address)
        with pytest.raises(DownloadError) as caught:
            save(is_async, f"{server.address}/v", tmp_path / "v.mp4", account)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("name", [each for each in ODD if "letters" not in each])
def test_an_odd_base_url_is_refused_before_anything(name: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        Client(base_urls={"jimmy": ODD[name]}, journal=None).submit("A kite", MODEL)


@both_ways
def test_a_name_with_other_letters_is_checked_where_it_leads(
    is_async: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_name_leads_to_loopback(monkeypatch)
    with listening() as listener:
        url = f"https://b\u00fccher.{HOST}:{listener.port}/video.mp4"
        with pytest.raises(DownloadError, match="points at this machine"):
            save(is_async, url, tmp_path / "video.mp4", account_at(ADDRESS))
    assert listener.received == b""


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("64:ff9b::127.0.0.1", "this machine"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::192.168.0.1", "private"),
        ("2002:7f00:1::", "this machine"),
        ("2002:a9fe:a9fe::1", "private"),
        ("::127.0.0.1", "this machine"),
        ("::10.0.0.1", "private"),
        ("::ffff:127.0.0.1", "this machine"),
        ("::", "this machine"),
        ("::1", "this machine"),
        ("64:ff9b::8.8.8.8", None),
        ("2002:808:808::1", None),
        ("2606:4700::1111", None),
    ],
)
def test_an_address_inside_an_address_counts(host: str, reason: str | None) -> None:
    found = why_not_public(host)
    assert found is None if reason is None else (found is not None and reason in found)


@pytest.mark.parametrize(
    "url",
    ["https://b\u00fccher.example/v", "https://xn--bcher-kva.example/v", "https://v_1.example."],
)
def test_other_letters_and_usual_names_stay_allowed(url: str) -> None:
    assert (why_not_secure(url), why_not_given(url)) == (None, None)


def failing_for(job_ids: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let polyreel itself fail where it finishes some jobs."""
    usual = AsyncJob.finish

    async def finish(self: AsyncJob, *arguments: Any, **options: Any) -> Any:
        if self.record.id in job_ids:
            raise ZeroDivisionError("not foreseen")
        return await usual(self, *arguments, **options)

    monkeypatch.setattr(AsyncJob, "finish", finish)


def test_a_failure_of_polyreel_stops_no_other_job(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client() as client:
        jobs = [client.submit(f"A kite {number}", MODEL) for number in range(3)]
    failing_for({jobs[1].id}, monkeypatch)
    done = CliRunner().invoke(build_app(), ["jobs", "wait", "--all", "--json"])
    assert done.exit_code == 5, done.output
    assert (
        f"polyreel failed at the job {jobs[1].record.short_id} (ZeroDivisionError)" in done.output
    )
    with Client() as client:
        stages = {each.id: each.stage for each in client.history.jobs()}
    assert [stages[each.id] == "downloaded" for each in jobs] == [True, False, True]


def test_a_failure_of_polyreel_stops_no_other_run(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from polyreel.comparing import comparison

    usual = comparison.generate  # type: ignore[attr-defined]
    calls: list[Any] = []

    def generate(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise ZeroDivisionError("not foreseen")
        return usual(*arguments, **options)

    monkeypatch.setattr(comparison, "generate", generate)

    async def run() -> Any:
        async with AsyncClient() as client:
            return await compare(client, "A kite", [MODEL], tmp_path, runs=3)

    rows = anyio.run(run).rows
    assert [row.error is None for row in rows] == [True, False, True]
    assert "ZeroDivisionError" in str(rows[1].error)
