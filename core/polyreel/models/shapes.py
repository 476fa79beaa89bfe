"""The shape of a video that begins or ends with a frame, where the request gives none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .checks import Adjustment

FrameSizes = Sequence[tuple[str, tuple[int, int] | None]]
"""The frames that were read, the deciding one first: the field, and its width and height in pixels
as shown; None where they can't be read."""


def nearest_shape(width: int, height: int, ratios: Iterable[str]) -> str | None:
    """Return the ratio nearest to a size, by its logarithm: 2:1 and 1:2 are as far from 1:1.

    Args:
        width: In pixels.
        height: In pixels.
        ratios: Such as `16:9`, the preferred one first; what is not a ratio, such as `auto`, does
            not count.

    Returns:
        None where there is no ratio.
    """
    known = {each: found for each in ratios if (found := _logarithm(each)) is not None}
    wanted = math.log(width / height)
    return min(known, key=lambda each: abs(known[each] - wanted), default=None)


def shape_of_frames(sizes: FrameSizes, ratios: Sequence[str], usual: str) -> Adjustment | None:
    """Return which shape the first of several frames gives, and why.

    Args:
        sizes: As `FrameSizes`; not empty.
        ratios: Those of the model.
        usual: The shape that is sent otherwise.

    Returns:
        None where it is the usual one and every frame has it.
    """
    name, size = sizes[0]
    if size is None:
        return _chosen(usual, usual, f"the size of {name} can't be read; give aspect_ratio")
    shape = nearest_shape(*size, ratios)
    if shape is None:
        return None
    others = [
        f"{other} has another shape ({_pixels(its)})"
        for other, its in sizes[1:]
        if its is not None and nearest_shape(*its, ratios) != shape
    ]
    if shape == usual and not others:
        return None
    reason = f"{name} has {_pixels(size)}, and {shape} is the model's nearest shape"
    return _chosen(usual, shape, "; warning: ".join([reason, *others]))


def _chosen(usual: str, shape: str, reason: str) -> Adjustment:
    asked = f"nothing; the default is {usual}"
    return Adjustment(field="aspect_ratio", asked=asked, sent=shape, reason=reason, action="chosen")


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]} pixels"


def _logarithm(ratio: str) -> float | None:
    width, _, height = ratio.partition(":")
    try:
        return math.log(float(width) / float(height))
    except (ValueError, ZeroDivisionError):
        return None
