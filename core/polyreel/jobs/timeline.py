"""Timeline: when a job reached each point of its life, and the spans between the points.

Only a poll sees a change. Where nobody polled for long before a change was seen, the moment says
when somebody polled again, and nothing of the provider: it is kept, and no span counts it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

SpanName = Literal["to_accept", "queued", "generating", "to_download", "total"]


class Span(NamedTuple):
    """A part of a job's life.

    Attributes:
        name: In JSON.
        title: For people.
        start: The moment of `Timeline` at which it starts.
        end: The moment at which it ends.
    """

    name: SpanName
    title: str
    start: str
    end: str


SPANS: tuple[Span, ...] = (
    Span("to_accept", "to accept", "submitted_at", "accepted_at"),
    Span("queued", "queued", "accepted_at", "running_at"),
    Span("generating", "generating", "running_at", "finished_at"),
    Span("to_download", "to download", "downloading_at", "downloaded_at"),
    Span("total", "total", "submitted_at", "downloaded_at"),
)
"""Every span, in the order of a job's life. Statistics, reports and telemetry share them."""

SPAN_NAMES: tuple[SpanName, ...] = tuple(span.name for span in SPANS)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """When a job reached each point, as seen from here; None where it was not seen.

    A change is seen only by a poll, so `running_at` and `finished_at` are late by up to the
    seconds between polls.

    Attributes:
        unwatched: The names of the moments before which no process polled the job for long.
    """

    created_at: datetime | None = None
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    running_at: datetime | None = None
    finished_at: datetime | None = None
    downloading_at: datetime | None = None
    downloaded_at: datetime | None = None
    unwatched: frozenset[str] = frozenset()

    def seconds(self, name: SpanName) -> float | None:
        """Return how long a span took, in seconds.

        It is None where one end of it was not seen, or nobody watched the job before that. Of a
        job whose end nobody watched, the total is None too.
        """
        span = SPANS[SPAN_NAMES.index(name)]
        needs = {span.start, span.end} | ({"finished_at"} if name == "total" else set())
        return None if needs & self.unwatched else self._between(span)

    @property
    def seconds_total(self) -> float | None:
        """Seconds from the moment the paid request left to the video on disk, as the caller saw it.

        It includes times in which nobody watched the job.
        """
        return self._between(SPANS[SPAN_NAMES.index("total")])

    def moments(self) -> dict[str, str]:
        """Return the moments that are known, as ISO text."""
        seen = {each: getattr(self, each) for each in MOMENTS}
        return {name: at.isoformat() for name, at in seen.items() if at is not None}

    def facts(self) -> dict[str, Any]:
        """Return the spans as JSON values, in seconds."""
        return {name: self.seconds(name) for name in SPAN_NAMES}

    def _between(self, span: Span) -> float | None:
        start, end = getattr(self, span.start), getattr(self, span.end)
        return None if start is None or end is None else (end - start).total_seconds()


MOMENTS: tuple[str, ...] = tuple(each.name for each in fields(Timeline) if each.name != "unwatched")
"""The names of the moments, in the order of a job's life."""
