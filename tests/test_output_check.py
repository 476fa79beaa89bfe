"""Asked against delivered: what counts as a miss, what is only noted, what nobody asked."""

from __future__ import annotations

import io

import pytest
from polyreel import VideoRequest
from polyreel.comparing.output_check import Verdict, check_output, plain_size
from polyreel.request import VideoFacts
from polyreel.request.video_facts import probe
from tiny_videos import mp4


def verdicts(
    request: VideoRequest,
    width: int = 1280,
    height: int = 720,
    seconds: float = 5.0,
    has_sound: bool = True,
    **more: object,
) -> dict[str, str]:
    video = VideoFacts(width, height, seconds, 24.0, has_sound)
    found = check_output(request, video, **more)  # type: ignore[arg-type]
    return {each.field: str(each.verdict) for each in found}


def asked(**fields: object) -> VideoRequest:
    return VideoRequest.model_validate({"prompt": "A boat", **fields})


def test_a_video_that_is_as_asked_has_nothing_to_find() -> None:
    assert verdicts(asked(audio=True)) == {
        "shape": "as asked",
        "lines": "as asked",
        "pixels": "as asked",
        "seconds": "as asked",
        "sound": "as asked",
        "frames per second": "not asked",
    }


@pytest.mark.parametrize(
    ("fields", "width", "height", "shape", "lines", "pixels"),
    [
        ({"resolution": "1080p"}, 1920, 1088, "as asked", "note", "note"),
        ({}, 1248, 704, "as asked", "miss", "note"),
        ({}, 1280, 708, "as asked", "note", "note"),
        ({}, 1280, 760, "miss", "miss", "note"),
        ({}, 720, 1280, "miss", "as asked", "note"),
        ({"aspect_ratio": "9:16"}, 720, 1280, "as asked", "as asked", "as asked"),
        ({"aspect_ratio": "1:1"}, 960, 960, "as asked", "miss", "note"),
        ({"aspect_ratio": "21:9"}, 1680, 720, "as asked", "as asked", "as asked"),
        ({"aspect_ratio": "auto"}, 999, 720, "not asked", "as asked", "not asked"),
        ({"resolution": "4k"}, 3840, 2160, "as asked", "as asked", "as asked"),
        ({"resolution": "2k"}, 2560, 1440, "as asked", "as asked", "as asked"),
    ],
)
def test_shape_and_lines_are_judged_and_pixels_only_noted(
    fields: dict[str, str], width: int, height: int, shape: str, lines: str, pixels: str
) -> None:
    found = verdicts(asked(**fields), width, height)
    assert (found["shape"], found["lines"], found["pixels"]) == (shape, lines, pixels)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(5.0, "as asked"), (5.25, "as asked"), (4.75, "as asked"), (5.26, "miss"), (4.0, "miss")],
)
def test_a_quarter_of_a_second_is_room_enough(seconds: float, verdict: str) -> None:
    assert verdicts(asked(), seconds=seconds)["seconds"] == verdict


@pytest.mark.parametrize(
    ("audio", "makes_sound", "has_sound", "verdict"),
    [
        (True, None, False, "miss"),
        (False, None, True, "miss"),
        (False, True, False, "as asked"),
        (True, False, True, "as asked"),
        (None, True, False, "miss"),
        (None, False, True, "miss"),
        (None, True, True, "as asked"),
        (None, None, True, "not asked"),
        (None, None, False, "not asked"),
    ],
)
def test_sound_is_kept_to_what_was_asked_and_else_to_what_the_model_says(
    audio: bool | None, makes_sound: bool | None, has_sound: bool, verdict: str
) -> None:
    request = asked() if audio is None else asked(audio=audio)
    assert verdicts(request, has_sound=has_sound, makes_sound=makes_sound)["sound"] == verdict


def test_what_was_left_out_with_consent_is_noted_and_no_miss() -> None:
    request = asked(resolution="1080p", audio=True)
    found = verdicts(request, has_sound=False, left_out=["resolution", "audio"])
    assert (found["lines"], found["sound"]) == ("note", "note")


def test_a_difference_says_what_was_asked_and_what_came() -> None:
    video = VideoFacts(1920, 1088, 5.0, None, False)
    found = {each.field: each for each in check_output(asked(resolution="1080p"), video)}
    assert (found["lines"].asked, found["lines"].actual) == ("1080", "1088")
    assert found["lines"].facts() == {
        "field": "lines",
        "asked": "1080",
        "actual": "1088",
        "verdict": "note",
        "message": "1088 lines for 1080",
    }
    assert found["pixels"].message
    assert found["frames per second"].actual == "unknown"
    assert found["seconds"].verdict is Verdict.AS_ASKED


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [("16:9", "480p", (854, 480)), ("3:4", "720p", (720, 960)), ("auto", "720p", None)],
)
def test_the_plain_size_has_even_sides(
    ratio: str, resolution: str, size: tuple[int, int] | None
) -> None:
    assert plain_size(asked(aspect_ratio=ratio, resolution=resolution)) == size


def test_a_video_whose_codec_is_unknown_is_refused_and_ends_no_process() -> None:
    with pytest.raises(ValueError, match="its codec is unknown"):
        probe(io.BytesIO(mp4()))
