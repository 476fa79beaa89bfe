"""Offers: one request at several targets, side by side, before anything is paid.

What each would cost, whether it can do the request at all, and how long it usually takes;
choosing among them; and the budget that refuses what costs too much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .catalogue import Finding
from .checks import Adjustment
from .config import Policy
from .errors import OverBudget, UnsupportedRequest, UsageError
from .latency import Usual
from .price_book import PriceBook
from .pricing import Certainty, Quote
from .pricing.quoting import plain


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one target would do with a request.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        findings: What it can't do; empty where it can.
        adjustments: What would be left out, where the caller allows that.
        quote: What it would cost; None where it can't.
        usual: How long such a job usually takes in all, by the journal; None where no job tells.
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
            "left_out": [each.field for each in self.adjustments],
            "quote": None if self.quote is None else self.quote.facts(),
            "usual": None if self.usual is None else self.usual.facts(),
        }


def choose(offers: Sequence[Offer], policy: Policy, book: PriceBook | None = None) -> Offer:
    """Return the offer that a policy prefers. What is unknown never wins by being unknown.

    Args:
        offers: In the order of preference, which decides between equals.
        policy: `cheapest` takes the least known price; `fastest` the least usual time;
            `first_available` the first that can do the request.
        book: Knows the user's exchange rates. Without one, prices in different currencies
            can't be compared.

    Raises:
        UnsupportedRequest: When none can do the request.
        UsageError: When what the policy compares is known of none, or can't be compared.
    """
    able = [offer for offer in offers if offer.can]
    if not able:
        raise UnsupportedRequest(
            "none of these can do the request:\n"
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
                "how long these usually take is not known: your journal holds no such jobs. "
                "Choose by another policy, or name the model"
            )
        return min(timed, key=lambda each: each[0])[1]
    return _cheapest(able, book)


def _cheapest(offers: Sequence[Offer], book: PriceBook | None) -> Offer:
    priced = [offer for offer in offers if offer.quote and offer.quote.amount is not None]
    if not priced:
        raise UsageError(
            "what these cost is not known. Set prices under [[prices]] in polyreel.toml, choose by "
            "another policy, or name the model"
        )
    currency = str(priced[0].quote and priced[0].quote.currency)
    amounts = [_amount_in(currency, offer, book) for offer in priced]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(priced):
        other = priced[amounts.index(None)].quote
        raise UsageError(
            "these are priced in different currencies. Say what one is worth under [exchange] in "
            f'polyreel.toml, such as {other and other.currency} = "1.00 {currency}"'
        )
    return priced[known.index(min(known))]


def _amount_in(currency: str, offer: Offer, book: PriceBook | None) -> Decimal | None:
    quote = offer.quote
    if quote is None or quote.amount is None or quote.currency is None:
        return None
    if quote.currency == currency:
        return quote.amount
    return None if book is None else book.converted(quote.amount, quote.currency, currency)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that may be spent.

    Attributes:
        amount: In the currency below.
        currency: Its code, or a provider's credit.
        allows_unknown: Whether a job whose price is unknown may be sent all the same.
    """

    amount: Decimal
    currency: str
    allows_unknown: bool = False

    @classmethod
    def of(cls, text: str, *, allows_unknown: bool = False) -> Budget:
        """Return the budget that a text such as `0.50 USD` names.

        Raises:
            UsageError: When it names none.
        """
        amount, _, currency = text.strip().partition(" ")
        try:
            found = Decimal(amount)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or found < 0 or not currency.strip():
            raise UsageError(f'{text!r} is no price; write an amount and a currency: "0.50 USD"')
        return cls(amount=found, currency=currency.strip(), allows_unknown=allows_unknown)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    def check(self, quotes: Sequence[Quote], book: PriceBook) -> None:
        """Refuse what would cost more, all of it together.

        Raises:
            OverBudget: Says by how much, or what is not known. Nothing was sent.
        """
        total = Decimal(0)
        for quote in quotes:
            if quote.amount is None or quote.currency is None:
                if self.allows_unknown:
                    continue
                raise OverBudget(
                    f"what {quote.model} would cost is unknown ({quote.reason}), and at most "
                    f"{self} may be spent. Nothing was sent; allow an unknown price explicitly if "
                    "it is meant"
                )
            amount = book.converted(quote.amount, quote.currency, self.currency)
            if amount is None:
                raise OverBudget(
                    f"{quote.model} is priced in {quote.currency}, and the budget is in "
                    f"{self.currency}. Nothing was sent. Say what one is worth under [exchange] in "
                    f'polyreel.toml: {quote.currency} = "1.00 {self.currency}"'
                )
            total += amount
        if total > self.amount:
            raise OverBudget(
                f"this would cost {_how_sure(quotes)}{plain(total)} {self.currency}, more than the "
                f"{self} that may be spent. Nothing was sent"
            )


def _how_sure(quotes: Sequence[Quote]) -> str:
    certainties = {each.certainty for each in quotes}
    if Certainty.UPPER_BOUND in certainties:
        return "up to "
    return "about " if Certainty.ESTIMATE in certainties else ""


Price = str | Budget
"""A budget, or the text of one."""


def as_budget(price: Price) -> Budget:
    """Return the budget that was given, or that a text names.

    Raises:
        UsageError: When it names none.
    """
    return Budget.of(price) if isinstance(price, str) else price
