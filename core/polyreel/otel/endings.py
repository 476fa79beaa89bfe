"""Endings: how a job ended, when, and why, read from its record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..errors import JobCanceled, JobExpired, JobFailed, ResultExpired, SubmitUnknown
from ..jobs import State
from ..records import JobRecord, Stage

_ERROR_TYPES = {
    State.FAILED: JobFailed.__name__,
    State.CANCELED: JobCanceled.__name__,
    State.EXPIRED: JobExpired.__name__,
}
UNNAMED = "_OTHER"
"""The convention's word for an error whose type is not known."""


class Outcome(StrEnum):
    """What a job came to. Unlike in `polyreel.latency`, a film that was never had is no success."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    GONE = "gone"
    """It succeeded, and its provider offered the film no longer."""
    UNKNOWN = "unknown"
    """Nobody knows whether there is a task."""
    REJECTED = "rejected"
    """Surely no task was made."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a job ended.

    Attributes:
        outcome: What it came to.
        at: When, as its record tells; None where it does not.
        error_type: The name of the error's class; None for a film that is on disk.
    """

    outcome: Outcome
    at: datetime | None = None
    error_type: str | None = None


def ending_of(job: JobRecord) -> Ending | None:
    """Return how a job ended, or None while something can still come of it."""
    line = job.timeline
    if job.stage is Stage.FETCHED or line.fetched_at is not None:
        return Ending(outcome=Outcome.SUCCEEDED, at=line.fetched_at)
    if job.stage is Stage.REJECTED:
        return Ending(outcome=Outcome.REJECTED, error_type=_error_type(job, UNNAMED))
    if job.stage is Stage.UNKNOWN:
        error_type = _error_type(job, SubmitUnknown.__name__)
        return Ending(outcome=Outcome.UNKNOWN, error_type=error_type)
    if job.state is not None and job.ended_without_film:
        outcome = Outcome(str(job.state))
        return Ending(outcome=outcome, at=line.finished_at, error_type=_ERROR_TYPES[job.state])
    # While it is fetched again, the error is that of the attempt before.
    if isinstance(job.error, ResultExpired) and job.stage is not Stage.FETCHING:
        return Ending(outcome=Outcome.GONE, error_type=_error_type(job, UNNAMED))
    return None


def is_repetition(job: JobRecord) -> bool:
    """Whether a record tells once more of an end that was told before.

    A provider's end is told when a look sees it; the error that it comes to for the caller is
    kept afterwards, by whoever asks for the film, often in another process.
    """
    return job.ended_without_film and isinstance(job.error, JobFailed | JobCanceled | JobExpired)


def _error_type(job: JobRecord, otherwise: str) -> str:
    return otherwise if job.error is None else type(job.error).__name__
