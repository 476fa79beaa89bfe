"""What is shown of the jobs that are kept: a row, the details, what only a person can settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..archive import describe_stage
from ..pricing.quoting import plain
from ..records import JobRecord, Stage
from .output import say, seconds_text

COLUMNS = ["id", "age", "model", "state", "took", "charged", "film"]


def row(record: JobRecord, now: datetime) -> list[object]:
    created = record.timeline.created_at
    charge = None if record.status is None else record.status.charge
    has_task = record.ref is not None
    return [
        record.short_id,
        None if created is None else _age((now - created).total_seconds()),
        record.model,
        describe_stage(record),
        seconds_text(record.timeline.seconds_in_all),
        ("unknown" if has_task else None) if charge is None else str(charge),
        record.file or record.target,
    ]


def details(record: JobRecord) -> list[tuple[str, object]]:
    facts = record.facts()
    details: list[tuple[str, object]] = [("id", record.id), ("state", describe_stage(record))]
    details += [(name, facts[name]) for name in ("model", "named", "idempotency_key")]
    if record.ref is not None:
        details.append(("task at the provider", record.ref.task_id))
    details.append(("address", record.base_url))
    details += [(name.removesuffix("_at"), at) for name, at in facts["times"].items()]
    if record.quoted is not None:
        details.append(("quoted", describe_quoted(record.quoted)))
    if record.status is not None:
        details.append(("charged", record.status.charge or "unknown"))
        details.append(("note on the price", price_difference(record)))
        details.append(("failure", record.status.failure))
    if record.expires_at is not None:
        details.append(("kept at the provider until", facts["expires_at"]))
    details += [(f"request: {name}", value) for name, value in (record.request or {}).items()]
    details += [("film", record.file or record.target), ("note", record.note)]
    if record.error is not None:
        details.append(("error", record.error.message))
    return [(name, value) for name, value in details if value is not None]


def describe_quoted(quoted: Mapping[str, Any]) -> str:
    """Return what a job was to cost, from the values that the journal keeps."""
    if quoted.get("amount") is None:
        return "unknown"
    return f"{quoted['amount']} {quoted['currency']} ({quoted['certainty']})"


def price_difference(record: JobRecord) -> str | None:
    """Return by how much a charge is not what was quoted; None where it is, or is not known."""
    charge = None if record.status is None else record.status.charge
    quoted = record.quoted or {}
    if charge is None or quoted.get("amount") is None or quoted["currency"] != charge.unit:
        return None
    difference = charge.amount - Decimal(quoted["amount"])
    is_within = quoted["certainty"] == "upper bound" and difference <= 0
    if difference == 0 or is_within:
        return None
    more = "more" if difference > 0 else "less"
    return f"charged {plain(abs(difference))} {charge.unit} {more} than was quoted"


def say_unknown(records: Sequence[JobRecord]) -> None:
    """Say once which jobs only a person can settle."""
    unknown = [each for each in records if each.stage is Stage.UNKNOWN]
    if not unknown:
        return
    lines = [f"  polyreel jobs settle {each.short_id}   # {each.model}" for each in unknown]
    jobs, was = ("1 job", "was") if len(unknown) == 1 else (f"{len(unknown)} jobs", "were")
    say(
        f"Whether {jobs} {was} created at the provider, nobody knows. Look in its console, then "
        "say what you found:\n" + "\n".join(lines)
    )


def what_to_settle(title: str, record: JobRecord) -> str:
    """Return what a person needs to find a job's task at its provider, and what to say then."""
    short = record.short_id
    if record.stage is not Stage.UNKNOWN:
        known = f"job {short} of {record.model} is {describe_stage(record)}"
        if record.stage is Stage.ACCEPTED:
            return (
                f"{known}: its task is known, so there is nothing to settle. Wait for it with "
                f"`polyreel jobs wait {short}`; if {title} has forgotten it, say --lost"
            )
        return f"{known}: there is nothing to settle"
    sent = record.timeline.submitted_at or record.timeline.created_at
    when = "" if sent is None else f" at about {sent.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    asked = record.request or {}
    named = ", ".join(
        f"{name} {asked[name]!r}" for name in ("prompt", "duration", "resolution") if name in asked
    )
    return (
        f"job {short} of {record.model} is {describe_stage(record)}. Look in {title}'s console for "
        f"a task sent to {record.base_url}{when} ({named}), then say what you found:\n"
        f"  polyreel jobs settle {short} --not-created\n"
        f"  polyreel jobs settle {short} --task-id TASK"
    )


def _age(seconds: float) -> str:
    """Return an age for a person, in its largest unit."""
    for length, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
