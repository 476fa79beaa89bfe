"""What a job is counted as, by the way its model bills.

How much a unit costs is another matter, and is nowhere guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from .catalogue import Billing


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


def _rounded(seconds: float) -> Decimal:
    return Decimal(str(seconds)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
