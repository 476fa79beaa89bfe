"""How a run ended, in plain words, and the command that goes on from there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..comparison import Row
from ..errors import (
    FetchError,
    JobError,
    PolyreelError,
    ResultExpired,
    SubmitUnknown,
    TransportError,
    UsageError,
    WaitTimeout,
)
from ..records import Stage


class Ending(StrEnum):
    """How a run ended."""

    FILM = "film"
    UNABLE = "not able"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    UNKNOWN = "outcome unknown"
    FAILED = "failed"
    NOT_DONE = "not done in time"
    NOT_SAVED = "not saved"
    GONE = "film gone"


_MEANING = {
    Ending.FILM: "The film is here.",
    Ending.UNABLE: "Nothing was sent.",
    Ending.REFUSED: "The provider refused; nothing was made.",
    Ending.NOT_SENT: "The provider was not reached; nothing was sent.",
    Ending.UNKNOWN: "The paid request left, and nobody knows whether there is a task. It was not "
    "sent again. Look in the provider's console, then say what you found.",
    Ending.FAILED: "The provider ended the job without a film.",
    Ending.NOT_DONE: "The wait ended and the job goes on at the provider. Taking it up again "
    "costs nothing.",
    Ending.NOT_SAVED: "The job was accepted and its film is not here yet. Taking it up again "
    "costs nothing.",
    Ending.GONE: "The film was made, and the provider no longer offers it.",
}
_WITHOUT_A_JOURNAL = "No journal is kept, so only the job's handle, which the JSON holds, finds it."


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a person is told of how a run ended.

    Attributes:
        ending: In a word or two.
        meaning: What that means for the money and the film.
        reason: The error's own words; None where there is a film.
        command: What to type to go on; None where there is nothing to do.
    """

    ending: Ending
    meaning: str
    reason: str | None
    command: str | None


def how_it_ended(row: Row, jobs_are_kept: bool = True) -> Told:
    """Return how a run ended.

    Args:
        row: The run.
        jobs_are_kept: Whether a later process can take the job up by its id.
    """
    if row.error is None:
        ending = Ending.FILM
        return Told(ending=ending, meaning=_MEANING[ending], reason=None, command=None)
    ending = _ending(row, row.error)
    meaning, command = _MEANING[ending], _command(ending, row.record.short_id)
    if command is not None and not jobs_are_kept:
        meaning, command = f"{meaning} {_WITHOUT_A_JOURNAL}", None
    return Told(ending=ending, meaning=meaning, reason=row.error.message, command=command)


def may_have_cost(row: Row) -> bool:
    """Whether something may have been charged: a task exists, or nobody knows."""
    return row.record.ref is not None or row.record.stage in (Stage.SENDING, Stage.UNKNOWN)


def _ending(row: Row, error: PolyreelError) -> Ending:
    match error:
        case SubmitUnknown():
            return Ending.UNKNOWN
        case WaitTimeout():
            return Ending.NOT_DONE
        case JobError():
            return Ending.FAILED
        case ResultExpired():
            return Ending.GONE
        case FetchError():
            return Ending.NOT_SAVED
        case UsageError() if row.record.ref is None:
            return Ending.UNABLE
        case _ if row.record.is_unfinished:
            return Ending.NOT_SAVED  # whatever went wrong since, the accepted job goes on
        case TransportError():
            return Ending.NOT_SENT
        case _:
            return Ending.REFUSED


def _command(ending: Ending, short_id: str) -> str | None:
    if ending is Ending.UNKNOWN:
        return f"polyreel jobs settle {short_id}"
    if ending in (Ending.NOT_DONE, Ending.NOT_SAVED):
        return f"polyreel jobs wait {short_id}"
    return None
