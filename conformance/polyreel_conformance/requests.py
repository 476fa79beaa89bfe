"""Requests generated from a model's data: those that it takes, and those just beyond."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from polyreel import Frames, MediaLimit, Mode, ModelSpec, Rule, Setting, VideoRequest
from polyreel.catalogue import OPTIONAL_SETTINGS
from polyreel.prompt import render_prompt

Fields = dict[str, Any]

# The smallest file that is an image; what is in it does not matter to a translation.
_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00"
    b"\x00\x00\x00IEND\xaeB`\x82"
)
_LOCAL: dict[str, Any] = {
    "image": {"data": _PNG, "mime_type": "image/png"},
    "video": {"data": b"\x00\x00\x00\x18ftypmp42", "mime_type": "video/mp4"},
    "audio": {"data": b"ID3\x04\x00\x00", "mime_type": "audio/mpeg"},
}
_SUFFIX = {"image": "png", "video": "mp4", "audio": "mp3"}
_KINDS = ("image", "video", "audio")
# Where no number is published, generated requests stay small.
_UNPUBLISHED_MAXIMUM = 12


def accepted_requests(spec: ModelSpec) -> st.SearchStrategy[VideoRequest]:
    """Return a strategy of requests that the model takes."""
    return _accepted_fields(spec).map(VideoRequest.model_validate)


@st.composite
def refused_requests(draw: st.DrawFn, spec: ModelSpec) -> tuple[VideoRequest, str]:
    """Return a strategy of requests that the model refuses, each with the field at fault.

    A request is one that the model takes, changed in one place to lie just beyond it.
    """
    break_it = draw(st.sampled_from(_breakers(spec)))
    fields, name = break_it(draw, dict(draw(_accepted_fields(spec))))
    return VideoRequest.model_validate(fields), name


@st.composite
def _accepted_fields(draw: st.DrawFn, spec: ModelSpec) -> Fields:
    fields: Fields = {
        "duration": draw(st.sampled_from(spec.durations)),
        "aspect_ratio": draw(st.sampled_from(spec.aspect_ratios)),
        "resolution": draw(st.sampled_from(spec.resolutions)),
    }
    mode = draw(st.sampled_from(sorted(spec.modes)))
    if mode is Mode.FRAMES:
        _draw_frames(draw, spec, fields)
    if mode is Mode.REFERENCES:
        _draw_references(draw, spec, fields)
    for name, setting in sorted(spec.settings.items()):
        if draw(st.booleans()):
            fields[name] = draw(_values(name, setting))
    fields["prompt"] = draw(_prompts(spec, fields))
    return fields


def _draw_frames(draw: st.DrawFn, spec: ModelSpec, fields: Fields) -> None:
    assert spec.images is not None
    use = draw(st.sampled_from(sorted(spec.frames)))
    if use in (Frames.FIRST, Frames.BOTH):
        fields["first_frame"] = draw(_media("image", spec.images))
    if use in (Frames.LAST, Frames.BOTH):
        fields["last_frame"] = draw(_media("image", spec.images))
    if spec.audios and Rule.AUDIO_NOT_WITH_FRAMES not in spec.rules and draw(st.booleans()):
        fields["reference_audios"] = draw(_several("audio", spec.audios))


def _draw_references(draw: st.DrawFn, spec: ModelSpec, fields: Fields) -> None:
    offered = [kind for kind in _KINDS if _offers(_limit(spec, kind))]
    chosen = draw(st.sets(st.sampled_from(offered), min_size=1))
    if spec.videos is not None and spec.videos.minimum:
        chosen.add("video")
    # An image or a video is what every model can start from.
    if chosen == {"audio"} and (
        Rule.AUDIO_NEEDS_COMPANION in spec.rules or not spec.takes_text_only
    ):
        chosen.add("image")
    for kind in sorted(chosen):
        limit = _limit(spec, kind)
        assert limit is not None
        fields[f"reference_{kind}s"] = draw(_several(kind, limit))


def _several(kind: str, limit: MediaLimit) -> st.SearchStrategy[list[Any]]:
    maximum = _UNPUBLISHED_MAXIMUM if limit.maximum is None else limit.maximum
    return st.lists(_media(kind, limit), min_size=max(1, limit.minimum), max_size=maximum)


def _media(kind: str, limit: MediaLimit) -> st.SearchStrategy[Any]:
    forms: dict[str, Any] = {
        "url": f"https://example.com/{kind}.{_SUFFIX[kind]}",
        "asset": "asset://asset-123",
        "inline": _LOCAL[kind],
        "upload": _LOCAL[kind],
    }
    return st.sampled_from(sorted(limit.forms)).map(lambda form: forms[form])


def _values(name: str, setting: Setting) -> st.SearchStrategy[Any]:
    if setting.fixed is not None:
        return st.just(setting.fixed)
    if name in ("seed", "expires_after"):
        low = setting.minimum if setting.minimum is not None else 0 if name == "seed" else 1
        high = setting.maximum if setting.maximum is not None else 2**32 - 1
        return st.sampled_from([low, high]) | st.integers(low, high)
    if name == "negative_prompt":
        return st.text(min_size=1, max_size=setting.maximum or 40)
    return st.booleans()


@st.composite
def _prompts(draw: st.DrawFn, spec: ModelSpec, fields: Fields) -> str:
    """Return a strategy of prompts, with references where there are media to refer to."""
    text = draw(st.text(_LETTERS, min_size=1, max_size=60))
    if not text.strip():
        text += "x"
    for kind in _KINDS:
        count = len(fields.get(f"reference_{kind}s", ()))
        if count and draw(st.booleans()):
            text += f" {{{kind}:{draw(st.integers(1, count))}}}"
    maximum = spec.prompt_maximum
    if maximum is not None and draw(st.integers(0, 9)) == 0:
        text += "x" * (maximum - len(render_prompt(text, spec.prompt_references)))
    return text


# Braces would be references; surrogates are not text.
_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="{}")

Breaker = Callable[[st.DrawFn, Fields], tuple[Fields, str]]


def _breakers(spec: ModelSpec) -> list[Breaker]:
    """Return every way in which a request can lie just beyond this model."""
    found: list[Breaker] = [_break_duration(spec), _break_ratio(spec), _break_resolution(spec)]
    if spec.prompt_maximum is not None:
        found.append(_break_prompt(spec))
    if not spec.takes_text_only:
        found.append(_break_by_text(spec))
    if not spec.frames:
        found.append(_break_by_frame)
    elif len(spec.frames) < len(Frames):
        found.append(_break_frame_use(spec))
    for kind in _KINDS:
        limit = _limit(spec, kind)
        if not _offers(limit):
            found.append(_break_by_kind(kind))
        elif limit is not None and limit.maximum is not None:
            found.append(_break_count(kind, limit, limit.maximum))
        if limit is not None and _offers(limit):
            found += _break_forms(kind, limit)
    found += _break_rules(spec)
    for name in OPTIONAL_SETTINGS:
        found += _break_setting(name, spec.settings.get(name))
    return found


def _break_duration(spec: ModelSpec) -> Breaker:
    beyond = [spec.durations[-1] + 1, spec.durations[-1] + 100]
    beyond += [spec.durations[0] - 1] if spec.durations[0] > 1 else []
    beyond += [each + 1 for each in spec.durations[:-1] if each + 1 not in spec.durations]
    return _replace("duration", st.sampled_from(beyond))


def _break_ratio(spec: ModelSpec) -> Breaker:
    others = ["7:5", "2:1", "auto", "21:9", "4:3", "3:4", "16:9", "9:16", "1:1"]
    return _replace(
        "aspect_ratio", st.sampled_from([each for each in others if each not in spec.aspect_ratios])
    )


def _break_resolution(spec: ModelSpec) -> Breaker:
    others = ["240p", "480p", "720p", "1080p", "2k", "4k", "8k"]
    return _replace(
        "resolution", st.sampled_from([each for each in others if each not in spec.resolutions])
    )


def _break_prompt(spec: ModelSpec) -> Breaker:
    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        length = len(render_prompt(fields["prompt"], spec.prompt_references))
        excess = draw(st.integers(1, 50))
        padding = "x" * (spec.prompt_maximum + excess - length)  # type: ignore[operator]  # has one
        return {**fields, "prompt": fields["prompt"] + padding}, "prompt"

    return apply


def _break_by_text(spec: ModelSpec) -> Breaker:
    needs_video = spec.videos is not None and spec.videos.minimum > 0
    name = "reference_videos" if needs_video else "reference_images"

    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        return {**_without_media(fields), "prompt": "text alone"}, name

    return apply


def _break_by_frame(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
    name = draw(st.sampled_from(["first_frame", "last_frame"]))
    image = "https://example.com/image.png"
    return {**_without_media(fields), "prompt": "a frame", name: image}, name


def _break_frame_use(spec: ModelSpec) -> Breaker:
    given = {
        Frames.FIRST: ({"first_frame"}, "last_frame"),
        Frames.LAST: ({"last_frame"}, "first_frame"),
        Frames.BOTH: ({"first_frame", "last_frame"}, "last_frame"),
    }

    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        use = draw(st.sampled_from([each for each in Frames if each not in spec.frames]))
        names, fault = given[use]
        assert spec.images is not None
        images = {name: draw(_media("image", spec.images)) for name in sorted(names)}
        return {**_without_media(fields), "prompt": "frames", **images}, fault

    return apply


def _break_by_kind(kind: str) -> Breaker:
    name = f"reference_{kind}s"

    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        media = [f"https://example.com/{kind}.{_SUFFIX[kind]}"]
        base = _without_media(fields) if kind == "image" else fields
        prompt = "one more" if kind == "image" else fields["prompt"]
        return {**base, "prompt": prompt, name: media}, name

    return apply


def _break_count(kind: str, limit: MediaLimit, maximum: int) -> Breaker:
    name = f"reference_{kind}s"

    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        count = maximum + draw(st.integers(1, 3))
        media = draw(st.lists(_media(kind, limit), min_size=count, max_size=count))
        return {**_without_media(fields), "prompt": "too many", name: media}, name

    return apply


def _break_forms(kind: str, limit: MediaLimit) -> list[Breaker]:
    wrong: list[Any] = []
    if "url" not in limit.forms:
        wrong.append(f"https://example.com/{kind}.{_SUFFIX[kind]}")
    if "asset" not in limit.forms:
        wrong.append("asset://asset-123")
    if not limit.forms & {"inline", "upload"}:
        wrong.append(_LOCAL[kind])
    name = f"reference_{kind}s"

    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        media = draw(st.sampled_from(wrong))
        return {**_without_media(fields), "prompt": "a form", name: [media]}, f"{name}[0]"

    return [apply] if wrong else []


def _break_rules(spec: ModelSpec) -> list[Breaker]:
    found: list[Breaker] = []

    def beside_frame(kind: str) -> Breaker:
        def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
            limit = _limit(spec, kind)
            assert limit is not None
            assert spec.images is not None
            media = {
                name: draw(_media("image", spec.images)) for name in ("first_frame", "last_frame")
            }
            media[f"reference_{kind}s"] = [draw(_media(kind, limit))]
            return {**_without_media(fields), "prompt": "both", **media}, f"reference_{kind}s"

        return apply

    def alone(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        assert spec.audios is not None
        media = [draw(_media("audio", spec.audios))]
        return (
            {**_without_media(fields), "prompt": "alone", "reference_audios": media},
            "reference_audios",
        )

    if Rule.VIDEO_NOT_WITH_FRAMES in spec.rules:
        found.append(beside_frame("video"))
    if Rule.AUDIO_NOT_WITH_FRAMES in spec.rules:
        found.append(beside_frame("audio"))
    if Rule.AUDIO_NEEDS_COMPANION in spec.rules:
        found.append(alone)
    return found


def _break_setting(name: str, setting: Setting | None) -> list[Breaker]:
    if setting is None:
        anything = {"seed": 0, "expires_after": 3600, "negative_prompt": "rain"}
        value = anything.get(name)
        values = st.booleans() if value is None else st.just(value)
        return [_replace(name, values)]
    found: list[Breaker] = []
    if name == "expires_after" and setting.maximum is not None:
        found.append(_replace(name, st.just(setting.maximum + 1)))
    if name == "expires_after" and setting.minimum is not None and setting.minimum > 1:
        found.append(_replace(name, st.just(setting.minimum - 1)))
    return found


def _replace(name: str, values: st.SearchStrategy[Any]) -> Breaker:
    def apply(draw: st.DrawFn, fields: Fields) -> tuple[Fields, str]:
        return {**fields, name: draw(values)}, name

    return apply


def _without_media(fields: Fields) -> Fields:
    media = ("first_frame", "last_frame", *(f"reference_{kind}s" for kind in _KINDS))
    return {name: value for name, value in fields.items() if name not in media}


def _limit(spec: ModelSpec, kind: str) -> MediaLimit | None:
    return {"image": spec.images, "video": spec.videos, "audio": spec.audios}[kind]


def _offers(limit: MediaLimit | None) -> bool:
    return limit is not None and limit.maximum != 0
