"""SpendLimit: what the jobs of one day or month may cost together, and what they cost so far.

A job counts with its charge; as long as that is unknown, with its quote or with its provider's
estimate, whichever is more; and without either it is unknown, which is never zero. A job that
certainly has no task costs nothing. A job belongs to the period in which its intent was saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from ..errors import JournalError, OverBudget
from ..text.addresses import is_loopback, origin
from .records import Stage

Period = Literal["day", "month"]
"""How long a limit counts: a day or a month, both in UTC."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What the jobs of a period cost so far.

    Attributes:
        amount: The charges, and the quotes or estimates of jobs whose charge is unknown.
        quoted: The part of `amount` that is quoted or estimated.
        jobs: How many jobs may have cost something.
        unknown: How many of these have no charge, no quote and no estimate.
        other_currency: A currency for which there is no exchange rate; None where there is none.
    """

    amount: Decimal = Decimal(0)
    quoted: Decimal = Decimal(0)
    jobs: int = 0
    unknown: int = 0
    other_currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class SpendLimit:
    """What the jobs of a period may cost together, and the price of the one to start.

    Attributes:
        amount: In `currency`.
        currency: A currency's code, or a provider's own credit.
        period: How long it counts.
        provider: The only provider whose jobs count; None for every provider.
        sandbox: The place at a loopback address whose jobs alone count; None counts the jobs at
            all other addresses. So a rehearsal obeys the limit, and uses up nothing of it.
        rates: By currency, the value of one unit of it in `currency`.
        allows_unknown: Whether jobs of unknown cost may have been sent, and may be sent.
        price: What the job to start costs, in `price_currency`; None where it is unknown.
        price_currency: Its currency.
    """

    amount: Decimal
    currency: str
    period: Period
    provider: str | None = None
    sandbox: str | None = None
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    allows_unknown: bool = False
    price: Decimal | None = None
    price_currency: str | None = None

    def __str__(self) -> str:
        where = "" if self.provider is None else f" at {self.provider}"
        own = "" if self.sandbox is None else " (counted for this sandbox alone)"
        return f"{_plain(self.amount)} {self.currency} a {self.period}{where}{own}"

    def start(self, now: datetime) -> datetime:
        """Return when the period began, in UTC."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if self.period == "day" else midnight.replace(day=1)

    def counts(self, place: str) -> bool:
        """Return whether a job at a place counts: a provider and its address."""
        provider, _, address = place.partition(" ")
        if self.provider not in (None, provider):
            return False
        return not is_sandbox(address) if self.sandbox is None else place == self.sandbox

    def spent(self, documents: Iterable[Mapping[str, Any]]) -> Spent:
        """Add up what jobs cost.

        Args:
            documents: The journal's documents of the jobs that count.
        """
        amount = quoted = Decimal(0)
        jobs = unknown = 0
        other: str | None = None
        for document in documents:
            if not _may_cost(document):
                continue
            jobs += 1
            charge = _amount((document.get("status") or {}).get("charge"), "unit")
            quote = _amount(document.get("quoted"), "currency")
            estimate = _amount(document.get("estimated"), "unit")
            found = [each for each in ((charge,) if charge else (quote, estimate)) if each]
            if not found:
                unknown += 1
                continue
            values = [value for each in found if (value := self.converted(*each)) is not None]
            if not values:
                other = found[0][1]
                continue
            value = max(values)
            amount += value
            quoted += value if charge is None else 0
        return Spent(amount=amount, quoted=quoted, jobs=jobs, unknown=unknown, other_currency=other)

    def converted(self, amount: Decimal, currency: str) -> Decimal | None:
        """Return an amount in this limit's currency; None where there is no rate."""
        if currency == self.currency:
            return amount
        rate = self.rates.get(currency)
        return None if rate is None else amount * rate

    @property
    def converted_price(self) -> Decimal | None:
        """The price of the job to start, in this limit's currency; None where it is unknown."""
        if self.price is None or self.price_currency is None:
            return None
        return self.converted(self.price, self.price_currency)

    def check(self, spent: Spent, now: datetime, what: str) -> None:
        """Refuse a job with which the limit would be passed.

        Args:
            spent: What the jobs of the period cost so far.
            now: The date and time.
            what: What is to start, for the message: a model.

        Raises:
            OverBudget: Names the budget, what is spent and the price. Nothing was sent.
        """
        begun = f"since {self.start(now):%Y-%m-%d} 00:00 UTC"
        if spent.unknown and not self.allows_unknown:
            several = "1 job" if spent.unknown == 1 else f"{spent.unknown} jobs"
            raise OverBudget(
                f"{what}: the budget is {self}, and the cost of {several} {begun} is unknown. "
                "Nothing was sent. To count such jobs as nothing, set allows_unknown = true under "
                "[[budgets]]"
            )
        currency = spent.other_currency
        price: Decimal | None = None
        if self.price is None or self.price_currency is None:
            if not self.allows_unknown:
                raise OverBudget(
                    f"{what}: the budget is {self}, and the price of this job is unknown. "
                    "Nothing was sent. Set its price under [[prices]], or allows_unknown = true "
                    "under [[budgets]]"
                )
        else:
            price = self.converted_price
            currency = self.price_currency if price is None else currency
        if currency is not None:
            raise OverBudget(
                f"{what}: the budget is {self}, and a price or charge is in {currency}. Nothing "
                "was sent. Set an exchange rate under [exchange] in polyreel.toml, e.g. "
                f'{currency} = "1.00 {self.currency}"'
            )
        asked = price or Decimal(0)
        if spent.amount + asked > self.amount:
            raise OverBudget(
                f"{what}: this would cost {_plain(asked)} {self.currency}, and "
                f"{_plain(spent.amount)} {self.currency} of the budget of {self} is spent {begun} "
                f"({_plain(spent.quoted)} of it as quoted, since its charge is unknown). Nothing "
                f"was sent. Wait for the next {self.period}, or raise the budget under [[budgets]]"
            )


@dataclass(frozen=True, kw_only=True)
class BudgetSpent:
    """A budget, and what its jobs cost so far.

    Attributes:
        limit: The budget.
        spent: What the jobs of its current period cost.
        since: When the period began, in UTC.
    """

    limit: SpendLimit
    spent: Spent
    since: datetime

    def facts(self) -> dict[str, Any]:
        """Return this as JSON values; amounts are text, so that no digit is lost."""
        return {
            "amount": _plain(self.limit.amount),
            "currency": self.limit.currency,
            "period": self.limit.period,
            "provider": self.limit.provider,
            "since": self.since.isoformat(),
            "spent": _plain(self.spent.amount),
            "of_it_quoted": _plain(self.spent.quoted),
            "jobs": self.spent.jobs,
            "jobs_unknown": self.spent.unknown,
            "currency_without_rate": self.spent.other_currency,
        }

    def __str__(self) -> str:
        limit, spent = self.limit, self.spent
        text = (
            f"Budget of {limit}: {_plain(spent.amount)} {limit.currency} spent since "
            f"{self.since:%Y-%m-%d} 00:00 UTC"
        )
        if spent.quoted:
            text += f", {_plain(spent.quoted)} of it as quoted"
        if spent.unknown:
            text += f"; unknown for {'1 job' if spent.unknown == 1 else f'{spent.unknown} jobs'}"
        if spent.other_currency is not None:
            text += f"; charges in {spent.other_currency} have no exchange rate"
        return f"{text}."


def without_journal(limit: SpendLimit) -> JournalError:
    """Return the error for a budget where no journal knows what was spent."""
    return JournalError(
        f"the budget of {limit} needs a journal that knows what was spent, and none is in use. "
        "Nothing was sent. Use a journal, or remove [[budgets]] from polyreel.toml"
    )


def is_sandbox(address: str) -> bool:
    """Return whether an address is on this machine, as a stand-in's is."""
    try:
        return is_loopback(origin(address)[1])
    except ValueError:
        return False


def _may_cost(document: Mapping[str, Any]) -> bool:
    charge = (document.get("status") or {}).get("charge")
    return charge is not None or document.get("stage") != Stage.REJECTED


def _amount(value: Any, unit: str) -> tuple[Decimal, str] | None:
    """Return an amount of a document and its currency; None where there is none."""
    if not isinstance(value, Mapping) or value.get("amount") is None or not value.get(unit):
        return None
    try:
        amount = Decimal(str(value["amount"]))
    except InvalidOperation:
        return None
    return (amount, str(value[unit])) if amount.is_finite() else None


def _plain(amount: Decimal) -> str:
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
