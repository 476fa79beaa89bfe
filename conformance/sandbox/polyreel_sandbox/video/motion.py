"""The moving parts of a stand-in's video: a turning reel, a progress bar, the seconds."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

from PIL import Image, ImageDraw

from .card import GREY, WHITE, Box, Layout, VideoCard
from .image import shade
from .still import stills
from .text import font_of

Planes = tuple[Image.Image, Image.Image, Image.Image]
"""The brightness, and the two colour differences at half the size."""

# From RGB to BT.709 YUV in the narrow range, which players expect in an H.264 video.
_TO_YUV = (
    *(0.1826, 0.6142, 0.0620, 16.0),
    *(-0.1006, -0.3386, 0.4392, 128.0),
    *(0.4392, -0.3989, -0.0403, 128.0),
)

_HOLES = 5  # in the reel; it turns by one hole a second


def moving_planes(card: VideoCard) -> Iterator[Planes]:
    """Yield the planes of every frame of the video, in order.

    The same images are reused for each frame: use them before the next one.
    """
    layout = Layout.of(card)
    start, end = stills(card, layout)
    start_planes = _planes(start)
    end_planes = start_planes if end is start else _planes(end)
    below = layout.clock[3] + layout.px(4)
    footer = _even((layout.bar[0], layout.bar[1] - layout.px(10), layout.bar[2], below))
    reel = _even(layout.reel)
    count = card.seconds * card.frames_per_second
    for number in range(count):
        share = _fade(number / count)
        planes = start_planes
        if end is not start and share > 0:
            luma, blue, red = (
                Image.blend(a, b, share) for a, b in zip(start_planes, end_planes, strict=True)
            )
            planes = luma, blue, red
        for box in (footer, reel):
            # Converting these two small boxes is much faster than converting every frame.
            patch = Image.blend(start.crop(box), end.crop(box), share)
            if box is footer:
                _draw_footer(patch, box, layout, card, number)
            else:
                _draw_reel(patch, layout, number % card.frames_per_second / card.frames_per_second)
            half = (box[0] // 2, box[1] // 2)
            parts = zip(planes, _planes(patch), (box[:2], half, half), strict=True)
            for plane, part, place in parts:
                plane.paste(part, place)
        yield planes


def _planes(image: Image.Image) -> Planes:
    luma, blue, red = image.convert("RGB", _TO_YUV).split()
    return luma, blue.reduce(2), red.reduce(2)


def _even(box: Box) -> Box:
    """Return the box with even borders: the colour planes have one value for two pixels."""
    left, top, right, bottom = box
    return left // 2 * 2, top // 2 * 2, (right + 1) // 2 * 2, (bottom + 1) // 2 * 2


def _fade(time: float) -> float:
    """Return how visible the last frame is at a part of the video's length, with soft ends."""
    share = min(1.0, max(0.0, (time - 0.2) / 0.65))
    return share * share * (3 - 2 * share)


def _draw_footer(
    patch: Image.Image, box: Box, layout: Layout, card: VideoCard, number: int
) -> None:
    left, top = layout.bar[0] - box[0], layout.bar[1] - box[1]
    right, bottom = layout.bar[2] - box[0], layout.bar[3] - box[1]
    radius = max(1, (bottom - top) // 2)
    count = card.seconds * card.frames_per_second
    head = left + max(bottom - top, round((right - left) * (number + 1) / count))
    shade(patch, (left, top, right, bottom), radius, WHITE, 0.2)
    shade(patch, (left, top, min(head, right), bottom), radius, layout.tint(0.64, 0.85), 1)
    dot = layout.px(9)
    middle = min(max(head, left + dot), right - dot), (top + bottom) // 2
    place = (middle[0] - dot, middle[1] - dot, middle[0] + dot, middle[1] + dot)
    shade(patch, place, dot, WHITE, 1)
    # Two parts, so that the length does not move when the seconds before it change in width.
    font, draw = font_of(layout.font(22)), ImageDraw.Draw(patch)
    low = (layout.clock[1] + layout.clock[3]) // 2 - box[1]
    total = f" / {card.seconds} s"
    draw.text((right, low), total, GREY, font, "rm")
    now = f"{number / card.frames_per_second:.1f} s"
    draw.text((right - font.getlength(total), low), now, WHITE, font, "rm")


def _draw_reel(patch: Image.Image, layout: Layout, turn: float) -> None:
    mask = _reel(min(patch.size), turn)
    patch.paste(layout.tint(0.7, 0.8), (0, 0), mask)


@functools.lru_cache(maxsize=128)
def _reel(size: int, turn: float) -> Image.Image:
    """Return a reel's mask, `size` pixels wide, turned by a part of the way to the next hole."""
    big = size * 3
    mask = Image.new("L", (big, big))
    draw = ImageDraw.Draw(mask)
    middle = big / 2
    draw.circle((middle, middle), middle - 2, fill=225)
    for hole in range(_HOLES):
        angle = math.tau * (hole + turn) / _HOLES
        x, y = middle + math.cos(angle) * big * 0.29, middle + math.sin(angle) * big * 0.29
        draw.circle((x, y), big * 0.115, fill=0)
    draw.circle((middle, middle), big * 0.055, fill=0)
    return mask.resize((size, size), Image.Resampling.BOX)
