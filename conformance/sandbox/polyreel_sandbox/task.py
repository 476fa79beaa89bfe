"""A stand-in's task: the request and its progress."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .faults import Fault

Word = Literal[
    "queued", "running", "succeeded", "failed", "canceled", "cancelled", "expired", "unknown"
]
"""The state of a task. `cancelled` is `canceled` in the other spelling; `unknown` is any word that
the vendor does not document."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a stand-in's tasks, and the approval of registered media, take, in seconds."""

    queued: float = 1.0
    running: float = 3.0
    approving: float = 2.0


@dataclass(kw_only=True)
class Task:
    """A task that a stand-in made.

    Attributes:
        id: In the vendor's form.
        body: The body of the create, with the path's parameters.
        meaning: The body as fields of a `VideoRequest`, with the vendor's defaults.
        output: The contract's `x-output` for it.
        price: The contract's `x-price` for it.
        schema: The contract's schema of its body.
        created: The time on the stand-in's clock.
        polls: How often it was polled.
        downloads_of: How often each of its videos was downloaded, by its position from 0.
        video: The rendered video, after the first download.
    """

    id: str
    body: Mapping[str, Any]
    meaning: Mapping[str, Any]
    output: Mapping[str, Any]
    price: Mapping[str, Any]
    created: float
    schema: Mapping[str, Any] = field(default_factory=dict)
    polls: int = 0
    downloads_of: Counter[int] = field(default_factory=Counter)
    video: bytes | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def downloads(self) -> int:
        """How often its videos were downloaded, all together."""
        return self.downloads_of.total()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A task's state as a neutral word, and how far it is, from 0.0 to 1.0."""

    word: Word
    fraction: float

    @classmethod
    def after(cls, seconds: float, pace: Pace, faults: Collection[Fault]) -> Progress:
        """Return the progress of a task some seconds after its create."""
        if seconds < pace.queued:
            return cls(word="queued", fraction=0.0)
        worked = seconds - pace.queued
        endless = {Fault.UNKNOWN_STATUS_FOREVER, Fault.NEVER_ENDING} & set(faults)
        if worked < pace.running or endless:
            unknown = {Fault.UNKNOWN_STATUS, Fault.UNKNOWN_STATUS_FOREVER} & set(faults)
            fraction = worked / pace.running if pace.running else 1.0
            return cls(word="unknown" if unknown else "running", fraction=min(0.99, fraction))
        for fault, word in _ENDS.items():
            if fault in faults:
                return cls(word=word, fraction=0.0)
        return cls(word="succeeded", fraction=1.0)


_ENDS: Mapping[Fault, Word] = {
    Fault.FAILED: "failed",
    Fault.CANCELED: "canceled",
    Fault.CANCELLED: "cancelled",
    Fault.EXPIRED: "expired",
}
