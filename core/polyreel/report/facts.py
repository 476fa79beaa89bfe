"""The facts of a report as JSON values. Every rendering is made of these and of nothing else."""

from __future__ import annotations

from datetime import UTC
from importlib.metadata import version
from typing import Any

from ..comparison import Comparison, Row
from .endings import how_it_ended
from .figures import charged_text, figures_of
from .timelines import spans_of

HOW_MEASURED = (
    "Times are as seen from this machine, by its clock. To accept: from the paid request's leaving "
    "to its answer. Queued: from there to the first look that saw the job running. Generating: "
    "from there to the look that saw it finished. To fetch: the download alone. In all: from the "
    "paid request's leaving to the film on disk. A span whose begin or end no look saw is unknown."
)


def report_facts(comparison: Comparison) -> dict[str, Any]:
    """Return all that is known of a comparison, as JSON values.

    It holds no key, no query of a signed URL and no inline media.
    """
    return {
        "polyreel": version("polyreel"),
        "began_at": comparison.began_at.astimezone(UTC).isoformat(timespec="seconds"),
        "runs": comparison.runs,
        "jobs_are_kept": comparison.jobs_are_kept,
        "request": dict(comparison.readable),
        "rows": [_row(row, comparison.jobs_are_kept) for row in comparison.rows],
        "models": [each.facts() for each in figures_of(comparison)],
        "latency": {"measured": HOW_MEASURED, "looks": _looks(comparison)},
    }


def _row(row: Row, jobs_are_kept: bool) -> dict[str, Any]:
    told = how_it_ended(row, jobs_are_kept)
    facts = row.facts()
    return {
        **facts,
        "timeline": spans_of(facts["times"]),
        "outcome": str(told.ending),
        "meaning": told.meaning,
        "command": told.command,
        "charged": charged_text(row),
    }


def _looks(comparison: Comparison) -> list[dict[str, Any]]:
    """Return how coarse each provider's times are, since a change is seen by a look only."""
    timings = {
        row.provider: row.poll_timing for row in comparison.rows if row.poll_timing is not None
    }
    return [
        {"provider": provider, "first_after_seconds": timing.first, "gap_seconds": timing.gap}
        for provider, timing in timings.items()
    ]
