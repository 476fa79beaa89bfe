"""Images and shapes for a stand-in's video."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw, ImageOps

from .card import Box, Colour, Layout

_MOST_PIXELS = (2560, 2560)  # a larger picture is scaled down once, before it is used


def decode(data: bytes) -> Image.Image | None:
    """Return the picture in an image file; None when it can't be decoded."""
    try:
        with Image.open(io.BytesIO(data)) as file:
            file.draft("RGB", _MOST_PIXELS)  # decodes a JPEG at a smaller scale
            file.thumbnail(_MOST_PIXELS)
            image = ImageOps.exif_transpose(file).convert("RGBA")
    except Exception:  # noqa: BLE001 - broken files make the decoders raise many kinds of errors
        return None
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def backdrop(picture: Image.Image, size: tuple[int, int], layout: Layout) -> Image.Image:
    """Return the picture at the size of the card, dark enough for text on it."""
    image = ImageOps.fit(picture, size, Image.Resampling.BILINEAR)
    image = image.point([round(level * 0.55) for level in range(256)] * 3)
    # Darker behind the heading and the footer, where text is on the picture itself.
    column = Image.new("L", (1, size[1]))
    fade = layout.px(110)
    for y in range(size[1]):
        head = 0.66 * min(1.0, max(0.0, 1 - (y - layout.body[1]) / fade))
        foot = 0.97 * min(1.0, max(0.0, 1 - (layout.bar[1] - y) / fade))
        column.putpixel((0, y), round(255 * max(head, foot)))
    image.paste((6, 7, 12), (0, 0), column.resize(size, Image.Resampling.NEAREST))
    return image


def glow(size: tuple[int, int], layout: Layout) -> Image.Image:
    """Return a dark background with two soft lights. It is drawn small, since it has no detail."""
    ground, light = layout.tint(0.045, 0.45), layout.tint(0.2, 0.6)
    other = layout.tint(0.13, 0.6, turn=0.12)
    # In fractions of a level: whole levels would show a grid when scaled up.
    channels = [Image.new("F", (48, 48)) for _ in ground]
    for y in range(48):
        for x in range(48):
            near = math.exp(-(((x - 6) / 26) ** 2 + (y / 24) ** 2))
            far = math.exp(-(((x - 46) / 22) ** 2 + ((y - 48) / 20) ** 2))
            for channel, g, a, b in zip(channels, ground, light, other, strict=True):
                channel.putpixel((x, y), g + (a - g) * near + (b - g) * far + 0.5)
    smooth = Image.Resampling.BICUBIC
    return Image.merge("RGB", [channel.resize(size, smooth).convert("L") for channel in channels])


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """Return a mask with round corners, drawn larger so that its edge is smooth."""
    mask = Image.new("L", (size[0] * 3, size[1] * 3))
    box = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * 3, fill=255)
    return mask.resize(size, Image.Resampling.BOX)


def shade(image: Image.Image, box: Box, radius: int, colour: Colour, opacity: float) -> None:
    """Draw a colour over a box with round corners; do nothing for an empty box."""
    width, height = box[2] - box[0], box[3] - box[1]
    if width < 1 or height < 1:  # a card of a few pixels has no room for it
        return
    mask = rounded((width, height), radius)
    image.paste(colour, box, mask.point([round(level * opacity) for level in range(256)]))
