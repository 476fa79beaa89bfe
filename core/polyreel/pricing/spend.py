"""Spend: the charges that providers reported, added up from the records in the journal.

Only reported charges are added. Different units are never added to each other. A job whose charge
was not reported counts as unknown, never as zero. A job that certainly has no task counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any, Literal, get_args

from ..jobs import JobRecord, Stage

SpendGrouping = Literal["provider", "model", "day", "target"]
"""What jobs are grouped by. `day` is the day in UTC on which the job started; `target` is the
target or model as the caller named it."""
SPEND_GROUPINGS: tuple[SpendGrouping, ...] = get_args(SpendGrouping)

_COSTS_NOTHING = frozenset({Stage.INTENT, Stage.UPLOADING, Stage.REJECTED})


@dataclass(frozen=True, kw_only=True)
class Charged:
    """What was charged in one unit.

    Attributes:
        amount: The sum, in the unit.
        jobs: How many jobs were charged.
    """

    amount: Decimal
    jobs: int


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What was charged for the jobs of one group, as far as it was reported.

    Attributes:
        name: The value that the jobs share; None where their records lack it.
        charged: By unit: a currency's code, or a provider's own credit.
        unknown: Jobs that may have been charged and whose charge was not reported; this includes
            open jobs.
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
    """Return what was charged for jobs, group by group.

    Args:
        records: The jobs, in any order.
        by: What to group them by.

    Returns:
        The groups that may have cost something, sorted by name; the group without a name is
        last.
    """
    groups: dict[str | None, list[JobRecord]] = {}
    for record in records:
        if _may_cost(record):
            groups.setdefault(_name(record, by), []).append(record)
    ordered = sorted(groups, key=lambda name: (name is None, name or ""))
    return [_spending(name, groups[name]) for name in ordered]


def spend_total(records: Iterable[JobRecord]) -> Spending:
    """Return what was charged for all jobs together."""
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
    is_reported = record.status is not None and record.status.charge is not None
    return is_reported or record.ref is not None or record.stage not in _COSTS_NOTHING


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
