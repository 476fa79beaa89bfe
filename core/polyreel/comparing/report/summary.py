"""How a run ended, in plain words, and the command to run next."""

from __future__ import annotations

from dataclasses import dataclass

from ...jobs import JobOutcome, Stage
from ...jobs.outcome import REJECTIONS, outcome_of_error
from ..comparison import Row

_MEANING = {
    JobOutcome.SUCCEEDED: "The video is on disk.",
    JobOutcome.NOT_SAVED: "The provider made the video, and it is not on disk. Downloading it "
    "again costs nothing.",
    JobOutcome.GONE: "The provider made the video and no longer offers it.",
    JobOutcome.FAILED: "The provider ended the job without a video.",
    JobOutcome.CANCELED: "The job was canceled at the provider.",
    JobOutcome.EXPIRED: "The provider let the job expire.",
    JobOutcome.OPEN: "The job continues at the provider. Waiting for it again costs nothing.",
    JobOutcome.UNKNOWN: "The paid request left; whether a task exists is unknown. It was not sent "
    "again. Check the provider's console, then settle the job.",
    JobOutcome.UNABLE: "Nothing was sent.",
    JobOutcome.NOT_SENT: "The provider was not reached; nothing was sent.",
    JobOutcome.REFUSED: "The provider refused; no task exists.",
    JobOutcome.REJECTED: "No task exists.",
}
_WITHOUT_A_JOURNAL = "No journal is in use; only the job's reference, in the JSON, can resume it."


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How a run ended, for a person.

    Attributes:
        outcome: The outcome.
        meaning: What it means for the money and the video.
        reason: The error's message; None where there is a video.
        command: The command to run next; None where there is nothing to do.
    """

    outcome: JobOutcome
    meaning: str
    reason: str | None
    command: str | None


def summary_of(row: Row, jobs_are_persisted: bool = True) -> Summary:
    """Return how a run ended.

    Args:
        row: The run.
        jobs_are_persisted: Whether a later process can find the job by its id.
    """
    outcome = _outcome(row)
    meaning, command = _MEANING[outcome], _command(outcome, row.record.short_id)
    if command is not None and not jobs_are_persisted:
        meaning, command = f"{meaning} {_WITHOUT_A_JOURNAL}", None
    reason = None if row.error is None else row.error.message
    return Summary(outcome=outcome, meaning=meaning, reason=reason, command=command)


def may_have_cost(row: Row) -> bool:
    """Whether something may have been charged: a task exists, or whether one exists is unknown."""
    return row.record.ref is not None or row.record.stage in (Stage.SENDING, Stage.UNKNOWN)


def _outcome(row: Row) -> JobOutcome:
    if row.error is None:
        return JobOutcome.SUCCEEDED
    outcome = outcome_of_error(row.error)
    # An accepted job continues, whatever error came later.
    return JobOutcome.OPEN if outcome in REJECTIONS and row.record.is_unfinished else outcome


def _command(outcome: JobOutcome, short_id: str) -> str | None:
    if outcome is JobOutcome.UNKNOWN:
        return f"polyreel jobs settle {short_id}"
    if outcome in (JobOutcome.OPEN, JobOutcome.NOT_SAVED):
        return f"polyreel jobs wait {short_id}"
    return None
