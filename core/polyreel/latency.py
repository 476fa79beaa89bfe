"""Latency: how long jobs took and how many came home, from the records that are kept of them.

How it was measured, and what that leaves open:

- Moments are polyreel's own. A look sees a change only when it looks, so the seconds in queue,
  generating and in all are off by up to the gap between looks (the adapter's
  `PollTiming.gap`, and `PollTiming.first` for a job that was done at the first look).
- A stage that no look saw is missing and never counted as zero: a job first seen when it had
  ended has no seconds in queue and none generating.
- Generating, to fetch and in all are of jobs that succeeded; one that failed after a second says
  nothing of how long a film takes.
- Left out of the seconds in all, and counted as such: a film that lay finished for more than
  `LONGEST_PAUSE` before anybody fetched it, and a job whose task was found by hand.
- Looks are not kept. So of a job that another process took up late, or that one program looked
  at rarely, the record does not tell whether it ran or ended long before it was seen to; it
  stays in, with moments that may be far too late. The p50 hardly suffers, the p95 and the
  maximum may.
- Percentiles are by nearest rank: the smallest value that at least so many percent of the values
  do not exceed. Each is a value that was seen. Of fewer than `FEW` values the p95 is their
  maximum, so the count always stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, get_args

from .jobs import State
from .records import JobRecord, Stage
from .request import VideoRequest

Grouping = Literal["model", "resolution", "duration"]
"""What jobs are told apart by; the duration is the one asked for, in seconds."""
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

Span = Literal["to_accept", "queued", "generating", "to_fetch", "in_all"]
"""The parts of a job's time, as `Timeline` has them."""
SPANS: tuple[Span, ...] = get_args(Span)

FEW = 20
"""Of fewer values than this the p95 is no more than the largest of them."""
ENOUGH_ALIKE = 3
"""So many jobs of one resolution and duration say more than all jobs of their model."""
LONGEST_PAUSE = timedelta(seconds=60)
"""A film that lay longer than this between its end and its download was left, not slow."""

_ENDS = {
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELED: "canceled",
    State.EXPIRED: "expired",
}


class Outcome(StrEnum):
    """What came of a job, as far as it is known."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    OPEN = "open"
    """It was not seen to end."""
    UNKNOWN = "unknown"
    """Nobody knows whether there is a task."""
    REJECTED = "rejected"
    """Surely no task was made."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How some durations are spread, in seconds; percentiles by nearest rank.

    Attributes:
        count: Of how many durations this is; at least 1.
        p50: Half of them took no longer.
        p90: Nine of ten took no longer.
        p95: Nineteen of twenty took no longer.
        minimum: The shortest.
        maximum: The longest.
    """

    count: int
    p50: float
    p90: float
    p95: float
    minimum: float
    maximum: float

    @property
    def is_of_few(self) -> bool:
        """Whether there are too few values for the p95 to be more than the maximum."""
        return self.count < FEW


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long the jobs of one group took, and what came of them.

    Attributes:
        group: The values that the jobs share, by grouping; None where a record lacks it.
        outcomes: How many jobs came to each outcome; every outcome stands in it.
        spreads: How long each part took, in seconds; None where no job shows it.
        left_out: Films that count in nothing but the seconds in all: they lay finished
            for long, or their task was found by hand.
        first: When the first of the jobs was begun.
        last: When the last of them was.
    """

    group: Mapping[Grouping, str | int | None]
    outcomes: Mapping[Outcome, int]
    spreads: Mapping[Span, Spread | None]
    left_out: int
    first: datetime | None
    last: datetime | None

    @property
    def jobs(self) -> int:
        """How many jobs there are, whatever came of them."""
        return sum(self.outcomes.values())

    @property
    def ended(self) -> int:
        """How many jobs are known to have ended at the provider, well or not."""
        return sum(self.outcomes[Outcome(name)] for name in _ENDS.values())

    @property
    def success_rate(self) -> float | None:
        """The part of the jobs that ended that succeeded, 0.0 to 1.0; None when none ended."""
        return self.outcomes[Outcome.SUCCEEDED] / self.ended if self.ended else None

    def facts(self) -> dict[str, Any]:
        """Return the group as JSON values, durations in seconds."""
        return {
            **{str(grouping): value for grouping, value in self.group.items()},
            "jobs": self.jobs,
            **{str(outcome): count for outcome, count in self.outcomes.items()},
            "success_rate": self.success_rate,
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "left_out_of_in_all": self.left_out,
            "seconds": {span: _spread_facts(spread) for span, spread in self.spreads.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Usual:
    """How long a film usually takes, from the paid request's leaving to the film on disk.

    Attributes:
        p50: Seconds; half of the jobs took no longer.
        p95: Seconds; nineteen of twenty took no longer. Of fewer than `FEW`, the longest.
        count: Of how many jobs this is; at least 1.
        is_alike: Whether they asked for the same resolution and duration; else they are
            all jobs of the same model.
    """

    p50: float
    p95: float
    count: int
    is_alike: bool

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values, in seconds."""
        return asdict(self)


def latency_by(records: Iterable[JobRecord], by: Sequence[Grouping] = GROUPINGS) -> list[Latency]:
    """Return how long jobs took, group by group.

    Args:
        records: The jobs, in any order.
        by: What they are told apart by; nothing puts all into one group.

    Returns:
        The groups in the order of their values, those without a value last.
    """
    groups: dict[tuple[str | int | None, ...], list[JobRecord]] = {}
    for record in records:
        groups.setdefault(tuple(_value(record, each) for each in by), []).append(record)
    ordered = sorted(groups, key=lambda key: [_order(value) for value in key])
    return [_latency(dict(zip(by, key, strict=True)), groups[key]) for key in ordered]


def usual_seconds(records: Iterable[JobRecord], model: str, request: VideoRequest) -> Usual | None:
    """Return how long one request usually takes at one model, or None where no job tells.

    Jobs of the same resolution and duration count alone where there are at least
    `ENOUGH_ALIKE` of them; else all jobs of the model do, and `is_alike` says so.

    Args:
        records: The jobs that are kept.
        model: Written `provider/name`.
        request: What would be asked for.
    """
    wanted = (request.resolution, request.duration)
    alike: list[float] = []
    every: list[float] = []
    for record in records:
        seconds = spans_of(record).get("in_all") if record.model == model else None
        if seconds is not None:
            every.append(seconds)
            if (_value(record, "resolution"), _value(record, "duration")) == wanted:
                alike.append(seconds)
    is_alike = len(alike) >= ENOUGH_ALIKE
    found = spread(alike if is_alike else every)
    if found is None:
        return None
    return Usual(p50=found.p50, p95=found.p95, count=found.count, is_alike=is_alike)


def spread(seconds: Iterable[float]) -> Spread | None:
    """Return how durations are spread, or None without any."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    return Spread(
        count=len(ordered),
        p50=_nearest_rank(ordered, 50),
        p90=_nearest_rank(ordered, 90),
        p95=_nearest_rank(ordered, 95),
        minimum=ordered[0],
        maximum=ordered[-1],
    )


def outcome_of(record: JobRecord) -> Outcome:
    """Return what came of a job, as far as its record tells."""
    if record.stage is Stage.REJECTED:
        return Outcome.REJECTED
    if record.stage is Stage.UNKNOWN:
        return Outcome.UNKNOWN
    if record.stage is Stage.FETCHED:
        return Outcome.SUCCEEDED
    return Outcome(_ENDS.get(record.state, "open")) if record.state else Outcome.OPEN


def _latency(group: Mapping[Grouping, str | int | None], records: list[JobRecord]) -> Latency:
    outcomes = [outcome_of(record) for record in records]
    spans = [spans_of(record) for record in records]
    moments = [record.begun_at for record in records if record.begun_at is not None]
    return Latency(
        group=group,
        outcomes={outcome: outcomes.count(outcome) for outcome in Outcome},
        spreads={name: spread(each[name] for each in spans if name in each) for name in SPANS},
        left_out=sum(_was_left(record) for record in records),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def spans_of(record: JobRecord) -> dict[Span, float]:
    """Return the parts of a job's time that tell something of its provider, in seconds."""
    line = record.timeline
    seen: dict[Span, float | None] = {
        "to_accept": line.seconds_to_accept,
        "queued": line.seconds_queued,
    }
    if outcome_of(record) is Outcome.SUCCEEDED:
        seen["generating"] = line.seconds_generating
        seen["to_fetch"] = line.seconds_to_fetch
        seen["in_all"] = None if _was_left(record) else line.seconds_in_all
    # Less than nothing is a clock that was set back meanwhile.
    return {name: value for name, value in seen.items() if value is not None and value >= 0}


def _was_left(record: JobRecord) -> bool:
    """Whether a film's seconds in all are a person's rather than its provider's."""
    line = record.timeline
    if line.seconds_in_all is None:
        return False
    if line.accepted_at is None:  # settled by hand: no answer was seen
        return True
    if line.finished_at is None or line.fetching_at is None:
        return False
    return line.fetching_at - line.finished_at > LONGEST_PAUSE


def _value(record: JobRecord, grouping: Grouping) -> str | int | None:
    if grouping == "model":
        return record.model
    value = (record.request or {}).get(grouping)
    # What is kept is JSON that anybody may have written; another kind could not be ordered.
    return value if isinstance(value, int if grouping == "duration" else str) else None


def _order(value: str | int | None) -> tuple[bool, int, str]:
    """Return what puts numbers in the order of their size, words by letter, and None last."""
    return value is None, value if isinstance(value, int) else 0, str(value)


def _nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest of the values that at least so many percent do not exceed."""
    rank = -(-percent * len(ordered) // 100)  # rounded up, without the doubts of floats
    return ordered[rank - 1]


def _spread_facts(spread: Spread | None) -> dict[str, Any]:
    if spread is None:
        nothing = dict.fromkeys(("p50", "p90", "p95", "minimum", "maximum"))
        return {"count": 0, **nothing, "is_of_few": True}
    return {**asdict(spread), "is_of_few": spread.is_of_few}
