"""Quote: what a video would cost, how sure that is, and where the price was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ..models import ModelSpec, PriceRule
from ..models.price_rules import ORIGINS, Origin
from ..models.specific_prices import most_specific
from ..request import VideoRequest
from .units import ReferenceDurations, Units, image_count, rule_units, video_seconds

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
    unusable: Mapping[Origin, str] = MappingProxyType({}),
) -> Quote:
    """Return what a video would cost by the most specific price of the best source that has one.

    Args:
        request: One that the model takes.
        spec: The model.
        model: Its name, written `provider/name`.
        rules: Every known price of the model, from any source.
        reference_videos: The lengths of the reference videos; None where they were not read.
        unusable: The sources whose prices can't be used, and why. No worse source stands in for
            one of them.
    """
    for origin in ORIGINS:
        if origin in unusable:
            return Quote(model=model, reason=unusable[origin])
        known = [each for each in rules if each.origin == origin]
        rule = _price_of(_newest(known) if origin == "observed" else known, request, spec)
        if isinstance(rule, str):
            return Quote(model=model, reason=rule)
        if rule is not None:
            return _priced(model, rule, spec, request, reference_videos)
    return Quote(model=model, reason=NO_PRICE.format(resolution=request.resolution))


def _price_of(
    rules: Sequence[PriceRule], request: VideoRequest, spec: ModelSpec
) -> PriceRule | str | None:
    """Return the price of one source that a request has; None where none applies.

    Returns:
        A text where that is not clear: the reason, and what to do.
    """
    known = spec.makes_sound if request.audio is None else request.audio
    found: list[PriceRule | None] = []
    for audio in (True, False) if known is None else (known,):
        applying = [
            each
            for each in rules
            if each.applies_to(
                request.resolution,
                audio=audio,
                video_input=bool(request.reference_videos),
                image_input=image_count(request) > 0,
            )
        ]
        best = most_specific(applying)
        if len(best) > 1:
            first, second = (f"{each.described} ({each.described_conditions})" for each in best[:2])
            return f"two prices apply, and neither is more specific: {first} and {second}"
        found.append(best[0] if best else None)
    if any(each is not found[0] for each in found):
        return "the price depends on audio; set audio to true or false"
    return found[0]


def _newest(rules: Sequence[PriceRule]) -> list[PriceRule]:
    """Return observed prices, of several with the same conditions only the newest one."""
    by_age = sorted(rules, key=lambda each: (each.read or date.min, each.seen or 0, each.currency))
    return list({tuple(each.conditions.items()): each for each in by_age}.values())


def plain(amount: Decimal) -> str:
    """Return an amount without an exponent and without trailing zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _priced(
    model: str,
    rule: PriceRule,
    spec: ModelSpec,
    request: VideoRequest,
    reference_videos: ReferenceDurations | None,
) -> Quote:
    """Return the quote by a rule that applies."""
    units = rule_units(rule, spec, request, reference_videos)
    if isinstance(units, str):
        return Quote(model=model, rule=rule, reason=units)
    word = rule.unit if units.count == 1 else f"{rule.unit}s"
    bound = ", at most" if rule.is_upper_bound else ""
    first = QuoteLine(
        text=f"{plain(units.count)} {word} at {rule.rate}{bound}",
        amount=units.count * rule.amount / rule.per,
    )
    lines = [first]
    if request.reference_videos and rule.multiplier_with_video != 1:
        lines.append(
            QuoteLine(
                text=f"times {plain(rule.multiplier_with_video)}, with a reference video",
                amount=first.amount * (rule.multiplier_with_video - 1),
            )
        )
    images = image_count(request)
    if rule.per_image and images:
        lines.append(
            QuoteLine(
                text=f"added for {'1 image' if images == 1 else f'{images} images'}",
                amount=rule.per_image * images,
            )
        )
    has_parts_of_seconds = False
    if rule.per_video_second and request.reference_videos:
        has_parts_of_seconds = any(each and each % 1 for each in reference_videos or ())
        seconds = video_seconds(request, reference_videos)
        if isinstance(seconds, str):
            return Quote(model=model, rule=rule, reason=seconds)
        lines.append(
            QuoteLine(
                text=f"added for {plain(seconds)} s of reference videos",
                amount=rule.per_video_second * seconds,
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
        certainty=_certainty(rule, units, has_parts_of_seconds),
        amount=amount,
        currency=rule.currency,
        lines=tuple(lines),
        rule=rule,
    )


def _certainty(rule: PriceRule, units: Units, has_parts_of_seconds: bool) -> Certainty:
    # What other videos cost bounds nothing; nor is it known how a provider rounds seconds.
    if rule.origin == "observed" or has_parts_of_seconds:
        return Certainty.ESTIMATE
    if rule.is_upper_bound or units.is_upper_bound:
        return Certainty.UPPER_BOUND
    # A provider counts its tokens itself, and reports them only afterwards.
    return Certainty.ESTIMATE if rule.unit == "token" else Certainty.EXACT
