"""Jobs as their provider reports them, in values that are JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..text.redact import redact_url
from .charges import Charge


class State(StrEnum):
    """The state of a job at its provider."""

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
    """The opaque reference of an accepted job: JSON, and enough to finish the job anywhere.

    Attributes:
        provider: The provider's name.
        model: The model's name on the wire.
        task_id: The provider's id of the task.
        base_url: The provider's address that accepted the job.
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
        url: Where to download it; often signed, so it is never shown whole. It may be a path that
            begins with `/`: `relative_to` says what it belongs to. Another relative URL is not
            used.
        kind: Which output it is. Every video is saved: the first to the caller's file, the others
            beside it.
        width: Pixels, where the provider says it.
        height: Pixels, where the provider says it.
        needs_key: Whether the file is served only with the key. The key then goes with the
            download, at the origin of the configured address and nowhere else: a URL of another
            origin gets none, and nor does the target of a redirect.
        relative_to: What a path belongs to: the `origin` of the configured address, as a path in
            an answer does; or the `address`, as the path of a `WireRequest` does. Write the
            latter for a path that the adapter builds, such as `/videos/123/content`.
    """

    url: str = field(repr=False)
    kind: Literal["video", "last_frame"] = "video"
    width: int | None = None
    height: int | None = None
    needs_key: bool = False
    relative_to: Literal["origin", "address"] = "origin"


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """What a provider says of a job at one moment.

    Attributes:
        state: The state in polyreel's words.
        raw_state: The provider's own status.
        is_documented: False for an unknown status: the provider does not document it. The job
            then counts as running.
        progress: 0.0 to 1.0, where the provider gives it.
        outputs: The files of a job that succeeded.
        failure: The provider's reason, for a job that failed.
        failure_code: The provider's code for it.
        charge: What the provider says that it charged; None where it says nothing. It counts only
            for a job that ended.
        billed_units: How many units the provider says that it billed, in the unit of the model's
            billing; None where it says nothing. Where it reports no charge, one is derived from
            them and the price that the job was quoted by.
        expires_at: Until when the outputs can be downloaded, where the provider says it.
        unread: The fields of the answer that could not be read and count as unknown: `unread` of
            an `Answer`. Each is warned of once.
        task_id: The id of the task that the answer is about, where the answer carries one. An
            answer about another task is not used.
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
    unread: tuple[str, ...] = ()
    task_id: str | None = None
    billed_units: Decimal | None = None

    @property
    def video(self) -> Output | None:
        """The video, for a job that succeeded; of several, the first."""
        return next(iter(self.videos), None)

    @property
    def videos(self) -> tuple[Output, ...]:
        """Every video, for a job that succeeded, in the provider's order."""
        return tuple(output for output in self.outputs if output.kind == "video")

    @property
    def last_frame(self) -> Output | None:
        """The video's last frame as an image, where it was asked for and given."""
        return next((output for output in self.outputs if output.kind == "last_frame"), None)

    def facts(self) -> dict[str, Any]:
        """Return the status as JSON values; URLs have no query."""
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
                    **({"needs_key": True} if output.needs_key else {}),
                }
                for output in self.outputs
            ],
            "failure": self.failure,
            "failure_code": self.failure_code,
            "charge": None if self.charge is None else self.charge.facts(),
            **({} if self.billed_units is None else {"billed_units": str(self.billed_units)}),
            "expires_at": None if self.expires_at is None else self.expires_at.isoformat(),
        }
