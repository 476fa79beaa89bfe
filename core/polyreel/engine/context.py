"""What the engine's programs share: time, chance, and the job that they change."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..adapter import PollTiming
from ..clock import Clock
from ..program import Changed, Kept
from ..records import JobRecord, Stage, Timeline


@dataclass(frozen=True, kw_only=True)
class EngineContext:
    """Time and chance, handed in.

    Attributes:
        clock: Where the time comes from.
        random: A number from 0 to 1, for jitter.
        poll_timing: When to look at jobs; None for each provider's own advice.
        maximum_film_bytes: The largest film that is fetched.
        keeps_jobs: Whether jobs outlive this process, so that they can be settled later.
    """

    clock: Clock
    random: Callable[[], float]
    poll_timing: PollTiming | None = None
    maximum_film_bytes: int = 4 * 2**30
    keeps_jobs: bool = True

    def now(self) -> datetime:
        """The date and time."""
        return self.clock.now()


@dataclass
class LiveJob:
    """A job that a program is working on; its record is replaced, never changed.

    Attributes:
        record: What is known of it.
        odd_words: The undocumented statuses that were warned of.
    """

    record: JobRecord = field(default_factory=lambda: JobRecord(id=new_id(), model=""))
    odd_words: set[str] = field(default_factory=set)

    def change(self, **changes: Any) -> Changed:
        """Replace fields of the record and return the effect that tells of it."""
        self.record = replace(self.record, **changes)
        return Changed(self.record)

    def keep(self, stage: Stage, *, body_digest: str | None = None, **changes: Any) -> Kept:
        """Bring the job to a stage and return the effect that keeps and tells it."""
        self.record = replace(self.record, stage=stage, **changes)
        return Kept(self.record, body_digest)

    def seen(self, **moments: datetime) -> Timeline:
        """Return the timeline with some moments noted; the first sight of each counts."""
        line = self.record.timeline
        fresh = {name: at for name, at in moments.items() if getattr(line, name) is None}
        return replace(line, **fresh)


def new_id() -> str:
    """Return an id for a job that no other has."""
    return uuid.uuid4().hex
