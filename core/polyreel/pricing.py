"""What a job is counted as, and what it costs where its provider publishes a rate.

A price that nobody publishes is None, never a guess and never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from .catalogue import Billing, ModelSpec
from .jobs import Charge
from .request import VideoRequest


def billed_units(
    billing: Billing, duration: int, reference_videos: Sequence[float | None] = ()
) -> Decimal | None:
    """Return how many units a film is billed as, or None where that is not known.

    Args:
        billing: The model's.
        duration: The film's length in seconds.
        reference_videos: The lengths of the reference videos in seconds, in order; None for
            one whose length could not be read.
    """
    if billing.unit in ("task", "call"):
        return Decimal(1)
    if billing.unit != "second" or billing.counts is None:
        return None
    output = Decimal(duration)
    if billing.counts == "output":
        return output
    # Jimmy's Mini page: rounded, and left out where the length can't be read.
    videos = [_rounded(each) for each in reference_videos if each is not None]
    match billing.counts:
        case "output and first video":
            first = next(iter(reference_videos), None)
            return output if first is None else output + _rounded(first)
        case "output and all videos":
            return output + sum(videos, Decimal(0))
        case "the longer of output and videos":
            return max(output, sum(videos, Decimal(0)))


def published_price(
    request: VideoRequest, model: ModelSpec, reference_videos: Sequence[float | None] = ()
) -> Charge | None:
    """Return what a film costs by the rate that its provider publishes, or None.

    Args:
        request: One that the model takes.
        model: The model.
        reference_videos: As for `billed_units`.
    """
    rate = model.billing.rate_for(request.resolution)
    units = billed_units(model.billing, request.duration, reference_videos)
    if rate is None or units is None:
        return None
    return Charge(amount=rate.amount * units, unit=rate.currency)


def _rounded(seconds: float) -> Decimal:
    return Decimal(str(seconds)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
