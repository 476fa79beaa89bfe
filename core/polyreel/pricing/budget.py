"""Budget: the most that may be spent; more than that is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ..errors import OverBudget, UsageError
from ..models.price_rules import why_not_number
from .quoting import Certainty, Quote, plain
from .sources import PriceSources


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that may be spent.

    Attributes:
        amount: In `currency`.
        currency: A currency's code, or a provider's own credit.
        allows_unknown: Whether a job with an unknown price may be sent.
    """

    amount: Decimal
    currency: str
    allows_unknown: bool = False

    @classmethod
    def of(cls, text: str, *, allows_unknown: bool = False) -> Budget:
        """Return the budget for a text such as `0.50 USD`.

        Raises:
            UsageError: When the text is not an amount and a currency.
        """
        amount, _, currency = text.strip().partition(" ")
        try:
            found = Decimal(amount)
        except InvalidOperation:
            found = Decimal("NaN")
        if why_not_number(found) is not None or not currency.strip():
            raise UsageError(f'{text[:40]!r} is not a valid price; use e.g. "0.50 USD"')
        return cls(amount=found, currency=currency.strip(), allows_unknown=allows_unknown)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    def check(self, quotes: Sequence[Quote], sources: PriceSources) -> None:
        """Refuse quotes that together cost more than the budget.

        Raises:
            OverBudget: When they cost more, or their cost can't be compared. Nothing was sent.
        """
        total = Decimal(0)
        for quote in quotes:
            if quote.amount is None or quote.currency is None:
                if self.allows_unknown:
                    continue
                raise OverBudget(
                    f"the price of {quote.model} is unknown ({quote.reason}), and the budget is "
                    f"{self}. Nothing was sent. To send it anyway, allow an unknown price"
                )
            amount = sources.converted(quote.amount, quote.currency, self.currency)
            if amount is None:
                raise OverBudget(
                    f"{quote.model} is priced in {quote.currency}, and the budget is in "
                    f"{self.currency}. Nothing was sent. Set an exchange rate under [exchange] in "
                    f'polyreel.toml, e.g. {quote.currency} = "1.00 {self.currency}"'
                )
            total += amount
        if total > self.amount:
            raise OverBudget(
                f"this would cost {_how_sure(quotes)}{plain(total)} {self.currency}, which is "
                f"more than the budget of {self}. Nothing was sent"
            )


def _how_sure(quotes: Sequence[Quote]) -> str:
    certainties = {each.certainty for each in quotes}
    if Certainty.UPPER_BOUND in certainties:
        return "up to "
    return "about " if Certainty.ESTIMATE in certainties else ""


Price = str | Budget
"""A budget, or its text."""


def as_budget(price: Price) -> Budget:
    """Return a price as a budget.

    Raises:
        UsageError: When it is a text and not an amount and a currency.
    """
    return Budget.of(price) if isinstance(price, str) else price
