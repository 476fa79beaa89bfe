"""What is shown of jobs in the journal: a row, the details, and how to settle an unknown one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..engine.acceptance import more_than_quoted
from ..errors import SubmitUnknown
from ..jobs import JobRecord, Stage
from ..jobs.history import describe_stage
from ..pricing.quoting import plain
from .output import say, seconds_text

_EXCERPT = 200
"""Most characters of the answer to a paid request in a message."""

COLUMNS = ["id", "age", "model", "state", "took", "charged", "video"]


def row(record: JobRecord, now: datetime) -> list[object]:
    """Return a job's values for `COLUMNS`."""
    created = record.timeline.created_at
    charge = None if record.status is None else record.status.charge
    has_task = record.ref is not None
    return [
        record.short_id,
        None if created is None else _age((now - created).total_seconds()),
        record.model,
        describe_stage(record),
        seconds_text(record.timeline.seconds_total),
        ("unknown" if has_task else None) if charge is None else str(charge),
        shown_video(record),
    ]


def shown_video(record: JobRecord) -> str | None:
    """Return a job's file for people, and whether a saved video is not there any more."""
    if record.file is None:
        return None if record.target is None else str(record.target)
    return _shown_file(record.file) + and_more(record)


def and_more(record: JobRecord) -> str:
    """Return how many videos of a job there are beside the first; empty where there are none."""
    return f" and {len(record.other_files)} more" if record.other_files else ""


def _shown_file(file: Path) -> str:
    return str(file) if file.is_file() else f"{file} (missing)"


def details(record: JobRecord) -> list[tuple[str, object]]:
    """Return everything that is known about a job, a line for each."""
    facts = record.facts()
    details: list[tuple[str, object]] = [("id", record.id), ("state", describe_stage(record))]
    details += [(name, facts[name]) for name in ("model", "named", "idempotency_key")]
    if record.ref is not None:
        details.append(("task at the provider", record.ref.task_id))
    details.append(("address", record.base_url))
    details += [(name.removesuffix("_at"), at) for name, at in facts["times"].items()]
    if record.timeline.unwatched:
        unseen = [name.removesuffix("_at") for name in sorted(record.timeline.unwatched)]
        details.append(("nobody watched it before", ", ".join(unseen)))
    if record.quoted is not None:
        details.append(("quoted", describe_quoted(record.quoted)))
    if record.estimated is not None:
        details.append(("estimated by the provider", describe_estimate(record)))
    if record.status is not None:
        details.append(("charged", record.status.charge or "unknown"))
        charge = record.status.charge
        if charge is not None and charge.derived_from is not None:
            details.append(("derived from", charge.derived_from))
        if record.status.billed_units is not None:
            details.append(("units billed", plain(record.status.billed_units)))
        details.append(("note on the price", price_difference(record)))
        details.append(("failure", record.status.failure))
    if record.expires_at is not None:
        details.append(("offered by the provider until", facts["expires_at"]))
    details += [(f"request: {name}", value) for name, value in (record.request or {}).items()]
    details += [*_files(record), ("note", record.note)]
    if record.error is not None:
        details.append(("error", record.error.message))
        details.append(("request id at the provider", record.error.request_id))
    if record.refusals:
        details.append(("refused before", record.refusals))
    details.append(("idempotency key at the provider", record.sent_key))
    if record.resends:
        details.append(("sent once more with that key", record.resends))
    details += answer_details(record)
    return [(name, value) for name, value in details if value is not None]


def _files(record: JobRecord) -> list[tuple[str, object]]:
    """Return a job's files, a line for each."""
    videos: list[tuple[str, object]] = [("video", shown_video(record))]
    if record.other_files:
        numbered = enumerate(record.files, start=1)
        videos = [(f"video {number}", _shown_file(file)) for number, file in numbered]
    return [*videos, ("last frame", record.last_frame_file)]


def answer_details(record: JobRecord) -> list[tuple[str, object]]:
    """Return what is known of the answer to the paid request of an unknown job."""
    error = record.error
    if record.stage is not Stage.UNKNOWN or not isinstance(error, SubmitUnknown):
        return []
    found: list[tuple[str, object]] = [("task that the answer names", error.candidate)]
    if error.answer is not None:
        found.append(("answer: HTTP status", error.answer.get("status")))
        headers = dict(error.answer.get("headers") or {})
        found += [(f"answer: {name}", value) for name, value in headers.items()]
        found.append(("answer: body", error.answer.get("body") or "nothing"))
    return found


def has_candidate(record: JobRecord) -> bool:
    """Return whether the answer to the paid request of an unknown job names a task."""
    is_unknown = record.stage is Stage.UNKNOWN and isinstance(record.error, SubmitUnknown)
    return is_unknown and bool(answer_details(record)[0][1])


def describe_quoted(quoted: Mapping[str, Any]) -> str:
    """Return the quote of a job, from the values in the journal."""
    if quoted.get("amount") is None:
        return "unknown"
    return f"{quoted['amount']} {quoted['currency']} ({quoted.get('certainty') or 'unknown'})"


def describe_estimate(record: JobRecord) -> str:
    """Return the estimate of a job, and how much more it is than the quote."""
    more = more_than_quoted(record)
    return f"{record.estimated}{'' if more is None else f', {more}'}"


def price_difference(record: JobRecord) -> str | None:
    """Return how a charge differs from its quote; None where it does not, or that is unknown."""
    charge = None if record.status is None else record.status.charge
    quoted = record.quoted or {}
    if charge is None or quoted.get("amount") is None or quoted["currency"] != charge.unit:
        return None
    difference = charge.amount - Decimal(quoted["amount"])
    is_within = quoted.get("certainty") == "upper bound" and difference <= 0
    if difference == 0 or is_within:
        return None
    more = "more" if difference > 0 else "less"
    how = "" if charge.derived_from is None else ", as derived from the units billed"
    return f"charged {plain(abs(difference))} {charge.unit} {more} than quoted{how}"


def say_unknown(records: Sequence[JobRecord]) -> None:
    """Print the jobs that only a person can settle."""
    unknown = [each for each in records if each.stage is Stage.UNKNOWN]
    if not unknown:
        return
    lines = [f"  polyreel jobs settle {each.short_id}   # {each.model}" for each in unknown]
    jobs, has = ("1 job", "has") if len(unknown) == 1 else (f"{len(unknown)} jobs", "have")
    say(
        f"It is unknown whether {jobs} {has} a task at the provider. Check the provider's console, "
        "then settle:\n" + "\n".join(lines)
    )


def what_to_settle(title: str, record: JobRecord) -> str:
    """Return how a person finds a job's task at its provider, and settles the job."""
    short = record.short_id
    if record.stage is not Stage.UNKNOWN:
        known = f"job {short} of {record.model} is {describe_stage(record)}"
        if record.stage is Stage.ACCEPTED:
            return (
                f"{known}: its task is known, so there is nothing to settle. Wait for it with "
                f"`polyreel jobs wait {short}`; if {title} no longer has it, use --lost"
            )
        return f"{known}: there is nothing to settle"
    sent = record.timeline.submitted_at or record.timeline.created_at
    when = "" if sent is None else f" at about {sent.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    asked = record.request or {}
    named = ", ".join(
        f"{name} {asked[name]!r}" for name in ("prompt", "duration", "resolution") if name in asked
    )
    shown = [(name, str(value)) for name, value in answer_details(record) if value is not None]
    answer = "".join(
        f"\n  {name}: {text if len(text) <= _EXCERPT else text[:_EXCERPT] + '…'}"
        for name, text in shown
    )
    return (
        f"job {short} of {record.model} is {describe_stage(record)}. Check {title}'s console for a "
        f"task sent to {record.base_url}{when} ({named}), then run one of these:\n"
        f"  polyreel jobs settle {short} --not-created\n"
        f"  polyreel jobs settle {short} --task-id TASK"
        + (f"\nThe answer (`polyreel jobs show {short}` has more of it):{answer}" if answer else "")
    )


def _age(seconds: float) -> str:
    """Return an age for a person, in its largest unit."""
    for length, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
