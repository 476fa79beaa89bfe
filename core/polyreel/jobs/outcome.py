"""JobOutcome: how a job ended, in the one set of words that every report shares.

Statistics, comparisons, telemetry and the command line all use these words, so that a job
that counts as failed in one place counts as failed in all.
"""

from __future__ import annotations

from enum import StrEnum

from ..adapters import State
from ..errors import (
    DownloadError,
    JobCanceled,
    JobError,
    JobExpired,
    JobFailed,
    MediaPending,
    PolyreelError,
    ProviderError,
    ResultExpired,
    SubmitUnknown,
    TransportError,
    UsageError,
    WaitTimeout,
)
from .records import JobRecord, Stage


class JobOutcome(StrEnum):
    """How a job ended, as far as that is known."""

    SUCCEEDED = "succeeded"
    """The video is on disk."""
    NOT_SAVED = "not saved"
    """The provider made the video, and it is not on disk."""
    GONE = "gone"
    """The provider made the video and no longer offers it."""
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    OPEN = "open"
    """polyreel has not seen the job end."""
    UNKNOWN = "unknown"
    """The paid request left; whether a task exists is unknown."""
    UNABLE = "not able"
    """The request, the config or the model did not allow it. Nothing was sent."""
    NOT_SENT = "not sent"
    """The provider could not be reached, or has not approved a media yet. Nothing was paid."""
    REFUSED = "refused"
    """The provider refused. No task exists."""
    REJECTED = "rejected"
    """No task exists; the record does not say why."""

    @property
    def at_provider(self) -> JobOutcome:
        """The provider's part alone: whether and how its task ended."""
        if self in (JobOutcome.NOT_SAVED, JobOutcome.GONE):
            return JobOutcome.SUCCEEDED
        return self.without_reason

    @property
    def without_reason(self) -> JobOutcome:
        """The same, without why it was rejected."""
        return JobOutcome.REJECTED if self in REJECTIONS else self

    @property
    def has_ended_without_video(self) -> bool:
        """Whether the provider ended the task without a video."""
        return self in (JobOutcome.FAILED, JobOutcome.CANCELED, JobOutcome.EXPIRED)


REJECTIONS = frozenset(
    {JobOutcome.UNABLE, JobOutcome.NOT_SENT, JobOutcome.REFUSED, JobOutcome.REJECTED}
)
"""The outcomes after which certainly no task exists."""

_OF_STATES = {
    State.SUCCEEDED: JobOutcome.NOT_SAVED,
    State.FAILED: JobOutcome.FAILED,
    State.CANCELED: JobOutcome.CANCELED,
    State.EXPIRED: JobOutcome.EXPIRED,
}
# The first class that an error is an instance of decides.
_OF_ERRORS: tuple[tuple[type[PolyreelError], JobOutcome], ...] = (
    (SubmitUnknown, JobOutcome.UNKNOWN),
    (WaitTimeout, JobOutcome.OPEN),
    (JobFailed, JobOutcome.FAILED),
    (JobCanceled, JobOutcome.CANCELED),
    (JobExpired, JobOutcome.EXPIRED),
    (JobError, JobOutcome.FAILED),
    (ResultExpired, JobOutcome.GONE),
    (DownloadError, JobOutcome.NOT_SAVED),
    (UsageError, JobOutcome.UNABLE),
    (TransportError, JobOutcome.NOT_SENT),
    (MediaPending, JobOutcome.NOT_SENT),
    (ProviderError, JobOutcome.REFUSED),
)


def outcome_of(record: JobRecord) -> JobOutcome:
    """Return how a job ended, as far as its record says."""
    is_again = record.stage is Stage.DOWNLOADING and record.timeline.downloaded_at is not None
    if record.stage is Stage.DOWNLOADED or is_again:
        return JobOutcome.SUCCEEDED
    if record.stage is Stage.UNKNOWN:
        return JobOutcome.UNKNOWN
    if record.stage is Stage.REJECTED:
        rejection = JobOutcome.REJECTED if record.error is None else _of_error(record.error)
        return rejection if rejection in REJECTIONS else JobOutcome.REJECTED
    # While a video is downloaded again, the error is the previous attempt's.
    if isinstance(record.error, ResultExpired) and record.stage is not Stage.DOWNLOADING:
        return JobOutcome.GONE
    if record.state is None:
        return JobOutcome.OPEN
    return _OF_STATES.get(record.state, JobOutcome.OPEN)


def outcome_of_error(error: PolyreelError) -> JobOutcome:
    """Return how a job ended whose caller got an error.

    A rejection that carries a job did not end that job: it continues.
    """
    found = _of_error(error)
    return JobOutcome.OPEN if found in REJECTIONS and error.job is not None else found


def _of_error(error: PolyreelError) -> JobOutcome:
    return next((each for kind, each in _OF_ERRORS if isinstance(error, kind)), JobOutcome.REJECTED)
