"""Quote: what a film would cost, how sure that is, and where the price was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..catalogue import ModelSpec
from ..price_rules import ORIGINS, PriceRule
from ..request import VideoRequest
from .counting import VideoSeconds, rule_units

NO_PRICE = (
    "no price of it is published for {resolution}. Set one under [[prices]] in polyreel.toml, or "
    "ask the provider with `polyreel prices refresh`"
)


class Certainty(StrEnum):
    """How sure a quote is."""

    EXACT = "exact"
    """By a price that the provider publishes or the user set."""
    ESTIMATE = "estimate"
    """By what was charged for other films, or by a count that the provider makes itself."""
    UPPER_BOUND = "upper bound"
    """At most so much."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class QuoteLine:
    """One part of a quote.

    Attributes:
        text: What it is for, such as `11 seconds at 0.05 USD per second`.
        amount: In the quote's currency.
    """

    text: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a film would cost.

    Attributes:
        model: Written `provider/name`.
        certainty: How sure it is.
        amount: In `currency`; None where it is unknown.
        currency: Its code, or the provider's own credit.
        lines: What it is made of; their amounts add up to it.
        rule: The price that was used.
        reason: Why it is unknown, and what to do.
    """

    model: str
    certainty: Certainty = Certainty.UNKNOWN
    amount: Decimal | None = None
    currency: str | None = None
    lines: tuple[QuoteLine, ...] = ()
    rule: PriceRule | None = None
    reason: str | None = None

    def __str__(self) -> str:
        if self.amount is None:
            return "unknown"
        before = {Certainty.ESTIMATE: "about ", Certainty.UPPER_BOUND: "at most "}
        return f"{before.get(self.certainty, '')}{plain(self.amount)} {self.currency}"

    def facts(self) -> dict[str, Any]:
        """Return the quote as JSON values; amounts are text, since they are exact."""
        return {
            "model": self.model,
            "certainty": str(self.certainty),
            "amount": None if self.amount is None else plain(self.amount),
            "currency": self.currency,
            "lines": [{"text": each.text, "amount": plain(each.amount)} for each in self.lines],
            "rule": None if self.rule is None else self.rule.facts(),
            "reason": self.reason,
        }


def quote(
    request: VideoRequest,
    spec: ModelSpec,
    model: str,
    rules: Sequence[PriceRule],
    reference_videos: VideoSeconds | None = None,
) -> Quote:
    """Return what a film would cost by the best price that holds for it.

    Args:
        request: One that the model takes.
        spec: The model.
        model: Its name, written `provider/name`.
        rules: Every price that is known of the model, from any source.
        reference_videos: The lengths of the reference videos; None where nobody read them.
    """
    audio = spec.makes_sound if request.audio is None else request.audio
    has_video = bool(request.reference_videos)
    for rule in sorted(rules, key=lambda each: ORIGINS.index(each.origin)):
        holds = rule.holds_for(request.resolution, audio=audio, video_input=has_video)
        if holds is None:
            return Quote(model=model, reason="it hangs on sound, and audio was left to the model")
        if holds:
            units = rule_units(rule, spec.billing, request, reference_videos)
            if isinstance(units, str):
                return Quote(model=model, rule=rule, reason=units)
            return _priced(model, rule, units, has_video)
    return Quote(model=model, reason=NO_PRICE.format(resolution=request.resolution))


def plain(amount: Decimal) -> str:
    """Return an amount without an exponent and without zeros that say nothing."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _priced(model: str, rule: PriceRule, units: Decimal, has_video: bool) -> Quote:
    word = rule.unit if units == 1 else f"{rule.unit}s"
    first = QuoteLine(
        text=f"{plain(units)} {word} at {rule.described}",
        amount=units * rule.amount / rule.per,
    )
    lines = [first]
    if has_video and rule.multiplier_with_video != 1:
        lines.append(
            QuoteLine(
                text=f"times {plain(rule.multiplier_with_video)}, with a reference video",
                amount=first.amount * (rule.multiplier_with_video - 1),
            )
        )
    if rule.extra:
        lines.append(QuoteLine(text="added to each film", amount=rule.extra))
    amount = sum((line.amount for line in lines), Decimal(0))
    if rule.minimum is not None and amount < rule.minimum:
        lines.append(
            QuoteLine(text=f"at least {plain(rule.minimum)}", amount=rule.minimum - amount)
        )
        amount = rule.minimum
    return Quote(
        model=model,
        certainty=_certainty(rule),
        amount=amount,
        currency=rule.currency,
        lines=tuple(lines),
        rule=rule,
    )


def _certainty(rule: PriceRule) -> Certainty:
    if rule.is_upper_bound:
        return Certainty.UPPER_BOUND
    # A provider counts its tokens itself, and tells them only afterwards.
    is_estimate = rule.origin == "observed" or rule.unit == "token"
    return Certainty.ESTIMATE if is_estimate else Certainty.EXACT
