"""How many units a film is billed as."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from ..catalogue import Billing
from ..price_rules import CountedSeconds, PriceRule
from ..request import VideoRequest

VideoSeconds = Sequence[float | None]
"""The lengths of reference videos, in order; None for one that the provider can't read either."""


def billed_units(
    billing: Billing, duration: int, reference_videos: VideoSeconds = ()
) -> Decimal | None:
    """Return how many units a film is billed as, or None where that is not known.

    Args:
        billing: The model's.
        duration: The film's length in seconds.
        reference_videos: As `VideoSeconds`.
    """
    if billing.unit in ("task", "call"):
        return Decimal(1)
    if billing.unit != "second" or billing.counts is None:
        return None
    return counted_seconds(billing.counts, duration, reference_videos)


def counted_seconds(
    counts: CountedSeconds, duration: int, reference_videos: VideoSeconds
) -> Decimal:
    """Return the seconds that are billed.

    A length that can't be read is left out, as Jimmy's Mini page says.
    """
    output = Decimal(duration)
    if counts == "output":
        return output
    if counts == "output and first video":
        first = next(iter(reference_videos), None)
        return output if first is None else output + _rounded(first)
    videos = [_rounded(each) for each in reference_videos if each is not None]
    in_all = sum(videos, Decimal(0))
    return max(output, in_all) if counts == "the longer of output and videos" else output + in_all


def rule_units(
    rule: PriceRule, billing: Billing, request: VideoRequest, reference_videos: VideoSeconds | None
) -> Decimal | str:
    """Return how many units a rule counts, or why that is not known.

    Args:
        rule: The price.
        billing: The model's, for whose seconds are counted where the rule does not say.
        request: What is asked for.
        reference_videos: As `VideoSeconds`; None where nobody has read them.
    """
    if rule.unit in ("task", "call"):
        return Decimal(1)
    counts = rule.counts or billing.counts
    if counts is None:
        if request.reference_videos:
            return "no page says whether the seconds of reference videos are billed"
        counts = "output"
    videos: VideoSeconds = ()
    if request.reference_videos and counts != "output":
        if reference_videos is None:
            return "it hangs on the length of the reference videos, which was not read"
        videos = reference_videos
    units = counted_seconds(counts, request.duration, videos)
    if rule.unit == "token":
        if rule.tokens is None:
            return "how films become tokens is not known"
        tokens = rule.tokens.tokens(request.resolution, request.aspect_ratio, units)
        if tokens is None:
            return f"the pixels of {request.resolution} {request.aspect_ratio} are not known"
        units = tokens
    if rule.rounded_up_to is not None:
        steps = (units / rule.rounded_up_to).to_integral_value(ROUND_CEILING)
        units = steps * rule.rounded_up_to
    return max(units, rule.minimum_units or Decimal(0))


def _rounded(seconds: float) -> Decimal:
    return Decimal(str(seconds)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
