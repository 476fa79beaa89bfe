"""Spans: one for each job that ended, from its first moment to its last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, Tracer

from ..records import JobRecord
from . import conventions as names
from .attributes import span_attributes
from .endings import Ending

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def export_span(
    tracer: Tracer, job: JobRecord, ending: Ending, ended_at: datetime, first_in: SpanContext
) -> None:
    """Make a job's span, whole and ended.

    Args:
        ended_at: When the job ended.
        first_in: The span that it was begun in; the job's becomes a part of it.
    """
    line = job.timeline
    events = [
        (names.EVENT_ACCEPTED, line.accepted_at),
        (names.EVENT_RUNNING, line.running_at),
        (names.EVENT_FINISHED, line.finished_at),
        (names.EVENT_FETCHED, line.fetched_at),
    ]
    seen = [at for _, at in events if at is not None]
    # Of a job that is known by its handle alone nobody here knows when it was begun.
    start = job.begun_at or min(seen, default=ended_at)
    attributes = span_attributes(job, ending)
    span = tracer.start_span(
        f"{attributes[names.OPERATION_NAME]} {attributes[names.REQUEST_MODEL]}",
        trace.set_span_in_context(NonRecordingSpan(first_in)),
        kind=SpanKind.CLIENT,
        attributes=attributes,
        start_time=_nanoseconds(start),
    )
    for name, at in events:
        if at is not None:
            span.add_event(name, timestamp=_nanoseconds(at))
    if ending.error_type is not None:
        # The message may repeat what the provider said; the type is enough to look it up.
        span.set_status(StatusCode.ERROR, ending.error_type)
    # A clock that was set back meanwhile must not make it end before it began.
    span.end(end_time=_nanoseconds(max(start, ended_at)))


def _nanoseconds(moment: datetime) -> int:
    """Return a moment as OpenTelemetry counts, without the rounding of floats."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
