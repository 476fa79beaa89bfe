"""Records: what polyreel itself knows of a job: its stage, its times and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..adapters import Estimate, JobRef, JobStatus, State
from ..errors import PolyreelError, ResultExpired
from ..models import Adjustment
from .timeline import Timeline

SHORT_ID = 8
"""Characters of an id that are shown. Any beginning that matches only one job is accepted."""


class Stage(StrEnum):
    """How far polyreel itself has come with a job, in the order of a job's life."""

    INTENT = "intent"
    UPLOADING = "uploading"
    SENDING = "sending"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    FINISHED = "finished"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """Everything known of a job at one moment. Observers and clients receive these.

    Attributes:
        id: polyreel's own id of the job. It exists before the provider's id.
        model: Written `provider/name`.
        named: The target or model as the caller named it; a fallback has the first target's.
            None where the journal does not hold it.
        stage: How far polyreel has come.
        request: The neutral request as JSON values, without inline media, URL queries
            and keys; for reading, not for sending.
        idempotency_key: The caller's own name for the call, where one was given.
        base_url: The provider's address that the job goes to.
        ref: The job's reference; None until the provider accepted the job.
        status: What the provider said last.
        adjustments: What was dropped from the request, with the caller's permission, and the
            shape that was chosen for a frame.
        timeline: When things happened.
        target: The path for the video, where one was given.
        file: The video on disk, once downloaded; of several, the first.
        other_files: The job's other videos on disk, where it made several. A job with several is
            downloaded when all are saved.
        last_frame_file: Its last frame on disk, where it was asked for and given.
        expires_at: Until when the video can be downloaded, as far as it is known.
        error: Why the job ended, where it did not end well.
        note: What a person found out about it.
        quoted: The price before the submit, as `Quote.facts()`; None where it was unknown.
        estimated: What the provider said, when it accepted the job, that it will cost; None where
            it said nothing. It is never a charge.
        reported: What else it said then, by name, such as a generation id.
        refusals: How often the provider surely refused the paid request and it was sent again,
            or will be (`retry_refused`).
        sent_key: The idempotency key that polyreel sent to the provider with the paid request;
            None where the provider documents none. It is saved before the request leaves.
        resends: How often the paid request was sent once more with `sent_key`, since its outcome
            was unknown.
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
    timeline: Timeline = field(default_factory=Timeline)
    target: Path | None = None
    file: Path | None = None
    other_files: tuple[Path, ...] = ()
    last_frame_file: Path | None = None
    expires_at: datetime | None = None
    error: PolyreelError | None = None
    note: str | None = None
    quoted: Mapping[str, Any] | None = None
    estimated: Estimate | None = None
    reported: Mapping[str, str] = field(default_factory=dict)
    refusals: int = 0
    sent_key: str | None = None
    resends: int = 0

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.model.partition("/")[0]

    @property
    def address(self) -> str | None:
        """The provider's address that the job went to; None where the record lacks it."""
        return self.base_url or (None if self.ref is None else self.ref.base_url)

    @property
    def state(self) -> State | None:
        """The job's state at the last poll; None before the first poll."""
        return None if self.status is None else self.status.state

    @property
    def files(self) -> tuple[Path, ...]:
        """Every video of the job that is saved on disk, in the provider's order."""
        return () if self.file is None else (self.file, *self.other_files)

    @property
    def are_all_there(self) -> bool:
        """Whether every video that was saved is still on disk."""
        return bool(self.files) and all(each.is_file() for each in self.files)

    @property
    def short_id(self) -> str:
        """The beginning of the id, as it is shown to people."""
        return self.id[:SHORT_ID]

    @property
    def begun_at(self) -> datetime | None:
        """When the paid request left; else when the job was created."""
        return self.timeline.submitted_at or self.timeline.created_at

    @property
    def has_ended(self) -> bool:
        """Whether the provider says that the job can never change again."""
        return self.state is not None and self.state.is_final

    @property
    def is_unfinished(self) -> bool:
        """Whether the job was accepted and its video can still be downloaded."""
        return (
            self.ref is not None
            and self.stage is not Stage.DOWNLOADED
            and not self.ended_without_video
            and not isinstance(self.error, ResultExpired)
        )

    @property
    def is_open(self) -> bool:
        """Whether the job still has to be sent, settled, ended or downloaded."""
        return self.is_unfinished or self.stage in (Stage.INTENT, Stage.SENDING, Stage.UNKNOWN)

    @property
    def ended_without_video(self) -> bool:
        """Whether the provider says that there will never be a video."""
        return self.state in (State.FAILED, State.CANCELED, State.EXPIRED)

    def facts(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        facts: dict[str, Any] = {
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
            "unwatched": sorted(self.timeline.unwatched),
            "seconds": self.timeline.facts(),
            "file": None if self.file is None else str(self.file),
            "last_frame_file": None if self.last_frame_file is None else str(self.last_frame_file),
            "target": None if self.target is None else str(self.target),
            "expires_at": None if self.expires_at is None else self.expires_at.isoformat(),
            "error": None if self.error is None else self.error.facts(),
            "note": self.note,
            "quoted": None if self.quoted is None else dict(self.quoted),
        }
        if self.other_files:
            facts["other_files"] = [str(each) for each in self.other_files]
        if self.estimated is not None:
            facts["estimated"] = self.estimated.facts()
        if self.reported:
            facts["reported"] = dict(self.reported)
        rare = {"refusals": self.refusals, "sent_key": self.sent_key, "resends": self.resends}
        return {**facts, **{name: value for name, value in rare.items() if value}}
