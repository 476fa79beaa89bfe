"""PriceBook: every price that is known, from every source, best first.

Besides what providers publish, which comes with their models: the user's config, the providers'
own catalogues as they were last asked for, and what the journal saw charged.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from .catalogue import ModelSpec
from .config import Config
from .engine.plan import Plan
from .jobs import State
from .price_rules import PriceRule
from .pricing import Quote, quote
from .pricing.counting import VideoSeconds, billed_units
from .records import JobRecord
from .video_lengths import reference_video_seconds

CATALOGUE_NAME = "prices.json"
STALE_AFTER = timedelta(days=30)
"""After so long a price may well be another; it is still shown, and marked."""

_RULES: TypeAdapter[tuple[PriceRule, ...]] = TypeAdapter(tuple[PriceRule, ...])

Charged = Callable[[str], Iterable[JobRecord]]
"""Returns the jobs of a model, written `provider/name`, that the journal keeps."""


@dataclass(frozen=True)
class PriceBook:
    """Prices by model.

    Attributes:
        config: The user's own prices and exchange rates.
        folder: Where the providers' catalogues are kept once asked for; None keeps none.
        charged: Looks charges up; None where there is no journal to look into.
    """

    config: Config
    folder: Path | None = None
    charged: Charged | None = None

    def rules(self, model: str, spec: ModelSpec) -> list[PriceRule]:
        """Return every price of a model, best source first.

        Args:
            model: Written `provider/name`.
            spec: The model.
        """
        found = [each.rule() for each in self.config.prices if each.model == model]
        found += self.catalogue().get(model, ())
        found += spec.billing.rates
        if self.charged is not None:
            found += observed_rules(spec, self.charged(model))
        return found

    def quote(self, plan: Plan, reference_videos: VideoSeconds | None = None) -> Quote:
        """Return what a plan would cost.

        Args:
            plan: Fitted to its model.
            reference_videos: The lengths of its reference videos in seconds; None reads those
                that are files here.
        """
        if reference_videos is None and plan.request.reference_videos:
            reference_videos = reference_video_seconds(plan.request)
        # What the model does anyway is not sent, and may be what a price hangs on.
        request = plan.request
        left_out = {each.field for each in plan.adjustments}
        if plan.asked is not None and request.audio is None and "audio" not in left_out:
            request = request.model_copy(update={"audio": plan.asked.audio})
        rules = self.rules(plan.model, plan.spec)
        return quote(request, plan.spec, plan.model, rules, reference_videos)

    def catalogue(self) -> Mapping[str, tuple[PriceRule, ...]]:
        """Return the providers' catalogues as they were last asked for; empty where never."""
        if self.folder is None:
            return {}
        try:
            content = json.loads((self.folder / CATALOGUE_NAME).read_text(encoding="utf-8"))
            return {
                model: tuple(
                    replace(each, origin="catalogue") for each in _RULES.validate_python(rules)
                )
                for model, rules in content.items()
            }
        except (OSError, ValueError, AttributeError, ValidationError):
            return {}  # a list that can't be read can be asked for again

    def keep(self, provider: str, prices: Mapping[str, Sequence[PriceRule]], today: date) -> None:
        """Keep a provider's catalogue in the place of its older one.

        Args:
            provider: Its name.
            prices: By model, as the provider names it.
            today: The day on which it was asked for.
        """
        if self.folder is None:
            return
        others = {
            model: rules
            for model, rules in self.catalogue().items()
            if model.partition("/")[0] != provider
        }
        named = {
            f"{provider}/{model}": tuple(replace(each, read=today) for each in rules)
            for model, rules in prices.items()
        }
        content = {
            model: _RULES.dump_python(rules, mode="json")
            for model, rules in {**others, **named}.items()
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".prices-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
            Path(name).replace(self.folder / CATALOGUE_NAME)
        finally:
            Path(name).unlink(missing_ok=True)  # it is there only where writing failed

    def converted(self, amount: Decimal, currency: str, to: str) -> Decimal | None:
        """Return an amount in another currency; None where the user set no rate for it."""
        if currency == to:
            return amount
        for source, target, rate in self.config.exchange_rates():
            if (source, target) == (currency, to):
                return amount * rate
            if (target, source) == (currency, to):
                return amount / rate
        return None


def is_stale(rule: PriceRule, today: date) -> bool:
    """Whether a price was read so long ago that it may well be another."""
    return rule.read is not None and today - rule.read > STALE_AFTER


def observed_rules(spec: ModelSpec, records: Iterable[JobRecord]) -> list[PriceRule]:
    """Return what a unit cost by the charges that were seen: the middle one, by resolution.

    Only films without reference videos count, since the lengths of videos are not kept.
    """
    # Without reference videos nothing but the film's own seconds can be counted.
    billing = replace(spec.billing, counts="output")
    seen: dict[tuple[str, str], list[tuple[Decimal, date]]] = {}
    for record in records:
        request, status = record.request or {}, record.status
        if status is None or status.charge is None or status.state is not State.SUCCEEDED:
            continue
        at = record.timeline.submitted_at
        units = billed_units(billing, int(request.get("duration", 0)))
        if at is None or not units or request.get("reference_videos"):
            continue
        key = (str(request.get("resolution")), status.charge.unit)
        seen.setdefault(key, []).append((status.charge.amount / units, at.date()))
    from statistics import median  # loads much, and serves only where charges were seen

    return [
        PriceRule(
            unit=spec.billing.unit or "task",
            amount=median(amount for amount, _ in charges),
            currency=currency,
            resolution=resolution,
            origin="observed",
            source=f"charged for {len(charges)} films in your journal",
            read=max(day for _, day in charges),
            seen=len(charges),
        )
        for (resolution, currency), charges in seen.items()
    ]
