"""Draws a small landscape, used as a reference image in the demo and in tests."""

from __future__ import annotations

import io
import math
import zlib
from colorsys import hls_to_rgb
from random import Random

from PIL import Image, ImageDraw, ImageFont

_Colour = tuple[int, int, int]

# Pillow's shapes have hard edges: they are drawn this many times larger, then scaled down.
_OVERSAMPLING = 2


def draw_picture(text: str, width: int, height: int) -> bytes:
    """Draw the sun over hills and sea, as a PNG.

    The same arguments give the same picture. Another text gives other colours and other hills.

    Args:
        text: The caption; shortened when it does not fit.
        width: In pixels.
        height: In pixels.

    Returns:
        The bytes of the PNG file.

    Raises:
        ValueError: When the width or the height is below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"{width} x {height} is not a valid size; use at least 1 x 1 pixels")
    chance = Random(zlib.crc32(text.encode("utf-8", "replace")))  # noqa: S311 - scenery, no secrets
    # From teal over blue and violet to rose, as a real sky.
    hue = chance.uniform(0.5, 0.95)
    warm = chance.uniform(0.04, 0.13)
    big_width, big_height = width * _OVERSAMPLING, height * _OVERSAMPLING
    image = _sky(big_width, big_height, hue, warm)
    draw = ImageDraw.Draw(image)

    horizon = round(big_height * chance.uniform(0.52, 0.6))
    sun_x = round(big_width * chance.uniform(0.25, 0.75))
    sun_y = horizon - round(big_height * chance.uniform(0.08, 0.22))
    _draw_sun(image, (sun_x, sun_y), 0.085 * min(big_width, big_height), warm)
    _draw_hills(draw, chance, horizon, image.size, _colour(hue - 0.03, 0.56, 0.32), 0.15)
    _draw_sea(draw, chance, horizon, image.size, sun_x, hue)
    shore = round(big_height * 0.8)
    _draw_hills(draw, chance, shore, image.size, _colour(hue - 0.12, 0.3, 0.3), 0.08)
    near = round(big_height * 0.9)
    _draw_hills(draw, chance, near, image.size, _colour(hue - 0.09, 0.17, 0.34), 0.06)

    image = image.resize((width, height), Image.Resampling.BOX)
    _draw_caption(image, text)
    # Without dithering the gradients become flat bands, which PNG compresses very well.
    small = image.quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()


def _colour(hue: float, lightness: float, saturation: float) -> _Colour:
    red, green, blue = hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _mix(first: _Colour, second: _Colour, share: float) -> _Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _sky(width: int, height: int, hue: float, warm: float) -> Image.Image:
    column = Image.new("RGB", (1, height))
    top, bottom = _colour(hue, 0.5, 0.48), _colour(warm, 0.85, 0.85)
    for y in range(height):
        column.putpixel((0, y), _mix(top, bottom, min(1.0, y / (height * 0.58))))
    return column.resize((width, height), Image.Resampling.NEAREST)


def _draw_sun(image: Image.Image, centre: tuple[int, int], radius: float, warm: float) -> None:
    x, y = centre
    draw = ImageDraw.Draw(image, "RGBA")
    glow = _colour(warm + 0.02, 0.88, 1)
    for size, opacity in ((2.6, 28), (2.0, 36), (1.5, 48)):
        reach = radius * size
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(*glow, opacity))
    face = _colour(warm + 0.03, 0.93, 1)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=face)


def _draw_hills(
    draw: ImageDraw.ImageDraw,
    chance: Random,
    base: int,
    size: tuple[int, int],
    colour: _Colour,
    swing: float,
) -> None:
    """Fill everything below a wavy line that swings `swing` of the height above `base`."""
    width, height = size
    waves = [(chance.uniform(0.6, 1.4) * k, chance.uniform(0, math.tau), 1 / k) for k in (1, 2, 3)]
    loudest = sum(loudness for _, _, loudness in waves)
    line: list[tuple[float, float]] = []
    for step in range(129):
        along = step / 128
        wave = sum(a * math.sin(along * math.tau * f + phase) for f, phase, a in waves) / loudest
        line.append((along * width, base - (wave + 1) / 2 * swing * height))
    draw.polygon([*line, (width, height), (0, height)], fill=colour)


def _draw_sea(
    draw: ImageDraw.ImageDraw,
    chance: Random,
    horizon: int,
    size: tuple[int, int],
    sun_x: int,
    hue: float,
) -> None:
    width, height = size
    far, near = _colour(hue - 0.02, 0.7, 0.42), _colour(hue + 0.02, 0.38, 0.45)
    for y in range(horizon, height):
        share = (y - horizon) / max(1, height - horizon)
        draw.line((0, y, width, y), fill=_mix(far, near, share))
    glint = (255, 246, 224)
    thick = max(1, round(height * 0.004))
    for row in range(14):
        y = round(horizon + (row + 0.6) * height * 0.016)
        reach = width * chance.uniform(0.012, 0.05) * (1 + row / 10)
        middle = sun_x + width * chance.uniform(-0.02, 0.02)
        draw.line((middle - reach, y, middle + reach, y), fill=glint, width=thick)


def _draw_caption(image: Image.Image, text: str) -> None:
    size = max(10, min(image.size) // 26)
    font = ImageFont.load_default(size)
    # Line breaks and control characters cannot be drawn in one line.
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:500]).split())
    room = image.width - 2 * size
    if font.getlength(line) > room:
        while line and font.getlength(line + "…") > room:
            line = line[:-1]
        line += "…"
    place = (size, image.height - size)
    ImageDraw.Draw(image).text(place, line, fill=(255, 255, 255), font=font, anchor="ls")
