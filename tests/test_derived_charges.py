"""Billed units × the quoted rate: a charge that says it is derived, or unknown; never a guess."""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metered import AT_ONCE, METER, client_options, metered, stand_in
from polyreel import AsyncClient, Budget, Config, JobFailed, compare
from polyreel.adapters import Charge, JobStatus, PriceRule, Registry, State
from polyreel.cli.app import build_app
from polyreel.cli.job_facts import details, row
from polyreel.comparing import Comparison
from polyreel.comparing.report.as_csv import render
from polyreel.comparing.report.facts import report_facts
from polyreel.comparing.report.writing import write_page
from polyreel.engine.readable_status import readable
from polyreel.jobs import JobRecord, Timeline
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel.pricing import spend_by
from polyreel.pricing.addresses import Address
from polyreel.pricing.derived import with_derived_charge
from polyreel.pricing.observed import observed_rules
from polyreel_conformance import ManualClock
from polyreel_conformance.tools.mount import mounted
from toy_adapter import KEY, account_at
from toys.meter.adapter import MODEL
from toys.meter.stand_in import MeterStandIn
from typer.testing import CliRunner

VENDOR = Address(url="https://api.meter.example/v1", whose="vendor")
FROM = "5 seconds billed, at 0.12 USD per second (published price)"


def facts(**more: Any) -> dict[str, Any]:
    """Return the facts of a quote by a published price of 0.12 USD per second."""
    rule = PriceRule(
        unit="second", amount=Decimal("0.12"), currency="USD", source="s",
        **{key: value for key, value in more.items() if key != "lines"},
    )  # fmt: skip
    lines = more.get("lines", 1)
    return {
        "certainty": "exact",
        "amount": "0.60",
        "currency": "USD",
        "lines": [{"text": "part", "amount": "0.30"}] * lines,
        "rule": rule.facts(),
    }


def ended(billed: Any = 5, charge: Charge | None = None) -> JobStatus:
    return JobStatus(
        state=State.SUCCEEDED, raw_state="made", billed_units=Decimal(billed), charge=charge
    )


def derived(quoted: dict[str, Any] | None, **more: Any) -> Charge | None:
    plain: dict[str, Any] = {"status": ended(), "unit": "second", "address": VENDOR}
    asked = {**plain, **more}
    return with_derived_charge(asked["status"], quoted, asked["unit"], asked["address"]).charge


def test_units_times_the_quoted_rate_are_a_derived_charge() -> None:
    charge = derived(facts())
    assert charge == Charge(amount=Decimal("0.6"), unit="USD", derived_from=FROM)
    assert str(charge) == "0.6 USD (derived)"
    assert charge is not None
    assert charge.facts() == {"amount": "0.6", "unit": "USD", "derived_from": FROM}


def test_a_reported_charge_wins() -> None:
    reported = Charge(amount=Decimal("0.5"), unit="USD")
    assert derived(facts(), status=ended(charge=reported)) == reported


@pytest.mark.parametrize(
    ("quoted", "more"),
    [
        (None, {}),
        ({}, {}),
        ({"rule": None}, {}),
        ({"rule": "0.12 USD"}, {}),
        (facts(origin="observed"), {}),
        (facts(is_upper_bound=True), {}),
        (facts(), {"unit": "token"}),
        (facts(), {"unit": None}),
        (facts(), {"address": Address(url="https://shop.example", whose="other address")}),
        (facts(extra=Decimal(1), lines=2), {}),
        (facts(multiplier_with_video=Decimal("0.6"), lines=2), {}),
        (facts(per_image=Decimal("0.01"), lines=2), {}),
        (facts(per_image=Decimal("0.01"), lines=0), {}),
        ({**facts(), "rule": {**facts()["rule"], "amount": "-1"}}, {}),
        ({**facts(), "rule": {**facts()["rule"], "per": 0}}, {}),
        ({**facts(), "rule": {**facts()["rule"], "currency": ""}}, {}),
    ],
)
def test_where_anything_is_in_doubt_the_charge_is_unknown(
    quoted: dict[str, Any] | None, more: dict[str, Any]
) -> None:
    assert derived(quoted, **more) is None


def test_what_does_not_matter_for_this_job_is_no_doubt() -> None:
    assert derived(facts(per_image=Decimal("0.01"), lines=1)) is not None, "no image went in"
    low = derived(facts(minimum=Decimal(2), lines=2))
    assert low is not None
    assert low.amount == 2, "the price has a minimum"
    own = derived(
        facts(origin="config"), address=Address(url="https://shop.example", whose="other address")
    )
    assert own is not None, "the user's own price counts everywhere"
    task = {**facts(), "rule": {**facts()["rule"], "unit": "call"}}
    assert derived(task, unit="task") is not None, "a call and a task are one video"


@given(
    billed=st.decimals(min_value=0, max_value=10**6, places=3),
    rate=st.decimals(min_value=0, max_value=100, places=4),
)
def test_a_derived_charge_is_never_negative_and_grows_with_the_units(
    billed: Decimal, rate: Decimal
) -> None:
    quoted = facts()
    quoted["rule"]["amount"] = str(rate)
    one, more = (derived(quoted, status=ended(each)) for each in (billed, billed + 1))
    assert one is not None
    assert more is not None
    assert 0 <= one.amount <= more.amount
    assert one.amount == billed * rate


# readable: nothing before the end, nothing negative


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_charge_before_the_end_does_not_count(state: State) -> None:
    charge = Charge(amount=Decimal(1), unit="USD")
    status = JobStatus(state=state, raw_state="x", charge=charge, billed_units=Decimal(1))
    found = readable(status, account_at())
    assert (found.charge, found.billed_units, found.unread) == (None, None, ())
    over = readable(replace(status, state=State.FAILED), account_at())
    assert (over.charge, over.billed_units) == (charge, Decimal(1))


@pytest.mark.parametrize(
    "odd",
    [
        Decimal(-1), Decimal("-0.0001"), -5, "-3", True, float("nan"), Decimal("NaN"),
        Decimal("Infinity"), 10**20, Decimal("1e-999999"), "many", [1],
    ],
)  # fmt: skip
def test_units_and_charges_that_make_no_sense_are_unknown(odd: Any) -> None:
    status = JobStatus(
        state=State.SUCCEEDED,
        raw_state="x",
        billed_units=odd,
        charge=Charge(amount=odd, unit="USD"),
    )
    found = readable(status, account_at())
    assert (found.billed_units, found.charge) == (None, None)
    assert set(found.unread) == {"billed_units", "charge"}


def test_only_polyreel_derives_a_charge() -> None:
    charge = Charge(amount=Decimal(1), unit="USD", derived_from=f"{KEY}")
    found = readable(ended(charge=charge), account_at())
    assert found.charge == Charge(amount=Decimal(1), unit="USD")


# through a client


def test_a_video_of_a_vendor_that_reports_only_units(tmp_path: Path) -> None:
    with metered(tmp_path) as client:
        video = client.generate("A kite", tmp_path / "v.mp4", METER)
        saved = client.history.find(video.job.id)
        (spending,) = spend_by(client.history.jobs(), "provider", client.registry)
        prices = client.planner.known_prices(METER)
    charge = Charge(amount=Decimal("0.6"), unit="USD", derived_from=FROM)
    assert video.status.charge == charge
    assert saved.status is not None
    assert (saved.status.charge, saved.status.billed_units) == (charge, Decimal(5))
    assert load_record(dump_record(saved)) == saved
    shown = dict(details(saved))
    assert str(shown["charged"]) == "0.6 USD (derived)"
    assert (shown["derived from"], shown["units billed"]) == (FROM, "5")
    assert row(saved, datetime.now(UTC))[5] == "0.6 USD (derived)"
    one = spending.charged["USD"]
    assert (one.amount, one.derived, one.jobs, one.jobs_derived) == (Decimal("0.6"),) * 2 + (1, 1)
    assert spending.facts()["charged"] == [
        {"unit": "USD", "amount": "0.6", "jobs": 1, "derived": "0.6", "jobs_derived": 1}
    ]
    assert [each.rule.origin for each in prices] == ["published"], "it teaches no price"


def test_more_units_than_quoted_say_so(tmp_path: Path) -> None:
    kind = stand_in(status=lambda each: {**each, "billed_seconds": 6})
    with metered(tmp_path, kind) as client:
        video = client.generate("A kite", tmp_path / "v.mp4", METER)
    assert dict(details(video.job))["note on the price"] == (
        "charged 0.12 USD more than quoted, as derived from the units billed"
    )


def test_a_failed_job_reports_what_its_units_come_to(tmp_path: Path) -> None:
    kind = stand_in(
        status=lambda each: {
            "id": each["id"], "status": "broken", "reason": "no", "billed_seconds": 2,
        }
    )  # fmt: skip
    with metered(tmp_path, kind) as client, pytest.raises(JobFailed, match=r"0\.24 USD \(derived"):
        client.generate("A kite", tmp_path / "v.mp4", METER)


@pytest.mark.parametrize("odd", [-1, "many", True, 10**20])
def test_odd_units_hide_no_video_and_charge_nothing(
    odd: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kind = stand_in(status=lambda each: {**each, "billed_seconds": odd})
    with caplog.at_level(logging.WARNING, "polyreel"), metered(tmp_path, kind) as client:
        video = client.generate("A kite", tmp_path / "v.mp4", METER)
    assert video.file.is_file()
    assert (video.status.charge, video.status.billed_units) == (None, None)
    said = [each.getMessage() for each in caplog.records if "billed_seconds" in each.getMessage()]
    assert len(said) == 1


def test_at_another_sellers_address_a_published_price_derives_nothing(tmp_path: Path) -> None:
    with metered(tmp_path, address="https://shop.example/v1") as client:
        video = client.generate("A kite", tmp_path / "v.mp4", METER)
    assert video.status.billed_units == 5
    assert video.status.charge is None


def test_a_budget_counts_a_derived_charge(tmp_path: Path) -> None:
    budget = {"amount": "1 USD", "period": "day"}
    mine = Config.model_validate({"budgets": [budget]})
    with metered(tmp_path, config=mine) as client:
        client.generate("A kite", tmp_path / "1.mp4", METER, max_price=Budget.of("1 USD"))
        (spent,) = client.planner.pricing.budgets_spent(client.planner.context.now())
    assert (spent.spent.amount, spent.spent.quoted) == (Decimal("0.6"), Decimal(0))


def a_job(charge: Charge) -> JobRecord:
    return JobRecord(
        id="a",
        model=METER,
        request={"duration": 5, "resolution": "720p"},
        timeline=Timeline(submitted_at=datetime(2026, 8, 1, tzinfo=UTC)),
        status=replace(ended(), charge=charge),
    )


def test_no_price_is_learnt_from_a_derived_charge() -> None:
    reported = Charge(amount=Decimal(1), unit="USD")
    (one,) = observed_rules(
        MODEL, [a_job(reported), a_job(replace(reported, amount=Decimal(9), derived_from="x"))]
    )
    assert (one.amount, one.seen) == (Decimal("0.2"), 1)


# reports, telemetry, the command line


def test_a_report_says_what_is_derived(tmp_path: Path) -> None:
    async def compared() -> Comparison:
        async with AsyncClient(**client_options(tmp_path)) as client:
            return await compare(client, "A kite", [METER], tmp_path, runs=2)

    with mounted(MeterStandIn, clock=ManualClock(), pace=AT_ONCE):
        comparison = anyio.run(compared)
    found = json.loads(json.dumps(report_facts(comparison)))
    assert [each["charged"] for each in found["rows"]] == ["0.6 USD (derived)"] * 2
    assert found["rows"][0]["status"]["charge"]["derived_from"] == FROM
    (charged,) = found["models"][0]["charged"]
    assert (charged["total"], charged["count"], charged["derived"]) == ("1.2", 2, 2)
    lines = list(csv.DictReader(io.StringIO(render(found))))
    assert [line["charged"] for line in lines] == ["0.6 USD (derived)"] * 2
    page = tmp_path / "report.html"
    write_page(found, page)
    text = page.read_text(encoding="utf-8")
    assert "0.6 USD (derived)" in text
    assert "1.2 USD (2 of 2 derived)" in text
    assert "Charged in USD, partly derived from units billed" in text


def test_telemetry_says_that_a_charge_is_derived() -> None:
    from polyreel.telemetry.attributes import charge_attributes

    plain = Charge(amount=Decimal(1), unit="USD")
    assert charge_attributes(plain) == {"polyreel.charge.unit": "USD"}
    assert charge_attributes(replace(plain, derived_from="x")) == {
        "polyreel.charge.unit": "USD",
        "polyreel.charge.derived": True,
    }


def test_the_command_line_says_what_is_derived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with metered(tmp_path) as client:
        client.generate("A kite", tmp_path / "v.mp4", METER)
        registry = client.registry
    monkeypatch.setattr(Registry, "installed", lambda *_: registry)
    Path("polyreel.toml").write_text(
        f'journal = "{tmp_path / "journal.sqlite3"}"\n', encoding="utf-8"
    )
    monkeypatch.setenv("POLYREEL_CONFIG", str(Path("polyreel.toml").absolute()))

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(build_app(), list(arguments))
        assert done.exit_code == 0, done.output
        return done

    done = run("spend", "--since", "2020-01-01")
    assert "0.6\tUSD (derived)\t1" in done.stdout
    assert "0.6 USD (0.6 of it derived from billed units)" in done.stderr
    assert "USD (derived)" in run("spend", "--since", "2020-01-01", "--csv").stdout
    total = json.loads(run("spend", "--since", "2020-01-01", "--json").stdout)["total"]
    assert total["charged"][0]["derived"] == "0.6"
    (job,) = json.loads(run("jobs", "list", "--json").stdout)
    assert job["status"]["charge"]["derived_from"] == FROM
    assert FROM in run("jobs", "show", job["id"]).stdout
