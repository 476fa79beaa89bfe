"""Which of several prices of one source applies: the most specific, and when none is.

A price is more specific than another when it has every condition of the other, and more. For each
request there must be one that is more specific than all others that apply; else what the request
costs would depend on the order in which the prices are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from .price_rules import PriceRule

if TYPE_CHECKING:
    from .spec import ModelSpec

_ONE_VIDEO = frozenset({"call", "task"})


@dataclass(frozen=True, kw_only=True)
class PriceCase:
    """What of one request prices can depend on.

    Attributes:
        resolution: The video's resolution.
        audio: Whether it has sound.
        video_input: Whether reference videos go in.
        image_input: Whether images go in, frames or references.
    """

    resolution: str
    audio: bool
    video_input: bool
    image_input: bool

    def __str__(self) -> str:
        given = [
            *(["images"] if self.image_input else []),
            *(["videos"] if self.video_input else []),
        ]
        sound = "with" if self.audio else "without"
        return f"{self.resolution} {sound} sound from {' and '.join(given) or 'text'}"

    def meets(self, rule: PriceRule) -> bool:
        """Return whether a price applies."""
        return (
            rule.applies_to(
                self.resolution,
                audio=self.audio,
                video_input=self.video_input,
                image_input=self.image_input,
            )
            is True
        )


@dataclass(frozen=True, kw_only=True)
class PriceProblem:
    """Why the prices of a model can't be used.

    Attributes:
        places: The prices at fault, as indexes of those that were checked, ascending.
        reason: What is wrong and what to do, in words that follow the name of the places.
    """

    places: tuple[int, ...]
    reason: str


def is_same_unit(one: str, other: str) -> bool:
    """Return whether two units count the same. A call and a task are both one video."""
    return one == other or {one, other} == _ONE_VIDEO


def most_specific(rules: Sequence[PriceRule]) -> list[PriceRule]:
    """Return the prices than which no other is more specific; one where the price is clear.

    Args:
        rules: Prices of one source that all apply to one request.
    """
    return [each for each in rules if not any(other.is_more_specific_than(each) for other in rules)]


def price_problem(spec: ModelSpec, rules: Sequence[PriceRule]) -> PriceProblem | None:
    """Return why the prices of one source can't be used for a model; None where they can.

    They must be in the unit that the model is billed by and of resolutions that it makes. And for
    each request that the model can take, one of the prices that apply must be more specific than
    all others; a third price may decide between two.

    Args:
        spec: The model.
        rules: All prices of the source for it.
    """
    for place, rule in enumerate(rules):
        unit = spec.billing.unit
        if unit is not None and not is_same_unit(rule.unit, unit):
            reason = f"it is a price per {rule.unit}, and the model is billed by the {unit}"
            return PriceProblem(places=(place,), reason=reason)
        if spec.resolutions and rule.resolution not in (None, *spec.resolutions):
            made = ", ".join(spec.resolutions)
            reason = f"it is a price of {rule.resolution}, and the model makes {made}"
            return PriceProblem(places=(place,), reason=reason)
    return _conflict(rules, price_cases(spec, rules))


def price_cases(spec: ModelSpec, rules: Iterable[PriceRule] = ()) -> list[PriceCase]:
    """Return every case of the requests that a model takes.

    Args:
        spec: The model.
        rules: Name the resolutions of a model whose resolutions are not known.
    """
    named = dict.fromkeys(each.resolution for each in rules if each.resolution is not None)
    return [
        PriceCase(resolution=resolution, audio=audio, video_input=video, image_input=image)
        for resolution, audio, (image, video) in product(
            spec.resolutions or (*named, "another resolution"), _audio(spec), _inputs(spec)
        )
    ]


def _audio(spec: ModelSpec) -> tuple[bool, ...]:
    """Return whether a model's videos may have sound, and may have none."""
    setting = spec.settings.get("audio")
    value = spec.makes_sound if setting is None else setting.fixed
    return (value,) if isinstance(value, bool) else (True, False)


def _inputs(spec: ModelSpec) -> list[tuple[bool, bool]]:
    """Return whether images and whether videos go in, for each kind of request."""
    forbidden = {each.name for each in spec.rules}  # by name: the spec checks its own prices
    images, videos, audios = (
        limit is not None and limit.maximum != 0
        for limit in (spec.images, spec.videos, spec.audios)
    )
    frames = bool(spec.frames)
    frames_with_videos = frames and "VIDEO_NOT_WITH_FRAMES" not in forbidden
    possible = {
        (False, False): spec.takes_text_only
        or (audios and "AUDIO_NEEDS_COMPANION" not in forbidden),
        (True, False): images or frames,
        (False, True): videos,
        (True, True): videos and (images or frames_with_videos),
    }
    needs_image = images and spec.images is not None and spec.images.minimum > 0
    needs_video = videos and spec.videos is not None and spec.videos.minimum > 0
    return [
        (image, video)
        for (image, video), can in possible.items()
        if can and (image or not needs_image) and (video or not needs_video)
    ]


def _conflict(rules: Sequence[PriceRule], cases: Iterable[PriceCase]) -> PriceProblem | None:
    """Return two prices of which neither is more specific, and a request that both apply to."""
    # Of each set of conditions the first two are enough: the rest of the work is then bounded.
    first: dict[tuple[object, ...], list[int]] = {}
    for place, rule in enumerate(rules):
        same = first.setdefault(tuple(rule.conditions.items()), [])
        if len(same) < 2:
            same.append(place)
    places = [each for same in first.values() for each in same]
    for case in cases:
        applying = {each: rules[each] for each in places if case.meets(rules[each])}
        best = most_specific(list(applying.values()))
        if len(best) > 1:
            found = [
                place for place, rule in applying.items() if any(rule is each for each in best)
            ]
            return PriceProblem(
                places=tuple(sorted(found[:2])),
                reason=f"both apply to {case}, and neither is more specific: it would have every "
                "condition of the other, and more",
            )
    return None
