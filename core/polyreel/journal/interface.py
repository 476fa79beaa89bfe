"""What a journal of jobs must be able to do, wherever it is kept.

One row a job, and the row alone decides whether a paid request may be sent. Every change
is compare-and-set: it names the stages it may follow, and tells whether it took place. A
scheduler, of whatever make, only wakes jobs; it never decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..records import JobRecord, Stage

MAY_FOLLOW: Mapping[Stage, frozenset[Stage]] = {
    Stage.SENDING: frozenset({Stage.INTENT}),
    # The late answer to a request that was already called unknown still settles it.
    Stage.REJECTED: frozenset({Stage.INTENT, Stage.SENDING, Stage.UNKNOWN}),
    Stage.UNKNOWN: frozenset({Stage.SENDING}),
    Stage.ACCEPTED: frozenset({Stage.INTENT, Stage.SENDING, Stage.UNKNOWN, Stage.REJECTED}),
    # An acceptance that could not be written is made good by what comes after it.
    Stage.FINISHED: frozenset({Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED, Stage.FINISHED}),
    Stage.FETCHED: frozenset(
        {Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED, Stage.FINISHED, Stage.FETCHED}
    ),
}
"""The stages that each stage may follow. A task id that is known is never replaced."""

OVER = frozenset({Stage.REJECTED, Stage.UNKNOWN, Stage.FETCHED})
"""Stages in which nobody works on a job."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A job that somebody wants to begin.

    Attributes:
        record: The job, at `Stage.INTENT`.
        digest: What the request is, media by their content; compared under one
            idempotency key, never shown.
        place: The account that the limit is about: a provider at an address.
        max_in_flight: Most open jobs at that place; None for no limit.
        given_up: Jobs of the same call that ended without a film, so that another may
            be begun.
    """

    record: JobRecord
    digest: str
    place: str
    max_in_flight: int | None = None
    given_up: frozenset[str] = frozenset()


class Opening(StrEnum):
    """What became of an intent."""

    NEW = "new"
    """It is written down, and ours to send."""
    REPEATED = "repeated"
    """Its idempotency key has a job already; that one counts."""
    FULL = "full"
    """As many jobs as may be are in flight; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What became of an intent, and the job that counts.

    Attributes:
        outcome: Which of the three.
        record: The job: ours, or the first of that key. None when full.
        in_flight: Jobs that hold the places, when full.
    """

    outcome: Opening
    record: JobRecord | None = None
    in_flight: int = 0


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Whether this process may work on a job.

    Attributes:
        is_ours: False while another living process works on it.
        record: The job as it stands; None where the journal does not know it.
    """

    is_ours: bool
    record: JobRecord | None = None


class Journal(Protocol):
    """The jobs, kept. Methods block until what they did is safe; any thread may call them.

    Every method raises `JournalError` when the journal can't be read or written.
    """

    @property
    def name(self) -> str:
        """Where it is, for people."""
        ...

    @property
    def is_lasting(self) -> bool:
        """Whether jobs outlive this process."""
        ...

    def open_job(self, intent: Intent) -> Opened:
        """Write an intent down, unless its key has a job or no place is free. One step.

        Under an idempotency key at most one job is open: a job that was surely refused
        may be opened again, any other is returned.

        Raises:
            IdempotencyConflict: When the key was first used for another request.
        """
        ...

    def move(self, record: JobRecord, *, body_digest: str | None = None) -> bool:
        """Put a job's row into its record's stage; whether the row was in one it may follow."""
        ...

    def claim(self, job_id: str) -> Claimed:
        """Take a job to work on, unless another living process does."""
        ...

    def release(self, job_id: str) -> None:
        """Let go of a job, so that others may take it up."""
        ...

    def recover(self) -> list[JobRecord]:
        """Free the jobs of processes that are gone, and return those that changed.

        What they had begun to send becomes unknown; what they had not, rejected.
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
        idempotency_key: str | None = None,
        task_id: str | None = None,
        limit: int | None = None,
    ) -> list[JobRecord]:
        """Return jobs, the newest first."""
        ...

    def take_turn(self, place: str, requests_per_minute: int | None) -> float:
        """Take the next free moment for a request, and return the seconds until then."""
        ...

    def hold_off(self, place: str, seconds: float) -> None:
        """Let nobody send a request to a place for some seconds."""
        ...

    def close(self) -> None:
        """Let go of everything; jobs stay as they are."""
        ...
