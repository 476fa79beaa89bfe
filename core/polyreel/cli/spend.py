"""spend: what providers reported to have charged, from the journal."""

from __future__ import annotations

from typing import Annotated

import typer

from ..client import Client
from ..errors import UsageError
from ..request import did_you_mean
from ..spend import SPEND_GROUPINGS, SpendGrouping, Spending, spend_by, spend_in_all
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
            help="What to add up by: provider, model, day (in UTC), or target: the name by "
            "which the film was asked for.",
        ),
    ] = "provider",
    since: Since = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what providers reported to have charged. Reads the journal; sends nothing."""
    if as_json and as_csv:
        raise UsageError("give --json or --csv, not both")
    grouping = _grouping(by)
    with Client() as client:
        records = jobs_since(client, since)
    groups, in_all = spend_by(records, grouping), spend_in_all(records)
    if as_json:
        facts = [{grouping: each.name, **each.facts()} for each in groups]
        print_json({"by": grouping, "groups": facts, "in_all": in_all.facts()})
        return
    columns = [grouping, "charged", "unit", "jobs"]
    rows = [row for each in groups for row in _rows(each)]
    if as_csv:
        print_csv(columns, rows)
    elif rows:
        print_table(columns, rows)
        _say_in_all(in_all)
    elif records:
        say("None of the jobs was sent, so none was charged.")


def _grouping(text: str) -> SpendGrouping:
    """Return what the option names.

    Raises:
        UsageError: When it names something else.
    """
    for grouping in SPEND_GROUPINGS:
        if grouping == text.strip().lower():
            return grouping
    raise UsageError(f"--by: {did_you_mean(text, SPEND_GROUPINGS)}")


def _rows(group: Spending) -> list[list[object]]:
    """Return a row for each unit, and one for the jobs of which nobody told a charge."""
    rows: list[list[object]] = [
        [group.name, format(each.amount, "f"), unit, each.jobs]
        for unit, each in group.charged.items()
    ]
    if group.unknown:
        rows.append([group.name, _UNKNOWN, None, group.unknown])
    return rows


def _say_in_all(in_all: Spending) -> None:
    sums = [f"{each.amount:f} {unit}" for unit, each in in_all.charged.items()]
    if in_all.unknown:
        jobs = "1 job" if in_all.unknown == 1 else f"{in_all.unknown} jobs"
        sums.append(f"and what {jobs} cost, which is not known" if sums else f"unknown, of {jobs}")
    say(f"As reported by the providers, in all: {', '.join(sums)}.")
