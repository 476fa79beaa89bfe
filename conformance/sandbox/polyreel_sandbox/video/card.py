"""What a stand-in's video shows, and where it shows it."""

from __future__ import annotations

import zlib
from colorsys import hls_to_rgb
from dataclasses import dataclass

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

Colour = tuple[int, int, int]
"""Red, green, blue, from 0 to 255."""

WHITE: Colour = (245, 246, 250)
GREY: Colour = (190, 194, 206)


@dataclass(frozen=True)
class Picture:
    """An image of the request.

    Attributes:
        label: Its use: `first frame`, `last frame`, `image 1`, …
        data: The bytes of an image file; they may not be readable.
    """

    label: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class VideoCard:
    """What a video shows, its length and its size.

    Attributes:
        provider: The provider's name, e.g. `jimmy`.
        model: The model's id, e.g. `seedance2.0-fast-i2v`.
        prompt: The prompt of the request; shortened when it does not fit.
        seconds: Length of the video.
        width: In pixels; even.
        height: In pixels; even.
        frames_per_second: Of the video.
        sound: Whether the video gets an audio track.
        settings: The names and values of the request's settings.
        pictures: The images of the request.
    """

    provider: str
    model: str
    prompt: str
    seconds: int
    width: int
    height: int
    frames_per_second: int = 24
    sound: bool
    settings: tuple[tuple[str, str], ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Where things are on a card, in pixels.

    Attributes:
        unit: The scale; 1.0 on a card whose shorter side is 720 pixels.
        hue: From 0 to 1; the same for every video of one model.
        reel: The turning reel.
        body: The area between the heading and the progress bar.
        bar: The progress bar.
        clock: The running seconds, below the bar.
    """

    unit: float
    hue: float
    reel: Box
    body: Box
    bar: Box
    clock: Box

    @classmethod
    def of(cls, card: VideoCard) -> Layout:
        """Return the layout of a card of any shape."""
        unit = min(card.width, card.height) / 720

        def px(length: float) -> int:
            return round(length * unit)

        left, top = px(44), px(40)
        right, bottom = card.width - left, card.height - px(28)
        name = f"{card.provider}\n{card.model}".encode("utf-8", "replace")
        return cls(
            unit=unit,
            hue=zlib.crc32(name) / 2**32,
            reel=(right - px(92), top, right, top + px(92)),
            body=(left, top + px(150), right, bottom - px(66)),
            bar=(left, bottom - px(44), right, bottom - px(36)),
            clock=(right - px(200), bottom - px(28), right, bottom),
        )

    def px(self, length: float) -> int:
        """Return a length on this card, at least one pixel."""
        return max(1, round(length * self.unit))

    def font(self, length: float) -> int:
        """Return a font size on this card, at least 9 pixels to be readable."""
        return max(9, round(length * self.unit))

    def tint(self, lightness: float, saturation: float, turn: float = 0.0) -> Colour:
        """Return a colour of this card's hue, turned by a part of the colour circle."""
        red, green, blue = hls_to_rgb((self.hue + turn) % 1, lightness, saturation)
        return round(red * 255), round(green * 255), round(blue * 255)
