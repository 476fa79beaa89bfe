"""Watching: whether a change of a job was seen when it happened, or only long afterwards.

Polls are not persisted. So a process that resumes a job knows of no poll before its own, and counts
the time since the last moment in the journal as unwatched.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..adapters import PollTiming
from ..jobs import Timeline
from .context import LiveJob

SLOWER_THAN_USUAL = 2.0
"""A change is unwatched when the polls around it are this many times as far apart as usual."""
AT_LEAST = timedelta(seconds=5)
"""Polls that are not farther apart than usual and this much more are never called unwatched: an
answer takes a moment."""


def seen_at(live: LiveJob, timing: PollTiming, now: datetime, *names: str) -> Timeline:
    """Return a job's timeline with moments that a poll has just seen.

    Args:
        live: The job.
        timing: How often it is usually polled.
        now: When the poll's answer came.
        names: The moments; one that is already set does not change.
    """
    line = live.seen(**dict.fromkeys(names, now))
    new = {name for name in names if getattr(live.record.timeline, name) is None}
    if new and not _was_watched(live, timing, now):
        line = replace(line, unwatched=line.unwatched | new)
    return line


def _was_watched(live: LiveJob, timing: PollTiming, now: datetime) -> bool:
    """Return whether a poll, or the answer to the submit, came shortly before."""
    known = live.record.timeline
    since = live.polled_at or known.running_at or known.accepted_at or known.submitted_at
    if since is None:  # resumed by its reference alone
        return False
    usual = timedelta(seconds=max(timing.first, timing.gap, timing.floor))
    return now - since <= max(usual * SLOWER_THAN_USUAL, usual + AT_LEAST)
