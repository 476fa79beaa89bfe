"""Faults that a stand-in can be told to have, each seen at real vendors or networks."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

Phase = Literal["create", "poll", "fetch"]


class Fault(StrEnum):
    """What goes wrong. Each says when; all others go right.

    Attributes:
        phase: What it happens to: the create, the looks at a task, or the film's fetching.
    """

    phase: Phase

    def __new__(cls, name: str, phase: Phase) -> Self:
        fault = str.__new__(cls, name)
        fault._value_ = name
        fault.phase = phase
        return fault

    ACCEPTED_THEN_DROPPED = "accepted-then-dropped", "create"
    """A create makes its task; the connection breaks before the answer."""
    DROPPED_UNREAD = "dropped-unread", "create"
    """A create's connection is closed before anybody reads what arrives on it: no task."""
    RESET_ANSWER = "reset-answer", "create"
    """A create makes its task; the connection is reset in the middle of the answer."""
    CREATE_HANGS = "create-hangs", "create"
    """A create makes its task; the answer never comes, and the connection stays open."""
    CREATE_408 = "create-408", "create"
    """A create makes its task and answers with a page of HTTP 408."""
    CREATE_500 = "create-500", "create"
    """A create makes its task and answers with a page of HTTP 500."""
    CREATE_502 = "create-502", "create"
    """A create makes its task and answers with a page of HTTP 502."""
    CREATE_503 = "create-503", "create"
    """A create makes its task and answers with a page of HTTP 503."""
    NOT_JSON = "not-json", "create"
    """A create makes its task and answers HTTP 200 with a page."""
    MISSING_ID = "missing-id", "create"
    """A create makes its task and leaves the task id out of the answer."""
    NULL_DATA = "null-data", "create"
    """A create makes its task and answers null where the task should be told."""
    JSON_LIST = "json-list", "create"
    """A create makes its task and answers with a JSON list."""
    HUGE_ANSWER = "huge-answer", "create"
    """A create makes its task and answers with more than 16 MiB."""
    ERROR_IN_BODY = "error-in-body", "create"
    """A create is refused by HTTP 200 with the vendor's own error code in the body."""
    CREATE_400 = "create-400", "create"
    """A create is refused as wrong, by HTTP 400."""
    CREATE_401 = "create-401", "create"
    """A create is refused for its key, by HTTP 401."""
    CREATE_402 = "create-402", "create"
    """A create is refused for an empty account, by HTTP 402."""
    CREATE_403 = "create-403", "create"
    """A create is refused for what its key may not do, by HTTP 403."""
    CREATE_404 = "create-404", "create"
    """A create is refused because nothing is there, by HTTP 404."""
    CREATE_413 = "create-413", "create"
    """A create is refused for its size, by HTTP 413."""
    CREATE_422 = "create-422", "create"
    """A create is refused for its values, by HTTP 422."""
    CREATE_429 = "create-429", "create"
    """A create is refused for being one too many, by HTTP 429."""
    CREATE_REDIRECTS = "create-redirects", "create"
    """A create makes no task and points to another host, by HTTP 307."""

    BAD_POLL = "bad-poll", "poll"
    """The first look at each task is answered by a gateway's HTTP 502 page."""
    FIVE_BAD_POLLS = "five-bad-polls", "poll"
    """The first five looks at each task are answered by a gateway's HTTP 502 page."""
    POLL_DROPPED = "poll-dropped", "poll"
    """The first look at each task ends in a broken connection."""
    POLL_NOT_JSON = "poll-not-json", "poll"
    """The first look at each task is answered HTTP 200 with a page."""
    POLL_429 = "poll-429", "poll"
    """The first look at each task is one too many; `Retry-After` says for how long."""
    UNKNOWN_WORD = "unknown-word", "poll"
    """A running task has a status that nobody documents."""
    UNKNOWN_WORD_FOR_EVER = "unknown-word-for-ever", "poll"
    """Every task has a status that nobody documents, for ever."""
    NEVER_ENDING = "never-ending", "poll"
    """Every task runs for ever."""
    CANCELED = "canceled", "poll"
    """Every task ends canceled."""
    CANCELLED = "cancelled", "poll"
    """Every task ends canceled, spelled with two l."""
    EXPIRED = "expired", "poll"
    """Every task ends expired."""
    FAILED = "failed", "poll"
    """Every task ends failed, with a reason."""
    NO_FILM = "no-film", "poll"
    """Every task ends in success, and the film is left out of the answer."""

    FILM_500 = "film-500", "fetch"
    """The first download of each film is answered by HTTP 500."""
    CUT_DOWNLOAD = "cut-download", "fetch"
    """The first download of each film breaks halfway; the rest can be asked for."""
    CUT_WITHOUT_RANGES = "cut-without-ranges", "fetch"
    """The first download of each film breaks halfway; only the whole can be asked for."""
    CUT_ALWAYS = "cut-always", "fetch"
    """No download gets beyond the middle of the film."""
    FILM_403 = "film-403", "fetch"
    """Films may not be fetched: HTTP 403."""
    EXPIRED_RESULT = "expired-result", "fetch"
    """Films are no longer there when they are fetched: HTTP 404."""
    FILM_IS_PAGE = "film-is-page", "fetch"
    """Where a film should be stands a page, with HTTP 200."""
    EMPTY_FILM = "empty-film", "fetch"
    """Films have no bytes."""
    FILM_ELSEWHERE = "film-elsewhere", "fetch"
    """Films lie at another origin than the vendor's. That is usual, and has to work."""
    FILE_URL = "file-url", "fetch"
    """A film's address is a `file://` URL."""
