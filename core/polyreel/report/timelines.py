"""Timelines: each run's life as bars on one scale, from its paid request's leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .chart import Tick, place, scale

# From moment to moment; the fourth stands in where no look fell into the work.
_SPANS = (
    ("accept", "submitted_at", "accepted_at"),
    ("queue", "accepted_at", "running_at"),
    ("generate", "running_at", "finished_at"),
    ("queue or generate", "accepted_at", "finished_at"),
    ("fetch", "fetching_at", "fetched_at"),
)


@dataclass(frozen=True)
class Bar:
    """A span of a run's life; `start` and `width` are in per cent of the scale."""

    name: str
    start: float
    width: float
    seconds: float

    @property
    def css_class(self) -> str:
        """The name as a class of the style sheet."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class Timeline:
    """One run's bars."""

    row: Mapping[str, Any]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Timelines:
    """Every run's bars on one scale."""

    ticks: tuple[Tick, ...]
    runs: tuple[Timeline, ...]

    @property
    def names(self) -> list[str]:
        """What the bars are, in the order of a job's life."""
        found = {bar.name for run in self.runs for bar in run.bars}
        return [name for name, _, _ in _SPANS if name in found]


def spans_of(times: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the spans of a job's life that are known, in seconds from its leaving.

    Args:
        times: The moments that were seen, as ISO text.
    """
    moments = {name: datetime.fromisoformat(at) for name, at in times.items()}
    begin = moments.get("submitted_at")
    if begin is None:
        return []
    found: list[dict[str, Any]] = []
    for name, first, last in _SPANS:
        if first not in moments or last not in moments:
            continue
        if name == "queue or generate" and "running_at" in moments:
            continue
        start, end = ((moments[each] - begin).total_seconds() for each in (first, last))
        found.append({"span": name, "start": start, "seconds": max(0.0, end - start)})
    return found


def timelines_of(rows: Sequence[Mapping[str, Any]]) -> Timelines | None:
    """Return the timelines of every run that was sent, or None where nothing of any was seen."""
    sent = [row for row in rows if "submitted_at" in row["times"]]
    ends = [each["start"] + each["seconds"] for row in sent for each in row["timeline"]]
    if not ends:
        return None
    ticks = scale(max(ends))
    last = ticks[-1]
    return Timelines(
        ticks=tuple(Tick(place(each, last), f"{each:g}") for each in ticks),
        runs=tuple(
            Timeline(
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
