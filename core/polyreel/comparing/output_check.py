"""The output check: what was asked for against what the video really is, field by field.

No vendor publishes the sizes of its videos in pixels. So the shape and the number of lines are
checked with a tolerance, and a difference from the exact size in pixels is only a note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..request import VideoFacts, VideoRequest

SHAPE_TOLERANCE = 0.02
"""By what part width to height may differ: encoders prefer sides that are multiples of 16."""
LINES_TOLERANCE = 0.02
"""By what part the shorter side may differ."""
SECONDS_TOLERANCE = 0.25
"""By how many seconds the length may differ: a few frames more or less are usual."""

_LINES_OF = {"2k": 1440, "4k": 2160, "8k": 4320}


class Verdict(StrEnum):
    """Whether what was delivered is what was asked for."""

    AS_ASKED = "as asked"
    NOTE = "note"
    MISS = "miss"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, kw_only=True)
class OutputCheck:
    """The check of one field of a video.

    Attributes:
        field: What is compared: `shape`, `lines`, `pixels`, `seconds`, `sound` or
            `frames per second`.
        asked: What was asked for, as text; None where nothing was asked.
        actual: What was delivered, as text.
        verdict: Whether the two agree.
        message: The difference in words; empty where it is as asked.
    """

    field: str
    asked: str | None
    actual: str
    verdict: Verdict
    message: str = ""

    def facts(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return {
            "field": self.field,
            "asked": self.asked,
            "actual": self.actual,
            "verdict": str(self.verdict),
            "message": self.message,
        }


def check_output(
    request: VideoRequest,
    video: VideoFacts,
    *,
    makes_sound: bool | None = None,
    left_out: Collection[str] = (),
) -> tuple[OutputCheck, ...]:
    """Return the check of each field of a video.

    Args:
        request: The user's request.
        video: What the file really is.
        makes_sound: Whether the model makes sound by default; None where unknown.
        left_out: The request's fields that were left out with the caller's consent. The caller
            was warned of a difference in them before anything was sent, so it is not a miss.
    """
    return (
        _shape(request, video),
        _lines(request, video, "resolution" in left_out),
        _pixels(request, video),
        _seconds(request, video),
        _sound(request, video, makes_sound, "audio" in left_out),
        _frame_rate(video),
    )


def misses(checks: Collection[OutputCheck]) -> Iterator[OutputCheck]:
    """Yield the fields in which the video is not what was asked for."""
    return (each for each in checks if each.verdict is Verdict.MISS)


def notes(checks: Collection[OutputCheck]) -> Iterator[OutputCheck]:
    """Yield the fields in which the video is a little different."""
    return (each for each in checks if each.verdict is Verdict.NOTE)


def _shape(request: VideoRequest, video: VideoFacts) -> OutputCheck:
    found = video.width / video.height
    actual = f"{found:.3f}:1"
    ratio = _ratio(request)
    if ratio is None:
        return _not_asked("shape", actual)
    asked = f"{request.aspect_ratio} ({ratio:.3f}:1)"
    if _within(found, ratio, SHAPE_TOLERANCE):
        return _as_asked("shape", asked, actual)
    return OutputCheck(
        field="shape",
        asked=asked,
        actual=actual,
        verdict=Verdict.MISS,
        message=f"the shape differs by more than {SHAPE_TOLERANCE:.0%}",
    )


def _lines(request: VideoRequest, video: VideoFacts, was_left_out: bool) -> OutputCheck:
    found, wanted = min(video.width, video.height), _wanted_lines(request)
    asked = f"{wanted} ({request.resolution})" if request.resolution[-1] == "k" else str(wanted)
    actual = str(found)
    if found == wanted:
        return _as_asked("lines", asked, actual)
    if was_left_out:
        verdict, message = Verdict.NOTE, "the resolution was left out before the request was sent"
    elif _within(found, wanted, LINES_TOLERANCE):
        verdict, message = Verdict.NOTE, f"{found} lines for {wanted}"
    else:
        verdict, message = Verdict.MISS, f"the lines differ by more than {LINES_TOLERANCE:.0%}"
    return OutputCheck(field="lines", asked=asked, actual=actual, verdict=verdict, message=message)


def _pixels(request: VideoRequest, video: VideoFacts) -> OutputCheck:
    actual = f"{video.width}×{video.height}"
    plain = plain_size(request)
    if plain is None:
        return _not_asked("pixels", actual)
    asked = f"{plain[0]}×{plain[1]}"
    if (video.width, video.height) == plain:
        return _as_asked("pixels", asked, actual)
    return OutputCheck(
        field="pixels",
        asked=asked,
        actual=actual,
        verdict=Verdict.NOTE,
        message="not exactly this size; the provider publishes no sizes in pixels",
    )


def _seconds(request: VideoRequest, video: VideoFacts) -> OutputCheck:
    asked, actual = f"{request.duration} s", f"{video.seconds:.2f} s"
    if abs(video.seconds - request.duration) <= SECONDS_TOLERANCE:
        return _as_asked("seconds", asked, actual)
    return OutputCheck(
        field="seconds",
        asked=asked,
        actual=actual,
        verdict=Verdict.MISS,
        message=f"the length differs by more than {SECONDS_TOLERANCE} s",
    )


def _sound(
    request: VideoRequest, video: VideoFacts, makes_sound: bool | None, was_left_out: bool
) -> OutputCheck:
    actual = _yes_no(video.has_sound)
    if request.audio is not None:
        wanted, asked = request.audio, _yes_no(request.audio)
        message = "sound was asked for" if wanted else "no sound was asked for"
    elif makes_sound is not None:
        wanted, asked = makes_sound, f"{_yes_no(makes_sound)} (the model's default)"
        message = f"by default the model should make {'' if wanted else 'no '}sound"
    else:
        return _not_asked("sound", actual)
    if video.has_sound is wanted:
        return _as_asked("sound", asked, actual)
    verdict = Verdict.MISS
    if was_left_out:
        verdict, message = Verdict.NOTE, "audio was left out before the request was sent"
    return OutputCheck(field="sound", asked=asked, actual=actual, verdict=verdict, message=message)


def _frame_rate(video: VideoFacts) -> OutputCheck:
    rate = video.frames_per_second
    return _not_asked("frames per second", "unknown" if rate is None else f"{rate:.5g}")


def plain_size(request: VideoRequest) -> tuple[int, int] | None:
    """Return the exact width and height of a request's aspect ratio and resolution.

    The lines are the shorter side, and both sides are even. Return None where the model chooses
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


def _within(found: float, wanted: float, tolerance: float) -> bool:
    return abs(found - wanted) <= tolerance * wanted


def _as_asked(field: str, asked: str, actual: str) -> OutputCheck:
    return OutputCheck(field=field, asked=asked, actual=actual, verdict=Verdict.AS_ASKED)


def _not_asked(field: str, actual: str) -> OutputCheck:
    return OutputCheck(field=field, asked=None, actual=actual, verdict=Verdict.NOT_ASKED)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
