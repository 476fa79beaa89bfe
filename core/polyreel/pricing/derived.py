"""Derived charges: the units that a provider says it billed × the price that a job was quoted by.

Some providers report no charge, only units. Such a charge is polyreel's own calculation, so it says
everywhere that it is derived. Where anything about it is in doubt there is none: unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ..adapters import Charge, JobStatus, Unit, amount_of
from ..models.specific_prices import is_same_unit
from .addresses import Address
from .quoting import plain

_REAL = frozenset({"config", "catalogue", "published"})
"""The sources of a price that somebody set. A price that was observed is no ground for a charge."""
_ADDED = ("extra", "per_image", "per_video_second")


def with_derived_charge(
    status: JobStatus, quoted: Mapping[str, Any] | None, unit: Unit | None, address: Address
) -> JobStatus:
    """Return a status with the charge that its billed units come to; else the same status.

    Args:
        status: A readable one. A charge that the provider reported stays.
        quoted: The job's quote, as `Quote.facts()`; None where there was none.
        unit: The unit of the model's billing; None where it is unknown.
        address: Where the job went.
    """
    if status.charge is not None or status.billed_units is None or unit is None:
        return status
    charge = _charge(status.billed_units, quoted or {}, unit, address)
    return status if charge is None else replace(status, charge=charge)


def _charge(
    billed: Decimal, quoted: Mapping[str, Any], unit: Unit, address: Address
) -> Charge | None:
    """Return billed units × the rate of a quote; None where the quote gives no sure rate."""
    rule = quoted.get("rule")
    if not isinstance(rule, Mapping) or rule.get("origin") not in _REAL:
        return None
    if rule["origin"] == "published" and address.whose not in ("vendor", "sandbox"):
        return None  # whoever sells there may charge a price of their own
    if not is_same_unit(str(rule.get("unit")), unit) or rule.get("is_upper_bound") is not False:
        return None
    rate, per, currency = (
        amount_of(rule.get("amount")),
        amount_of(rule.get("per")),
        rule.get("currency"),
    )
    if rate is None or not per or not isinstance(currency, str) or not currency:
        return None
    if _adds_more(rule) and len(quoted.get("lines") or ()) != 1:
        return None  # the units do not say what else was charged
    amount = max(billed * rate / per, amount_of(rule.get("minimum")) or Decimal(0))
    per_units = unit if per == 1 else f"{plain(per)} {unit}s"
    return Charge(
        amount=Decimal(plain(amount)),
        unit=currency,
        derived_from=f"{plain(billed)} {unit}{'' if billed == 1 else 's'} billed, at "
        f"{plain(rate)} {currency} per {per_units} ({rule['origin']} price)",
    )


def _adds_more(rule: Mapping[str, Any]) -> bool:
    """Return whether a price is more than a rate for some requests."""
    return amount_of(rule.get("multiplier_with_video")) != 1 or any(
        amount_of(rule.get(name)) != 0 for name in _ADDED
    )
