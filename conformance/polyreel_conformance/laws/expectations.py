"""The expected result of every fault: the tasks at the vendor, and what the caller gets.

`FaultMatrix` checks every adapter against this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from polyreel import (
    AuthenticationFailed,
    BadResponse,
    DownloadError,
    InsufficientBalance,
    InvalidRequest,
    JobCanceled,
    JobExpired,
    JobFailed,
    NotFound,
    PolyreelError,
    RateLimited,
    SubmitUnknown,
    WaitTimeout,
)
from polyreel.adapters import State
from polyreel_sandbox import Fault


@dataclass(frozen=True)
class Expectation:
    """The expected result of one fault.

    Attributes:
        fault: What goes wrong.
        tasks: The exact number of tasks at the vendor afterwards.
        error: What the caller gets; None for the complete video.
        by_word: The state, when the result depends on the vendor's word for it. A word that is
            not in the adapter's `states` keeps the job running, and the caller gets
            `WaitTimeout`. A vendor without this state fails the job.
        retry_refused: How often the caller lets a create be sent again after a sure refusal.
        names_task: Whether the answer to the create names the task, so that the error does too.
        before_paying: Whether the call ends before the create is sent.
    """

    fault: Fault
    tasks: int = 1
    error: type[PolyreelError] | None = None
    by_word: State | None = None
    retry_refused: int = 0
    names_task: bool = False
    before_paying: bool = False

    @property
    def has_job(self) -> bool:
        """Whether the error carries the job. It always does once the vendor accepted the job."""
        is_paid = self.fault.phase != "create" and not self.before_paying
        return self.error is not None and is_paid

    @property
    def gets(self) -> str:
        """What the caller gets, for people, in Markdown."""
        if self.error is None:
            again = f", with `retry_refused={self.retry_refused}`" if self.retry_refused else ""
            return f"the video{again}"
        job = ", with the job" if self.has_job else ""
        job += " and the vendor's reason" if self.error is JobFailed else ""
        word = "; `WaitTimeout` if the vendor does not document the word" if self.by_word else ""
        task = ", with the task id" if self.names_task else ""
        return f"`{self.error.__name__}`{job}{task}{word}"


EXPECTATIONS: tuple[Expectation, ...] = (
    # Anything that leaves the outcome unknown.
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
    # A task id that can't be missed is the job's; one in an unusual place leaves it unknown.
    Expectation(Fault.NUMERIC_ID),
    Expectation(Fault.ID_ELSEWHERE, 1, SubmitUnknown, names_task=True),
    Expectation(Fault.REFUSAL_WITH_ID, 1, SubmitUnknown, names_task=True),
    Expectation(Fault.ERROR_IN_BODY_WITH_ID, 1, SubmitUnknown, names_task=True),
    # A definite refusal is reported as that refusal.
    Expectation(Fault.ERROR_IN_BODY, 0, InvalidRequest),
    Expectation(Fault.CREATE_400, 0, InvalidRequest),
    Expectation(Fault.CREATE_401, 0, AuthenticationFailed),
    Expectation(Fault.CREATE_402, 0, InsufficientBalance),
    Expectation(Fault.CREATE_403, 0, AuthenticationFailed),
    Expectation(Fault.CREATE_404, 0, NotFound),
    Expectation(Fault.CREATE_413, 0, InvalidRequest),
    Expectation(Fault.CREATE_422, 0, InvalidRequest),
    Expectation(Fault.CREATE_429, 0, RateLimited),
    Expectation(Fault.CREATE_429_ONCE, retry_refused=1),
    # A failed poll does not end the job.
    Expectation(Fault.BAD_POLL),
    Expectation(Fault.FIVE_BAD_POLLS),
    Expectation(Fault.POLL_DROPPED),
    Expectation(Fault.POLL_NOT_JSON),
    Expectation(Fault.POLL_429),
    Expectation(Fault.UNKNOWN_STATUS),
    Expectation(Fault.UNKNOWN_STATUS_FOREVER, 1, WaitTimeout),
    Expectation(Fault.NEVER_ENDING, 1, WaitTimeout),
    Expectation(Fault.CANCELED, 1, JobCanceled, by_word=State.CANCELED),
    Expectation(Fault.CANCELLED, 1, JobCanceled, by_word=State.CANCELED),
    Expectation(Fault.EXPIRED, 1, JobExpired, by_word=State.EXPIRED),
    Expectation(Fault.FAILED, 1, JobFailed),
    Expectation(Fault.NO_VIDEO, 1, BadResponse),
    # The caller gets the complete video or none.
    Expectation(Fault.VIDEO_500),
    Expectation(Fault.CUT_DOWNLOAD),
    Expectation(Fault.CUT_WITHOUT_RANGES),
    Expectation(Fault.CUT_ALWAYS, 1, DownloadError),
    Expectation(Fault.CUT_OFTEN),
    Expectation(Fault.OTHER_PART),
    Expectation(Fault.VIDEO_LATE),
    Expectation(Fault.VIDEO_410_ONCE),
    # A video that its server refuses stays resumable while the vendor has to store it.
    Expectation(Fault.VIDEO_403, 1, DownloadError),
    Expectation(Fault.EXPIRED_RESULT, 1, DownloadError),
    Expectation(Fault.VIDEO_410, 1, DownloadError),
    Expectation(Fault.VIDEO_IS_PAGE, 1, DownloadError),
    Expectation(Fault.EMPTY_VIDEO, 1, DownloadError),
    Expectation(Fault.HALF_VIDEO, 1, DownloadError),
    Expectation(Fault.HALF_VIDEO_ONCE),
    Expectation(Fault.HALF_WITHOUT_LENGTH),
    Expectation(Fault.SOUND_ONLY, 1, DownloadError),
    Expectation(Fault.VIDEO_ELSEWHERE),
    Expectation(Fault.PATH_URL),
    Expectation(Fault.RELATIVE_URL, 1, DownloadError),
    Expectation(Fault.HOST_URL, 1, DownloadError),
    Expectation(Fault.FILE_URL, 1, DownloadError),
)
