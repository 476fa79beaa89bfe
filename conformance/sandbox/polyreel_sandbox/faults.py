"""The faults that a stand-in can have. Each was seen at real vendors or networks."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

Phase = Literal["create", "poll", "download"]


class Fault(StrEnum):
    """A fault. Its docstring says when it happens; every other call works.

    Attributes:
        phase: The calls that it affects: the create, the polls of a task, or the downloads.
    """

    phase: Phase

    def __new__(cls, name: str, phase: Phase) -> Self:
        """Make the fault of a name."""
        fault = str.__new__(cls, name)
        fault._value_ = name
        fault.phase = phase
        return fault

    ACCEPTED_THEN_DROPPED = "accepted-then-dropped", "create"
    """A create makes its task; the connection breaks before the answer."""
    DROPPED_UNREAD = "dropped-unread", "create"
    """A create's connection is closed before the request is read. It makes no task."""
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
    """A create makes its task and answers with null in the place of the task."""
    JSON_LIST = "json-list", "create"
    """A create makes its task and answers with a JSON list."""
    HUGE_ANSWER = "huge-answer", "create"
    """A create makes its task and answers with more than 16 MiB."""
    ERROR_IN_BODY = "error-in-body", "create"
    """A create is refused by HTTP 200, with the vendor's own error code in the body."""
    CREATE_400 = "create-400", "create"
    """A create is refused as invalid, by HTTP 400."""
    CREATE_401 = "create-401", "create"
    """A create is refused for its key, by HTTP 401."""
    CREATE_402 = "create-402", "create"
    """A create is refused for an empty account, by HTTP 402."""
    CREATE_403 = "create-403", "create"
    """A create is refused for missing rights of its key, by HTTP 403."""
    CREATE_404 = "create-404", "create"
    """A create is refused as not found, by HTTP 404."""
    CREATE_413 = "create-413", "create"
    """A create is refused for its size, by HTTP 413."""
    CREATE_422 = "create-422", "create"
    """A create is refused for its values, by HTTP 422."""
    CREATE_429 = "create-429", "create"
    """A create is refused because of too many requests, by HTTP 429."""
    CREATE_REDIRECTS = "create-redirects", "create"
    """A create makes no task and redirects to another host, by HTTP 307."""

    BAD_POLL = "bad-poll", "poll"
    """The first poll of each task is answered with a gateway's HTTP 502 page."""
    FIVE_BAD_POLLS = "five-bad-polls", "poll"
    """The first five polls of each task are answered with a gateway's HTTP 502 page."""
    POLL_DROPPED = "poll-dropped", "poll"
    """The first poll of each task ends with a broken connection."""
    POLL_NOT_JSON = "poll-not-json", "poll"
    """The first poll of each task is answered with HTTP 200 and a page."""
    POLL_429 = "poll-429", "poll"
    """The first poll of each task is refused by HTTP 429; `Retry-After` says how long to wait."""
    UNKNOWN_STATUS = "unknown-status", "poll"
    """A running task has a status that the vendor does not document."""
    UNKNOWN_STATUS_FOREVER = "unknown-status-forever", "poll"
    """Every task has a status that the vendor does not document, and never ends."""
    NEVER_ENDING = "never-ending", "poll"
    """Every task runs and never ends."""
    CANCELED = "canceled", "poll"
    """Every task ends canceled."""
    CANCELLED = "cancelled", "poll"
    """Every task ends canceled, spelled `cancelled`."""
    EXPIRED = "expired", "poll"
    """Every task ends expired."""
    FAILED = "failed", "poll"
    """Every task ends failed, with a reason."""
    NO_VIDEO = "no-video", "poll"
    """Every task succeeds, but the answer does not name the video."""

    VIDEO_500 = "video-500", "download"
    """The first download of each video is answered with HTTP 500."""
    CUT_DOWNLOAD = "cut-download", "download"
    """The first download of each video breaks halfway; the rest can be requested by Range."""
    CUT_WITHOUT_RANGES = "cut-without-ranges", "download"
    """The first download of each video breaks halfway; the server does not support Range."""
    CUT_ALWAYS = "cut-always", "download"
    """Every download breaks at the middle of the video at the latest."""
    VIDEO_403 = "video-403", "download"
    """The download of a video is refused by HTTP 403."""
    EXPIRED_RESULT = "expired-result", "download"
    """Videos no longer exist when they are downloaded: HTTP 404."""
    VIDEO_IS_PAGE = "video-is-page", "download"
    """The answer to a download is a page, with HTTP 200."""
    EMPTY_VIDEO = "empty-video", "download"
    """Videos are empty files."""
    HALF_VIDEO = "half-video", "download"
    """Every download gives the first half of the video as if it were all."""
    HALF_VIDEO_ONCE = "half-video-once", "download"
    """The first download of each video gives its first half as if it were all."""
    HALF_WITHOUT_LENGTH = "half-without-length", "download"
    """The first download of each video ends halfway, and no length was announced."""
    SOUND_ONLY = "sound-only", "download"
    """Every download gives a file that has sound alone."""
    VIDEO_ELSEWHERE = "video-elsewhere", "download"
    """Videos are at another origin than the vendor's. This is common and must work."""
    FILE_URL = "file-url", "download"
    """A video's address is a `file://` URL."""
