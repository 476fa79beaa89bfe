"""Spend: what providers reported to have charged, added up from the records that are kept.

Only what a provider reported is added. Different units are never added to each other. A job
whose charge nobody told is counted as unknown and never as zero; one that was surely not made
is counted nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any, Literal, get_args

from .records import JobRecord, Stage

SpendGrouping = Literal["provider", "model", "day", "target"]
"""What jobs are told apart by: the day in UTC on which they were begun, and the name of the
target or model as the caller gave it."""
SPEND_GROUPINGS: tuple[SpendGrouping, ...] = get_args(SpendGrouping)

_COSTS_NOTHING = frozenset({Stage.INTENT, Stage.UPLOADING, Stage.REJECTED})


@dataclass(frozen=True, kw_only=True)
class Charged:
    """What was charged in one unit.

    Attributes:
        amount: The sum, in the unit.
        jobs: Of how many jobs.
    """

    amount: Decimal
    jobs: int


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What the jobs of one group were charged, as far as it was reported.

    Attributes:
        name: The value that the jobs share; None where their records lack it.
        charged: By unit: a currency's code, or a provider's own credit.
        unknown: Jobs that may have been charged and of which nobody told; open ones too.
    """

    name: str | None
    charged: Mapping[str, Charged]
    unknown: int

    @property
    def jobs(self) -> int:
        """How many jobs may have cost something."""
        return sum(each.jobs for each in self.charged.values()) + self.unknown

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values; amounts are text, so that no digit is lost."""
        return {
            "charged": [
                {"unit": unit, "amount": format(each.amount, "f"), "jobs": each.jobs}
                for unit, each in self.charged.items()
            ],
            "jobs_charged": self.jobs - self.unknown,
            "jobs_unknown": self.unknown,
        }


def spend_by(records: Iterable[JobRecord], by: SpendGrouping = "provider") -> list[Spending]:
    """Return what jobs were charged, group by group.

    Args:
        records: The jobs, in any order.
        by: What they are told apart by.

    Returns:
        The groups that may have cost something, in the order of their names; the one
        without a name last.
    """
    groups: dict[str | None, list[JobRecord]] = {}
    for record in records:
        if _may_cost(record):
            groups.setdefault(_name(record, by), []).append(record)
    ordered = sorted(groups, key=lambda name: (name is None, name or ""))
    return [_spending(name, groups[name]) for name in ordered]


def spend_in_all(records: Iterable[JobRecord]) -> Spending:
    """Return what all jobs together were charged."""
    return _spending(None, [record for record in records if _may_cost(record)])


def _spending(name: str | None, records: list[JobRecord]) -> Spending:
    amounts: dict[str, list[Decimal]] = {}
    for record in records:
        if record.status is not None and record.status.charge is not None:
            charge = record.status.charge
            amounts.setdefault(charge.unit, []).append(charge.amount)
    charged = {
        unit: Charged(amount=sum(amounts[unit], Decimal(0)), jobs=len(amounts[unit]))
        for unit in sorted(amounts)
    }
    known = sum(each.jobs for each in charged.values())
    return Spending(name=name, charged=charged, unknown=len(records) - known)


def _may_cost(record: JobRecord) -> bool:
    is_told = record.status is not None and record.status.charge is not None
    return is_told or record.ref is not None or record.stage not in _COSTS_NOTHING


def _name(record: JobRecord, by: SpendGrouping) -> str | None:
    match by:
        case "provider":
            return record.provider
        case "model":
            return record.model
        case "day":
            begun_at = record.begun_at
            return None if begun_at is None else begun_at.astimezone(UTC).date().isoformat()
        case "target":
            return record.named
