"""Jobs: one generation in progress, as values that any process can take up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .checks import Adjustment
from .errors import PolyreelError
from .redact import redact_url


class State(StrEnum):
    """Where a job stands at the provider."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Whether the job can never change again."""
        return self not in (State.QUEUED, State.RUNNING)


class JobRef(BaseModel):
    """The opaque handle of an accepted job: JSON, and enough to finish it anywhere.

    Attributes:
        provider: The provider's name.
        model: The model's name on the wire.
        task_id: The provider's id of the task.
        base_url: The provider's address that took the job.
        details: What else the adapter needs to find the task again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(min_length=1)
    model: str = Field(min_length=1)
    task_id: str = Field(min_length=1)
    base_url: str | None = None
    details: Mapping[str, str] = Field(default_factory=dict)

    @property
    def full_model(self) -> str:
        """The model as `provider/name`."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, kw_only=True)
class Output:
    """A file that a finished job offers.

    Attributes:
        url: Where to fetch it; often signed, so it is never shown whole.
        kind: What it is.
        width: Pixels, where the provider says it.
        height: Pixels, where the provider says it.
    """

    url: str = field(repr=False)
    kind: Literal["video", "last_frame"] = "video"
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a provider reports to have charged.

    Attributes:
        amount: In the unit below.
        unit: A currency's code, or the provider's own credit.
    """

    amount: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """What a provider says of a job at one moment.

    Attributes:
        state: The state in polyreel's words.
        raw_state: The provider's own word.
        is_documented: False where nobody documents the provider's word. The job is then
            taken to be running.
        progress: 0.0 to 1.0, where the provider gives it.
        outputs: The files of a job that succeeded.
        failure: The provider's reason, for a job that failed.
        failure_code: The provider's code for it.
        charge: What the provider reports to have charged; None where it says nothing.
        expires_at: Until when the outputs can be fetched, where the provider says it.
    """

    state: State
    raw_state: str
    is_documented: bool = True
    progress: float | None = None
    outputs: tuple[Output, ...] = ()
    failure: str | None = None
    failure_code: str | None = None
    charge: Charge | None = None
    expires_at: datetime | None = None

    @property
    def video(self) -> Output | None:
        """The film, for a job that succeeded."""
        return next((output for output in self.outputs if output.kind == "video"), None)

    @property
    def last_frame(self) -> Output | None:
        """The film's last frame as an image, where it was asked for and given."""
        return next((output for output in self.outputs if output.kind == "last_frame"), None)

    def facts(self) -> dict[str, Any]:
        """Return the status as JSON values, with URLs cut before their query."""
        return {
            "state": str(self.state),
            "raw_state": self.raw_state,
            "progress": self.progress,
            "outputs": [
                {
                    "kind": output.kind,
                    "url": redact_url(output.url),
                    "width": output.width,
                    "height": output.height,
                }
                for output in self.outputs
            ],
            "failure": self.failure,
            "failure_code": self.failure_code,
            "charge": None
            if self.charge is None
            else {"amount": str(self.charge.amount), "unit": self.charge.unit},
            "expires_at": None if self.expires_at is None else self.expires_at.isoformat(),
        }


class Stage(StrEnum):
    """How far polyreel itself has come with a job."""

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
        client_key: polyreel's own name for the job, known before the provider's.
        model: Written `provider/name`.
        stage: How far polyreel has come.
        ref: The handle; None until the provider accepted.
        status: What the provider said last.
        adjustments: What the caller allowed to be dropped, and was.
        timeline: When things happened.
        target: Where the film is to go, where that is known.
        file: The film on disk, once fetched.
        error: Why the job ended, where it did not end well.
    """

    client_key: str
    model: str
    stage: Stage = Stage.INTENT
    ref: JobRef | None = None
    status: JobStatus | None = None
    adjustments: tuple[Adjustment, ...] = ()
    timeline: Timeline = Timeline()
    target: Path | None = None
    file: Path | None = None
    error: PolyreelError | None = None

    def facts(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return {
            "model": self.model,
            "stage": str(self.stage),
            "job": None if self.ref is None else self.ref.model_dump(mode="json"),
            "status": None if self.status is None else self.status.facts(),
            "adjustments": [asdict(each) for each in self.adjustments],
            "seconds": self.timeline.facts(),
            "file": None if self.file is None else str(self.file),
            "error": None if self.error is None else self.error.facts(),
        }


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()
