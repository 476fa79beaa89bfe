"""Charge and Estimate: what a provider says that a job cost, and what it says before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a job cost: as the provider reported it, or derived from the units that it reported.

    Attributes:
        amount: In the unit below; never negative.
        unit: A currency's code, or the provider's own credit.
        derived_from: For a charge that the provider did not report itself: the units that it
            billed and the price that they were multiplied by, in words. polyreel sets it.
    """

    amount: Decimal
    unit: str
    derived_from: str | None = None

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.derived_from is None else ' (derived)'}"

    def facts(self) -> dict[str, str]:
        """Return the charge as JSON values; `derived_from` only where it is derived."""
        derived = {} if self.derived_from is None else {"derived_from": self.derived_from}
        return {"amount": str(self.amount), "unit": self.unit, **derived}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a provider says, when it accepts a job, that the job will cost. It is not a charge.

    Attributes:
        amount: In the unit below; never negative.
        unit: A currency's code, or the provider's own credit.
    """

    amount: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    def facts(self) -> dict[str, str]:
        """Return the estimate as JSON values."""
        return {"amount": str(self.amount), "unit": self.unit}
