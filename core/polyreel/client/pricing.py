"""Pricing: what plans cost, from every price source, before anything is paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ..adapters import Account, Adapter
from ..engine import EngineContext, Plan
from ..engine.effects import Program
from ..engine.flows import read_flow, repeated
from ..errors import UsageError
from ..jobs import JobRecord
from ..jobs.spend_limit import BudgetSpent, SpendLimit, Spent
from ..models import PriceRule
from ..pricing import PriceSources, Quote, Usual, usual_seconds
from ..pricing.addresses import Address
from ..pricing.budget import Price, as_budget
from ..pricing.units import ReferenceDurations


@dataclass(frozen=True)
class Pricing:
    """What plans cost and how long they usually take.

    Attributes:
        sources: Every known price.
        recent: Returns the newest jobs of a model at an address, from the journal.
        spent: Returns what the jobs of a budget cost so far.
    """

    sources: PriceSources
    recent: Callable[[str, Address], Iterable[JobRecord]]
    spent: Callable[[SpendLimit], Spent]

    def quote(self, plan: Plan, reference_videos: ReferenceDurations | None = None) -> Quote:
        """Return what a plan would cost.

        Args:
            plan: Fitted to its model.
            reference_videos: The lengths of its reference videos in seconds; None reads the
                local files.
        """
        return self.sources.quote(
            plan.priced_request,
            plan.spec,
            plan.model,
            address_of(plan),
            reference_videos,
            plan.media_access,
        )

    def priced(self, plan: Plan) -> Plan:
        """Return a plan with its quote, and the budgets that it must keep."""
        if plan.quote is not None:
            return plan
        found = self.quote(plan)
        limits = self.sources.limits(plan.adapter.name, plan.account.base_url, found)
        return replace(plan, quote=found, limits=limits)

    def usual(self, plan: Plan) -> Usual | None:
        """Return how long such a job usually takes; None where no job shows it."""
        return usual_seconds(self.recent(plan.model, address_of(plan)), plan.model, plan.request)

    def check(self, plans: Sequence[Plan], max_price: Price | None) -> None:
        """Refuse priced plans that together cost more than a budget.

        Raises:
            OverBudget: Nothing was sent.
        """
        if max_price is not None:
            quotes = [plan.quote for plan in plans if plan.quote is not None]
            as_budget(max_price).check(quotes, self.sources)

    def check_budgets(self, plans: Sequence[Plan], now: datetime) -> None:
        """Refuse priced plans that together would pass a budget of the config.

        The journal checks each job once more in the step that starts it. Here a person learns it
        before being asked.

        Raises:
            OverBudget: Nothing was sent.
            JournalError: When the journal can't be read.
        """
        groups: dict[tuple[str, str | None], list[tuple[SpendLimit, str]]] = {}
        for plan in plans:
            for key, limit in {(str(each), each.sandbox): each for each in plan.limits}.items():
                groups.setdefault(key, []).append((limit, plan.model))
        for asked in groups.values():
            first = asked[0][0]
            spent = self.spent(first)
            for limit, model in asked:
                limit.check(spent, now, model)
            prices = [limit.converted_price or Decimal(0) for limit, _ in asked]
            total = replace(first, price=sum(prices, Decimal(0)), price_currency=first.currency)
            total.check(spent, now, ", ".join(dict.fromkeys(model for _, model in asked)))

    def budgets_spent(self, now: datetime) -> list[BudgetSpent]:
        """Return every budget of the config with what its jobs cost so far.

        Raises:
            JournalError: When the journal can't be read, or none is in use.
        """
        return [
            BudgetSpent(limit=each, spent=self.spent(each), since=each.start(now))
            for each in self.sources.budgets()
        ]


def address_of(plan: Plan) -> Address:
    """Return whose prices and times a plan has."""
    return Address.of(plan.account.base_url, type(plan.adapter))


def ask_prices(
    context: EngineContext, adapter: type[Adapter], account: Account
) -> Program[Mapping[str, Sequence[PriceRule]]]:
    """Ask a provider for its prices.

    Raises:
        UsageError: When the provider has no list of prices.
    """
    if not adapter.offers_prices:
        raise UsageError(
            f"{adapter.title} has no list of prices that polyreel can request. Set prices under "
            "[[prices]] in polyreel.toml"
        )
    asked = adapter()
    # A flow runs once, so each attempt needs its own.
    return (yield from repeated(context, lambda: read_flow(context, account, asked.prices())))
