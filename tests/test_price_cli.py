"""quote, prices and --max-price on the command line, at both vendors' stand-ins."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import BadResponse, Client
from polyreel.adapters import Charge, JobStatus, Registry
from polyreel.cli.app import build_app
from polyreel.cli.job_facts import price_difference
from polyreel.jobs.records import JobRecord
from polyreel_conformance import ManualClock
from polyreel_sandbox import Sandbox
from tiny_videos import mp4
from trusted import write_trusted
from typer.testing import CliRunner

FAST = "modellix/seedance-2.0-fast-t2v"
MINI = "modellix/seedance-2.0-mini-t2v"
RANGE = "modellix/seedance-2.0-t2v"
UNKNOWN = "jimmy/seedance2.0-std"
NEEDS_IMAGE = "jimmy/seedance2.0-fast-i2v"
COINS = "jimmy/seedance2.0-mini"


@pytest.fixture(autouse=True)
def _request_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a request, and videos that take no time to draw."""
    Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
    monkeypatch.setattr("polyreel_sandbox.files._render", lambda _: mp4())


def run(*arguments: str) -> Any:
    """Run a command in this process, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), list(arguments))


def models(*names: str) -> list[str]:
    return [part for name in names for part in ("-m", name)]


def quote(*names: str, options: tuple[str, ...] = ()) -> Any:
    return run("quote", "request.json", *models(*names), *options)


def offers(*names: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what `quote --json` says, by target and in its order."""
    done = quote(*names, options=("--json", *options))
    return {each["name"]: each for each in json.loads(done.stdout)}


def table(printed: str) -> list[dict[str, str]]:
    """Return the rows of a table that was piped."""
    header, *lines = [line.split("\t") for line in printed.splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def generate(*options: str, model: str = FAST) -> Any:
    usual = ("generate", "-o", "video.mp4", "-p", "A paper boat", "-m", model, "--yes")
    return run(*usual, *options)


def compare(*names: str, options: tuple[str, ...] = ()) -> Any:
    return run("compare", "request.json", "--yes", *models(*names), *options)


def write_config(text: str) -> None:
    write_trusted(text)


def price(model: str, amount: str, more: str = "", currency: str = "USD") -> str:
    """Return a price per second in the config."""
    return (
        f'[[prices]]\nmodel = "{model}"\nunit = "second"\namount = "{amount}"\n'
        f'currency = "{currency}"\n{more}\n'
    )


def paid(served: Sandbox) -> int:
    """Return how many tasks the stand-ins made."""
    return sum(len(stand_in.tasks) for stand_in in served.stand_ins.values())


def calls(served: Sandbox) -> int:
    return sum(len(stand_in.calls) for stand_in in served.stand_ins.values())


def jobs() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("jobs", "list", "--json").stdout)
    return found


# quote


def test_a_quote_shows_its_price_how_sure_it_is_and_why_and_sends_nothing(sandbox: Sandbox) -> None:
    done = quote(FAST, RANGE, UNKNOWN, NEEDS_IMAGE)
    fast, bound, unknown, refused = table(done.stdout)
    assert (fast["model"], fast["can"], fast["price"], fast["certainty"]) == (
        *(FAST, "yes", "0.69 USD", "exact"),
    )
    assert fast["details"] == "5 seconds at 0.1380 USD per second"
    assert fast["source"].startswith("published, 2026-08-17")
    assert (bound["price"], bound["certainty"]) == ("at most 4.485 USD", "upper bound")
    assert (unknown["can"], unknown["price"], unknown["certainty"]) == ("yes", "unknown", "unknown")
    assert "[[prices]]" in unknown["details"]
    assert (refused["can"], refused["price"], refused["source"]) == ("no", "–", "–")
    assert re.search(r"^[a-z_]+: ", refused["details"]), "the field is named"
    assert (done.exit_code, calls(sandbox)) == (0, 0)


def test_a_quote_needs_no_key() -> None:
    assert quote(FAST).exit_code == 0


def test_a_quote_as_json_is_exact_and_whole() -> None:
    found = offers(FAST, UNKNOWN, NEEDS_IMAGE)
    reported = found[FAST]["quote"]
    assert (reported["amount"], reported["currency"], reported["certainty"]) == (
        "0.69",
        "USD",
        "exact",
    )
    assert (reported["rule"]["origin"], reported["rule"]["read"]) == ("published", "2026-08-17")
    assert reported["lines"] == [{"text": "5 seconds at 0.1380 USD per second", "amount": "0.69"}]
    assert (found[UNKNOWN]["quote"]["amount"], found[UNKNOWN]["usual"]) == (None, None)
    refused = found[NEEDS_IMAGE]
    assert (refused["can"], refused["quote"]) == (False, None)
    assert refused["findings"][0]["field"]


def test_by_price_the_cheapest_comes_first_and_the_unknown_last() -> None:
    found = offers(NEEDS_IMAGE, UNKNOWN, RANGE, FAST, MINI, options=("--sort", "price"))
    assert list(found) == [MINI, FAST, RANGE, UNKNOWN, NEEDS_IMAGE]


def test_by_price_currencies_are_not_mixed(sandbox: Sandbox) -> None:
    run("prices", "refresh")
    found = offers(FAST, COINS, MINI, options=("--sort", "price"))
    assert list(found) == [COINS, MINI, FAST]


def test_by_time_the_fastest_comes_first_and_the_unknown_last(sandbox: Sandbox) -> None:
    assert generate(model=FAST).exit_code == 0
    found = offers(NEEDS_IMAGE, UNKNOWN, MINI, FAST, options=("--sort", "time"))
    assert list(found) == [FAST, UNKNOWN, MINI, NEEDS_IMAGE]
    assert found[FAST]["usual"]["count"] == 1
    (row,) = table(quote(FAST).stdout)
    assert "(1 other job)" in row["usually takes"]


def test_without_names_the_targets_of_the_config_are_quoted() -> None:
    write_config(
        f'[targets.cheap]\nmodel = "{MINI}"\n[targets.good]\nmodel = "{FAST}"\n'
        + price(MINI, "0.02")
    )
    found = offers()
    assert {name: each["model"] for name, each in found.items()} == {"cheap": MINI, "good": FAST}
    assert found["cheap"]["quote"]["amount"] == "0.1"
    assert table(quote().stdout)[0]["source"] == "config, set by you"


def test_without_names_and_targets_every_model_is_quoted() -> None:
    assert set(offers()) == {name for name, _ in Registry.installed().models()}


def test_a_quote_that_no_target_can_do_ends_in_an_error_code() -> None:
    assert quote(NEEDS_IMAGE).exit_code == 2
    assert quote(NEEDS_IMAGE, FAST).exit_code == 0


@pytest.mark.parametrize("names", [("jimmy/none",), ("nowhere",)])
def test_a_quote_for_what_nobody_knows_is_an_error(names: tuple[str, ...]) -> None:
    done = quote(*names)
    assert (done.exit_code, done.stdout) == (2, "")
    assert names[0] in done.stderr


def test_what_would_be_left_out_is_reported() -> None:
    Path("request.json").write_text('{"prompt": "A boat", "seed": 1}', encoding="utf-8")
    assert quote(COINS).exit_code == 2
    done = quote(COINS, options=("--drop",))
    assert done.exit_code == 0
    assert f"{COINS}: would leave out seed" in done.stderr


def test_a_price_that_was_read_long_ago_is_marked() -> None:
    write_config(price(MINI, "0.10", "read = 2020-01-01"))
    (row,) = table(quote(MINI).stdout)
    assert re.fullmatch(r"config, 2020-01-01, stale: \d+ days ago", row["source"])


# prices


def test_every_price_is_listed_with_its_source_and_every_model_without_one() -> None:
    done = run("prices")
    rows = table(done.stdout)
    assert {row["model"] for row in rows} == {name for name, _ in Registry.installed().models()}
    fast = [row for row in rows if row["model"] == FAST]
    assert [(row["applies to"], row["price"], row["from"]) for row in fast] == [
        ("480p", "0.0690 USD per second", "published"),
        ("720p", "0.1380 USD per second", "published"),
    ]
    assert all(row["source"].startswith("https://") for row in fast)
    (std,) = [row for row in rows if row["model"] == UNKNOWN]
    assert (std["price"], std["source"]) == ("unknown", "billed by the task")
    assert "[[prices]]" in done.stderr


def test_the_list_can_be_one_providers() -> None:
    rows = table(run("prices", "-p", "modellix").stdout)
    assert {row["model"].partition("/")[0] for row in rows} == {"modellix"}
    done = run("prices", "-p", "modelix")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean 'modellix'" in done.stderr


def test_the_list_shows_every_source_the_best_first(sandbox: Sandbox) -> None:
    assert generate(model=FAST).exit_code == 0
    write_config(price(FAST, "0.10", "read = 2020-01-01"))
    found = [each for each in json.loads(run("prices", "--json").stdout) if each["model"] == FAST]
    assert [(each["origin"], each["amount"]) for each in found] == [
        ("config", "0.10"),
        ("published", "0.0690"),
        ("published", "0.1380"),
        ("observed", "0.1380"),
    ]
    assert [found[0]["is_stale"], found[3]["is_stale"]] == [True, False]
    assert (found[3]["seen"], found[3]["resolution"]) == (1, "720p")
    rows = [row for row in table(run("prices").stdout) if row["model"] == FAST]
    assert "stale: " in rows[0]["read"]


@pytest.mark.parametrize("has_key", [True, False])
def test_a_provider_is_asked_for_its_prices_with_or_without_a_key(
    has_key: bool, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_key:
        monkeypatch.delenv("JIMMY_API_KEY")
    done = run("prices", "refresh")
    assert done.exit_code == 0, done.output
    assert "jimmy: 9 prices" in done.stderr
    (call,) = sandbox.stand_ins["jimmy"].calls
    assert call.method == "GET"
    assert "sk-jimmy-key" not in str(call.headers), "a key that is not needed is not shown"
    assert sandbox.stand_ins["modellix"].calls == []
    rows = table(run("prices", "-p", "jimmy").stdout)
    (mini,) = [r for r in rows if r["model"] == COINS and r["applies to"] == "720p"]
    assert (mini["price"], mini["from"]) == ("0.05 JimiCoin per second", "catalogue")
    assert "stale" not in mini["read"], "it was read just now"


def test_prices_that_were_asked_for_are_counted_as_json(sandbox: Sandbox) -> None:
    assert json.loads(run("prices", "refresh", "-p", "jimmy", "--json").stdout) == {"jimmy": 9}


def test_a_provider_without_a_list_can_not_be_asked(sandbox: Sandbox) -> None:
    done = run("prices", "refresh", "-p", "modellix")
    assert (done.exit_code, calls(sandbox)) == (2, 0)
    assert "Modellix has no list of prices that polyreel can request" in done.stderr
    assert "[[prices]]" in done.stderr


def test_a_refused_list_leaves_the_older_one(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("prices", "refresh")
    refusal = {"code": 20001, "msg": "no such key", "data": None}
    monkeypatch.setattr(sandbox.stand_ins["jimmy"], "price_list", lambda: refusal)
    done = run("prices", "refresh")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "no such key" in done.stderr
    assert offers(COINS)[COINS]["quote"]["amount"] == "0.25"


NO_PRICE = {"model_name": "x", "price_mode": "per_task", "unit_price": -1}


@pytest.mark.parametrize("data", [None, {"list": [NO_PRICE]}], ids=["nothing", "less than nothing"])
def test_a_list_that_can_not_be_read_is_asked_for_again(
    data: object, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = sandbox.stand_ins["jimmy"]
    right, wrong = stand_in.price_list(), {"code": 0, "data": data}
    answers = [right, wrong, wrong, wrong, wrong, wrong, right]
    monkeypatch.setattr(stand_in, "price_list", lambda: answers.pop(0))
    with Client(clock=ManualClock()) as client:
        assert client.refresh_prices("jimmy") == 9
        with pytest.raises(BadResponse):
            client.refresh_prices("jimmy")
        (saved,) = client.price_sources.catalogues()
        assert saved.address == client.planner.any_account(COINS).base_url
        assert len(saved.prices["jimmy/seedance2.0-mini"]) == 3
        assert client.refresh_prices("jimmy") == 9
    assert answers == []


# --max-price


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (FAST, ("--max-price", "0.68 USD"), "0.69 USD, which is more than the budget of 0.68 USD"),
        (UNKNOWN, ("--max-price", "99 USD"), "is unknown"),
        (FAST, ("--max-price", "99 JimiCoin"), "[exchange]"),
        (RANGE, ("--max-price", "4 USD"), "up to 4.485 USD"),
        (FAST, ("--max-price", "0.68 USD", "--allow-unknown-price"), "more than"),
        (FAST, ("--max-price", "cheap"), "is not a valid price"),
        (FAST, ("--allow-unknown-price",), "needs --max-price"),
    ],
)
def test_what_is_over_the_budget_is_not_sent(
    model: str, options: tuple[str, ...], said: str, sandbox: Sandbox
) -> None:
    for done in (generate(*options, model=model), compare(model, options=options)):
        assert (done.exit_code, done.stdout) == (2, ""), done.output
        assert said in done.stderr
    assert (calls(sandbox), jobs(), Path("video.mp4").exists()) == (0, [], False)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (FAST, ("--max-price", "0.69 USD")),
        (UNKNOWN, ("--max-price", "0.01 USD", "--allow-unknown-price")),
    ],
)
def test_what_is_within_the_budget_is_sent(
    model: str, options: tuple[str, ...], sandbox: Sandbox
) -> None:
    assert generate(*options, model=model).exit_code == 0
    assert compare(model, options=options).exit_code == 0
    assert paid(sandbox) == 2


def test_a_comparison_is_within_the_budget_all_together(sandbox: Sandbox) -> None:
    for options in (("--max-price", "1.14 USD"), ("--max-price", "2 USD", "--runs", "2")):
        done = compare(FAST, MINI, options=options)
        assert (done.exit_code, paid(sandbox)) == (2, 0), done.output
    assert compare(FAST, MINI, options=("--max-price", "1.15 USD")).exit_code == 0
    assert paid(sandbox) == 2


def test_a_fallback_must_be_within_the_budget_too(sandbox: Sandbox) -> None:
    write_config(f'[targets.best]\nmodel = "{MINI}"\nfallbacks = ["{FAST}"]\n')
    arguments = ("generate", "-o", "video.mp4", "-p", "A boat", "-t", "best", "--yes")
    done = run(*arguments, "--max-price", "0.50 USD")
    assert (done.exit_code, calls(sandbox)) == (2, 0)
    assert "0.69 USD" in done.stderr
    assert run(*arguments, "--max-price", "0.69 USD").exit_code == 0


# consent, and what was charged in the end


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (FAST, "0.69 USD (exact, read 2026-08-17)"),
        (RANGE, "at most 4.485 USD (upper bound, read 2026-08-17)"),
        (UNKNOWN, "unknown; the provider charges its own price"),
    ],
)
def test_whoever_is_asked_to_pay_sees_the_price(model: str, said: str, sandbox: Sandbox) -> None:
    usual = ("generate", "-o", "video.mp4", "-p", "A paper boat", "-m", model)
    done = run(*usual)
    assert f"price of {model}: {said}" in done.stderr
    assert (done.exit_code, calls(sandbox)) == (2, 0), "nobody agreed"


def test_a_price_of_several_runs_says_how_many(sandbox: Sandbox) -> None:
    done = run("compare", "request.json", *models(FAST), "--runs", "3")
    assert f"price of {FAST}: 3 × 0.69 USD" in done.stderr
    assert calls(sandbox) == 0


def shown(job: str) -> dict[str, str]:
    """Return what `jobs show` says, by name."""
    done = run("jobs", "show", job)
    assert done.exit_code == 0, done.output
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {line[0]: line[-1] for line in lines}


def test_a_job_shows_what_was_quoted_and_charged(sandbox: Sandbox) -> None:
    generate()
    (job,) = jobs()
    reported = shown(job["id"])
    assert (reported["quoted"], reported["charged"]) == ("0.69 USD (exact)", "0.6900 USD")
    assert "note on the price" not in reported


@pytest.mark.parametrize(
    ("amount", "said"),
    [("0.10", "charged 0.19 USD more than quoted"), ("0.20", "charged 0.31 USD less")],
)
def test_a_charge_that_differs_is_reported_in_a_sentence(
    amount: str, said: str, sandbox: Sandbox
) -> None:
    write_config(price(FAST, amount))
    generate()
    (job,) = jobs()
    assert said in shown(job["id"])["note on the price"]


def test_a_job_whose_price_nobody_knew_says_unknown_on_both_sides(sandbox: Sandbox) -> None:
    generate(model=UNKNOWN)
    (job,) = jobs()
    reported = shown(job["id"])
    assert (reported["quoted"], reported["charged"]) == ("unknown", "unknown")
    assert job["quoted"]["amount"] is None


@pytest.mark.parametrize(
    ("charge", "unit", "certainty", "said"),
    [
        ("2", "USD", "exact", None),
        ("1", "USD", "upper bound", None),
        ("3", "USD", "upper bound", "charged 1 USD more than quoted"),
        ("3", "JimiCoin", "exact", None),
        ("1.50", "USD", "estimate", "charged 0.5 USD less than quoted"),
    ],
)
def test_a_difference_is_reported_only_where_there_is_one(
    charge: str, unit: str, certainty: str, said: str | None, sandbox: Sandbox
) -> None:
    generate()
    with Client() as client:
        (kept,) = client.history.jobs()
    assert kept.status is not None
    status: JobStatus = replace(kept.status, charge=Charge(amount=Decimal(charge), unit=unit))
    quoted = {"amount": "2.00", "currency": "USD", "certainty": certainty}
    record: JobRecord = replace(kept, status=status, quoted=quoted)
    assert price_difference(record) == said
