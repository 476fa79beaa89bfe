"""Observed prices: what a unit of a model's videos cost by the charges in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ..adapters import State
from ..jobs import JobRecord
from ..models import ModelSpec, PriceRule
from .units import billed_units


def observed_rules(spec: ModelSpec, records: Iterable[JobRecord]) -> list[PriceRule]:
    """Return the price of a unit by the reported charges: the median, by resolution.

    Only videos without reference videos count, since the journal does not have the lengths of
    reference videos.
    """
    # Without reference videos only the video's own seconds are counted.
    billing = replace(spec.billing, counts="output")
    seen: dict[tuple[str, str], list[tuple[Decimal, date]]] = {}
    for record in records:
        request, status = record.request or {}, record.status
        if status is None or status.charge is None or status.state is not State.SUCCEEDED:
            continue
        if status.charge.derived_from is not None:
            continue  # made from a price, so that it shows none
        at = record.timeline.submitted_at
        duration = request.get("duration")
        # A video whose duration the model chose shows the price of a task, and of no second.
        units = billed_units(billing, duration if isinstance(duration, int) else 0)
        if at is None or not units or request.get("reference_videos"):
            continue
        key = (str(request.get("resolution")), status.charge.unit)
        seen.setdefault(key, []).append((status.charge.amount / units, at.date()))
    from statistics import median  # loads much, and is needed only if there are charges

    return [
        PriceRule(
            unit=spec.billing.unit or "task",
            amount=median(amount for amount, _ in charges),
            currency=currency,
            resolution=resolution,
            origin="observed",
            source=f"charged for {len(charges)} videos in your journal",
            read=max(day for _, day in charges),
            seen=len(charges),
        )
        for (resolution, currency), charges in seen.items()
    ]
