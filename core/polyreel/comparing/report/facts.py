"""The facts of a report as JSON values. Every format is made from these alone."""

from __future__ import annotations

from datetime import UTC
from importlib.metadata import version
from typing import Any

from ..comparison import Comparison, Row
from .figures import charged_text, figures_of
from .summary import summary_of
from .timelines import timeline_spans

HOW_MEASURED = (
    "Times are as seen from this machine, by its clock. To accept: from sending the paid request "
    "to its answer. Queued: from that answer to the first poll that saw the job running. "
    "Generating: from that poll to the poll that saw it finished. To download: the download alone. "
    "Total: from sending the paid request to the video on disk. A span is unknown if no poll saw "
    "its start or its end, or if nobody polled for long before that."
)


def report_facts(comparison: Comparison) -> dict[str, Any]:
    """Return everything that is known about a comparison, as JSON values.

    They have no key, no query of a signed URL and no inline media.
    """
    return {
        "polyreel": version("polyreel"),
        "began_at": comparison.began_at.astimezone(UTC).isoformat(timespec="seconds"),
        "runs": comparison.runs,
        "jobs_are_persisted": comparison.jobs_are_persisted,
        "request": dict(comparison.readable),
        "rows": [_row(row, comparison.jobs_are_persisted) for row in comparison.rows],
        "models": [each.facts() for each in figures_of(comparison)],
        "latency": {"measured": HOW_MEASURED, "polls": _poll_gaps(comparison)},
    }


def _row(row: Row, jobs_are_persisted: bool) -> dict[str, Any]:
    summary = summary_of(row, jobs_are_persisted)
    facts = row.facts()
    return {
        **facts,
        "timeline": timeline_spans(facts["times"], facts["unwatched"]),
        "outcome": str(summary.outcome),
        "meaning": summary.meaning,
        "command": summary.command,
        "charged": charged_text(row),
    }


def _poll_gaps(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the seconds between the polls of each provider: only a poll sees a change."""
    timings = {
        row.provider: row.poll_timing for row in comparison.rows if row.poll_timing is not None
    }
    return [
        {"provider": provider, "first_after_seconds": timing.first, "gap_seconds": timing.gap}
        for provider, timing in timings.items()
    ]
