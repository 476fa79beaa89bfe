"""Sightings: which jobs this process saw open, and which ends it has reported.

A record alone does not tell whether its end is news: a job that ended long ago is told of
again when somebody asks for it. So an end counts where the job was seen open before, or where
the provider's end was seen this very moment.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import timedelta

from opentelemetry.trace import SpanContext

from ..clock import Clock
from ..errors import ResultExpired
from ..records import JobRecord
from .endings import Ending, Outcome, ending_of, is_repetition

MOST_OPEN = 10_000
"""So many open jobs are remembered; of an older one only the span around its begin is lost."""
MOST_ENDED = 1_000
"""So many ends are remembered as reported; an older job is hardly told of again."""
THIS_MOMENT = timedelta(seconds=60)
"""As old as the end of a job may be that is first heard of with it: it is told of when it is
seen, after one commit. The end of an older one was seen by somebody else."""

_AT_THE_PROVIDER = frozenset({Outcome.FAILED, Outcome.CANCELED, Outcome.EXPIRED})


class Sightings:
    """What was seen of jobs, bounded, from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: OrderedDict[str, SpanContext] = OrderedDict()
        self._ended: OrderedDict[str, Outcome] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many jobs are remembered."""
        return len(self._open) + len(self._ended)

    def see(self, job: JobRecord, around: SpanContext) -> tuple[Ending, SpanContext] | None:
        """Note a record.

        Args:
            job: The record.
            around: The span that this change happened in.

        Returns:
            The job's end and the span that the job was first seen in, where this is the
            first that is heard of that end; else None.
        """
        ending = ending_of(job)
        with self._lock:
            if ending is None:
                self._note_open(job, around)
                return None
            was_open = job.id in self._open
            first_in = self._open.pop(job.id, around)
            if self._ended.get(job.id) is ending.outcome:
                return None
            self._note_ended(job.id, ending.outcome)
            if is_repetition(job):
                return None
            return (ending, first_in) if was_open or self._is_seen_now(ending) else None

    def _note_open(self, job: JobRecord, around: SpanContext) -> None:
        if isinstance(job.error, ResultExpired):  # fetched again, after an end that was told
            self._note_ended(job.id, Outcome.GONE)
        self._open.setdefault(job.id, around)
        self._open.move_to_end(job.id)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)

    def _note_ended(self, job_id: str, outcome: Outcome) -> None:
        self._ended[job_id] = outcome
        self._ended.move_to_end(job_id)
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)

    def _is_seen_now(self, ending: Ending) -> bool:
        if ending.outcome not in _AT_THE_PROVIDER or ending.at is None:
            return False
        return abs(self._clock.now() - ending.at) <= THIS_MOMENT
