"""How long the kit's tasks and deadlines are, by the times at which an adapter polls.

A vendor that advises 30 seconds between two polls sees the same states as one that advises 8: the
stand-in's tasks then take as much longer, and so do the kit's deadlines. No real time passes.
"""

from __future__ import annotations

from polyreel.adapters import PollTiming
from polyreel_sandbox import Pace

from .mount import PACE

_USUAL = 10.0
"""The longest time before a poll, in seconds, for which the usual pace is made."""


def times_usual(timing: PollTiming) -> float:
    """Return how many times the usual times an adapter's polls need; at least 1."""
    return max(1.0, max(timing.first, timing.gap, timing.floor) / _USUAL)


def pace_for(timing: PollTiming) -> Pace:
    """Return a pace at which an adapter sees a task queued, running and ended."""
    times = times_usual(timing)
    return Pace(queued=PACE.queued * times, running=PACE.running * times)
