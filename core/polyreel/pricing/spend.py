"""Spend: the charges of jobs, added up from the records in the journal.

Only charges are added: those that providers reported, and those that polyreel derived from the
units that they reported, which are also summed apart. An estimate is never a charge. Different
units are never added to each other. A job without a charge counts as unknown, never as zero. A job
that certainly has no task counts nowhere. What was charged at a sandbox, or at any other address
that is not documented, is a sum of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any, Literal, get_args

from ..adapters import Charge, Registry
from ..jobs import JobRecord, Stage
from .addresses import Address, address_facts, shared_address

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
        derived: The part of the sum that is derived from billed units, not reported.
        jobs_derived: How many of the jobs have such a charge.
    """

    amount: Decimal
    jobs: int
    derived: Decimal = Decimal(0)
    jobs_derived: int = 0

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values; what is derived is named only where there is some."""
        derived = {"derived": format(self.derived, "f"), "jobs_derived": self.jobs_derived}
        return {
            "amount": format(self.amount, "f"),
            "jobs": self.jobs,
            **(derived if self.jobs_derived else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What was charged for the jobs of one group, as far as it is known.

    Attributes:
        name: The value that the jobs share; None where their records lack it.
        charged: By unit: a currency's code, or a provider's own credit.
        unknown: Jobs that may have been charged and whose charge is unknown; this includes
            open jobs.
        address: The address of the jobs; None where they are at the documented addresses of
            several vendors.
    """

    name: str | None
    charged: Mapping[str, Charged]
    unknown: int
    address: Address | None = None

    @property
    def jobs(self) -> int:
        """How many jobs may have cost something."""
        return sum(each.jobs for each in self.charged.values()) + self.unknown

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values; amounts are text, so that no digit is lost."""
        return {
            **address_facts(self.address),
            "charged": [{"unit": unit, **each.facts()} for unit, each in self.charged.items()],
            "jobs_charged": self.jobs - self.unknown,
            "jobs_unknown": self.unknown,
        }


def spend_by(
    records: Iterable[JobRecord],
    by: SpendGrouping = "provider",
    registry: Registry | None = None,
) -> list[Spending]:
    """Return what was charged for jobs, group by group.

    Args:
        records: The jobs, in any order.
        by: What to group them by.
        registry: Knows the documented addresses, such as `Client.registry`; None lets each
            address stand for itself.

    Returns:
        The groups that may have cost something, sorted by name; the group without a name is
        last. A group has several entries where its jobs went to a sandbox or another address that
        is not documented.
    """
    return _grouped(records, lambda record: _name(record, by), registry)


def spend_totals(records: Iterable[JobRecord], registry: Registry | None = None) -> list[Spending]:
    """Return what was charged for all jobs: at the vendors' own addresses, and at each other one.

    Args:
        records: The jobs, in any order.
        registry: As for `spend_by`.
    """
    return _grouped(records, lambda _: None, registry)


def _grouped(
    records: Iterable[JobRecord],
    name: Callable[[JobRecord], str | None],
    registry: Registry | None,
) -> list[Spending]:
    groups: dict[tuple[str | None, str], list[tuple[JobRecord, Address]]] = {}
    for record in records:
        if _may_cost(record):
            address = Address.of_job(record, registry)
            groups.setdefault((name(record), address.apart), []).append((record, address))
    ordered = sorted(groups, key=lambda key: (key[0] is None, key[0] or "", key[1]))
    return [_spending(key[0], groups[key]) for key in ordered]


def _spending(name: str | None, jobs: list[tuple[JobRecord, Address]]) -> Spending:
    charges = [
        record.status.charge
        for record, _ in jobs
        if record.status is not None and record.status.charge is not None
    ]
    charged = {
        unit: _charged([each for each in charges if each.unit == unit])
        for unit in sorted({each.unit for each in charges})
    }
    known = sum(each.jobs for each in charged.values())
    return Spending(
        name=name,
        charged=charged,
        unknown=len(jobs) - known,
        address=shared_address(address for _, address in jobs),
    )


def _charged(charges: Sequence[Charge]) -> Charged:
    """Return the sums of charges in one unit."""
    derived = [each for each in charges if each.derived_from is not None]
    return Charged(
        amount=sum((each.amount for each in charges), Decimal(0)),
        jobs=len(charges),
        derived=sum((each.amount for each in derived), Decimal(0)),
        jobs_derived=len(derived),
    )


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
