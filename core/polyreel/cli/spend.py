"""spend: the charges of jobs, from the journal."""

from __future__ import annotations

from typing import Annotated

import typer

from ..client import Client
from ..errors import UsageError
from ..pricing import Spending, spend_by
from ..pricing.addresses import Whose
from ..pricing.spend import SPEND_GROUPINGS, Charged, SpendGrouping, spend_totals
from ..text.suggestions import did_you_mean
from .output import AsCsv, AsJson, command, print_csv, print_json, print_table, say
from .since import Since, jobs_since

_UNKNOWN = "unknown"


@command
def spend(
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WHAT",
            help="How to group the sums: provider, model, day (in UTC), or target (the target or "
            "model as it was named).",
        ),
    ] = "provider",
    since: Since = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what providers charged. Reads the journal; sends nothing."""
    if as_json and as_csv:
        raise UsageError("use --json or --csv, not both")
    grouping = _grouping(by)
    with Client() as client:
        records = jobs_since(client, since)
        groups = spend_by(records, grouping, client.registry)
        totals = spend_totals(records, client.registry)
        budgets = client.planner.pricing.budgets_spent(client.planner.context.now())
    if as_json:
        own = next(
            (each for each in totals if _whose(each) == "vendor"),
            Spending(name=None, charged={}, unknown=0),
        )
        facts = [{grouping: each.name, **each.facts()} for each in groups]
        print_json(
            {
                "by": grouping,
                "groups": facts,
                "total": own.facts(),
                "elsewhere": [each.facts() for each in totals if _whose(each) != "vendor"],
                "budgets": [each.facts() for each in budgets],
            }
        )
        return
    columns = [grouping, "charged", "unit", "jobs"]
    if as_csv:
        rows = [[*row, *_address(each)] for each in groups for row in _rows(each)]
        print_csv([*columns, "address", "whose"], rows)
        return
    # Whoever has only jobs at the vendors' addresses needs no column that says so.
    apart = any(_whose(each) != "vendor" for each in totals)
    rows = [[*row, *([_shown(each)] if apart else [])] for each in groups for row in _rows(each)]
    if rows:
        print_table([*columns, *(["address"] if apart else [])], rows)
        for each in totals:
            _say_total(each)
    elif records:
        say("No job was sent, so no job was charged.")
    for budget in budgets:
        say(str(budget))


def _grouping(text: str) -> SpendGrouping:
    """Return the grouping of the option.

    Raises:
        UsageError: When there is no such grouping.
    """
    for grouping in SPEND_GROUPINGS:
        if grouping == text.strip().lower():
            return grouping
    raise UsageError(f"--by: {did_you_mean(text, SPEND_GROUPINGS)}")


def _rows(group: Spending) -> list[list[object]]:
    """Return the rows of a group: what was reported, what is derived, and unknown jobs."""
    rows: list[list[object]] = []
    for unit, each in group.charged.items():
        if each.jobs > each.jobs_derived:
            reported = format(each.amount - each.derived, "f")
            rows.append([group.name, reported, unit, each.jobs - each.jobs_derived])
        if each.jobs_derived:
            derived = f"{unit} (derived)"
            rows.append([group.name, format(each.derived, "f"), derived, each.jobs_derived])
    if group.unknown:
        rows.append([group.name, _UNKNOWN, None, group.unknown])
    return rows


def _whose(group: Spending) -> Whose:
    return "vendor" if group.address is None else group.address.whose


def _address(group: Spending) -> tuple[str | None, str]:
    return None if group.address is None else group.address.url, _whose(group)


def _shown(group: Spending) -> str:
    return "the vendors' own" if _whose(group) == "vendor" else str(group.address)


def _say_total(total: Spending) -> None:
    sums = [_sum(unit, each) for unit, each in total.charged.items()]
    if total.unknown:
        jobs = "1 job" if total.unknown == 1 else f"{total.unknown} jobs"
        sums.append(f"unknown for {jobs}")
    where = "" if _whose(total) == "vendor" else f" at {_shown(total)}"
    if total.address is not None and total.address.url is None:
        where = ", address unknown"
    say(f"Total{where}, as reported by the providers: {', '.join(sums)}.")


def _sum(unit: str, charged: Charged) -> str:
    """Return a sum for people, with what of it no provider reported."""
    if not charged.jobs_derived:
        return f"{charged.amount:f} {unit}"
    return f"{charged.amount:f} {unit} ({charged.derived:f} of it derived from billed units)"
