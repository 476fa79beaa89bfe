"""Charge: what a provider says that a job cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a provider says that it charged.

    Attributes:
        amount: In the unit below.
        unit: A currency's code, or the provider's own credit.
    """

    amount: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"
