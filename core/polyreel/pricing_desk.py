"""PricingDesk: the desk's part that knows what plans cost, before anything is paid."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .account import Account
from .adapter import Adapter
from .config import Config, TargetConfig, data_folder
from .engine import EngineContext, Plan
from .engine.flows import read_flow, repeated
from .engine.plan import OnUnsupported
from .errors import JournalError, UnsupportedRequest, UsageError
from .keeper import Keeper
from .latency import usual_seconds
from .price_book import PriceBook
from .price_rules import PriceRule
from .pricing.counting import VideoSeconds
from .program import Program
from .quotes import Offer, Price, as_budget
from .records import JobRecord
from .registry import Registry
from .request import VideoRequest

log = logging.getLogger("polyreel")

MOST_LOOKED_AT = 200
"""As many jobs tell what a model charges and how long it takes; older ones may mislead."""

LOOKED_UP_FOR = 60.0
"""Seconds for which they are not looked up again: many submits in a row read them once."""


class PricingDesk(ABC):
    """What plans cost, by every source of prices; the rest of the desk resolves names.

    Attributes:
        config: The user's.
        environment: Where variables are looked up.
        registry: What is installed.
        context: What programs run with.
    """

    config: Config
    environment: Mapping[str, str]
    registry: Registry
    context: EngineContext

    def __init__(self) -> None:
        self._looked_up: dict[str, tuple[float, list[JobRecord]]] = {}

    @property
    @abstractmethod
    def keeper(self) -> Keeper:
        """What carries out the journal's part of programs."""

    @abstractmethod
    def account(self, adapter: type[Adapter]) -> Account:
        """Return how a provider is reached."""

    @abstractmethod
    def target(self, name: str | None) -> TargetConfig:
        """Return the target that a name stands for."""

    @abstractmethod
    def plan(
        self,
        request: VideoRequest | str,
        name: str | None = None,
        on_unsupported: OnUnsupported = "error",
    ) -> Plan:
        """Return the plan for a request at a target or model."""

    @property
    def prices(self) -> PriceBook:
        """Every price that is known, from every source."""
        return PriceBook(
            self.config,
            self._data_folder,
            self._kept,
        )

    def offer(
        self,
        request: VideoRequest | str,
        name: str,
        on_unsupported: OnUnsupported = "error",
        reference_videos: VideoSeconds | None = None,
    ) -> Offer:
        """Return what a target would do with a request, and for how much. Sends nothing.

        Args:
            request: A `VideoRequest`, or a prompt.
            name: The target.
            on_unsupported: As in `Client.submit`.
            reference_videos: The lengths of the reference videos, as for `PriceBook.quote`.

        Raises:
            UsageError: When the target is not known.
        """
        model = self.target(name).model
        try:
            plan = self.plan(request, name, on_unsupported)
        except UnsupportedRequest as error:
            return Offer(name=name, model=model, findings=tuple(error.findings))
        return Offer(
            name=name,
            model=plan.model,
            adjustments=plan.adjustments,
            quote=self.prices.quote(plan, reference_videos),
            usual=usual_seconds(self._kept(plan.model), plan.model, plan.request),
        )

    def any_account(self, name: str) -> Account:
        """Return how the provider of a target is reached."""
        return self.account(self.registry.model(self.target(name).model)[0])

    def asking_prices(self, provider: str) -> Program[Mapping[str, Sequence[PriceRule]]]:
        """Return the program that asks a provider for its prices.

        Raises:
            UsageError: When the provider is not installed or can't be asked.
        """
        adapter = self.registry.adapter(provider)
        if not adapter.offers_prices:
            raise UsageError(
                f"{adapter.title} has no list of prices that can be asked for. Set yours under "
                "[[prices]] in polyreel.toml"
            )
        account, asked = self.account(adapter), adapter()
        # A flow runs once, so that each attempt needs one of its own.
        return repeated(self.context, lambda: read_flow(self.context, account, asked.prices()))

    def keep_prices(self, provider: str, prices: Mapping[str, Sequence[PriceRule]]) -> int:
        """Keep a provider's prices with today's date, and return how many there are."""
        self.prices.keep(provider, prices, self.context.now().date())
        return sum(len(rules) for rules in prices.values())

    def priced(self, plan: Plan) -> Plan:
        """Return a plan with the best quote there is, by what the journal saw charged too."""
        if plan.quote is not None:
            return plan
        return replace(plan, quote=self.prices.quote(plan))

    def priced_within(
        self, plans: Iterable[Plan | UnsupportedRequest], max_price: Price | None
    ) -> list[Plan | UnsupportedRequest]:
        """Return plans of which one is paid, with their quotes, none of which costs too much.

        Raises:
            OverBudget: Nothing was sent.
        """
        priced = [self.priced(plan) if isinstance(plan, Plan) else plan for plan in plans]
        for plan in priced:
            if isinstance(plan, Plan):
                self.check_all([plan], max_price)
        return priced

    def check_all(self, plans: Sequence[Plan], max_price: Price | None) -> None:
        """Refuse plans that are all paid, where they would cost too much together.

        Raises:
            OverBudget: Nothing was sent.
        """
        if max_price is not None:
            quotes = [plan.quote for plan in map(self.priced, plans) if plan.quote is not None]
            as_budget(max_price).check(quotes, self.prices)

    @property
    def _data_folder(self) -> Path:
        return data_folder(self.environment)

    def _kept(self, model: str) -> list[JobRecord]:
        """Return the newest jobs of a model; a journal that fails must not stop a quote."""
        if not self.context.keeps_jobs:
            return []
        now = self.context.clock.monotonic()
        at, found = self._looked_up.get(model, (float("-inf"), []))
        if now - at < LOOKED_UP_FOR:
            return found
        try:
            found = self.keeper.journal.jobs(model=model, limit=MOST_LOOKED_AT)
        except JournalError as error:
            log.error("%s", error)
            found = []
        self._looked_up[model] = (now, found)
        return found
