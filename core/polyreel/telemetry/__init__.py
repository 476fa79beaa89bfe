"""Telemetry: reports jobs to OpenTelemetry: one span for each job that ended, and metrics.

With `polyreel[otel]` installed, the plugin `otel` reports the jobs of every client to
OpenTelemetry's global providers. Without an SDK these do nothing. To report elsewhere:

    from polyreel import Client, telemetry

    client = Client(on_change=telemetry.observer(tracer_provider=…, meter_provider=…))

What is reported, and when:

- A job is reported once, by the process that sees its end: the video is on disk, or there will be
  no video, or the outcome of the submit is unknown. If a job starts in one process and another
  sees its end, the other one reports it. If no process sees its end, it is not reported. Nothing
  is reported at exit.
- If a program only calls `wait`, its job is reported when it is downloaded, not before.
- The times are those of the job's record, also where another process saw them. They are as exact
  as the seconds between two polls; see `polyreel.pricing.latency`.
- Amounts are floats, since OpenTelemetry has no other numbers. The journal has the exact amounts.
- Prompts, media, URLs of videos, keys, paths and the provider's messages are never reported. Of
  an error only its type, the provider's code and the HTTP status are reported.
- Two processes that both call `poll` for one job may both report its end.
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
    """Return an observer that reports to OpenTelemetry; pass it to a client as `on_change`.

    If the plugin `otel` reports to the same providers, every job is reported twice. Turn the
    plugin off with `POLYREEL_PLUGINS=-otel`.

    Args:
        tracer_provider: Receives spans; None for the global one.
        meter_provider: Receives metrics; None for the global one.
        clock: The client's clock, if it has its own.

    Raises:
        UsageError: When OpenTelemetry is not installed.
    """
    try:
        from .observing import JobObserver  # OpenTelemetry is loaded when it is first used
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise UsageError(
            "reporting to OpenTelemetry needs its API: pip install 'polyreel[otel]'"
        ) from None
    return JobObserver(tracer_provider, meter_provider, clock)
