"""What every fault comes to: the tasks at the vendor, and what the caller gets.

This is the table that `FaultMatrix` holds every adapter against.
"""

from __future__ import annotations

from dataclasses import dataclass

from polyreel import (
    AuthenticationFailed,
    BadResponse,
    FetchError,
    InsufficientBalance,
    InvalidRequest,
    JobCanceled,
    JobExpired,
    JobFailed,
    NotFound,
    PolyreelError,
    RateLimited,
    ResultExpired,
    State,
    SubmitUnknown,
    WaitTimeout,
)
from polyreel.sandbox import Fault


@dataclass(frozen=True)
class Expectation:
    """What one fault comes to.

    Attributes:
        fault: What goes wrong.
        tasks: Tasks at the vendor afterwards: exactly so many.
        error: What the caller gets; None for the film, whole.
        by_word: The state, where all hangs on the vendor's word for it. A word that the
            adapter does not have among its `states` keeps the job running, so that the
            caller gets `WaitTimeout`; a vendor that has no such state fails the job.
    """

    fault: Fault
    tasks: int = 1
    error: type[PolyreelError] | None = None
    by_word: State | None = None

    @property
    def has_job(self) -> bool:
        """Whether the error carries the job: always, once the vendor accepted it."""
        return self.error is not None and self.fault.phase != "create"

    @property
    def gets(self) -> str:
        """What the caller gets, for people, in Markdown."""
        if self.error is None:
            return "the film"
        job = ", with the job" if self.has_job else ""
        job += " and the vendor's reason" if self.error is JobFailed else ""
        word = "; `WaitTimeout` where the vendor's word is undocumented" if self.by_word else ""
        return f"`{self.error.__name__}`{job}{word}"


EXPECTATIONS: tuple[Expectation, ...] = (
    # Whatever leaves a doubt is told as one.
    Expectation(Fault.ACCEPTED_THEN_DROPPED, 1, SubmitUnknown),
    Expectation(Fault.DROPPED_UNREAD, 0, SubmitUnknown),
    Expectation(Fault.RESET_ANSWER, 1, SubmitUnknown),
    Expectation(Fault.CREATE_HANGS, 1, SubmitUnknown),
    Expectation(Fault.CREATE_408, 1, SubmitUnknown),
    Expectation(Fault.CREATE_500, 1, SubmitUnknown),
    Expectation(Fault.CREATE_502, 1, SubmitUnknown),
    Expectation(Fault.CREATE_503, 1, SubmitUnknown),
    Expectation(Fault.NOT_JSON, 1, SubmitUnknown),
    Expectation(Fault.MISSING_ID, 1, SubmitUnknown),
    Expectation(Fault.NULL_DATA, 1, SubmitUnknown),
    Expectation(Fault.JSON_LIST, 1, SubmitUnknown),
    Expectation(Fault.HUGE_ANSWER, 1, SubmitUnknown),
    Expectation(Fault.CREATE_REDIRECTS, 0, SubmitUnknown),
    # A definite refusal is told as what it is.
    Expectation(Fault.ERROR_IN_BODY, 0, InvalidRequest),
    Expectation(Fault.CREATE_400, 0, InvalidRequest),
    Expectation(Fault.CREATE_401, 0, AuthenticationFailed),
    Expectation(Fault.CREATE_402, 0, InsufficientBalance),
    Expectation(Fault.CREATE_403, 0, AuthenticationFailed),
    Expectation(Fault.CREATE_404, 0, NotFound),
    Expectation(Fault.CREATE_413, 0, InvalidRequest),
    Expectation(Fault.CREATE_422, 0, InvalidRequest),
    Expectation(Fault.CREATE_429, 0, RateLimited),
    # A bad look ends nothing.
    Expectation(Fault.BAD_POLL),
    Expectation(Fault.FIVE_BAD_POLLS),
    Expectation(Fault.POLL_DROPPED),
    Expectation(Fault.POLL_NOT_JSON),
    Expectation(Fault.POLL_429),
    Expectation(Fault.UNKNOWN_WORD),
    Expectation(Fault.UNKNOWN_WORD_FOR_EVER, 1, WaitTimeout),
    Expectation(Fault.NEVER_ENDING, 1, WaitTimeout),
    Expectation(Fault.CANCELED, 1, JobCanceled, by_word=State.CANCELED),
    Expectation(Fault.CANCELLED, 1, JobCanceled, by_word=State.CANCELED),
    Expectation(Fault.EXPIRED, 1, JobExpired, by_word=State.EXPIRED),
    Expectation(Fault.FAILED, 1, JobFailed),
    Expectation(Fault.NO_FILM, 1, BadResponse),
    # The film comes whole or not at all.
    Expectation(Fault.FILM_500),
    Expectation(Fault.CUT_DOWNLOAD),
    Expectation(Fault.CUT_WITHOUT_RANGES),
    Expectation(Fault.CUT_ALWAYS, 1, FetchError),
    Expectation(Fault.FILM_403, 1, ResultExpired),
    Expectation(Fault.EXPIRED_RESULT, 1, ResultExpired),
    Expectation(Fault.FILM_IS_PAGE, 1, FetchError),
    Expectation(Fault.EMPTY_FILM, 1, FetchError),
    Expectation(Fault.FILM_ELSEWHERE),
    Expectation(Fault.FILE_URL, 1, FetchError),
)
