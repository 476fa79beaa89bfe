"""PriceSources: every known price, from every source, best first.

The sources are: the user's config, the providers' saved catalogues, the published prices that
come with the models, and the charges in the journal. The user's own prices count everywhere; a
catalogue and charges only at the address that they came from. A published price is the vendor's:
a sandbox charges it, and at any other address that is not documented it is an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from ..adapters import Adapter, State
from ..config import Config
from ..jobs import JobRecord
from ..jobs.spend_limit import SpendLimit, is_sandbox
from ..models import ModelSpec, PriceRule
from ..request import VideoRequest
from ..request.media_access import ANY_MEDIA, MediaAccess
from ..request.reference_durations import reference_durations
from .addresses import Address
from .catalogue import Catalogue, read_catalogues, save_catalogue
from .quoting import Certainty, Quote, quote
from .units import ReferenceDurations, billed_units

STALE_AFTER = timedelta(days=30)
"""An older price may have changed; it is still used, and marked as stale."""

RecordsOfModel = Callable[[str, Address], Iterable[JobRecord]]
"""Returns the jobs in the journal of a model, written `provider/name`, at an address."""


@dataclass(frozen=True, kw_only=True)
class KnownPrice:
    """A price, and the address that it belongs to.

    Attributes:
        rule: The price.
        address: Where it was read; None for the user's own price, which counts everywhere.
        counts: Whether it prices a job at the configured address.
    """

    rule: PriceRule
    address: Address | None
    counts: bool

    @property
    def where(self) -> str:
        """The address for people."""
        return "any" if self.address is None else str(self.address)

    def facts(self) -> dict[str, object]:
        """Return the address as JSON values."""
        return {
            "address": None if self.address is None else self.address.url,
            "whose": "user" if self.address is None else self.address.whose,
            "prices_configured_address": self.counts,
        }


@dataclass(frozen=True)
class PriceSources:
    """Prices by model and address.

    Attributes:
        config: The user's own prices and exchange rates.
        folder: Where the providers' catalogues are saved; None saves none.
        charged: Returns jobs with their charges; None without a journal.
    """

    config: Config
    folder: Path | None = None
    charged: RecordsOfModel | None = None

    def rules(self, model: str, spec: ModelSpec, address: Address) -> list[PriceRule]:
        """Return every price that counts for a model at an address, best source first.

        Args:
            model: Written `provider/name`.
            spec: The model.
            address: Where the job would go.
        """
        found = [each.rule() for each in self.config.prices if each.model == model]
        for each in self.catalogues():
            if address.url is not None and each.address == address.url:
                found += each.prices.get(model, ())
        found += spec.billing.rates
        if self.charged is not None and address.url is not None:
            found += observed_rules(spec, self.charged(model, address))
        return found

    def known(
        self, model: str, spec: ModelSpec, address: Address, adapter: type[Adapter]
    ) -> list[KnownPrice]:
        """Return every price of a model, those that count first, then those of other addresses.

        Args:
            model: Written `provider/name`.
            spec: The model.
            address: Where a job would go.
            adapter: The provider's.
        """
        own = Address.of(adapter.base_url, adapter)
        found = [
            KnownPrice(
                rule=each,
                address={"config": None, "published": own}.get(each.origin, address),
                counts=True,
            )
            for each in self.rules(model, spec, address)
        ]
        for each in self.catalogues():
            if each.address is None or each.address != address.url:
                other = Address.of(each.address, adapter)
                found += [
                    KnownPrice(rule=rule, address=other, counts=False)
                    for rule in each.prices.get(model, ())
                ]
        return found

    def quote(
        self,
        request: VideoRequest,
        spec: ModelSpec,
        model: str,
        address: Address,
        reference_videos: ReferenceDurations | None = None,
        access: MediaAccess = ANY_MEDIA,
    ) -> Quote:
        """Return the quote of a request at a model.

        Args:
            request: One that the model takes.
            spec: The model.
            model: Its name, written `provider/name`.
            address: Where the job would go.
            reference_videos: The lengths of its reference videos in seconds; None reads the
                local files.
            access: Which local files may be read.
        """
        if reference_videos is None and request.reference_videos:
            reference_videos = reference_durations(request, access)
        found = quote(request, spec, model, self.rules(model, spec, address), reference_videos)
        is_published = found.rule is not None and found.rule.origin == "published"
        is_exact = found.certainty is Certainty.EXACT
        if is_published and is_exact and address.whose not in ("vendor", "sandbox"):
            # Whoever sells there may charge a price of their own.
            return replace(found, certainty=Certainty.ESTIMATE)
        return found

    def catalogues(self) -> list[Catalogue]:
        """Return what the providers gave, address by address."""
        return read_catalogues(self.folder)

    def save(
        self,
        provider: str,
        address: Address,
        prices: Mapping[str, Sequence[PriceRule]],
        today: date,
    ) -> None:
        """Save a provider's catalogue; it replaces the older one of the same address.

        Args:
            provider: Its name.
            address: Where it was asked.
            prices: By model, as the provider names it.
            today: The day on which the provider gave it.

        Raises:
            ConfigError: When the folder can't be written.
        """
        assert address.url is not None, "it was asked somewhere"
        save_catalogue(self.folder, provider, address.url, prices, today)

    def limits(self, provider: str, base_url: str, quote: Quote | None) -> tuple[SpendLimit, ...]:
        """Return the user's budgets for a job, with its price.

        Args:
            provider: Its name.
            base_url: The address that the job goes to.
            quote: What the job would cost; None where that is unknown.
        """
        return tuple(
            replace(
                each,
                sandbox=f"{provider} {base_url}" if is_sandbox(base_url) else None,
                price=None if quote is None else quote.amount,
                price_currency=None if quote is None else quote.currency,
            )
            for each in self.budgets()
            if each.provider in (None, provider)
        )

    def budgets(self) -> list[SpendLimit]:
        """Return the user's budgets."""
        return [
            SpendLimit(
                amount=each.money[1],
                currency=each.money[0],
                period=each.period,
                provider=each.provider,
                rates=self._rates(each.money[0]),
                allows_unknown=each.allows_unknown,
            )
            for each in self.config.budgets
        ]

    def _rates(self, to: str) -> dict[str, Decimal]:
        """Return the value of one unit of every currency that has a rate to another."""
        named = {
            name for source, target, _ in self.config.exchange_rates() for name in (source, target)
        }
        values = {name: self.converted(Decimal(1), name, to) for name in named}
        return {name: value for name, value in values.items() if value is not None}

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
