"""A stand-in's task: what was asked, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .faults import Fault

Word = Literal[
    "queued", "running", "succeeded", "failed", "canceled", "cancelled", "expired", "unknown"
]
"""Where a task can stand. `cancelled` is `canceled` in the other spelling, and `unknown` any
word that the vendor does not document."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a stand-in's tasks take, in seconds."""

    queued: float = 1.0
    running: float = 3.0


@dataclass(kw_only=True)
class Task:
    """A task that a stand-in made.

    Attributes:
        id: As the vendor spells its ids.
        body: What was asked, as it arrived, with the path's parameters.
        meaning: The same in the fields of a `VideoRequest`, the vendor's defaults included.
        output: The contract's `x-output` for it.
        price: The contract's `x-price` for it.
        created: On the stand-in's clock.
        looks: How often it was asked for.
        film: The rendered film, once somebody fetched it.
        downloads: How often the film was fetched.
    """

    id: str
    body: Mapping[str, Any]
    meaning: Mapping[str, Any]
    output: Mapping[str, Any]
    price: Mapping[str, Any]
    created: float
    looks: int = 0
    downloads: int = 0
    film: bytes | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a task stands: a neutral word, and how far it is from 0.0 to 1.0."""

    word: Word
    fraction: float

    @classmethod
    def after(cls, seconds: float, pace: Pace, faults: Collection[Fault]) -> Progress:
        """Return where a task of some age stands."""
        if seconds < pace.queued:
            return cls(word="queued", fraction=0.0)
        worked = seconds - pace.queued
        endless = {Fault.UNKNOWN_WORD_FOR_EVER, Fault.NEVER_ENDING} & set(faults)
        if worked < pace.running or endless:
            odd = {Fault.UNKNOWN_WORD, Fault.UNKNOWN_WORD_FOR_EVER} & set(faults)
            share = worked / pace.running if pace.running else 1.0
            return cls(word="unknown" if odd else "running", fraction=min(0.99, share))
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
