"""The bounds that polyreel itself sets to media that go in, and how a caller lifts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

MAXIMUM_INLINE_BYTES = 10 * 2**20
"""Largest file that goes inline. No vendor publishes a number; the ones that publish a limit for
other models take 20 to 30 MB, and base64 adds a third."""

MAXIMUM_INLINE_TOTAL = 45 * 2**20
"""Most bytes inline in one request: 60 MiB as base64. A vendor's own command line stops at a body
of 64 MiB."""

SMALLEST_SIDE = 32
"""Shortest side of an image in pixels. Every vendor that publishes one begins at 300; a shorter
one than this is an icon or a placeholder."""

INLINE_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
"""The types of images that go inline. No vendor publishes a list; every vendor takes these."""


class MediaOptions(TypedDict, total=False):
    """Keyword arguments of a call, about the media that go in.

    Attributes:
        convert_images: Whether an image that the vendor does not take becomes one that it takes.
            Default: the client's, else the config's, else False.
        lift_bounds: Whether polyreel's own bounds, which no vendor publishes, are left out of
            account. What a vendor publishes counts in any case. Default False.
    """

    convert_images: bool
    lift_bounds: bool


@dataclass(frozen=True, kw_only=True)
class MediaRules:
    """How the media of one call are treated.

    Attributes:
        convert_images: As in `MediaOptions`.
        lift_bounds: As in `MediaOptions`.
        maximum_inline_bytes: The largest file that goes inline.
    """

    convert_images: bool = False
    lift_bounds: bool = False
    maximum_inline_bytes: int = MAXIMUM_INLINE_BYTES
