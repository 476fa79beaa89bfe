"""Figures of one target over its runs: how many films, how long they took, what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from ..comparison import Comparison, Row
from .endings import Ending, how_it_ended, may_have_cost

SPANS: Mapping[str, str] = {
    "to_accept": "to accept",
    "queued": "queued",
    "generating": "generating",
    "to_fetch": "to fetch",
    "in_all": "in all",
}
"""The spans of a job's life by their names in JSON, and for people."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Some numbers in brief.

    Attributes:
        count: How many there are.
        minimum: The smallest.
        median: The middle one.
        maximum: The largest.
    """

    count: int
    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Return the spread of numbers, or None of none."""
        if not values:
            return None
        return cls(
            count=len(values), minimum=min(values), median=median(values), maximum=max(values)
        )

    def facts(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "count": self.count,
            "minimum": self.minimum,
            "median": self.median,
            "maximum": self.maximum,
        }


@dataclass(frozen=True, kw_only=True)
class Charged:
    """What was charged in one unit. Units are never added to one another.

    Attributes:
        unit: A currency's code, or the provider's own credit.
        amounts: One for each run that tells.
    """

    unit: str
    amounts: tuple[Decimal, ...]

    def facts(self) -> dict[str, Any]:
        """Return it as JSON values; amounts are texts, so that they stay exact."""
        return {
            "unit": self.unit,
            "count": len(self.amounts),
            "minimum": str(min(self.amounts)),
            "median": str(median(self.amounts)),
            "maximum": str(max(self.amounts)),
            "total": str(sum(self.amounts, Decimal(0))),
        }


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One target over its runs.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        runs: How often it ran.
        endings: How many runs ended in which way.
        seconds: The spread of each span; None where no run could be timed.
        charged: What the provider told to have charged, by unit.
        charges_unknown: How many runs may have cost something that nobody told.
    """

    name: str
    model: str
    runs: int
    endings: Mapping[Ending, int]
    seconds: Mapping[str, Spread | None]
    charged: tuple[Charged, ...]
    charges_unknown: int

    @property
    def films(self) -> int:
        """How many films were made."""
        return self.endings.get(Ending.FILM, 0)

    def facts(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "name": self.name,
            "model": self.model,
            "runs": self.runs,
            "films": self.films,
            "outcomes": {str(ending): count for ending, count in self.endings.items()},
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
        endings=Counter(how_it_ended(row).ending for row in rows),
        seconds={
            span: Spread.of([each[span] for each in spans if each[span] is not None])
            for span in SPANS
        },
        charged=_charged(rows),
        charges_unknown=sum(1 for row in rows if _charge(row) is None and may_have_cost(row)),
    )


def _charged(rows: Sequence[Row]) -> tuple[Charged, ...]:
    charges = [charge for charge in map(_charge, rows) if charge is not None]
    return tuple(
        Charged(unit=unit, amounts=tuple(each.amount for each in charges if each.unit == unit))
        for unit in dict.fromkeys(each.unit for each in charges)
    )


def _charge(row: Row) -> Any:
    return None if row.record.status is None else row.record.status.charge


def charged_text(row: Row) -> str | None:
    """Return what a run was charged, for a person; None where nothing can have been."""
    charge = _charge(row)
    if charge is not None:
        return str(charge)
    return "unknown" if may_have_cost(row) else None
