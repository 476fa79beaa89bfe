"""Offers: one request at several targets, side by side, before anything is paid.

An offer says whether the target can do the request, what it would cost and how long it usually
takes. A policy chooses among offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from ..config import Policy
from ..errors import UnsupportedRequest, UsageError
from ..models import Adjustment, Finding
from .latency import Usual
from .quoting import Quote
from .sources import PriceSources


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one target would do with a request.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        findings: What it can't do; empty where it can do the request.
        adjustments: What would be left out, where the caller allows that, and which shape would be
            chosen for a frame.
        quote: What it would cost; None where it can't do the request.
        usual: How long such a job usually takes, by the journal; None where no job shows it.
    """

    name: str
    model: str
    findings: tuple[Finding, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    quote: Quote | None = None
    usual: Usual | None = None

    @property
    def can(self) -> bool:
        """Whether the target can do the request."""
        return self.quote is not None

    def facts(self) -> dict[str, Any]:
        """Return the offer as JSON values."""
        return {
            "name": self.name,
            "model": self.model,
            "can": self.can,
            "findings": [each.facts() for each in self.findings],
            "left_out": [each.field for each in self.adjustments if each.action == "left out"],
            "adjustments": [asdict(each) for each in self.adjustments],
            "quote": None if self.quote is None else self.quote.facts(),
            "usual": None if self.usual is None else self.usual.facts(),
        }


def choose(offers: Sequence[Offer], policy: Policy, sources: PriceSources | None = None) -> Offer:
    """Return the offer that a policy prefers. An unknown price or time is never preferred.

    Args:
        offers: In the order of preference; the first of equals is chosen.
        policy: `cheapest` takes the lowest known price, `fastest` the shortest usual time,
            `first_available` the first that can do the request.
        sources: Has the user's exchange rates. Without it, prices in different currencies
            can't be compared.

    Raises:
        UnsupportedRequest: When none can do the request.
        UsageError: When no price or no time is known, or the prices can't be compared.
    """
    able = [offer for offer in offers if offer.can]
    if not able:
        raise UnsupportedRequest(
            "none of these models can do the request:\n"
            + "\n".join(
                f"  {offer.model}: {finding.field}: {finding.message}"
                for offer in offers
                for finding in offer.findings
            ),
            model=offers[0].model if offers else "",
            findings=[finding for offer in offers for finding in offer.findings],
            nearest=None,
        )
    if policy == "first_available":
        return able[0]
    if policy == "fastest":
        timed = [(offer.usual.p50, offer) for offer in able if offer.usual is not None]
        if not timed:
            raise UsageError(
                "the usual time of these models is unknown: your journal has no jobs of them. "
                "Use another policy, or name the model"
            )
        return min(timed, key=lambda each: each[0])[1]
    return _cheapest(able, sources)


def _cheapest(offers: Sequence[Offer], sources: PriceSources | None) -> Offer:
    priced = [offer for offer in offers if offer.quote and offer.quote.amount is not None]
    if not priced:
        raise UsageError(
            "the prices of these models are unknown. Set prices under [[prices]] in polyreel.toml, "
            "use another policy, or name the model"
        )
    currency = str(priced[0].quote and priced[0].quote.currency)
    amounts = [_amount_in(currency, offer, sources) for offer in priced]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(priced):
        other = priced[amounts.index(None)].quote
        raise UsageError(
            "these models have prices in different currencies. Set an exchange rate under "
            f'[exchange] in polyreel.toml, e.g. {other and other.currency} = "1.00 {currency}"'
        )
    return priced[known.index(min(known))]


def _amount_in(currency: str, offer: Offer, sources: PriceSources | None) -> Decimal | None:
    quote = offer.quote
    if quote is None or quote.amount is None or quote.currency is None:
        return None
    if quote.currency == currency:
        return quote.amount
    return None if sources is None else sources.converted(quote.amount, quote.currency, currency)
