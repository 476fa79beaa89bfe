"""JobObserver: receives every change of every job, and reports each job that ended once.

A record alone does not show whether its end is new: observers are also notified of a job that
ended long ago when a caller polls or downloads it again. So an end is reported only if this
process saw the job open before, or if the job ended at the provider a moment ago.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import SpanContext, TracerProvider

from ..clock import Clock, SystemClock
from ..errors import JobCanceled, JobExpired, JobFailed, ResultExpired
from ..forks import renew_in_children
from ..jobs import JobOutcome, JobRecord, outcome_of
from .conventions import SCOPE
from .signals import Measures, export_span

MOST_OPEN = 10_000
"""So many open jobs are remembered; of an older one only the parent span is lost."""
MOST_ENDED = 1_000
"""So many reported ends are remembered; an older job is rarely seen again."""
RECENT = timedelta(seconds=60)
"""The end of a job that was not seen open is reported only if it is not older than this:
observers are notified within a moment. Another process saw and reported an older end."""

_NOT_ENDED = frozenset({JobOutcome.OPEN, JobOutcome.NOT_SAVED})


class JobObserver:
    """Reports jobs to OpenTelemetry. Call it with every record; see `polyreel.telemetry.observer`.

    Attributes:
        dedupe: Remembers jobs, so that each is reported once.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._measures = Measures(metrics.get_meter(SCOPE, meter_provider=meter_provider))
        self.dedupe = JobDedupe(self._clock)

    def __call__(self, job: JobRecord) -> None:
        """Record a change, and report the job if it has ended."""
        new_end = self.dedupe.record(job, trace.get_current_span().get_span_context())
        if new_end is None:
            return
        outcome, parent = new_end
        ended_at = _ended_at(job, outcome) or self._clock.now()
        export_span(self._tracer, job, outcome, ended_at, parent)
        self._measures.record(job, outcome, ended_at)


class JobDedupe:
    """Remembers open and reported jobs, up to a limit. Any thread may use it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start()
        renew_in_children(self)

    def _start(self) -> None:
        self._open: OrderedDict[str, SpanContext] = OrderedDict()
        self._ended: OrderedDict[str, JobOutcome] = OrderedDict()
        self._lock = threading.Lock()

    def renew_after_fork(self) -> None:
        """Forget the parent's jobs, which the parent reports, and the lock of its threads."""
        self._start()

    def __len__(self) -> int:
        """The number of remembered jobs."""
        return len(self._open) + len(self._ended)

    def record(self, job: JobRecord, current: SpanContext) -> tuple[JobOutcome, SpanContext] | None:
        """Record a change of a job.

        Args:
            job: The job's record.
            current: The span in which the change happened.

        Returns:
            The job's outcome and the span in which the job was first seen, if this end is new;
            else None.
        """
        outcome = outcome_of(job)
        with self._lock:
            if outcome in _NOT_ENDED:
                self._record_open(job, current)
                return None
            was_open = job.id in self._open
            parent = self._open.pop(job.id, current)
            if self._ended.get(job.id) is outcome:
                return None
            self._record_ended(job.id, outcome)
            if _is_repeated(job, outcome):
                return None
            return (outcome, parent) if was_open or self._is_recent(job, outcome) else None

    def _record_open(self, job: JobRecord, current: SpanContext) -> None:
        if isinstance(job.error, ResultExpired):  # downloaded again, after a reported end
            self._record_ended(job.id, JobOutcome.GONE)
        self._open.setdefault(job.id, current)
        self._open.move_to_end(job.id)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)

    def _record_ended(self, job_id: str, outcome: JobOutcome) -> None:
        self._ended[job_id] = outcome
        self._ended.move_to_end(job_id)
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)

    def _is_recent(self, job: JobRecord, outcome: JobOutcome) -> bool:
        at = _ended_at(job, outcome)
        if not outcome.has_ended_without_video or at is None:
            return False
        return abs(self._clock.now() - at) <= RECENT


def _ended_at(job: JobRecord, outcome: JobOutcome) -> datetime | None:
    """Return when a job ended, by its record; None where the record does not show it."""
    if outcome is JobOutcome.SUCCEEDED:
        return job.timeline.downloaded_at
    return job.timeline.finished_at if outcome.has_ended_without_video else None


def _is_repeated(job: JobRecord, outcome: JobOutcome) -> bool:
    """Whether a record repeats an end that was reported before.

    The end is reported when a poll sees it. The caller's error is persisted later, when a process
    waits for the video or downloads it; that is often another process.
    """
    return outcome.has_ended_without_video and isinstance(
        job.error, JobFailed | JobCanceled | JobExpired
    )
