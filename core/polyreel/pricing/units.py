"""How many units a video is billed as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from ..models import Billing, ModelSpec, PriceRule, TokenCount
from ..models.price_rules import CountedSeconds
from ..request import VideoRequest

ReferenceDurations = Sequence[float | None]
"""The lengths of reference videos in seconds, in order; None for one that can't be read."""

_NOT_READ = "the price depends on the length of the reference videos, which was not read"


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
    counts: CountedSeconds, duration: int | Decimal, reference_videos: ReferenceDurations
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


@dataclass(frozen=True, kw_only=True)
class Units:
    """How many units of a price a request is billed as.

    Attributes:
        count: The units.
        is_upper_bound: Whether it may be fewer, since the model decides.
    """

    count: Decimal
    is_upper_bound: bool = False


def priced_seconds(request: VideoRequest, spec: ModelSpec) -> tuple[Decimal | None, bool]:
    """Return the seconds of video that a request is priced for, and whether it may be fewer.

    A duration that the model chooses (`auto`) counts as its longest.

    Args:
        request: The request.
        spec: The model.

    Returns:
        None for the seconds where the longest video of the model is unknown.
    """
    # Not only a whole number: a model may choose how long its video is.
    duration: object = request.duration
    if isinstance(duration, int):
        return Decimal(duration), False
    return (Decimal(max(spec.durations)) if spec.durations else None), True


def image_count(request: VideoRequest) -> int:
    """Return how many images go in, frames and references."""
    frames = (request.first_frame, request.last_frame)
    return len(request.reference_images) + sum(each is not None for each in frames)


def video_seconds(
    request: VideoRequest, reference_videos: ReferenceDurations | None
) -> Decimal | str:
    """Return the seconds of all reference videos, or the reason why they are unknown.

    Args:
        request: The request.
        reference_videos: As `ReferenceDurations`; None where they were not read.
    """
    if not request.reference_videos:
        return Decimal(0)
    if reference_videos is None:
        return _NOT_READ
    read = [_rounded(each) for each in reference_videos if each is not None]
    if len(read) < len(request.reference_videos):
        return "the price depends on the length of a reference video, which can't be read"
    return sum(read, Decimal(0))


def rule_units(
    rule: PriceRule,
    spec: ModelSpec,
    request: VideoRequest,
    reference_videos: ReferenceDurations | None,
) -> Units | str:
    """Return how many units a rule counts, or the reason why that is unknown.

    Args:
        rule: The price.
        spec: The model; its billing says which seconds count where the rule does not.
        request: The request.
        reference_videos: As `ReferenceDurations`; None where they were not read.
    """
    if rule.unit in ("task", "call"):
        return Units(count=Decimal(1))
    if rule.unit == "image":
        images = image_count(request)
        if not images:  # no page says that such a video is free
            return "the price is for each input image, and the request has none"
        return Units(count=_billed(rule, Decimal(images)))
    seconds = _seconds(rule, spec, request, reference_videos)
    if isinstance(seconds, str) or rule.unit == "second":
        return seconds if isinstance(seconds, str) else _as_billed(rule, seconds)
    if rule.tokens is None:
        return "the number of tokens of a video is unknown"
    tokens = rule.tokens.tokens(request.resolution, request.aspect_ratio, seconds.count)
    is_upper_bound = seconds.is_upper_bound
    if tokens is None and request.aspect_ratio == "auto":
        # The model chooses the shape: the one with the most pixels is the dearest.
        tokens = _most_tokens(rule.tokens, spec, request.resolution, seconds.count)
        is_upper_bound = True
    if tokens is None:
        return f"the size in pixels of {request.resolution} {request.aspect_ratio} is unknown"
    return _as_billed(rule, Units(count=tokens, is_upper_bound=is_upper_bound))


def _seconds(
    rule: PriceRule,
    spec: ModelSpec,
    request: VideoRequest,
    reference_videos: ReferenceDurations | None,
) -> Units | str:
    """Return the seconds that a rule counts, or the reason why they are unknown."""
    counts = rule.counts or spec.billing.counts
    if counts is None:
        if request.reference_videos:
            return "the provider does not document whether reference videos are billed"
        counts = "output"
    videos: ReferenceDurations = ()
    if request.reference_videos and counts != "output":
        if reference_videos is None:
            return _NOT_READ
        videos = reference_videos
    duration, is_upper_bound = priced_seconds(request, spec)
    if duration is None:
        return "the model chooses the duration, and its longest video is unknown"
    return Units(count=counted_seconds(counts, duration, videos), is_upper_bound=is_upper_bound)


def _most_tokens(
    count: TokenCount, spec: ModelSpec, resolution: str, seconds: Decimal
) -> Decimal | None:
    """Return the tokens in the shape that has the most; None where one of them is unknown."""
    found = [
        count.tokens(resolution, each, seconds) for each in spec.aspect_ratios if each != "auto"
    ]
    known = [each for each in found if each is not None]
    return max(known, default=None) if len(known) == len(found) else None


def _as_billed(rule: PriceRule, units: Units) -> Units:
    return replace(units, count=_billed(rule, units.count))


def _billed(rule: PriceRule, units: Decimal) -> Decimal:
    """Return units rounded as a rule says, and at least its fewest."""
    if rule.rounded_up_to is not None:
        steps = (units / rule.rounded_up_to).to_integral_value(ROUND_CEILING)
        units = steps * rule.rounded_up_to
    return max(units, rule.minimum_units or Decimal(0))


def _rounded(seconds: float) -> Decimal:
    return Decimal(str(seconds)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
