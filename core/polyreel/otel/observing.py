"""JobObserver: sees every change of jobs, and reports those that ended."""

from __future__ import annotations

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from ..clock import Clock, SystemClock
from ..records import JobRecord
from .conventions import SCOPE
from .measures import Measures
from .sightings import Sightings
from .spans import export_span


class JobObserver:
    """Reports jobs to OpenTelemetry. Call it with every record; see `polyreel.otel.observer`.

    Attributes:
        sightings: What it remembers of jobs.
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
        self.sightings = Sightings(self._clock)

    def __call__(self, job: JobRecord) -> None:
        """Note a change, and report the job where it has ended with it."""
        seen = self.sightings.see(job, trace.get_current_span().get_span_context())
        if seen is None:
            return
        ending, first_in = seen
        ended_at = ending.at or self._clock.now()
        export_span(self._tracer, job, ending, ended_at, first_in)
        self._measures.record(job, ending, ended_at)
