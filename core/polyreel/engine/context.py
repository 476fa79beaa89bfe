"""What the engine's programs share: time, chance, and the job that they change."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..adapter import PollTiming
from ..clock import Clock
from ..program import Changed
from ..records import JobRecord


@dataclass(frozen=True, kw_only=True)
class EngineContext:
    """Time and chance, handed in.

    Attributes:
        clock: Where the time comes from.
        random: A number from 0 to 1, for jitter.
        poll_timing: When to look at jobs; None for each provider's own advice.
    """

    clock: Clock
    random: Callable[[], float]
    poll_timing: PollTiming | None = None

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

    record: JobRecord = field(default_factory=lambda: JobRecord(client_key=new_key(), model=""))
    odd_words: set[str] = field(default_factory=set)

    def change(self, **changes: Any) -> Changed:
        """Replace fields of the record and return the effect that tells of it."""
        self.record = replace(self.record, **changes)
        return Changed(self.record)

    def mark(self, changes: dict[str, Any] | None = None, **moments: datetime) -> Changed:
        """Replace fields and note moments on the timeline; the first sight of each counts."""
        seen = self.record.timeline
        fresh = {name: at for name, at in moments.items() if getattr(seen, name) is None}
        return self.change(timeline=replace(seen, **fresh), **(changes or {}))


def new_key() -> str:
    """Return a name for a job that nobody else has."""
    return uuid.uuid4().hex
