"""What programs share: the clock, random numbers, settings, and the job that they change."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..adapters import PollTiming
from ..clock import Clock
from ..jobs import JobRecord, Stage, Timeline
from .effects import Notify, Persist, Program


@dataclass(frozen=True, kw_only=True)
class EngineContext:
    """The clock, random numbers and settings for programs.

    Attributes:
        clock: Gives the time.
        random: Returns a number from 0 to 1, for jitter.
        poll_timing: When to poll jobs; None for each provider's own timing.
        maximum_video_bytes: The largest video to download.
        journal_is_persistent: Whether jobs outlive this process, so that they can be settled later.
    """

    clock: Clock
    random: Callable[[], float]
    poll_timing: PollTiming | None = None
    maximum_video_bytes: int = 4 * 2**30
    journal_is_persistent: bool = True

    def now(self) -> datetime:
        """Return the date and time."""
        return self.clock.now()


@dataclass
class LiveJob:
    """A job that a program is working on; its record is replaced, never changed.

    Attributes:
        record: What is known of it.
        unknown_statuses: The unknown statuses that were logged already.
        unread_fields: The fields that could not be read and were logged already.
        polled_at: When this process last got an answer to a poll; None before that.
        request_id: The provider's own id of the request that it answered last, where it gave one.
        is_in_journal: Whether a lease in the journal keeps other processes from working on it.
        accepted: When this process saw it accepted, in seconds of the monotonic clock.
    """

    record: JobRecord = field(default_factory=lambda: JobRecord(id=new_id(), model=""))
    unknown_statuses: set[str] = field(default_factory=set)
    unread_fields: set[str] = field(default_factory=set)
    polled_at: datetime | None = None
    request_id: str | None = None
    is_in_journal: bool = False
    accepted: float | None = None

    def change(self, **changes: Any) -> Notify:
        """Replace fields of the record and return the effect that notifies observers."""
        self.record = replace(self.record, **changes)
        return Notify(self.record)

    def persist(
        self, stage: Stage, *, body_digest: str | None = None, **changes: Any
    ) -> Program[bool]:
        """Bring the job to a stage: persist it, notify observers, return whether it took place."""
        self.record = replace(self.record, stage=stage, **changes)
        took_place: bool = yield Persist(self.record, body_digest)
        yield Notify(self.record)
        return took_place

    def seen(self, **moments: datetime) -> Timeline:
        """Return the timeline with new moments. A moment that is already set does not change."""
        timeline = self.record.timeline
        new: dict[str, Any] = {
            name: at for name, at in moments.items() if getattr(timeline, name) is None
        }
        return replace(timeline, **new)


def new_id() -> str:
    """Return a new, unique id for a job."""
    return uuid.uuid4().hex
