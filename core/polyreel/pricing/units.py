"""How many units a video is billed as."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from ..models import Billing, PriceRule
from ..models.price_rules import CountedSeconds
from ..request import VideoRequest

ReferenceDurations = Sequence[float | None]
"""The lengths of reference videos in seconds, in order; None for one that can't be read."""


def billed_units(
    billing: Billing, duration: int, reference_videos: ReferenceDurations = ()
) -> Decimal | None:
    """Return how many units a video is billed as; None where that is unknown.

    Args:
        billing: The model's.
        duration: The video's length in seconds.
        reference_videos: As `ReferenceDurations`.
    """
    if billing.unit in ("task", "call"):
        return Decimal(1)
    if billing.unit != "second" or billing.counts is None:
        return None
    return counted_seconds(billing.counts, duration, reference_videos)


def counted_seconds(
    counts: CountedSeconds, duration: int, reference_videos: ReferenceDurations
) -> Decimal:
    """Return the seconds that are billed.

    A length that can't be read is left out, as Jimmy documents for its Mini models.
    """
    output = Decimal(duration)
    if counts == "output":
        return output
    if counts == "output and first video":
        first = next(iter(reference_videos), None)
        return output if first is None else output + _rounded(first)
    videos = [_rounded(each) for each in reference_videos if each is not None]
    total = sum(videos, Decimal(0))
    return max(output, total) if counts == "the longer of output and videos" else output + total


def rule_units(
    rule: PriceRule,
    billing: Billing,
    request: VideoRequest,
    reference_videos: ReferenceDurations | None,
) -> Decimal | str:
    """Return how many units a rule counts, or the reason why that is unknown.

    Args:
        rule: The price.
        billing: The model's; says which seconds count where the rule does not.
        request: The request.
        reference_videos: As `ReferenceDurations`; None where they were not read.
    """
    if rule.unit in ("task", "call"):
        return Decimal(1)
    counts = rule.counts or billing.counts
    if counts is None:
        if request.reference_videos:
            return "the provider does not document whether reference videos are billed"
        counts = "output"
    videos: ReferenceDurations = ()
    if request.reference_videos and counts != "output":
        if reference_videos is None:
            return "the price depends on the length of the reference videos, which was not read"
        videos = reference_videos
    units = counted_seconds(counts, request.duration, videos)
    if rule.unit == "token":
        if rule.tokens is None:
            return "the number of tokens of a video is unknown"
        tokens = rule.tokens.tokens(request.resolution, request.aspect_ratio, units)
        if tokens is None:
            return f"the size in pixels of {request.resolution} {request.aspect_ratio} is unknown"
        units = tokens
    if rule.rounded_up_to is not None:
        steps = (units / rule.rounded_up_to).to_integral_value(ROUND_CEILING)
        units = steps * rule.rounded_up_to
    return max(units, rule.minimum_units or Decimal(0))


def _rounded(seconds: float) -> Decimal:
    return Decimal(str(seconds)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
