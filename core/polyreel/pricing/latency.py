"""Latency: how long jobs took and how many succeeded, from the records in the journal.

How the times are measured, and how exact they are:

- polyreel takes the times by its own clock. Only a poll sees a change, so `queued`, `generating`
  and `total` are wrong by up to the seconds between two polls: the adapter's `PollTiming.gap`, or
  `PollTiming.first` for a job that had ended at the first poll.
- A span that no poll saw is missing. It never counts as zero: a job that had ended at the first
  poll has no `queued` and no `generating`.
- `generating`, `to_download` and `total` count only jobs that succeeded. A job that failed after
  one second does not show how long a video takes.
- A change that was seen after a time in which no process polled the job (it was resumed late, a
  program polled it rarely, the network was down) says nothing of the provider. The spans up to it
  and from it are left out, and `unwatched` counts these jobs. Older records do not show such times;
  their jobs count.
- Three kinds of jobs are left out of `total`, and `left_out` counts them: a job whose end nobody
  watched, a video that was downloaded more than `LONGEST_DOWNLOAD_DELAY` after the job ended, and a
  job whose task id a person gave.
- The success rate is that of the jobs that the provider brought to an end. A canceled job is not
  among them: providers document the word for what the user stopped.
- Times belong to the address that they were measured at (`addresses.py`): those of one vendor's
  documented addresses are together, and those of any other address are a group of their own.
- Percentiles are by nearest rank: p95 is the smallest measured value such that at least 95 % of
  the values are not larger. With fewer than `SMALL_SAMPLE` values the p95 is the maximum, so
  every report shows the count too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from ..adapters import Registry
from ..jobs import JobOutcome, JobRecord, outcome_of
from ..jobs.timeline import SPAN_NAMES, SpanName
from ..request import VideoRequest
from .addresses import Address, address_facts, shared_address

Grouping = Literal["model", "resolution", "duration"]
"""What jobs are grouped by; `duration` is the requested one, in seconds."""
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

SMALL_SAMPLE = 20
"""With fewer values than this the p95 is their maximum."""
ENOUGH_SIMILAR = 3
"""From this many jobs on, those of the same resolution and duration are used alone."""
LONGEST_DOWNLOAD_DELAY = timedelta(seconds=60)
"""If a download starts later than this after the job's end, the delay is the caller's."""

_ENDED = (JobOutcome.SUCCEEDED, JobOutcome.FAILED, JobOutcome.CANCELED, JobOutcome.EXPIRED)
OUTCOMES = (*_ENDED, JobOutcome.OPEN, JobOutcome.UNKNOWN, JobOutcome.REJECTED)
"""The outcomes in statistics: the provider's part alone, whether or not a video was saved."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The spread of some durations, in seconds; percentiles are by nearest rank.

    Attributes:
        count: How many durations there are; at least 1.
        p50: Half of them are not longer.
        p90: 90 % of them are not longer.
        p95: 95 % of them are not longer.
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
    def is_small_sample(self) -> bool:
        """Whether there are so few values that the p95 is the maximum."""
        return self.count < SMALL_SAMPLE


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long the jobs of one group took, and how they ended.

    Attributes:
        group: The values that the jobs share, by grouping; None where a record lacks one.
        outcomes: How many jobs have each outcome; it has every outcome as a key.
        spreads: How long each span took, in seconds; None where no job shows it.
        left_out: How many videos are left out of `total`: nobody watched the job's end, they
            were downloaded long after it, or a person gave their task id.
        unwatched: How many jobs have a span that is left out, since nobody watched them.
        address: The address of the jobs; None where they are at the documented addresses of
            several vendors.
        first: When the first of the jobs started.
        last: When the last of them started.
    """

    group: Mapping[Grouping, str | int | None]
    outcomes: Mapping[JobOutcome, int]
    spreads: Mapping[SpanName, Spread | None]
    left_out: int
    unwatched: int
    address: Address | None
    first: datetime | None
    last: datetime | None

    @property
    def jobs(self) -> int:
        """How many jobs there are, whatever their outcome."""
        return sum(self.outcomes.values())

    @property
    def ended(self) -> int:
        """How many jobs are known to have ended at the provider, with or without a video."""
        return sum(self.outcomes[outcome] for outcome in _ENDED)

    @property
    def success_rate(self) -> float | None:
        """The part of the completed jobs that succeeded, 0.0 to 1.0; None when there are none."""
        return self.outcomes[JobOutcome.SUCCEEDED] / self.completed if self.completed else None

    @property
    def completed(self) -> int:
        """How many jobs the provider brought to an end: those that ended and were not canceled."""
        return self.ended - self.outcomes[JobOutcome.CANCELED]

    def facts(self) -> dict[str, Any]:
        """Return the group as JSON values, durations in seconds."""
        return {
            **{str(grouping): value for grouping, value in self.group.items()},
            **address_facts(self.address),
            "jobs": self.jobs,
            **{str(outcome): count for outcome, count in self.outcomes.items()},
            "success_rate": self.success_rate,
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "left_out_of_total": self.left_out,
            "unwatched": self.unwatched,
            "seconds": {span: _spread_facts(spread) for span, spread in self.spreads.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Usual:
    """How long a video usually takes, from sending the paid request to the video on disk.

    Attributes:
        p50: Seconds; half of the jobs took no longer.
        p95: Seconds; 95 % of the jobs took no longer. With fewer than `SMALL_SAMPLE` jobs it is
            the longest.
        count: How many jobs were measured; at least 1.
        is_similar: Whether these jobs have the same resolution and duration; else they are all
            jobs of the same model.
    """

    p50: float
    p95: float
    count: int
    is_similar: bool

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values, in seconds."""
        return asdict(self)


def latency_by(
    records: Iterable[JobRecord],
    by: Sequence[Grouping] = GROUPINGS,
    registry: Registry | None = None,
) -> list[Latency]:
    """Return how long jobs took, group by group.

    Args:
        records: The jobs, in any order.
        by: What to group them by; an empty sequence makes one group for the vendors' documented
            addresses together, and one for each other address.
        registry: Knows the documented addresses, such as `Client.registry`; None lets each
            address stand for itself.

    Returns:
        The groups in the order of their values, those without a value last.
    """
    groups: dict[tuple[tuple[str | int | None, ...], str], list[tuple[JobRecord, Address]]] = {}
    for record in records:
        address = Address.of_job(record, registry)
        key = tuple(_value(record, each) for each in by)
        groups.setdefault((key, address.apart), []).append((record, address))
    ordered = sorted(groups, key=lambda key: ([_order(value) for value in key[0]], key[1]))
    return [_latency(dict(zip(by, key[0], strict=True)), groups[key]) for key in ordered]


def usual_seconds(records: Iterable[JobRecord], model: str, request: VideoRequest) -> Usual | None:
    """Return how long a request usually takes at a model; None where no job shows it.

    Jobs of the same resolution and duration count alone where there are at least
    `ENOUGH_SIMILAR` of them. Else all jobs of the model count, and `is_similar` is false.

    Args:
        records: The jobs in the journal, all at the address that the request would go to:
            another address's times are not its own.
        model: Written `provider/name`.
        request: The request.
    """
    wanted = (request.resolution, request.duration)
    similar: list[float] = []
    every: list[float] = []
    for record in records:
        seconds = spans_of(record).get("total") if record.model == model else None
        if seconds is not None:
            every.append(seconds)
            if (_value(record, "resolution"), _value(record, "duration")) == wanted:
                similar.append(seconds)
    is_similar = len(similar) >= ENOUGH_SIMILAR
    found = spread(similar if is_similar else every)
    if found is None:
        return None
    return Usual(p50=found.p50, p95=found.p95, count=found.count, is_similar=is_similar)


def spread(seconds: Iterable[float]) -> Spread | None:
    """Return the spread of durations; None where there are none."""
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


def _latency(
    group: Mapping[Grouping, str | int | None], jobs: list[tuple[JobRecord, Address]]
) -> Latency:
    records = [record for record, _ in jobs]
    outcomes = [outcome_of(record).at_provider for record in records]
    spans = [spans_of(record) for record in records]
    moments = [record.begun_at for record in records if record.begun_at is not None]
    return Latency(
        group=group,
        outcomes={outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        spreads={name: spread(each[name] for each in spans if name in each) for name in SPAN_NAMES},
        left_out=sum(_is_left_out(record) for record in records),
        unwatched=sum(bool(record.timeline.unwatched) for record in records),
        address=shared_address(address for _, address in jobs),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def spans_of(record: JobRecord) -> dict[SpanName, float]:
    """Return the spans of a job that measure its provider, in seconds."""
    line = record.timeline
    names: tuple[SpanName, ...] = ("to_accept", "queued")
    if outcome_of(record).at_provider is JobOutcome.SUCCEEDED:
        names = SPAN_NAMES[:-1] if _is_left_out(record) else SPAN_NAMES
    seen: dict[SpanName, float | None] = {name: line.seconds(name) for name in names}
    # A negative span means that the clock was set back meanwhile.
    return {name: value for name, value in seen.items() if value is not None and value >= 0}


def _is_left_out(record: JobRecord) -> bool:
    """Whether the total depends on a person more than on the provider."""
    line = record.timeline
    if line.seconds_total is None:
        return False
    if "finished_at" in line.unwatched:
        return True
    if line.accepted_at is None:  # settled by a person: no answer was received
        return True
    if line.finished_at is None or line.downloading_at is None:
        return False
    return line.downloading_at - line.finished_at > LONGEST_DOWNLOAD_DELAY


def _value(record: JobRecord, grouping: Grouping) -> str | int | None:
    if grouping == "model":
        return record.model
    value = (record.request or {}).get(grouping)
    # The journal's JSON may hold anything; values of mixed types could not be sorted.
    return value if isinstance(value, int if grouping == "duration" else str) else None


def _order(value: str | int | None) -> tuple[bool, int, str]:
    """Return a key that sorts numbers by size, texts by letter, and None last."""
    return value is None, value if isinstance(value, int) else 0, str(value)


def _nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest value such that so many percent of the values are not larger."""
    rank = -(-percent * len(ordered) // 100)  # rounded up, without rounding errors
    return ordered[rank - 1]


def _spread_facts(spread: Spread | None) -> dict[str, Any]:
    if spread is None:
        nothing = dict.fromkeys(("p50", "p90", "p95", "minimum", "maximum"))
        return {"count": 0, **nothing, "is_small_sample": True}
    return {**asdict(spread), "is_small_sample": spread.is_small_sample}
