"""Quote: what a video would cost, how sure that is, and where the price was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..models import ModelSpec, PriceRule
from ..models.price_rules import ORIGINS
from ..request import VideoRequest
from .units import ReferenceDurations, rule_units

NO_PRICE = (
    "no price is published for {resolution}. Set one under [[prices]] in polyreel.toml, or ask the "
    "provider with `polyreel prices refresh`"
)


class Certainty(StrEnum):
    """How sure a quote is."""

    EXACT = "exact"
    """From a price that the provider publishes or the user set."""
    ESTIMATE = "estimate"
    """From charges for other videos, or from units that the provider counts itself."""
    UPPER_BOUND = "upper bound"
    """At most this amount."""
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
    """What a video would cost.

    Attributes:
        model: Written `provider/name`.
        certainty: How sure it is.
        amount: In `currency`; None where it is unknown.
        currency: A currency's code, or the provider's own credit.
        lines: The parts of the amount; together they are the amount.
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
    reference_videos: ReferenceDurations | None = None,
) -> Quote:
    """Return what a video would cost by the best price that applies to it.

    Args:
        request: One that the model takes.
        spec: The model.
        model: Its name, written `provider/name`.
        rules: Every known price of the model, from any source.
        reference_videos: The lengths of the reference videos; None where they were not read.
    """
    audio = spec.makes_sound if request.audio is None else request.audio
    has_video = bool(request.reference_videos)
    for rule in sorted(rules, key=lambda each: ORIGINS.index(each.origin)):
        applies = rule.applies_to(request.resolution, audio=audio, video_input=has_video)
        if applies is None:
            return Quote(
                model=model, reason="the price depends on audio; set audio to true or false"
            )
        if applies:
            units = rule_units(rule, spec.billing, request, reference_videos)
            if isinstance(units, str):
                return Quote(model=model, rule=rule, reason=units)
            return _priced(model, rule, units, has_video)
    return Quote(model=model, reason=NO_PRICE.format(resolution=request.resolution))


def plain(amount: Decimal) -> str:
    """Return an amount without an exponent and without trailing zeros."""
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
        lines.append(QuoteLine(text="added for each video", amount=rule.extra))
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
    # A provider counts its tokens itself, and reports them only afterwards.
    is_estimate = rule.origin == "observed" or rule.unit == "token"
    return Certainty.ESTIMATE if is_estimate else Certainty.EXACT
