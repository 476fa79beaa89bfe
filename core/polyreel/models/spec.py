"""ModelSpec: what one generation model can do, as data.

`polyreel models`, `check`, the conformance suite's generated requests and the README's
table use the same data. Adapters hold no `if` about limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, get_args

from ..request import MediaKind, Mode
from ..request.prompt import PLAIN_WORDS
from ..request.video_request import OPTIONAL_SETTINGS
from .price_rules import CountedSeconds, PriceRule, Unit
from .specific_prices import price_problem

MediaForm = Literal["url", "asset", "inline", "upload", "register"]
"""How media can reach a model: a public URL, the provider's own asset library, base64 in
the request's body, the provider's upload endpoint as a free step before the paid one, or a
registration: files and URLs become assets that the provider approves, before anything is paid."""


class Frames(StrEnum):
    """The uses of frames that a model may take."""

    FIRST = "first"
    LAST = "last"
    BOTH = "first and last"


class Rule(StrEnum):
    """A documented limit on combining media."""

    AUDIO_NEEDS_COMPANION = "reference audio must come with an image, a video or a frame"
    AUDIO_NOT_WITH_FRAMES = "reference audio can't be combined with frames"
    VIDEO_NOT_WITH_FRAMES = "reference videos can't be combined with frames"


@dataclass(frozen=True, kw_only=True)
class MediaLimit:
    """How many media of one kind a model takes, and in which forms.

    Attributes:
        forms: The ways in which the media may reach the model.
        maximum: Most reference media of this kind; None where no number is published.
            0 where the kind is used for frames only.
        minimum: Fewest that the model needs.
    """

    forms: frozenset[MediaForm]
    maximum: int | None
    minimum: int = 0

    def __post_init__(self) -> None:
        known = get_args(MediaForm)
        unknown = sorted(set(self.forms) - set(known))
        if unknown or not self.forms:
            raise ValueError(f"forms: {unknown or 'none given'}; use {', '.join(known)}")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One optional setting that a model has.

    Attributes:
        minimum: Smallest value, where it is a number with a bound.
        maximum: Largest value.
        fixed: The only value, for a model that always works that way. A request for just
            that value passes and nothing is sent.
    """

    minimum: int | None = None
    maximum: int | None = None
    fixed: bool | int | str | None = None


@dataclass(frozen=True, kw_only=True)
class Billing:
    """What the provider bills by.

    Attributes:
        unit: What is counted; None where it is not documented.
        name: The provider's name for the price, with `{resolution}` where it varies; None
            where it is not documented.
        counts: Which seconds are counted, where the unit is seconds; None where it is not
            documented.
        rates: The published prices, in `unit` and of resolutions of the model. For each request
            one of those that apply must have every condition of the others, and more.
    """

    unit: Unit | None
    name: str | None = None
    counts: CountedSeconds | None = "output"
    rates: tuple[PriceRule, ...] = ()

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit not in get_args(Unit):
            raise ValueError(f"unit: {self.unit!r} is not a unit; use {', '.join(get_args(Unit))}")

    def name_for(self, resolution: str) -> str | None:
        """Return the provider's name for the price of videos in a resolution."""
        return None if self.name is None else self.name.replace("{resolution}", resolution)


def _read_only(values: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    return MappingProxyType(dict(values or {}))


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """What one model can do. A fact that is not published is None or listed in `unknown`.

    Attributes:
        name: The model's name on the wire; with the provider's name before it, as in
            `jimmy/seedance2.0-fast-i2v`, it is the model's name everywhere in polyreel.
        durations: Every duration that can be asked for, in whole seconds, ascending.
        aspect_ratios: In neutral spelling; `auto` lets the model choose.
        resolutions: In neutral spelling.
        sends_resolution: False where the model always makes one resolution; the field is then
            checked but never sent.
        prompt_maximum: Most characters in the prompt; None where no number is published.
        takes_text_only: Whether a prompt without any media is enough.
        frames: The uses of frames that the model takes; empty where it takes none.
        images: Forms and number of images, frames included in the forms; None for none.
        videos: The same for reference videos.
        audios: The same for reference audios.
        media_maximum: Most media in all; None where no number is published.
        rules: What may not be combined.
        settings: The optional settings that the model has. What is absent is refused.
        makes_sound: Whether videos have sound when `audio` is None; None where unknown.
        vendor_defaults: What the vendor assumes when a setting is left out, in neutral
            names. polyreel sends its own defaults, so these are for information.
        prompt_references: The vendor's spelling of references in a prompt, per kind.
        billing: What the provider bills by.
        result_retention: How long results can be downloaded; None where unknown.
        source: Where the facts were read.
        checked: When they were read.
        unknown: What is not documented, and what polyreel does about it.
    """

    name: str
    durations: tuple[int, ...]
    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    source: str
    checked: date
    billing: Billing
    sends_resolution: bool = True
    prompt_maximum: int | None = None
    takes_text_only: bool = True
    frames: frozenset[Frames] = frozenset()
    images: MediaLimit | None = None
    videos: MediaLimit | None = None
    audios: MediaLimit | None = None
    media_maximum: int | None = None
    rules: frozenset[Rule] = frozenset()
    settings: Mapping[str, Setting] = field(default_factory=_read_only)
    makes_sound: bool | None = None
    vendor_defaults: Mapping[str, Any] = field(default_factory=_read_only)
    prompt_references: Mapping[MediaKind, str] = field(default_factory=lambda: PLAIN_WORDS)
    result_retention: timedelta | None = None
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.durations or list(self.durations) != sorted(set(self.durations)):
            raise ValueError(f"{self.name}: durations must be ascending and not empty")
        if not self.aspect_ratios or not self.resolutions:
            raise ValueError(f"{self.name}: aspect_ratios and resolutions must not be empty")
        unknown = set(self.settings) - set(OPTIONAL_SETTINGS)
        if unknown:
            raise ValueError(
                f"{self.name}: {sorted(unknown)} are not optional settings; use "
                f"{', '.join(OPTIONAL_SETTINGS)}"
            )
        if self.frames and self.images is None:
            raise ValueError(f"{self.name}: a model with frames must say which images it takes")
        problem = price_problem(self, self.billing.rates)
        if problem is not None:
            places = " and ".join(f"billing.rates[{each}]" for each in problem.places)
            raise ValueError(f"{self.name}: {places}: {problem.reason}")

    @property
    def modes(self) -> frozenset[Mode]:
        """What the model can make a video from."""
        modes = {Mode.TEXT} if self.takes_text_only else set()
        if self.frames:
            modes.add(Mode.FRAMES)
        if any(limit and limit.maximum != 0 for limit in (self.images, self.videos, self.audios)):
            modes.add(Mode.REFERENCES)
        return frozenset(modes)

    def limit(self, kind: MediaKind) -> MediaLimit | None:
        """Return the limit for one kind of media, or None where the model takes none."""
        return {"image": self.images, "video": self.videos, "audio": self.audios}[kind]

    def facts(self) -> dict[str, Any]:
        """Return the spec as JSON values."""
        facts: dict[str, Any] = _plain(
            {each.name: getattr(self, each.name) for each in fields(self)}
        )
        return {**facts, "modes": sorted(self.modes)}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One field of a request that a model does not take.

    Attributes:
        field: The request's field, e.g. `duration` or `reference_images[2]`.
        message: What is wrong and what the model takes, as a sentence.
        asked: The value in the request, shortened; never the content of media.
        limit: What the model takes.
        droppable: Whether the field may be dropped and the rest still be submitted.
    """

    field: str
    message: str
    asked: str
    limit: str
    droppable: bool = False

    def facts(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return {
            "field": self.field,
            "asked": self.asked,
            "limit": self.limit,
            "message": self.message,
        }


def seconds(first: int, last: int) -> tuple[int, ...]:
    """Return every whole number of seconds from first to last, both included."""
    return tuple(range(first, last + 1))


def describe_numbers(numbers: tuple[int, ...]) -> str:
    """Return ascending numbers for a person: `4–15` for a run, `10, 15` for a set."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(str(number) for number in numbers)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PriceRule):
        return value.facts()
    if isinstance(value, (MediaLimit, Setting, Billing)):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value
