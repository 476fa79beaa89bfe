"""Pricing: what plans cost, from every price source, before anything is paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..adapters import Account, Adapter
from ..engine import EngineContext, Plan
from ..engine.effects import Program
from ..engine.flows import read_flow, repeated
from ..errors import UsageError
from ..jobs import JobRecord
from ..models import PriceRule
from ..pricing import PriceSources, Quote, Usual, usual_seconds
from ..pricing.budget import Price, as_budget
from ..pricing.units import ReferenceDurations


@dataclass(frozen=True)
class Pricing:
    """What plans cost and how long they usually take.

    Attributes:
        sources: Every known price.
        recent: Returns the newest jobs of a model in the journal.
    """

    sources: PriceSources
    recent: Callable[[str], Iterable[JobRecord]]

    def quote(self, plan: Plan, reference_videos: ReferenceDurations | None = None) -> Quote:
        """Return what a plan would cost.

        Args:
            plan: Fitted to its model.
            reference_videos: The lengths of its reference videos in seconds; None reads the
                local files.
        """
        return self.sources.quote(plan.priced_request, plan.spec, plan.model, reference_videos)

    def priced(self, plan: Plan) -> Plan:
        """Return a plan with its quote."""
        return plan if plan.quote is not None else replace(plan, quote=self.quote(plan))

    def usual(self, plan: Plan) -> Usual | None:
        """Return how long such a job usually takes; None where no job shows it."""
        return usual_seconds(self.recent(plan.model), plan.model, plan.request)

    def check(self, plans: Sequence[Plan], max_price: Price | None) -> None:
        """Refuse priced plans that together cost more than a budget.

        Raises:
            OverBudget: Nothing was sent.
        """
        if max_price is not None:
            quotes = [plan.quote for plan in plans if plan.quote is not None]
            as_budget(max_price).check(quotes, self.sources)


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
