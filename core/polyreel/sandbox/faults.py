"""Faults that a stand-in can be told to have, each seen at real vendors or networks."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong. Each says when; all others go right."""

    ACCEPTED_THEN_DROPPED = "accepted-then-dropped"
    """A create makes its task; the connection breaks before the answer."""
    CREATE_500 = "create-500"
    """A create makes its task and answers HTTP 500."""
    CREATE_429 = "create-429"
    """A create is refused for being one too many."""
    NOT_JSON = "not-json"
    """A create makes its task and answers HTTP 200 with a page."""
    MISSING_ID = "missing-id"
    """A create makes its task and leaves the task id out of the answer."""
    BAD_POLL = "bad-poll"
    """The first look at each task is answered by a gateway's HTTP 502 page."""
    UNKNOWN_WORD = "unknown-word"
    """A running task has a status that nobody documents."""
    CANCELED = "canceled"
    """Every task ends canceled."""
    EXPIRED = "expired"
    """Every task ends expired."""
    FAILED = "failed"
    """Every task ends failed."""
    CUT_DOWNLOAD = "cut-download"
    """The first download of each film breaks halfway."""
    EXPIRED_RESULT = "expired-result"
    """Films are no longer there when they are fetched."""
