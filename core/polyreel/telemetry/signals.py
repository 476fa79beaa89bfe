"""Signals: the span and the metrics of a job that ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from opentelemetry.metrics import Meter
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, Tracer

from ..jobs import JobOutcome, JobRecord
from ..pricing.latency import spans_of
from . import conventions as names
from .attributes import (
    charge_attributes,
    error_attributes,
    error_type,
    finite,
    model_attributes,
    server_attributes,
    span_attributes,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONVENTION_SECONDS = [0.01 * 2**power for power in range(14)]
SECONDS = [*_CONVENTION_SECONDS, *(0.01 * 2**power for power in range(14, 20))]
"""The convention's buckets end at 81.92 seconds; videos take minutes, so ours end at 87 minutes."""


class Measures:
    """polyreel's metrics at one meter."""

    def __init__(self, meter: Meter) -> None:
        self._jobs = meter.create_counter(names.JOBS, "{job}", "Jobs that ended, by outcome.")
        self._total = meter.create_histogram(
            names.OPERATION_DURATION,
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._phases = meter.create_histogram(
            names.PHASE_DURATION,
            "s",
            "How long each part of a job took, where polls saw it.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        # The metric has no unit: each amount is in the unit of its attribute.
        self._charged = meter.create_counter(names.CHARGED, "1", "Charges, each in its own unit.")

    def record(self, job: JobRecord, outcome: JobOutcome, ended_at: datetime) -> None:
        """Record a job that ended."""
        # Only the host: a sandbox's port is another on each run, and its host keeps it apart.
        host = server_attributes(job).get(names.SERVER_ADDRESS)
        common = {**model_attributes(job), **({} if host is None else {names.SERVER_ADDRESS: host})}
        error = error_attributes(job, outcome)
        self._jobs.add(1, {**common, **error, names.OUTCOME: str(outcome.without_reason)})
        spans = spans_of(job)
        for phase, seconds in spans.items():
            self._phases.record(seconds, {**common, names.PHASE: phase})
        total = spans.get("total")
        is_watched = "finished_at" not in job.timeline.unwatched
        has_failed = outcome is not JobOutcome.SUCCEEDED and is_watched
        if has_failed and job.timeline.submitted_at is not None:
            total = (ended_at - job.timeline.submitted_at).total_seconds()
        if total is not None and total >= 0:
            self._total.record(total, {**common, **error})
        charge = None if job.status is None else job.status.charge
        amount = None if charge is None else finite(charge.amount)
        if charge is not None and amount is not None and amount >= 0:
            self._charged.add(amount, {**common, **charge_attributes(charge)})


def export_span(
    tracer: Tracer, job: JobRecord, outcome: JobOutcome, ended_at: datetime, parent: SpanContext
) -> None:
    """Export the complete span of a job that ended.

    Args:
        tracer: Where the span goes.
        job: The job's record.
        outcome: Its outcome.
        ended_at: When the job ended.
        parent: The span in which the job was first seen.
    """
    line = job.timeline
    events = [
        (names.EVENT_ACCEPTED, line.accepted_at),
        (names.EVENT_RUNNING, line.running_at),
        (names.EVENT_FINISHED, line.finished_at),
        (names.EVENT_DOWNLOADED, line.downloaded_at),
    ]
    seen = [at for _, at in events if at is not None]
    # A job that was resumed by its reference alone has no known start.
    start = job.begun_at or min(seen, default=ended_at)
    attributes = span_attributes(job, outcome)
    span = tracer.start_span(
        f"{attributes[names.OPERATION_NAME]} {attributes[names.REQUEST_MODEL]}",
        trace.set_span_in_context(NonRecordingSpan(parent)),
        kind=SpanKind.CLIENT,
        attributes=attributes,
        start_time=_nanoseconds(start),
    )
    for name, at in events:
        if at is not None:
            span.add_event(name, timestamp=_nanoseconds(at))
    error = error_type(job, outcome)
    if error is not None:
        # The message may repeat the provider's words, so only the type is reported.
        span.set_status(StatusCode.ERROR, error)
    # If the clock was set back meanwhile, the span must not end before its start.
    span.end(end_time=_nanoseconds(max(start, ended_at)))


def _nanoseconds(moment: datetime) -> int:
    """Return a moment as OpenTelemetry counts it, without rounding errors."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
