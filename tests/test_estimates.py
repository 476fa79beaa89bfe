"""An estimate in a create's answer: kept, shown, and never a charge; it never loses a job."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from metered import AT_ONCE, METER, metered, stand_in
from polyreel import Config, SubmitUnknown, VideoRequest
from polyreel.adapters import Accepted, Charge, Estimate, Flow, ModelSpec, Registry
from polyreel.cli.app import build_app
from polyreel.cli.job_facts import details
from polyreel.client.drivers import drive
from polyreel.engine.acceptance import LONGEST_FACT, MOST_FACTS, more_than_quoted
from polyreel.engine.context import LiveJob
from polyreel.engine.submit import submit
from polyreel.jobs import JobRecord, Stage
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel.jobs.spend_limit import SpendLimit
from polyreel.pricing import spend_by
from polyreel_conformance import ManualClock
from polyreel_conformance.tools.mount import mounted
from toy_adapter import KEY, TASK, Script, ToyAdapter, answer, context_at, plan_for, registry_of
from toys.meter.adapter import MeterAdapter
from typer.testing import CliRunner

ONE = Estimate(amount=Decimal("0.60"), unit="USD")


def submitted(returned: Any, caplog: pytest.LogCaptureFixture) -> JobRecord:
    """Return the record of a job whose adapter returned something beside a right job."""

    class Peculiar(ToyAdapter):
        contract_version = 3

        def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[Any]:
            response = yield self.paid_request(request)
            return returned(self.job(self.read(response).get("id"), model))

    script, live = Script(answer(200, {"id": TASK})), LiveJob()
    with caplog.at_level(logging.INFO, "polyreel"):
        ref = drive(submit(context_at(script.clock), plan_for(Peculiar()), live), script)
    assert ref.task_id == TASK
    assert live.record.stage is Stage.ACCEPTED
    assert len(script.paid) == 1
    return live.record


def test_an_estimate_and_facts_are_kept_with_the_job(caplog: pytest.LogCaptureFixture) -> None:
    record = submitted(
        lambda job: Accepted(job=job, estimate=ONE, reported={"generation": "gen-1"}), caplog
    )
    assert (record.estimated, record.reported) == (ONE, {"generation": "gen-1"})
    assert "the provider estimates 0.60 USD" in caplog.text
    assert all(each.levelno < logging.WARNING for each in caplog.records)
    again = load_record(dump_record(record))
    assert (again.estimated, again.reported) == (ONE, {"generation": "gen-1"})
    facts = record.facts()
    assert facts["estimated"] == {"amount": "0.60", "unit": "USD"}
    assert facts["reported"] == {"generation": "gen-1"}


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate(amount=Decimal(-1), unit="USD"),
        Estimate(amount=Decimal("NaN"), unit="USD"),
        Estimate(amount=Decimal("Infinity"), unit="USD"),
        Estimate(amount=Decimal(10) ** 20, unit="USD"),
        Estimate(amount=Decimal("1e-999999"), unit="USD"),
        Estimate(amount=True, unit="USD"),  # type: ignore[arg-type]  # an adapter may do so
        Estimate(amount="much", unit="USD"),  # type: ignore[arg-type]
        Estimate(amount=Decimal(1), unit=""),
        "0.60 USD",
        Charge(amount=Decimal(1), unit="USD"),
        {"amount": 1},
    ],
)
def test_an_estimate_that_can_not_be_read_is_unknown_with_one_warning(
    estimate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    record = submitted(lambda job: Accepted(job=job, estimate=estimate), caplog)
    assert record.estimated is None
    (warning,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "estimate in the answer to the create can't be read" in warning.getMessage()


@pytest.mark.parametrize(
    ("reported", "kept", "warns"),
    [
        ({"a": 1}, {}, True),
        ("text", {}, True),
        ({"": "x", "b": "y"}, {"b": "y"}, True),
        ({"a": "\ud800"}, {}, True),
        ({"a": f"my {KEY}"}, {"a": "my [key]"}, False),
        ({"a": "one " * 9000}, {"a": ("one " * 9000)[:LONGEST_FACT]}, False),
        (None, {}, False),
    ],
)
def test_facts_that_can_not_be_kept_are_left_out(
    reported: Any, kept: dict[str, str], warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    record = submitted(lambda job: Accepted(job=job, reported=reported), caplog)
    assert record.reported == kept
    assert ("reported in the answer" in caplog.text) is warns
    assert KEY not in dump_record(record)


def test_only_so_many_facts_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    many = {str(number): "x" for number in range(500)}
    record = submitted(lambda job: Accepted(job=job, reported=many), caplog)
    assert len(record.reported) == MOST_FACTS


@pytest.mark.parametrize("job", [None, "task-1", {"task_id": "task-1"}])
def test_an_acceptance_without_a_job_is_an_unknown_outcome(
    job: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SubmitUnknown) as caught:
        submitted(lambda _: Accepted(job=job, estimate=ONE), caplog)
    assert caught.value.candidate == TASK


def quoted(record: JobRecord, amount: str | None, currency: str = "USD") -> JobRecord:
    facts = {"amount": amount, "currency": currency, "certainty": "exact"}
    return replace(record, quoted=facts)


def test_an_estimate_above_the_quote_says_by_how_much() -> None:
    record = JobRecord(id="a", model=METER, estimated=ONE)
    assert more_than_quoted(quoted(record, "0.50")) == "0.1 USD more than the quote of 0.50 USD"
    for same in (
        record,
        quoted(record, "0.60"),
        quoted(record, "1"),
        quoted(record, None),
        quoted(record, "0.50", "COIN"),
        quoted(record, "much"),
        quoted(replace(record, estimated=None), "0.50"),
    ):
        assert more_than_quoted(same) is None


def test_an_estimate_above_the_consented_quote_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    price = {"model": METER, "unit": "second", "amount": "0.10", "currency": "USD"}
    mine = Config.model_validate({"prices": [price]})
    with metered(tmp_path, config=mine) as client:
        job = client.submit("A kite", METER)
        record = client.history.find(job.id)
    assert record.estimated == ONE
    said = "the provider estimates 0.60 USD for job"
    (warning,) = [each for each in caplog.records if said in each.getMessage()]
    assert warning.levelno == logging.WARNING
    assert "0.1 USD more than the quote of 0.5 USD" in warning.getMessage()
    shown = dict(details(record))
    assert shown["estimated by the provider"] == (
        "0.60 USD, 0.1 USD more than the quote of 0.5 USD"
    )


def test_an_estimate_is_never_a_charge(tmp_path: Path) -> None:
    kind = stand_in(
        status=lambda each: {name: value for name, value in each.items() if "billed" not in name}
    )
    with metered(tmp_path, kind) as client:
        video = client.generate("A kite", tmp_path / "v.mp4", METER)
        (spending,) = spend_by(client.history.jobs(), "provider", client.registry)
    assert video.status.charge is None
    assert video.job.estimated == ONE
    assert (spending.charged, spending.unknown) == ({}, 1)
    shown = dict(details(video.job))
    assert shown["charged"] == "unknown"
    assert video.job.facts()["status"]["charge"] is None


def test_a_budget_counts_the_larger_of_quote_and_estimate() -> None:
    limit = SpendLimit(amount=Decimal(10), currency="USD", period="day")

    def spent(**document: Any) -> tuple[Decimal, int]:
        found = limit.spent([{"stage": "accepted", **document}])
        return found.amount, found.unknown

    estimate = {"amount": "0.60", "unit": "USD"}
    quote = {"amount": "0.50", "currency": "USD"}
    assert spent(estimated=estimate, quoted=quote) == (Decimal("0.60"), 0)
    assert spent(estimated={**estimate, "amount": "0.1"}, quoted=quote) == (Decimal("0.50"), 0)
    assert spent(estimated=estimate) == (Decimal("0.60"), 0)
    assert spent(estimated={**estimate, "unit": "COIN"}, quoted=quote) == (Decimal("0.50"), 0)
    assert spent() == (Decimal(0), 1)
    charge = {"charge": {"amount": "0.2", "unit": "USD"}}
    assert spent(estimated=estimate, quoted=quote, status=charge) == (Decimal("0.2"), 0)


def test_the_command_line_shows_an_estimate_at_acceptance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = stand_in(
        status=lambda each: {name: value for name, value in each.items() if "billed" not in name},
    )
    registry = registry_of(MeterAdapter)
    monkeypatch.setattr(Registry, "installed", lambda *_: registry)
    monkeypatch.setenv("METER_API_KEY", "sk-meter-key-123456")
    monkeypatch.setattr("polyreel.client.planner.SystemClock", ManualClock)
    with mounted(kind, clock=ManualClock(), pace=AT_ONCE):
        done = CliRunner().invoke(
            build_app(),
            ["generate", "-o", "v.mp4", "-p", "A kite", "-m", METER, "--yes"],
        )
    assert done.exit_code == 0, done.output
    lines = done.stderr.splitlines()
    (shown,) = [each for each in lines if "the provider estimates" in each]
    assert shown == f"{METER}: the provider estimates 0.60 USD"
    assert lines.index(shown) > lines.index(f"{METER}: accepted")
    assert "charged: unknown; estimated by the provider: 0.60 USD" in lines


def test_old_rows_have_no_estimate() -> None:
    record = JobRecord(id="a", model=METER)
    text = dump_record(record)
    assert "estimated" not in text
    assert "reported" not in text
    assert load_record(text) == record
    assert "estimated" not in record.facts()


@pytest.mark.parametrize(
    "wrong", ['{"amount": "NaN", "unit": "USD"}', '{"amount": 1, "unit": "USD"}', '"0.60 USD"']
)
def test_a_damaged_estimate_is_a_damaged_row(wrong: str) -> None:
    text = dump_record(JobRecord(id="a", model=METER))
    with pytest.raises(ValueError, match="not a job's record"):
        load_record(text.replace('"id"', f'"estimated": {wrong}, "id"', 1))
