"""What was asked for against what the film really is, field by field.

No vendor publishes the sizes of its films in pixels, so the shape and the number of lines are
judged, with some room; that the very pixels differ from the plain size is only noted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .film_facts import FilmFacts
from .request import VideoRequest

SHAPE_ROOM = 0.02
"""The part by which width to height may differ: coders like sides that are multiples of 16."""
LINES_ROOM = 0.02
"""The part by which the shorter side may differ."""
SECONDS_ROOM = 0.25
"""Seconds by which the length may differ: a few frames more or less are usual."""

_LINES_OF = {"2k": 1440, "4k": 2160, "8k": 4320}


class Verdict(StrEnum):
    """How what was delivered stands to what was asked."""

    AS_ASKED = "as asked"
    NOTE = "note"
    MISS = "miss"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One field of a film: asked against delivered.

    Attributes:
        field: What is compared: `shape`, `lines`, `pixels`, `seconds`, `sound` or
            `frames per second`.
        asked: For a person; None where nothing was asked.
        delivered: For a person.
        verdict: How the two stand to each other.
        message: What is worth saying about it; empty where it is as asked.
    """

    field: str
    asked: str | None
    delivered: str
    verdict: Verdict
    message: str = ""

    def facts(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "field": self.field,
            "asked": self.asked,
            "delivered": self.delivered,
            "verdict": str(self.verdict),
            "message": self.message,
        }


def compare_with_asked(
    request: VideoRequest,
    film: FilmFacts,
    *,
    makes_sound: bool | None = None,
    left_out: Collection[str] = (),
) -> tuple[Delivery, ...]:
    """Return each field of a film beside what was asked for.

    Args:
        request: What the user asked for.
        film: What the file really is.
        makes_sound: Whether the model makes sound unless told; None where unknown.
        left_out: The request's fields that were left out with the caller's consent. What
            differs in them was said before anything was sent and is no miss.
    """
    return (
        _shape(request, film),
        _lines(request, film, "resolution" in left_out),
        _pixels(request, film),
        _seconds(request, film),
        _sound(request, film, makes_sound, "audio" in left_out),
        _frame_rate(film),
    )


def misses(deliveries: Collection[Delivery]) -> Iterator[Delivery]:
    """Yield the fields in which the film is not what was asked for."""
    return (each for each in deliveries if each.verdict is Verdict.MISS)


def notes(deliveries: Collection[Delivery]) -> Iterator[Delivery]:
    """Yield the fields in which the film is a little different."""
    return (each for each in deliveries if each.verdict is Verdict.NOTE)


def _shape(request: VideoRequest, film: FilmFacts) -> Delivery:
    found = film.width / film.height
    delivered = f"{found:.3f}:1"
    ratio = _ratio(request)
    if ratio is None:
        return _not_asked("shape", delivered)
    asked = f"{request.aspect_ratio} ({ratio:.3f}:1)"
    if _within(found, ratio, SHAPE_ROOM):
        return _as_asked("shape", asked, delivered)
    return Delivery(
        field="shape",
        asked=asked,
        delivered=delivered,
        verdict=Verdict.MISS,
        message=f"the shape differs by more than {SHAPE_ROOM:.0%}",
    )


def _lines(request: VideoRequest, film: FilmFacts, was_left_out: bool) -> Delivery:
    found, wanted = min(film.width, film.height), _wanted_lines(request)
    asked = f"{wanted} ({request.resolution})" if request.resolution[-1] == "k" else str(wanted)
    delivered = str(found)
    if found == wanted:
        return _as_asked("lines", asked, delivered)
    if was_left_out:
        verdict, message = Verdict.NOTE, "the resolution was left out before it was sent"
    elif _within(found, wanted, LINES_ROOM):
        verdict, message = Verdict.NOTE, f"{found} lines for {wanted}"
    else:
        verdict, message = Verdict.MISS, f"the lines differ by more than {LINES_ROOM:.0%}"
    return Delivery(
        field="lines", asked=asked, delivered=delivered, verdict=verdict, message=message
    )


def _pixels(request: VideoRequest, film: FilmFacts) -> Delivery:
    delivered = f"{film.width}×{film.height}"
    plain = plain_size(request)
    if plain is None:
        return _not_asked("pixels", delivered)
    asked = f"{plain[0]}×{plain[1]}"
    if (film.width, film.height) == plain:
        return _as_asked("pixels", asked, delivered)
    return Delivery(
        field="pixels",
        asked=asked,
        delivered=delivered,
        verdict=Verdict.NOTE,
        message="not the plain size; the provider publishes no sizes in pixels",
    )


def _seconds(request: VideoRequest, film: FilmFacts) -> Delivery:
    asked, delivered = f"{request.duration} s", f"{film.seconds:.2f} s"
    if abs(film.seconds - request.duration) <= SECONDS_ROOM:
        return _as_asked("seconds", asked, delivered)
    return Delivery(
        field="seconds",
        asked=asked,
        delivered=delivered,
        verdict=Verdict.MISS,
        message=f"the length differs by more than {SECONDS_ROOM} s",
    )


def _sound(
    request: VideoRequest, film: FilmFacts, makes_sound: bool | None, was_left_out: bool
) -> Delivery:
    delivered = _yes_no(film.has_sound)
    if request.audio is not None:
        wanted, asked = request.audio, _yes_no(request.audio)
        message = "sound was asked for" if wanted else "no sound was asked for"
    elif makes_sound is not None:
        wanted, asked = makes_sound, f"{_yes_no(makes_sound)} (the model's own)"
        message = f"the model is said to make {'' if wanted else 'no '}sound unless told"
    else:
        return _not_asked("sound", delivered)
    if film.has_sound is wanted:
        return _as_asked("sound", asked, delivered)
    verdict = Verdict.MISS
    if was_left_out:
        verdict, message = Verdict.NOTE, "the setting was left out before it was sent"
    return Delivery(
        field="sound", asked=asked, delivered=delivered, verdict=verdict, message=message
    )


def _frame_rate(film: FilmFacts) -> Delivery:
    rate = film.frames_per_second
    return _not_asked("frames per second", "unknown" if rate is None else f"{rate:.5g}")


def plain_size(request: VideoRequest) -> tuple[int, int] | None:
    """Return the width and height that a request's words mean at their plainest.

    The lines are the shorter side and both sides are even. None where the model chooses
    the shape.
    """
    ratio, lines = _ratio(request), _wanted_lines(request)
    if ratio is None:
        return None
    return (
        (_even(lines * ratio), _even(lines)) if ratio >= 1 else (_even(lines), _even(lines / ratio))
    )


def _ratio(request: VideoRequest) -> float | None:
    width, separator, height = request.aspect_ratio.partition(":")
    return int(width) / int(height) if separator else None


def _wanted_lines(request: VideoRequest) -> int:
    named = request.resolution
    number = int(named[:-1])
    return _LINES_OF.get(named, number * 540) if named.endswith("k") else number


def _even(length: float) -> int:
    return 2 * round(length / 2)


def _within(found: float, wanted: float, room: float) -> bool:
    return abs(found - wanted) <= room * wanted


def _as_asked(field: str, asked: str, delivered: str) -> Delivery:
    return Delivery(field=field, asked=asked, delivered=delivered, verdict=Verdict.AS_ASKED)


def _not_asked(field: str, delivered: str) -> Delivery:
    return Delivery(field=field, asked=None, delivered=delivered, verdict=Verdict.NOT_ASKED)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
