"""What a journal of jobs must be able to do, wherever it is stored.

One row per job, and the row alone decides whether a paid request may be sent. Every change
is compare-and-set: it names the stages it may follow, and returns whether it took place. A
scheduler, whichever it is, only wakes jobs; it never decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ...errors import UsageError
from ..records import JobRecord, Stage
from ..spend_limit import SpendLimit, Spent

MAY_FOLLOW: Mapping[Stage, frozenset[Stage]] = {
    # After a sure refusal, a request that will be sent again is an intent again. Nothing was
    # made, so a process that ends now leaves a rejected job.
    Stage.INTENT: frozenset({Stage.SENDING}),
    # The second time only as `MOST_RESENDS` says.
    Stage.SENDING: frozenset({Stage.INTENT, Stage.SENDING}),
    # A late answer still settles a job whose outcome was already unknown.
    Stage.REJECTED: frozenset({Stage.INTENT, Stage.SENDING, Stage.UNKNOWN}),
    Stage.UNKNOWN: frozenset({Stage.SENDING}),
    Stage.ACCEPTED: frozenset({Stage.INTENT, Stage.SENDING, Stage.UNKNOWN, Stage.REJECTED}),
    # A later stage repairs an acceptance that could not be saved.
    Stage.FINISHED: frozenset({Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED, Stage.FINISHED}),
    Stage.DOWNLOADED: frozenset(
        {Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED}
    ),
}
"""The stages that each stage may follow. A known task id is never replaced."""

MOST_RESENDS = 1
"""How often a request that is being sent may be sent once more, with the key that its row holds:
only where that key is the vendor's promise that two requests make one task."""

OWNERS_ONLY = frozenset({Stage.INTENT, Stage.SENDING})
"""Stages to which only the process that saved the intent may move a job."""

NOT_ANOTHERS = frozenset({Stage.REJECTED, Stage.UNKNOWN})
"""Stages to which no process may move a job that another one has: under an idempotency key the
other may have opened a rejected job again, and be sending it."""

OVER = frozenset({Stage.REJECTED, Stage.UNKNOWN, Stage.DOWNLOADED})
"""Stages in which no process works on a job."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A job that is about to start.

    Attributes:
        record: The job, at `Stage.INTENT`.
        digest: A digest of the request, with media by their content. It is compared under
            one idempotency key, and never shown.
        place: What the limit applies to: a provider at an address.
        max_in_flight: Most open jobs at that place; None for no limit.
        given_up: Jobs of the same call that ended without a video, so that another may
            start.
        limits: What the jobs of a day or month may cost together, this one included.
        refusal: Raised where the key has no job yet; None where a new job may start.
    """

    record: JobRecord
    digest: str
    place: str
    max_in_flight: int | None = None
    given_up: frozenset[str] = frozenset()
    limits: tuple[SpendLimit, ...] = ()
    refusal: UsageError | None = None


class Opening(StrEnum):
    """What the journal did with an intent."""

    NEW = "new"
    """The job is saved, and this process may send it."""
    REPEATED = "repeated"
    """The idempotency key already has a job; nothing was saved."""
    FULL = "full"
    """The limit of jobs in flight is reached; nothing was saved."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What the journal did with an intent, and the job to continue with.

    Attributes:
        outcome: What the journal did.
        record: The new job, or the one that the key already has; None when full.
        in_flight: How many jobs are in flight, when full.
    """

    outcome: Opening
    record: JobRecord | None = None
    in_flight: int = 0


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Whether this process has the lease of a job.

    Attributes:
        is_ours: False while another living process has it.
        record: The job as saved; None where the journal does not hold it.
    """

    is_ours: bool
    record: JobRecord | None = None


class Journal(Protocol):
    """Saves jobs. Methods block until their change is saved; any thread may call them.

    Every method raises `JournalError` when the journal can't be read or written.
    """

    @property
    def name(self) -> str:
        """Where the journal is, for people."""
        ...

    @property
    def is_persistent(self) -> bool:
        """Whether jobs outlive this process."""
        ...

    def open_job(self, intent: Intent) -> Opened:
        """Save an intent, in one step, unless its key has a job or the limit is reached.

        Under an idempotency key at most one job is open: a rejected job may be opened
        again, any other is returned. The limits on spending are checked in the same step, so
        that no two jobs use the same rest of a budget, whichever process starts them.

        Raises:
            IdempotencyConflict: When the key was first used for another request.
            OverBudget: When a limit would be passed.
        """
        ...

    def spent(self, limit: SpendLimit) -> Spent:
        """Return what the jobs of a limit's current period cost so far."""
        ...

    def move(self, record: JobRecord, *, body_digest: str | None = None) -> bool:
        """Move a job's row to its record's stage; return whether the stage may follow the row's.

        In the same step a row's next paid request is decided (`Stage.SENDING`): a first one, or
        one after a sure refusal, follows an intent. After another `Stage.SENDING` only a record
        with the row's `sent_key`, and with one more of its `resends` up to `MOST_RESENDS`, may.
        """
        ...

    def claim(self, job_id: str) -> Claimed:
        """Lease a job to this process, unless another living process has it."""
        ...

    def release(self, job_id: str) -> None:
        """Release a job, so that other processes may lease it."""
        ...

    def recover(self) -> list[JobRecord]:
        """Release the jobs of processes that have ended, and return those that changed.

        A job whose paid request may have left becomes unknown; one that was not sent becomes
        rejected.
        """
        ...

    def job(self, job_id: str) -> JobRecord | None:
        """Return one job, by its whole id."""
        ...

    def jobs(
        self,
        *,
        id_prefix: str | None = None,
        stages: Collection[Stage] | None = None,
        provider: str | None = None,
        model: str | None = None,
        places: Collection[str] | None = None,
        idempotency_key: str | None = None,
        task_id: str | None = None,
        limit: int | None = None,
    ) -> list[JobRecord]:
        """Return the jobs that match every argument, newest first.

        Args:
            places: Only jobs whose intent named one of these places.
        """
        ...

    def take_turn(self, place: str, requests_per_minute: int | None) -> float:
        """Take the next free moment for a request, and return the seconds until then."""
        ...

    def pause_requests(self, place: str, seconds: float) -> None:
        """Pause every process's requests to a place for some seconds."""
        ...

    def close(self) -> None:
        """Release this process's jobs and close the journal."""
        ...
