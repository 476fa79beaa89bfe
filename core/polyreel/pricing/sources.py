"""PriceSources: every known price, from every source, best first.

The sources are: the user's config, the providers' saved catalogues, the published prices that
come with the models, and the charges in the journal. The user's own prices count everywhere; a
catalogue and charges only at the address that they came from. A published price is the vendor's:
a sandbox charges it, and at any other address that is not documented it is an estimate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from ..adapters import Adapter
from ..config import FILE_NAME, Config
from ..errors import ConfigError
from ..jobs import JobRecord
from ..jobs.spend_limit import SpendLimit, is_sandbox
from ..models import ModelSpec, PriceRule
from ..models.price_rules import Origin
from ..models.specific_prices import price_problem
from ..request import VideoRequest
from ..request.media_access import ANY_MEDIA, MediaAccess
from ..request.reference_durations import reference_durations
from ..text.plain_text import shortened
from .addresses import Address
from .catalogue import Catalogue, read_catalogues, save_catalogue
from .observed import observed_rules
from .quoting import Certainty, Quote, quote
from .units import ReferenceDurations

log = logging.getLogger("polyreel")

STALE_AFTER = timedelta(days=30)
"""An older price may have changed; it is still used, and marked as stale."""

_SET_ONE = "Set the price under [[prices]] in polyreel.toml"

RecordsOfModel = Callable[[str, Address], Iterable[JobRecord]]
"""Returns the jobs in the journal of a model, written `provider/name`, at an address."""


@dataclass(frozen=True, kw_only=True)
class KnownPrice:
    """A price, and the address that it belongs to.

    Attributes:
        rule: The price.
        address: Where it was read; None for the user's own price, which counts everywhere.
        counts: Whether it prices a job at the configured address.
        unusable: Why the list that it is from can't be used; None where it can.
    """

    rule: PriceRule
    address: Address | None
    counts: bool
    unusable: str | None = None

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
            "unusable": self.unusable,
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
    _warned: set[tuple[str, str]] = field(default_factory=set, repr=False, compare=False)

    def rules(self, model: str, spec: ModelSpec, address: Address) -> list[PriceRule]:
        """Return every price that counts for a model at an address, best source first.

        Args:
            model: Written `provider/name`.
            spec: The model.
            address: Where the job would go.

        Raises:
            ConfigError: When the user's own prices of the model can't be used.
        """
        found = self._own(model, spec)
        found += self._catalogue(model, address)
        found += spec.billing.rates
        if self.charged is not None and address.url is not None:
            found += observed_rules(spec, self.charged(model, address))
        return found

    def _own(self, model: str, spec: ModelSpec) -> list[PriceRule]:
        """Return the user's own prices of a model; a mistake in them is the user's to correct."""
        places = [place for place, each in enumerate(self.config.prices) if each.model == model]
        found = [self.config.prices[place].rule() for place in places]
        # Checked here and not when the file is read: a mistake in a price stops no paid job.
        problem = price_problem(spec, found)
        if problem is not None:
            entries = " and ".join(f"prices.{places[each]}" for each in problem.places)
            raise ConfigError(
                f"{FILE_NAME}: {entries} ([[prices]] of {model}): {problem.reason}. Change or "
                "remove one of these entries"
            )
        return found

    def unusable(self, model: str, spec: ModelSpec, address: Address) -> str | None:
        """Return why the catalogue's prices of a model can't be used; None where they can.

        Args:
            model: Written `provider/name`.
            spec: The model.
            address: Where the job would go.
        """
        rules = self._catalogue(model, address)
        problem = price_problem(spec, rules)
        if problem is None:
            return None
        named = " and ".join(
            shortened(f"{rules[each].described} ({rules[each].described_conditions})")
            for each in problem.places
        )
        return f"the provider's list of prices can't be used: {named}: {problem.reason}"

    def warn_of_unusable(self, model: str, spec: ModelSpec, address: Address) -> str | None:
        """Return what `unusable` returns, and log it once."""
        why = self.unusable(model, spec, address)
        if why is not None and (model, why) not in self._warned:
            self._warned.add((model, why))
            log.warning("%s: %s. %s", model, why, _SET_ONE)
        return why

    def _catalogue(self, model: str, address: Address) -> list[PriceRule]:
        """Return the prices that the provider gave for a model at an address."""
        if address.url is None:
            return []
        return [
            rule
            for each in self.catalogues()
            if each.address == address.url
            for rule in each.prices.get(model, ())
        ]

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
        unusable = self.unusable(model, spec, address)
        found = [
            KnownPrice(
                rule=each,
                address={"config": None, "published": own}.get(each.origin, address),
                counts=each.origin != "catalogue" or unusable is None,
                unusable=unusable if each.origin == "catalogue" else None,
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
        why = self.warn_of_unusable(model, spec, address)
        rules = self.rules(model, spec, address)
        unusable: Mapping[Origin, str] = {} if why is None else {"catalogue": f"{why}. {_SET_ONE}"}
        found = quote(request, spec, model, rules, reference_videos, unusable)
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
