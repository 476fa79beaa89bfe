"""Prices, charges and times belong to the address that they came from, and to no other."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from polyreel import Client, JobRef, OverBudget, VideoRequest
from polyreel.adapters import Charge, JobStatus, Registry, State
from polyreel.cli.app import build_app
from polyreel.engine.context import new_id
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.jobs.journal.interface import Intent
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.pricing import Certainty, latency_by, spend_by
from polyreel.pricing.addresses import Address, places_of
from polyreel.pricing.catalogue import CATALOGUE_NAME, VERSION
from polyreel_sandbox import Sandbox
from tiny_videos import mp4
from toy_adapter import ADDRESS, SPEC, ToyAdapter, registry_of
from typer.testing import CliRunner

COINS, STD = "jimmy/seedance2.0-mini", "jimmy/seedance2.0-std"
FAST = "modellix/seedance-2.0-fast-t2v"
ASKED = VideoRequest(prompt="A paper boat")
SANDBOX, OTHER = "http://127.0.0.1:18099/v1", "https://reseller.example/v1"
SECOND = "https://eu.toy.example/v1"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class TwoNames(ToyAdapter):
    """The toy, with a second documented address."""

    contract_version = 3
    other_base_urls: ClassVar[tuple[str, ...]] = (f"{SECOND}/",)


REGISTRY = registry_of(TwoNames)


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(build_app(), list(arguments))
    assert done.exit_code == 0, done.output
    return done


def a_job(address: str | None, *, charge: str = "1", total: float = 30) -> JobRecord:
    """Return a video that was made at an address."""
    end = NOON + timedelta(seconds=total)
    return JobRecord(
        id=new_id(),
        model="toy/video",
        stage=Stage.DOWNLOADED,
        base_url=address,
        ref=JobRef(provider="toy", model="video", task_id=new_id()),
        request={"prompt": "A boat", "duration": 5, "resolution": "720p"},
        status=JobStatus(
            state=State.SUCCEEDED,
            raw_state="done",
            charge=Charge(amount=Decimal(charge), unit="USD"),
        ),
        timeline=Timeline(
            created_at=NOON,
            submitted_at=NOON,
            accepted_at=NOON,
            finished_at=end,
            downloading_at=end,
            downloaded_at=end,
        ),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal(tmp_path / "journal.sqlite3")) as opened:
        yield opened


def saved(journal: SqliteJournal, *records: JobRecord) -> None:
    for record in records:
        place = f"{record.provider} {record.address}"
        journal.open_job(Intent(record=record, digest="d", place=place))


def toy_client(journal: SqliteJournal, base_url: str = ADDRESS) -> Client:
    return Client(registry=REGISTRY, journal=journal, base_urls={"toy": base_url})


# whose


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        (ADDRESS, (ADDRESS, "vendor")),
        (f"{ADDRESS}/", (ADDRESS, "vendor")),
        (SECOND, (ADDRESS, "vendor")),
        (OTHER, (OTHER, "other address")),
        (SANDBOX, (SANDBOX, "sandbox")),
        ("http://[::1]:7/", ("http://[::1]:7", "sandbox")),
        (None, (None, "address unknown")),
    ],
)
def test_an_address_stands_for_itself_unless_it_is_documented(
    base_url: str | None, expected: tuple[str | None, str]
) -> None:
    found = Address.of(base_url, TwoNames)
    assert (found.url, found.whose) == expected


def test_without_its_provider_no_address_is_documented() -> None:
    assert Address.of_job(a_job(ADDRESS), None).whose == "other address"
    assert Address.of_job(a_job(ADDRESS), registry_of()).whose == "other address"
    assert Address.of_job(a_job(SECOND), REGISTRY) == Address.of_job(a_job(ADDRESS), REGISTRY)


def test_the_places_of_documented_names_are_asked_together() -> None:
    assert places_of(TwoNames, SECOND) == [f"toy {ADDRESS}", f"toy {SECOND}"]
    assert places_of(TwoNames, SANDBOX) == [f"toy {SANDBOX}"]


# prices and times before a job


def test_a_sandboxs_prices_charges_and_times_price_nothing_at_the_vendor(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyreel_sandbox.files._render", lambda _: mp4())
    with Client() as client:
        client.refresh_prices("jimmy")
        client.generate(ASKED, "1.mp4", COINS)
    with Client() as client:
        (here,) = client.quote(ASKED, [COINS])
    assert here.quote is not None
    assert here.quote.certainty is Certainty.EXACT
    assert here.usual is not None
    for name in ("JIMMY", "MODELLIX"):
        monkeypatch.delenv(f"{name}_BASE_URL")
    with Client() as client:
        (there,) = client.quote(ASKED, [COINS])
        assert there.quote is not None
        assert there.quote.certainty is Certainty.UNKNOWN
        assert there.usual is None
        with pytest.raises(OverBudget, match="unknown"):
            client.plan(ASKED, COINS, max_price="99 JimiCoin")
    assert len(sandbox.stand_ins["jimmy"].tasks) == 1


def test_documented_names_share_charges_and_times_and_no_other_address_does(
    journal: SqliteJournal,
) -> None:
    saved(journal, *(a_job(SECOND, total=20) for _ in range(3)), a_job(SANDBOX, charge="9"))
    with toy_client(journal) as client:
        (offer,) = client.quote(ASKED, ["toy/video"])
    assert offer.quote is not None
    assert offer.usual is not None
    assert (str(offer.quote), offer.usual.count, offer.usual.p50) == ("about 1 USD", 3, 20)
    with toy_client(journal, OTHER) as client:
        (offer,) = client.quote(ASKED, ["toy/video"])
    assert (str(offer.quote), offer.usual) == ("unknown", None)


def test_the_newest_jobs_are_counted_at_each_address(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyreel.client.journal_access.MOST_RECORDS", 2)
    saved(journal, a_job(ADDRESS), *(a_job(SANDBOX) for _ in range(5)))
    with toy_client(journal) as client:
        (offer,) = client.quote(ASKED, ["toy/video"])
    assert offer.usual is not None
    assert offer.usual.count == 1


def test_a_published_price_is_an_estimate_where_another_seller_may_charge(tmp_path: Path) -> None:
    vendor = Registry.installed().adapter("modellix").base_url
    for url in (SANDBOX, OTHER, vendor):
        with Client(base_urls={"modellix": url}, journal=tmp_path / "j") as client:
            (offer,) = client.quote(ASKED, [FAST])
        assert offer.quote is not None
        assert offer.quote.rule is not None
        assert offer.quote.rule.origin == "published"
        expected = Certainty.ESTIMATE if url == OTHER else Certainty.EXACT
        assert offer.quote.certainty is expected, url


def test_prices_of_the_config_count_everywhere(journal: SqliteJournal) -> None:
    from polyreel import Config

    price = {"model": "toy/video", "unit": "task", "amount": "2", "currency": "USD"}
    config = Config.model_validate({"prices": [price]})
    for url in (ADDRESS, OTHER, SANDBOX):
        with Client(config, registry=REGISTRY, journal=journal, base_urls={"toy": url}) as client:
            (offer,) = client.quote(ASKED, ["toy/video"])
        assert str(offer.quote) == "2 USD"


# the catalogue's file


def catalogue_file() -> Path:
    with Client() as client:
        folder = client.price_sources.folder
    assert folder is not None
    return folder / CATALOGUE_NAME


def without_addresses(file: Path) -> None:
    """Bring a catalogue's file to the older layout."""
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["version"] == VERSION
    (one,) = content["catalogues"]
    file.write_text(json.dumps(one["prices"]), encoding="utf-8")


def test_prices_without_an_address_are_shown_and_price_nothing_until_refreshed(
    sandbox: Sandbox,
) -> None:
    run("prices", "refresh")
    without_addresses(catalogue_file())
    (offer,) = json.loads(
        run("quote", str(request_file()), "-m", COINS, "-m", FAST, "--json").stdout
    )[:1]
    assert offer["quote"]["certainty"] == "unknown"
    listed = run("prices", "-p", "jimmy")
    rows = [
        line.split("\t") for line in listed.stdout.splitlines() if line.startswith(f"{COINS}\t")
    ]
    assert {row[4] for row in rows if row[3] == "catalogue"} == {"address unknown"}
    assert [row[2] for row in rows if row[3] == "–"] == ["unknown"]
    assert "prices nothing here" in listed.stderr
    run("prices", "refresh")
    facts = json.loads(run("prices", "-p", "jimmy", "--json").stdout)
    assert {
        (each["address"], each["whose"]) for each in facts if each["origin"] == "catalogue"
    } == {(sandbox.base_urls["jimmy"], "sandbox")}
    assert all(each["prices_configured_address"] for each in facts)


def request_file() -> Path:
    file = Path("request.json")
    file.write_text('{"prompt": "A paper boat"}', encoding="utf-8")
    return file


def test_a_list_of_another_address_stays_beside_the_vendors(tmp_path: Path) -> None:
    with Client(journal=None) as client:
        sources = replace(client.price_sources, folder=tmp_path)
    for url in (ADDRESS, SANDBOX):
        sources.save("toy", Address.of(url, TwoNames), {"video": []}, date(2026, 5, 1))
    sources.save("toy", Address.of(SECOND, TwoNames), {"video": []}, date(2026, 5, 2))
    assert sorted(str(each.address) for each in sources.catalogues()) == [SANDBOX, ADDRESS]
    rules = sources.rules("toy/video", SPEC, Address.of(None, TwoNames))
    assert [each.origin for each in rules] == []


@pytest.mark.parametrize("names", [("-p", "jimmy", "refresh"), ("refresh", "-p", "jimmy")])
def test_a_provider_is_named_before_or_after_refresh(
    names: tuple[str, ...], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refresh(client: Client, provider: str) -> int:
        asked.append(provider)
        return 3

    monkeypatch.setattr(Client, "refresh_prices", refresh)
    run("prices", *names)
    assert asked == ["jimmy"]
    asked.clear()
    done = CliRunner().invoke(build_app(), ["prices", "-p", "modellix", *names[-1:], *names[:-1]])
    if names[0] == "refresh":
        assert done.exit_code == 2
    done = CliRunner().invoke(build_app(), ["prices", "-p", "modellix", "refresh", "-p", "jimmy"])
    assert (done.exit_code, asked) == (2, [])
    assert "modellix" in done.stderr


def test_refresh_of_a_named_provider_without_a_list_says_so(sandbox: Sandbox) -> None:
    done = CliRunner().invoke(build_app(), ["prices", "-p", "modellix", "refresh"])
    assert done.exit_code == 2
    assert "has no list of prices" in done.stderr


# statistics


def test_statistics_keep_a_sandbox_apart() -> None:
    records = [
        *(a_job(url, total=20, charge="1") for url in (ADDRESS, SECOND)),
        a_job(SANDBOX, total=2, charge="5"),
        a_job(None, total=3, charge="7"),
    ]
    expected = {
        (ADDRESS, "vendor"): ("2", 20.0),
        (SANDBOX, "sandbox"): ("5", 2.0),
        (None, "address unknown"): ("7", 3.0),
    }
    spent = {
        (each["address"], each["whose"]): each["charged"][0]["amount"]
        for each in (group.facts() for group in spend_by(records, "provider", REGISTRY))
    }
    assert spent == {key: amount for key, (amount, _) in expected.items()}
    times = {
        (each["address"], each["whose"]): each["seconds"]["total"]["maximum"]
        for each in (group.facts() for group in latency_by(records, [], REGISTRY))
    }
    assert times == {key: seconds for key, (_, seconds) in expected.items()}


def test_spend_and_stats_show_each_address_and_add_up_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jimmy, modellix = (
        Registry.installed().adapter(name).base_url for name in ("jimmy", "modellix")
    )
    with closing(SqliteJournal(tmp_path / "polyreel-home" / "journal.sqlite3")) as journal:
        for url, charge, model in (
            (jimmy, "1", STD),
            (modellix, "2", FAST),
            (SANDBOX, "40", STD),
            (None, "80", STD),
        ):
            saved(journal, replace(a_job(url, charge=charge), model=model))
    spent = run("spend")
    assert "Total, as reported by the providers: 3 USD." in spent.stderr
    assert f"Total at {SANDBOX} (sandbox), as reported by the providers: 40 USD." in spent.stderr
    assert "Total, address unknown, as reported by the providers: 80 USD." in spent.stderr
    assert f"jimmy\t40\tUSD\t1\t{SANDBOX} (sandbox)" in spent.stdout
    facts = json.loads(run("spend", "--by", "day", "--json").stdout)
    assert facts["total"]["charged"] == [{"unit": "USD", "amount": "3", "jobs": 2}]
    assert [each["whose"] for each in facts["elsewhere"]] == ["address unknown", "sandbox"]
    assert [each["address"] for each in facts["groups"]] == [None, None, SANDBOX]
    for command in ("spend", "stats"):
        rows = list(csv.DictReader(io.StringIO(run(command, "--csv").stdout)))
        found = {(row["address"], row["whose"]) for row in rows}
        assert found == {
            *((jimmy, "vendor"), (modellix, "vendor")),
            *((SANDBOX, "sandbox"), ("", "address unknown")),
        }
    assert f"{SANDBOX} (sandbox)" in run("stats").stdout


def test_whoever_has_only_vendors_jobs_sees_no_column_of_addresses(tmp_path: Path) -> None:
    jimmy = Registry.installed().adapter("jimmy").base_url
    with closing(SqliteJournal(tmp_path / "polyreel-home" / "journal.sqlite3")) as journal:
        saved(journal, replace(a_job(jimmy), model=STD))
    for command in ("spend", "stats"):
        assert "address" not in run(command).stdout
