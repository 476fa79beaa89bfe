"""Exit codes: one table for every command."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import MediaPending, PolyreelError
from ..jobs import JobOutcome
from ..jobs.outcome import outcome_of_error

DONE = 0
JOB_FAILED = 1
USAGE = 2
REFUSED = 3
UNKNOWN = 4
RESUMABLE = 5
INTERRUPTED = 130

MEANINGS = {
    DONE: "done",
    JOB_FAILED: "the job failed, or its video is gone",
    USAGE: "the call or config is wrong, or no model can do it",
    REFUSED: "the provider refused or was not reached",
    UNKNOWN: "the submit's outcome is unknown",
    RESUMABLE: "not done in time, not saved or not printed, resumable",
    INTERRUPTED: "interrupted, resumable",
}
"""What each code means."""

EXIT_CODES_IN_WORDS = "Exit codes: " + " · ".join(
    f"{code} {text}" for code, text in MEANINGS.items()
)

_CODES = {
    JobOutcome.SUCCEEDED: DONE,
    JobOutcome.FAILED: JOB_FAILED,
    JobOutcome.CANCELED: JOB_FAILED,
    JobOutcome.EXPIRED: JOB_FAILED,
    JobOutcome.GONE: JOB_FAILED,
    JobOutcome.UNABLE: USAGE,
    JobOutcome.REJECTED: USAGE,
    JobOutcome.REFUSED: REFUSED,
    JobOutcome.NOT_SENT: REFUSED,
    JobOutcome.UNKNOWN: UNKNOWN,
    JobOutcome.OPEN: RESUMABLE,
    JobOutcome.NOT_SAVED: RESUMABLE,
}
# What a caller most needs to know about several results comes first.
_WORST_FIRST = (UNKNOWN, RESUMABLE, JOB_FAILED, REFUSED, USAGE, DONE)


def exit_code(error: PolyreelError) -> int:
    """Return the exit code of an error."""
    if isinstance(error, MediaPending):  # the same call goes on
        return RESUMABLE
    return _CODES[outcome_of_error(error)]


def worst(codes: Iterable[int]) -> int:
    """Return the one exit code of several results."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), DONE)
