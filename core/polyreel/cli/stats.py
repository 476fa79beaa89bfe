"""stats: how long jobs took and how many succeeded, from the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ..adapters import Registry
from ..client import Client
from ..errors import UsageError
from ..jobs import JobOutcome
from ..jobs.timeline import SPAN_NAMES
from ..pricing import Latency, latency_by
from ..pricing.addresses import Whose
from ..pricing.latency import GROUPINGS, OUTCOMES, SMALL_SAMPLE, Grouping, Spread
from ..text.suggestions import did_you_mean
from .output import AsCsv, AsJson, command, out, print_csv, print_json, print_line, print_table, say
from .since import Since, jobs_since

_NUMBERS = ("count", "p50", "p90", "p95", "minimum", "maximum")
_OUTCOMES = ("jobs", "succeeded", "others", "first", "last")
_SECONDS = ("seconds", "count", "p50", "p90", "p95", "min", "max")


@command
def stats(
    provider: Annotated[
        str | None, typer.Option("-p", "--provider", metavar="NAME", help="One provider's only.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("-m", "--model", metavar="MODEL", help="One model's only.")
    ] = None,
    since: Since = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WHAT,…",
            help="How to group jobs: model, resolution, duration.",
        ),
    ] = ",".join(GROUPINGS),
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show how long jobs took and how many succeeded. Reads the journal; sends nothing."""
    if as_json and as_csv:
        raise UsageError("use --json or --csv, not both")
    groupings = _groupings(by)
    with Client() as client:
        records = jobs_since(client, since, provider, model)
        gaps = _poll_gaps(client.registry, sorted({each.provider for each in records}))
        groups = latency_by(records, groupings, client.registry)
    if as_json:
        print_json({"groups": [each.facts() for each in groups], "poll_gap_seconds": gaps})
    elif as_csv:
        facts = [_flat(each) for each in groups]
        print_csv(_csv_columns(groupings), [list(each.values()) for each in facts])
    elif groups:
        # Whoever has only jobs at the vendors' addresses needs no column that says so.
        apart = any(_whose(each) != "vendor" for each in groups)
        named = [*groupings, *(["address"] if apart else [])]
        print_table([*named, *_OUTCOMES], [_outcome_row(each, apart) for each in groups])
        print_line("")
        print_table([*named, *_SECONDS], [row for each in groups for row in _rows(each, apart)])
        _say_how_measured(groups, gaps)


def _groupings(text: str) -> list[Grouping]:
    """Return the groupings of the option, each once.

    Raises:
        UsageError: When there is no such grouping.
    """
    names = list(dict.fromkeys(name.strip().lower() for name in text.split(",")))
    for name in names:
        if name not in GROUPINGS:
            raise UsageError(f"--by: {did_you_mean(name, GROUPINGS)}")
    return [each for name in names for each in GROUPINGS if each == name]


def _poll_gaps(registry: Registry, providers: Sequence[str]) -> dict[str, float | None]:
    """Return the seconds between polls by provider; None where it is not installed."""
    adapters = registry.adapters
    return {
        name: adapters[name].adapter.poll_timing.gap if name in adapters else None
        for name in providers
    }


def _whose(group: Latency) -> Whose:
    return "vendor" if group.address is None else group.address.whose


def _values(group: Latency, apart: bool) -> list[object]:
    """Return what the jobs of a group share."""
    own = "the vendors' own" if _whose(group) == "vendor" else str(group.address)
    return [*group.group.values(), *([own] if apart else [])]


def _outcome_row(group: Latency, apart: bool) -> list[object]:
    # Not a percentage: 1 of 1 and 100 of 100 do not mean the same.
    succeeded = group.outcomes[JobOutcome.SUCCEEDED]
    success = f"{succeeded} of {group.completed}" if group.completed else None
    others = ", ".join(
        f"{count} {outcome}"
        for outcome, count in group.outcomes.items()
        if count and outcome is not JobOutcome.SUCCEEDED
    )
    dates = [_day(group.first), _day(group.last)]
    return [*_values(group, apart), group.jobs, success, others or None, *dates]


def _rows(group: Latency, apart: bool) -> list[list[object]]:
    """Return a row for every span; none for a group without any."""
    if not any(group.spreads.values()):
        return []
    values = _values(group, apart)
    # A person reads the group once; a program that splits lines needs it on every line.
    repeated = [""] * len(values) if out().is_terminal else values
    return [
        [*(repeated if number else values), span.replace("_", " "), *_numbers(spread)]
        for number, (span, spread) in enumerate(group.spreads.items())
    ]


def _numbers(spread: Spread | None) -> list[object]:
    if spread is None:
        return [0, *[None] * (len(_NUMBERS) - 1)]
    return [spread.count, *(f"{getattr(spread, name):.1f}" for name in _NUMBERS[1:])]


def _csv_columns(groupings: Sequence[Grouping]) -> list[str]:
    outcomes = ["jobs", *(str(outcome) for outcome in OUTCOMES)]
    rest = ["success_rate", "first", "last", "left_out_of_total", "unwatched"]
    numbers = [f"{span}_{name}" for span in SPAN_NAMES for name in _NUMBERS]
    return [*groupings, "address", "whose", *outcomes, *rest, *numbers]


def _flat(group: Latency) -> dict[str, Any]:
    """Return a group as one row of CSV, in seconds."""
    facts = group.facts()
    seconds: dict[str, dict[str, Any]] = facts.pop("seconds")
    for span, numbers in seconds.items():
        facts |= {f"{span}_{name}": numbers[name] for name in _NUMBERS}
    return facts


def _say_how_measured(groups: Sequence[Latency], gaps: dict[str, float | None]) -> None:
    polls = ", ".join(
        f"{name}: unknown" if gap is None else f"{name}: every {gap:g} s"
        for name, gap in gaps.items()
    )
    say(
        "Seconds; percentiles by nearest rank. Only a poll sees a change "
        f"({polls}), so queued, generating and total are only as exact as that."
    )
    if any(
        spread and spread.is_small_sample for group in groups for spread in group.spreads.values()
    ):
        say(f"Where the count is below {SMALL_SAMPLE}, the p95 is the maximum.")
    left_out = sum(group.left_out for group in groups)
    if left_out:
        videos = "1 video is" if left_out == 1 else f"{left_out} videos are"
        say(
            f"{videos} left out of total: nobody watched the job's end, it was downloaded long "
            "afterwards, or a person gave the task id."
        )
    unwatched = sum(group.unwatched for group in groups)
    if unwatched:
        jobs = "1 job was" if unwatched == 1 else f"{unwatched} jobs were"
        say(f"{jobs} not watched all the time; the spans that nobody watched are left out.")


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).date().isoformat()
