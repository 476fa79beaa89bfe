"""Figures of one target over its runs: how many videos, how long they took, what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from ...adapters import Charge
from ...jobs import JobOutcome
from ...jobs.timeline import SPAN_NAMES
from ..comparison import Comparison, Row
from .summary import may_have_cost, summary_of


@dataclass(frozen=True, kw_only=True)
class MedianSpread:
    """The spread of some numbers, with their median.

    Attributes:
        count: How many numbers there are.
        minimum: The smallest.
        median: The median.
        maximum: The largest.
    """

    count: int
    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> MedianSpread | None:
        """Return the spread of numbers; None where there are none."""
        if not values:
            return None
        return cls(
            count=len(values), minimum=min(values), median=median(values), maximum=max(values)
        )

    def facts(self) -> dict[str, Any]:
        """Return the spread as JSON values."""
        return {
            "count": self.count,
            "minimum": self.minimum,
            "median": self.median,
            "maximum": self.maximum,
        }


@dataclass(frozen=True, kw_only=True)
class RunCharges:
    """What was charged in one unit. Units are never added to one another.

    Attributes:
        unit: A currency's code, or the provider's own credit.
        amounts: One for each run whose charge is known.
        derived: How many of them are derived from the units that the provider billed.
    """

    unit: str
    amounts: tuple[Decimal, ...]
    derived: int = 0

    def facts(self) -> dict[str, Any]:
        """Return the charges as JSON values; amounts are texts, so that they stay exact."""
        return {
            "unit": self.unit,
            "count": len(self.amounts),
            "minimum": str(min(self.amounts)),
            "median": str(median(self.amounts)),
            "maximum": str(max(self.amounts)),
            "total": str(sum(self.amounts, Decimal(0))),
            **({"derived": self.derived} if self.derived else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One target over its runs.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        runs: How often it ran.
        outcomes: How many runs have each outcome.
        seconds: The spread of each span; None where no run shows it.
        charged: What was charged, by unit: as reported, or derived from the units billed.
        charges_unknown: How many runs may have a charge that is not known.
    """

    name: str
    model: str
    runs: int
    outcomes: Mapping[JobOutcome, int]
    seconds: Mapping[str, MedianSpread | None]
    charged: tuple[RunCharges, ...]
    charges_unknown: int

    @property
    def videos(self) -> int:
        """How many videos were made."""
        return self.outcomes.get(JobOutcome.SUCCEEDED, 0)

    def facts(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "name": self.name,
            "model": self.model,
            "runs": self.runs,
            "videos": self.videos,
            "outcomes": {str(outcome): count for outcome, count in self.outcomes.items()},
            "seconds": {
                name: None if spread is None else spread.facts()
                for name, spread in self.seconds.items()
            },
            "charged": [each.facts() for each in self.charged] or "unknown"
            if self.charged or self.charges_unknown
            else None,
            "charges_unknown": self.charges_unknown,
        }


def figures_of(comparison: Comparison) -> list[Figures]:
    """Return the figures of every target, in the order in which they were named."""
    return [
        _figures(name, [row for row in comparison.rows if row.name == name])
        for name in comparison.names
    ]


def _figures(name: str, rows: Sequence[Row]) -> Figures:
    spans = [row.record.timeline.facts() for row in rows]
    return Figures(
        name=name,
        model=rows[0].model,
        runs=len(rows),
        outcomes=Counter(summary_of(row).outcome for row in rows),
        seconds={
            span: MedianSpread.of([each[span] for each in spans if each[span] is not None])
            for span in SPAN_NAMES
        },
        charged=_charged(rows),
        charges_unknown=sum(1 for row in rows if _charge(row) is None and may_have_cost(row)),
    )


def _charged(rows: Sequence[Row]) -> tuple[RunCharges, ...]:
    charges = [charge for charge in map(_charge, rows) if charge is not None]
    return tuple(
        RunCharges(
            unit=unit,
            amounts=tuple(each.amount for each in charges if each.unit == unit),
            derived=sum(1 for each in charges if each.unit == unit and each.derived_from),
        )
        for unit in dict.fromkeys(each.unit for each in charges)
    )


def _charge(row: Row) -> Charge | None:
    return None if row.record.status is None else row.record.status.charge


def charged_text(row: Row) -> str | None:
    """Return the charge of a run as text; None where nothing can have been charged."""
    charge = _charge(row)
    if charge is not None:
        return str(charge)
    return "unknown" if may_have_cost(row) else None
