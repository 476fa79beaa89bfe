"""Records: what polyreel itself knows of a job: how far it came, when, and with what result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from .checks import Adjustment
from .errors import PolyreelError, ResultExpired
from .jobs import JobRef, JobStatus, State

SHORT_ID = 8
"""Characters of an id that are shown; any beginning that fits one job only is understood."""


class Stage(StrEnum):
    """How far polyreel itself has come with a job, in the order of its life."""

    INTENT = "intent"
    UPLOADING = "uploading"
    SENDING = "sending"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    FINISHED = "finished"
    FETCHING = "fetching"
    FETCHED = "fetched"


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """When a job reached each point, as seen from here; None where it was not seen.

    A poll sees a change only when it looks, so `running_at` and `finished_at` are late by
    up to the gap between polls.
    """

    created_at: datetime | None = None
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    running_at: datetime | None = None
    finished_at: datetime | None = None
    fetching_at: datetime | None = None
    fetched_at: datetime | None = None

    @property
    def seconds_to_accept(self) -> float | None:
        """From the paid request's leaving to its answer."""
        return _between(self.submitted_at, self.accepted_at)

    @property
    def seconds_queued(self) -> float | None:
        """From the answer to the first look that saw the job running."""
        return _between(self.accepted_at, self.running_at)

    @property
    def seconds_generating(self) -> float | None:
        """From the first look that saw it running to the one that saw it finished."""
        return _between(self.running_at, self.finished_at)

    @property
    def seconds_to_fetch(self) -> float | None:
        """For the download alone."""
        return _between(self.fetching_at, self.fetched_at)

    @property
    def seconds_in_all(self) -> float | None:
        """From the paid request's leaving to the film on disk."""
        return _between(self.submitted_at, self.fetched_at)

    def moments(self) -> dict[str, str]:
        """Return the moments that are known, as ISO text."""
        seen = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: at.isoformat() for name, at in seen.items() if at is not None}

    def facts(self) -> dict[str, Any]:
        """Return the durations as JSON values, in seconds."""
        return {
            "to_accept": self.seconds_to_accept,
            "queued": self.seconds_queued,
            "generating": self.seconds_generating,
            "to_fetch": self.seconds_to_fetch,
            "in_all": self.seconds_in_all,
        }


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """Everything known of a job at one moment. Observers and clients are given these.

    Attributes:
        id: polyreel's own id of the job, known before the provider's: the client key.
        model: Written `provider/name`.
        named: The target or model as the caller named it; a fallback's is the first target's.
            None where that was not kept.
        stage: How far polyreel has come.
        request: The neutral request as JSON values, without inline media, URL queries
            and keys; for reading, not for sending.
        idempotency_key: The caller's own name for the call, where one was given.
        base_url: The provider's address that the job goes to.
        ref: The handle; None until the provider accepted.
        status: What the provider said last.
        adjustments: What the caller allowed to be dropped, and was.
        timeline: When things happened.
        target: Where the film is to go, where that is known.
        file: The film on disk, once fetched.
        last_frame_file: Its last frame on disk, where it was asked for and given.
        expires_at: Until when the film can be fetched, as far as it is known.
        error: Why the job ended, where it did not end well.
        note: What a person found out about it.
        quoted: What it was to cost, as `Quote.facts()`; None where nobody knew.
    """

    id: str
    model: str
    named: str | None = None
    stage: Stage = Stage.INTENT
    request: Mapping[str, Any] | None = None
    idempotency_key: str | None = None
    base_url: str | None = None
    ref: JobRef | None = None
    status: JobStatus | None = None
    adjustments: tuple[Adjustment, ...] = ()
    timeline: Timeline = Timeline()
    target: Path | None = None
    file: Path | None = None
    last_frame_file: Path | None = None
    expires_at: datetime | None = None
    error: PolyreelError | None = None
    note: str | None = None
    quoted: Mapping[str, Any] | None = None

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.model.partition("/")[0]

    @property
    def state(self) -> State | None:
        """Where the job stood when it was last looked at; None before the first look."""
        return None if self.status is None else self.status.state

    @property
    def short_id(self) -> str:
        """As much of the id as people are shown."""
        return self.id[:SHORT_ID]

    @property
    def begun_at(self) -> datetime | None:
        """When its paid request left; where none was seen to leave, when it was written down."""
        return self.timeline.submitted_at or self.timeline.created_at

    @property
    def has_ended(self) -> bool:
        """Whether the provider says that the job can never change again."""
        return self.state is not None and self.state.is_final

    @property
    def is_unfinished(self) -> bool:
        """Whether the job was accepted and its film may still come."""
        return (
            self.ref is not None
            and self.stage is not Stage.FETCHED
            and not self.ended_without_film
            and not isinstance(self.error, ResultExpired)
        )

    @property
    def is_open(self) -> bool:
        """Whether the job waits for something: to be sent, settled, ended or fetched."""
        return self.is_unfinished or self.stage in (Stage.INTENT, Stage.SENDING, Stage.UNKNOWN)

    @property
    def ended_without_film(self) -> bool:
        """Whether the provider says that there will never be a film."""
        return self.state in (State.FAILED, State.CANCELED, State.EXPIRED)

    def facts(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return {
            "id": self.id,
            "model": self.model,
            "named": self.named,
            "stage": str(self.stage),
            "idempotency_key": self.idempotency_key,
            "request": None if self.request is None else dict(self.request),
            "job": None if self.ref is None else self.ref.model_dump(mode="json"),
            "status": None if self.status is None else self.status.facts(),
            "adjustments": [asdict(each) for each in self.adjustments],
            "times": self.timeline.moments(),
            "seconds": self.timeline.facts(),
            "file": None if self.file is None else str(self.file),
            "last_frame_file": None if self.last_frame_file is None else str(self.last_frame_file),
            "target": None if self.target is None else str(self.target),
            "expires_at": None if self.expires_at is None else self.expires_at.isoformat(),
            "error": None if self.error is None else self.error.facts(),
            "note": self.note,
            "quoted": None if self.quoted is None else dict(self.quoted),
        }


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()
