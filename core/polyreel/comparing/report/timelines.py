"""Timelines: the spans of each run as bars on one scale, from sending the paid request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...jobs.timeline import SPANS
from .chart import Tick, place, scale

_EITHER = "queued or generating"
# Where no poll saw the job running, one bar stands for both spans.
_BARS = (
    *((span.title, span.start, span.end) for span in SPANS[:3]),
    (_EITHER, "accepted_at", "finished_at"),
    (SPANS[3].title, SPANS[3].start, SPANS[3].end),
)


@dataclass(frozen=True)
class Bar:
    """One span of a run; `start` and `width` are in per cent of the scale."""

    name: str
    start: float
    width: float
    seconds: float

    @property
    def css_class(self) -> str:
        """The name as a class of the style sheet."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class RunTimeline:
    """The bars of one run."""

    row: Mapping[str, Any]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Timelines:
    """The bars of every run on one scale."""

    ticks: tuple[Tick, ...]
    runs: tuple[RunTimeline, ...]

    @property
    def names(self) -> list[str]:
        """The names of the bars, in the order of a job's life."""
        found = {bar.name for run in self.runs for bar in run.bars}
        return [name for name, _, _ in _BARS if name in found]


def timeline_spans(
    times: Mapping[str, str], unwatched: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return the known spans of a job, in seconds from sending the paid request.

    Args:
        times: The known moments, as ISO text.
        unwatched: The moments before which nobody watched the job; no span begins or ends there.
    """
    times = {name: at for name, at in times.items() if name not in unwatched}
    moments = {name: datetime.fromisoformat(at) for name, at in times.items()}
    begin = moments.get("submitted_at")
    if begin is None:
        return []
    found: list[dict[str, Any]] = []
    for name, first, last in _BARS:
        if first not in moments or last not in moments:
            continue
        if name == _EITHER and "running_at" in moments:
            continue
        start, end = ((moments[each] - begin).total_seconds() for each in (first, last))
        found.append({"span": name, "start": start, "seconds": max(0.0, end - start)})
    return found


def timelines_of(rows: Sequence[Mapping[str, Any]]) -> Timelines | None:
    """Return the timelines of the runs that were sent; None where no span of any is known."""
    sent = [row for row in rows if "submitted_at" in row["times"]]
    ends = [each["start"] + each["seconds"] for row in sent for each in row["timeline"]]
    if not ends:
        return None
    ticks = scale(max(ends))
    last = ticks[-1]
    return Timelines(
        ticks=tuple(Tick(place(each, last), f"{each:g}") for each in ticks),
        runs=tuple(
            RunTimeline(
                row,
                tuple(
                    Bar(
                        each["span"],
                        place(each["start"], last),
                        place(each["seconds"], last),
                        each["seconds"],
                    )
                    for each in row["timeline"]
                ),
            )
            for row in sent
        ),
    )
