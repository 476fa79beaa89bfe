"""Budgets over many jobs: one transaction decides, so no two jobs spend the same money."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market import TOY, Market, both_ways
from polyreel import (
    Client,
    Config,
    ConfigError,
    JobRef,
    JournalError,
    OverBudget,
    PolyreelError,
)
from polyreel.adapters import Charge, JobStatus, State
from polyreel.cli.app import build_app
from polyreel.engine.context import new_id
from polyreel.jobs import JobRecord, Stage
from polyreel.jobs.journal.interface import Intent, Opening
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.spend_limit import SpendLimit, Spent
from polyreel_sandbox import Sandbox
from tiny_videos import mp4
from toy_adapter import ADDRESS
from trusted import write_trusted
from typer.testing import CliRunner

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
REAL, LOCAL = f"toy {ADDRESS}", "toy http://127.0.0.1:18099/v1"
FAST = "modellix/seedance-2.0-fast-t2v"


class Moment:
    """A clock for the journal."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def journals(tmp_path: Path, moment: Moment) -> Iterator[Callable[[], SqliteJournal]]:
    """Open journals on one file, each as another process would."""
    opened: list[SqliteJournal] = []

    def another() -> SqliteJournal:
        opened.append(SqliteJournal(tmp_path / "journal.sqlite3", now=moment))
        return opened[-1]

    yield another
    for each in opened:
        each.close()


def limit(amount: str = "10", price: str | None = "4", **more: Any) -> SpendLimit:
    fields: dict[str, Any] = {
        "amount": Decimal(amount),
        "currency": "USD",
        "period": "day",
        "price": None if price is None else Decimal(price),
        "price_currency": None if price is None else "USD",
    }
    return SpendLimit(**{**fields, **more})


def started(
    journal: SqliteJournal, *limits: SpendLimit, place: str = REAL, **fields: Any
) -> JobRecord:
    """Start a job whose quote is the limits' price."""
    price = next((each.price for each in limits), None)
    quoted = None if price is None else {"amount": str(price), "currency": "USD"}
    record = JobRecord(
        **{
            "id": new_id(),
            "model": f"{place.partition(' ')[0]}/video",
            "base_url": place.partition(" ")[2],
            "quoted": quoted,
            **fields,
        }
    )
    opened = journal.open_job(Intent(record=record, digest="d", place=place, limits=limits))
    assert opened.outcome is Opening.NEW
    assert opened.record is not None
    return opened.record


def moved(journal: SqliteJournal, record: JobRecord, *stages: Stage, **fields: Any) -> None:
    for stage in stages:
        record = JobRecord(**{**vars(record), "stage": stage, **fields})
        assert journal.move(record)


def charged(amount: str, unit: str = "USD", state: State = State.SUCCEEDED) -> JobStatus:
    charge = Charge(amount=Decimal(amount), unit=unit)
    return JobStatus(state=state, raw_state="done", charge=charge)


# in the journal


def test_jobs_in_flight_count_as_quoted(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    first = started(journal, limit())
    started(journal, limit())
    with pytest.raises(OverBudget) as raised:
        started(journal, limit())
    for part in ("4 USD", "8 USD", "10 USD a day", "Nothing was sent", "2026-05-31 00:00 UTC"):
        assert part in raised.value.message
    assert len(raised.value.message) < 400
    assert len(journal.jobs()) == 2
    moved(journal, first, Stage.SENDING, Stage.REJECTED)
    started(journal, limit())


@pytest.mark.parametrize(
    ("amount", "may_start"), [("2", True), ("0", True), ("2.001", False), ("9", False)]
)
def test_a_charge_replaces_its_quote(
    amount: str, may_start: bool, journals: Callable[[], SqliteJournal]
) -> None:
    journal = journals()
    record = started(journal, limit(price="8"))
    stages = (Stage.SENDING, Stage.ACCEPTED, Stage.FINISHED)
    moved(journal, record, *stages, status=charged(amount))
    if may_start:
        started(journal, limit(price="8"))
        return
    with pytest.raises(OverBudget):
        started(journal, limit(price="8"))


@pytest.mark.parametrize("stage", [Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED])
def test_what_may_be_paid_counts(stage: Stage, journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    record = started(journal, limit(price="8"))
    stages = [Stage.SENDING, *([] if stage is Stage.SENDING else [stage])]
    moved(journal, record, *stages)
    with pytest.raises(OverBudget):
        started(journal, limit())


def test_many_processes_and_threads_spend_no_more_than_the_budget(
    journals: Callable[[], SqliteJournal],
) -> None:
    several = [journals() for _ in range(3)]

    def start(number: int) -> bool:
        try:
            started(several[number % 3], limit("10", "1"))
        except OverBudget:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        came = list(pool.map(start, range(40)))
    assert sum(came) == 10
    assert several[0].spent(limit()) == Spent(
        amount=Decimal(10), quoted=Decimal(10), jobs=10, unknown=0
    )


def test_a_period_begins_at_midnight_in_utc(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    journal = journals()
    day, month = limit("4"), limit("4", period="month")
    started(journal, day)
    for hours, may in ((11.99, False), (0.02, True)):
        moment.now += timedelta(hours=hours)
        for each in (day, month):  # 31 May ends, and May too
            assert (journal.spent(each).jobs == 0) is may
    started(journal, day)
    moment.now += timedelta(days=1)
    assert (journal.spent(day).jobs, journal.spent(month).jobs) == (0, 1)


def test_a_rejected_job_that_starts_again_belongs_to_the_new_day(
    journals: Callable[[], SqliteJournal], moment: Moment
) -> None:
    journal = journals()
    first = started(journal, limit(), idempotency_key="order")
    moved(journal, first, Stage.SENDING, Stage.REJECTED)
    moment.now += timedelta(days=1)
    again = started(journal, limit(), idempotency_key="order")
    assert again.id == first.id
    assert journal.spent(limit()).jobs == 1


def test_a_repeated_key_is_not_refused_when_the_budget_is_spent(
    journals: Callable[[], SqliteJournal],
) -> None:
    journal = journals()
    record = started(journal, limit("4"), idempotency_key="order")
    moved(journal, record, Stage.SENDING, Stage.ACCEPTED)
    intent = Intent(
        record=JobRecord(id=new_id(), model="toy/video", idempotency_key="order"),
        digest="d",
        place=REAL,
        limits=(limit("4"),),
    )
    assert journal.open_job(intent).outcome is Opening.REPEATED


def test_a_providers_budget_counts_its_jobs_alone(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    started(journal, limit(), place="tin https://api.tin.example")
    assert journal.spent(limit(provider="toy")).jobs == 0
    assert journal.spent(limit(provider="tin")).jobs == journal.spent(limit()).jobs == 1


def test_a_sandbox_has_a_count_of_its_own(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    rehearsal = limit("4", sandbox=LOCAL)
    started(journal, rehearsal, place=LOCAL)
    assert journal.spent(limit()).jobs == 0
    assert journal.spent(limit(sandbox="toy http://127.0.0.1:1")).jobs == 0
    with pytest.raises(OverBudget):
        started(journal, rehearsal, place=LOCAL)
    started(journal, limit("4"))


@pytest.mark.parametrize("allows", [False, True])
def test_an_unknown_price_is_refused_unless_allowed(
    allows: bool, journals: Callable[[], SqliteJournal]
) -> None:
    journal = journals()
    unknown = limit(price=None, allows_unknown=allows)
    if not allows:
        with pytest.raises(OverBudget, match="price of this job is unknown"):
            started(journal, unknown)
        started(journal)
        with pytest.raises(OverBudget, match="cost of 1 job since 2026-05-31"):
            started(journal, limit())
        return
    started(journal, unknown)
    started(journal, limit("4", allows_unknown=True))
    with pytest.raises(OverBudget):
        started(journal, limit("4", allows_unknown=True))


def test_other_currencies_need_a_rate(journals: Callable[[], SqliteJournal]) -> None:
    journal = journals()
    coins: dict[str, Any] = {"price": Decimal(8), "price_currency": "coin"}
    with pytest.raises(OverBudget, match=r"\[exchange\]"):
        started(journal, limit(**coins))
    started(journal, limit(**coins, rates={"coin": Decimal("0.5")}), quoted={
        "amount": "8", "currency": "coin",
    })  # fmt: skip
    assert journal.spent(limit(rates={"coin": Decimal("0.5")})).amount == 4
    with pytest.raises(OverBudget, match="in coin"):
        started(journal, limit())


DOCUMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "stage": st.sampled_from([str(each) for each in Stage]),
            "quoted": st.sampled_from([None, {"amount": None}, {"amount": "1", "currency": "USD"}]),
            "status": st.sampled_from(
                [None, {"charge": None}, {"charge": {"amount": "0.5", "unit": "USD"}}]
            ),
        }
    )
)


@given(DOCUMENTS)
def test_every_job_counts_once_and_unknown_is_never_zero(documents: list[dict[str, Any]]) -> None:
    spent = limit().spent(documents)
    rejected = sum(
        each["stage"] == "rejected" and not (each["status"] or {}).get("charge")
        for each in documents
    )
    assert spent.jobs == len(documents) - rejected
    known = spent.jobs - spent.unknown
    assert known * Decimal("0.5") <= spent.amount <= known
    assert spent.quoted <= spent.amount


# through the clients


def config(*budgets: dict[str, Any], price: str | None = "4") -> Config:
    rule = {"model": TOY, "unit": "task", "amount": price, "currency": "USD"}
    return Config.model_validate(
        {"prices": [rule] if price else [], "budgets": [{"period": "day", **b} for b in budgets]}
    )


@both_ways
def test_a_job_over_the_budget_is_not_sent(is_async: bool, market: Market, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "config": config({"amount": "10 USD"}),
        "journal": tmp_path / "j.sqlite3",
    }
    vendor = market.toy
    for number in range(2):
        market.generate(is_async, tmp_path / f"{number}.mp4", TOY, **options)
    with pytest.raises(OverBudget, match="8 USD of the budget of 10 USD a day is spent"):
        market.generate(is_async, tmp_path / "2.mp4", TOY, **options)
    assert len(vendor.created) == 2


def test_without_a_journal_a_budget_refuses(market: Market, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="needs a journal"):
        market.generate(
            False, tmp_path / "1.mp4", TOY, config=config({"amount": "10 USD"}), journal=None
        )
    assert market.toy.created == []


def test_a_budget_of_another_provider_does_not_count(market: Market, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "config": config({"amount": "1 USD", "provider": "tin"}),
        "journal": tmp_path / "j",
    }
    market.generate(False, tmp_path / "1.mp4", TOY, **options)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "20"},
        {"amount": "x USD"},
        {"amount": "20 USD", "period": "week"},
        {"amount": "20 USD", "provider": "jimy"},
        {"amount": "20 USD", "limit": 3},
    ],
)
def test_a_wrong_budget_is_one_clear_error(wrong: dict[str, Any]) -> None:
    budget = {"period": "day", **wrong}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in budget.items())
    write_trusted(f"[[budgets]]\n{lines}")
    with pytest.raises(ConfigError) as raised:
        Client(Path("polyreel.toml"))
    assert "budgets" in raised.value.message


# on the command line


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


BUDGET = '[[budgets]]\namount = "1.00 USD"\nperiod = "day"\nprovider = "modellix"\n'


def generate(*more: str) -> Any:
    return run("generate", "-o", "v.mp4", "-p", "A boat", "-m", FAST, "--yes", *more)


def test_the_command_line_refuses_before_it_asks_and_continues_a_key(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyreel_sandbox.files._render", lambda _: mp4())
    write_trusted(BUDGET)
    tasks = sandbox.stand_ins["modellix"].tasks
    assert generate("--idempotency-key", "order").exit_code == 0
    refused = generate()
    assert (refused.exit_code, "0.69 USD of the budget" in refused.stderr) == (2, True)
    assert "This sends" not in refused.stderr
    again = generate("--idempotency-key", "order")
    assert (again.exit_code, len(tasks)) == (0, 1), again.output


def test_a_comparison_is_within_the_budget_all_together(sandbox: Sandbox) -> None:
    write_trusted(BUDGET)
    Path("request.json").write_text('{"prompt": "A boat"}', encoding="utf-8")
    done = run("compare", "request.json", "-m", FAST, "--runs", "2", "--yes")
    assert (done.exit_code, "1.38 USD" in done.stderr) == (2, True), done.output
    assert sandbox.stand_ins["modellix"].calls == []


def test_spend_shows_each_budget(sandbox: Sandbox, tmp_path: Path) -> None:
    write_trusted(BUDGET)
    journal = SqliteJournal(tmp_path / "polyreel-home" / "journal.sqlite3")
    record = started(journal, limit("1", "0.25"), place="modellix https://api.modellix.ai/x")
    ref = JobRef(provider="modellix", model="video", task_id="t")
    moved(journal, record, Stage.SENDING)
    moved(journal, record, Stage.ACCEPTED, ref=ref)
    journal.close()
    shown = run("spend").stderr
    assert "Budget of 1 USD a day at modellix: 0.25 USD spent since" in shown
    assert "0.25 of it as quoted" in shown
    (facts,) = json.loads(run("spend", "--json").stdout)["budgets"]
    assert (facts["spent"], facts["of_it_quoted"], facts["jobs"]) == ("0.25", "0.25", 1)


def test_no_budget_needs_no_journal() -> None:
    with Client(journal=None) as client:
        assert client.planner.pricing.budgets_spent(NOON) == []
        with pytest.raises(PolyreelError):
            client.plan("A boat", "nobody/none")
