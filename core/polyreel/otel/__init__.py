"""otel: tells OpenTelemetry how jobs went: one span for each that ends, and metrics.

With `polyreel[otel]` installed every client reports to the providers that the program has set
globally; without an SDK they do nothing. To report elsewhere:

    from polyreel import Client, otel

    client = Client(on_change=otel.observer(tracer_provider=…, meter_provider=…))

What is reported, and when:

- A job is reported once, by the process that sees its end: the film is on disk, or there will
  be none, or the submit's outcome is unknown. A job that began here and ends elsewhere, or was
  given up by hand, is reported by whoever sees it end, or by nobody; at exit nothing is.
- So a job of which only `wait` is called is reported once it is fetched, and not before.
- Moments are those of the job's record, also where another process saw them. They are as
  coarse as the gap between looks, as `polyreel.latency` says.
- Amounts are floats, since OpenTelemetry has no others; the journal is exact.
- Neither prompts, media, addresses of films, keys, paths, nor the provider's words for people
  are reported: of an error its type, the provider's code and the HTTP status.
- Two processes that both `poll` one job without holding it may both see its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from ..clock import Clock
    from .observing import JobObserver

__all__ = ["observer"]


def observer(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    clock: Clock | None = None,
) -> JobObserver:
    """Return what `on_change` of a client takes, to report to OpenTelemetry.

    Where the plugin `otel` is in use and reports to the same providers, jobs would be
    reported twice; `POLYREEL_PLUGINS=-otel` leaves it out.

    Args:
        tracer_provider: Where spans go; None for the global one.
        meter_provider: Where metrics go; None for the global one.
        clock: The client's, where it was given one of its own.

    Raises:
        UsageError: When OpenTelemetry is not installed.
    """
    try:
        from .observing import JobObserver  # OpenTelemetry is loaded when it is first wanted
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise UsageError(
            "reporting to OpenTelemetry needs its API: pip install 'polyreel[otel]'"
        ) from None
    return JobObserver(tracer_provider, meter_provider, clock)
