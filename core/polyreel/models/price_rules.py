"""PriceRule: what one model's videos cost, as data with a source and a date.

All money is `Decimal`. A price that is not published, configured or observed is absent: never a
guess, and never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Unit = Literal["task", "second", "token", "call", "image"]
"""What a price is for one of. A call and a task are one video; an image is one that goes in."""

CountedSeconds = Literal[
    "output",
    "output and first video",
    "output and all videos",
    "the longer of output and videos",
]
"""Which seconds a price per second counts: those of the video, and those of reference videos."""

Origin = Literal["config", "catalogue", "published", "observed"]
"""Where a price comes from, best first: the user's own config, the provider's catalogue as last
downloaded, a page of the provider, or charges in the user's own journal."""

ORIGINS: tuple[Origin, ...] = ("config", "catalogue", "published", "observed")


LARGEST_PRICE = Decimal(10**9)
"""No video costs more, in any currency or credit."""
_MOST_DIGITS = 100


def why_not_number(value: Decimal) -> str | None:
    """Return why a number can't be a part of a price; None where it can.

    It is from 0 to 10^9 and has at most 100 digits, so that no sum or product of prices is beyond
    what can be computed and shown.
    """
    if not value.is_finite() or not 0 <= value <= LARGEST_PRICE:
        return f"it is not a number from 0 to {LARGEST_PRICE}"
    _, digits, exponent = value.as_tuple()
    is_short = isinstance(exponent, int) and abs(exponent) + len(digits) <= _MOST_DIGITS
    return None if is_short else f"it has more than {_MOST_DIGITS} digits"


@dataclass(frozen=True, kw_only=True)
class TokenCount:
    """How the tokens of a video are counted: pixels × frames ÷ pixels per token.

    Attributes:
        frames_per_second: The video's frame rate.
        pixels_per_token: How many pixels, of all frames together, are one token.
        pixels: Width times height of a frame, by `resolution` or by `resolution ratio` as in
            `720p 16:9`.
    """

    frames_per_second: Decimal
    pixels_per_token: Decimal
    pixels: Mapping[str, int]

    def __post_init__(self) -> None:
        parts = {
            "frames_per_second": self.frames_per_second,
            "pixels_per_token": self.pixels_per_token,
            **{f"pixels of {name}": Decimal(count) for name, count in self.pixels.items()},
        }
        for name, value in parts.items():
            reason = why_not_number(value)
            if reason is not None or not value:
                raise ValueError(f"{name}: {reason or 'it must be greater than zero'}")

    def tokens(self, resolution: str, aspect_ratio: str, seconds: Decimal) -> Decimal | None:
        """Return the tokens of a video of some seconds; None where its frame size is unknown."""
        pixels = self.pixels.get(f"{resolution} {aspect_ratio}", self.pixels.get(resolution))
        if pixels is None:
            return None
        return pixels * self.frames_per_second * seconds / self.pixels_per_token


_NUMBERS = (
    "amount",
    "extra",
    "minimum",
    "multiplier_with_video",
    "per_image",
    "per_video_second",
    "minimum_units",
    "rounded_up_to",
)
_CONDITIONS = ("resolution", "audio", "video_input", "image_input")


@dataclass(frozen=True, kw_only=True)
class PriceRule:
    """What a model's videos cost under some conditions.

    Attributes:
        unit: What is counted.
        amount: The price of `per` units.
        currency: Its code, such as `USD`, or the provider's own credit.
        per: How many units the amount is for, e.g. 1000000 for a price per million tokens.
        resolution: The only resolution that the price applies to; None for all.
        audio: True where it applies only to videos with sound, False only to videos without;
            None for both.
        video_input: True where it applies only with reference videos, False only without;
            None for both.
        image_input: True where it applies only with images, frames or references; False only
            without; None for both.
        counts: Which seconds are counted; None to use the model's billing.
        minimum_units: Fewest units that are billed.
        rounded_up_to: Units are rounded up to a multiple of this.
        multiplier_with_video: The price of the units is multiplied by this when a reference video
            goes in; what is added below is not.
        extra: Added once for each video.
        per_image: Added for each image that goes in, frames and references.
        per_video_second: Added for each second of all reference videos, each rounded to whole
            seconds. Where one is not of whole seconds, a quote is an estimate.
        minimum: Lowest amount for a video, with everything that is added.
        tokens: How tokens are counted, where the unit is tokens.
        is_upper_bound: Whether the amount is only the highest of a range.
        origin: The kind of source.
        source: The page, file or call.
        read: The day when it was read; None where the config does not say it.
        seen: In how many charges it was observed, for an observed price.
    """

    unit: Unit
    amount: Decimal
    currency: str
    per: int = 1
    resolution: str | None = None
    audio: bool | None = None
    video_input: bool | None = None
    image_input: bool | None = None
    counts: CountedSeconds | None = None
    minimum_units: Decimal | None = None
    rounded_up_to: Decimal | None = None
    multiplier_with_video: Decimal = Decimal(1)
    extra: Decimal = Decimal(0)
    per_image: Decimal = Decimal(0)
    per_video_second: Decimal = Decimal(0)
    minimum: Decimal | None = None
    tokens: TokenCount | None = None
    is_upper_bound: bool = False
    origin: Origin = "published"
    source: str
    read: date | None = None
    seen: int | None = None

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            value: Decimal | None = getattr(self, name)
            reason = None if value is None else why_not_number(value)
            if reason is not None:
                raise ValueError(f"{name}: {reason}")
        if not 1 <= self.per <= LARGEST_PRICE or (
            self.rounded_up_to is not None and self.rounded_up_to <= 0
        ):
            raise ValueError("per and rounded_up_to must be greater than zero, and at most 10^9")
        if not self.currency.strip():
            raise ValueError("a price needs a currency or the name of a credit")

    @property
    def described(self) -> str:
        """The price in words, such as `0.0690 USD per second, plus 1 USD for each video`."""
        added = "".join(
            f", plus {amount} {self.currency} {what}"
            for amount, what in (
                (self.extra, "for each video"),
                (self.per_image, "for each input image"),
                (self.per_video_second, "for each second of input video"),
            )
            if amount
        )
        if self.multiplier_with_video != 1:
            added = f", times {self.multiplier_with_video} with an input video{added}"
        if self.minimum:
            added += f", at least {self.minimum} {self.currency}"
        return f"{self.rate}{added}{', at most' if self.is_upper_bound else ''}"

    @property
    def rate(self) -> str:
        """The price of the units alone in words, such as `6 USD per 1000000 tokens`."""
        per = f"{self.per} {self.unit}s" if self.per != 1 else self.unit
        return f"{self.amount} {self.currency} per {per}"

    @property
    def conditions(self) -> dict[str, str | bool]:
        """The conditions that a video must meet, by name; empty where there are none."""
        found = {name: getattr(self, name) for name in _CONDITIONS}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def described_conditions(self) -> str:
        """The conditions in words, such as `4k, with sound`; `any` where there are none."""
        words = [] if self.resolution is None else [self.resolution]
        for value, what in (
            (self.audio, "sound"),
            (self.video_input, "input video"),
            (self.image_input, "input image"),
        ):
            if value is not None:
                words.append(f"{'with' if value else 'without'} {what}")
        return ", ".join(words) or "any"

    def is_more_specific_than(self, other: PriceRule) -> bool:
        """Return whether it has every condition of another rule, and more."""
        own, its = self.conditions, other.conditions
        return len(own) > len(its) and its.items() <= own.items()

    def applies_to(
        self, resolution: str, *, audio: bool | None, video_input: bool, image_input: bool
    ) -> bool | None:
        """Return whether the price applies to a video; None where it depends on something unknown.

        Args:
            resolution: The video's resolution.
            audio: Whether the video has sound; None where unknown.
            video_input: Whether the request has reference videos.
            image_input: Whether the request has images, frames or references.
        """
        if self.resolution not in (None, resolution):
            return False
        if self.video_input not in (None, video_input):
            return False
        if self.image_input not in (None, image_input):
            return False
        if self.audio is None:
            return True
        return None if audio is None else self.audio is audio

    def facts(self) -> dict[str, object]:
        """Return the rule as JSON values."""
        return {
            "price": self.described,
            "unit": self.unit,
            "amount": str(self.amount),
            "currency": self.currency,
            "per": self.per,
            "resolution": self.resolution,
            "audio": self.audio,
            "video_input": self.video_input,
            "image_input": self.image_input,
            "counts": self.counts,
            "multiplier_with_video": str(self.multiplier_with_video),
            "extra": str(self.extra),
            "per_image": str(self.per_image),
            "per_video_second": str(self.per_video_second),
            "minimum": None if self.minimum is None else str(self.minimum),
            "is_upper_bound": self.is_upper_bound,
            "origin": self.origin,
            "source": self.source,
            "read": None if self.read is None else self.read.isoformat(),
            "seen": self.seen,
        }
