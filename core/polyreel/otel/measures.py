"""Measures: counters and histograms of the jobs that ended."""

from __future__ import annotations

from datetime import datetime

from opentelemetry.metrics import Meter

from ..latency import spans_of
from ..records import JobRecord
from . import conventions as names
from .attributes import error_attributes, finite, model_attributes
from .endings import Ending, Outcome

_CONVENTION_SECONDS = [0.01 * 2**power for power in range(14)]
SECONDS = [*_CONVENTION_SECONDS, *(0.01 * 2**power for power in range(14, 20))]
"""The convention's bounds end at 81.92 seconds; films take minutes, so they go on to 87 minutes."""


class Measures:
    """polyreel's instruments at one meter."""

    def __init__(self, meter: Meter) -> None:
        self._jobs = meter.create_counter(names.JOBS, "{job}", "Jobs that ended, by outcome.")
        self._in_all = meter.create_histogram(
            names.OPERATION_DURATION,
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._phases = meter.create_histogram(
            names.PHASE_DURATION,
            "s",
            "How long each part of a job took, as far as it was seen.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        # No unit of its own: each amount is in the unit of its attribute.
        self._charged = meter.create_counter(
            names.CHARGED, "1", "What providers reported to have charged, each in its own unit."
        )

    def record(self, job: JobRecord, ending: Ending, ended_at: datetime) -> None:
        """Count a job that ended."""
        common = model_attributes(job)
        error = error_attributes(ending)
        self._jobs.add(1, {**common, **error, names.OUTCOME: str(ending.outcome)})
        spans = spans_of(job)
        for phase, seconds in spans.items():
            self._phases.record(seconds, {**common, names.PHASE: phase})
        in_all = spans.get("in_all")
        if ending.outcome is not Outcome.SUCCEEDED and job.timeline.submitted_at is not None:
            in_all = (ended_at - job.timeline.submitted_at).total_seconds()
        if in_all is not None and in_all >= 0:
            self._in_all.record(in_all, {**common, **error})
        charge = None if job.status is None else job.status.charge
        amount = None if charge is None else finite(charge.amount)
        if charge is not None and amount is not None and amount >= 0:
            self._charged.add(amount, {**common, names.CHARGE_UNIT: charge.unit})
