"""PriceSources: every known price, from every source, best first.

The sources are: the user's config, the providers' saved catalogues, the published prices that
come with the models, and the charges in the journal.
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

from ..adapters import State
from ..config import HOME_VARIABLE, Config
from ..errors import ConfigError
from ..jobs import JobRecord
from ..models import ModelSpec, PriceRule
from ..request import VideoRequest
from ..request.reference_durations import reference_durations
from .quoting import Quote, quote
from .units import ReferenceDurations, billed_units

CATALOGUE_NAME = "prices.json"
STALE_AFTER = timedelta(days=30)
"""An older price may have changed; it is still used, and marked as stale."""

_RULES: TypeAdapter[tuple[PriceRule, ...]] = TypeAdapter(tuple[PriceRule, ...])

RecordsOfModel = Callable[[str], Iterable[JobRecord]]
"""Returns the jobs in the journal of a model, written `provider/name`."""


@dataclass(frozen=True)
class PriceSources:
    """Prices by model.

    Attributes:
        config: The user's own prices and exchange rates.
        folder: Where the providers' catalogues are saved; None saves none.
        charged: Returns jobs with their charges; None without a journal.
    """

    config: Config
    folder: Path | None = None
    charged: RecordsOfModel | None = None

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

    def quote(
        self,
        request: VideoRequest,
        spec: ModelSpec,
        model: str,
        reference_videos: ReferenceDurations | None = None,
    ) -> Quote:
        """Return the quote of a request at a model.

        Args:
            request: One that the model takes.
            spec: The model.
            model: Its name, written `provider/name`.
            reference_videos: The lengths of its reference videos in seconds; None reads the
                local files.
        """
        if reference_videos is None and request.reference_videos:
            reference_videos = reference_durations(request)
        return quote(request, spec, model, self.rules(model, spec), reference_videos)

    def catalogue(self) -> Mapping[str, tuple[PriceRule, ...]]:
        """Return the saved catalogues of the providers; empty where none was saved."""
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
            return {}  # a file that can't be read can be requested again

    def save(self, provider: str, prices: Mapping[str, Sequence[PriceRule]], today: date) -> None:
        """Save a provider's catalogue; it replaces the older one.

        Args:
            provider: Its name.
            prices: By model, as the provider names it.
            today: The day on which the provider gave it.

        Raises:
            ConfigError: When the folder can't be written.
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
        try:
            _write(self.folder / CATALOGUE_NAME, json.dumps(content, indent=1))
        except OSError as error:
            raise ConfigError(
                f"can't save the prices in {self.folder}: {error.strerror}. Make the folder "
                f"writable, or name another with {HOME_VARIABLE}"
            ) from None

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


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".prices-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)  # it exists only if writing failed


def is_stale(rule: PriceRule, today: date) -> bool:
    """Whether a price was read so long ago that it may have changed."""
    return rule.read is not None and today - rule.read > STALE_AFTER


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
        at = record.timeline.submitted_at
        units = billed_units(billing, int(request.get("duration", 0)))
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
