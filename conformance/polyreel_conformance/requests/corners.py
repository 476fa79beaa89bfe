"""Corner requests: requests at the limits of a model, the same ones every time.

They cover the common mistakes: a value that is false, a list of the greatest length, a setting at
its bound. Generated requests find the rest.
"""

from __future__ import annotations

from typing import Any

from polyreel import VideoRequest
from polyreel.adapters import Frames, ModelSpec, Rule, Setting
from polyreel.request.media import MediaKind

from .accepted import filled
from .fields import field_kind, number_bounds
from .in_all import is_within_total, most_of
from .samples import (
    KINDS,
    SIMILAR_TEXTS,
    WRITTEN_OUT,
    Fields,
    first_form,
    forms_of,
    media_of,
    offers,
    without_media,
)

PROMPT = "A kite over the dunes"

UNUSUAL_PROMPTS = (
    "  A kite,\n\tover the dunes  ",
    'Ein Drachen über den Dünen 🪁, "hoch" \\ & <weit>',
)
"""Text that code often strips, joins or escapes twice by mistake."""

LONG = 12_000
"""Characters of a long prompt, when no greatest number is published."""

_UNPUBLISHED_MAXIMUM = 4
_BESIDE_FRAMES: tuple[tuple[MediaKind, Rule], ...] = (
    ("video", Rule.VIDEO_NOT_WITH_FRAMES),
    ("audio", Rule.AUDIO_NOT_WITH_FRAMES),
)


def simplest_request(model: ModelSpec) -> VideoRequest:
    """Return the simplest request that a model accepts, with polyreel's defaults if possible."""
    return VideoRequest.model_validate(_plain_fields(model))


def corner_requests(model: ModelSpec) -> list[VideoRequest]:
    """Return the simplest request, and it again with one field at a time at each limit."""
    plain = _plain_fields(model)
    changes: list[Fields] = [{}]
    changes += [{"duration": each} for each in model.durations]
    changes += [{"aspect_ratio": each} for each in model.aspect_ratios]
    changes += [{"resolution": each} for each in model.resolutions]
    for name, setting in sorted(model.settings.items()):
        changes += [{name: value} for value in setting_corners(name, setting)]
    changes += [{"prompt": f"{PROMPT} {text}"} for text in (*SIMILAR_TEXTS, WRITTEN_OUT)]
    changes += [{"prompt": text} for text in UNUSUAL_PROMPTS]
    changes.append({"prompt": filled(PROMPT, model, model.prompt_maximum or LONG)})
    corners = [{**plain, **each} for each in changes]
    corners += _with_frames(model, plain) + _with_references(model, plain)
    corners += _together(model, plain)
    return [VideoRequest.model_validate(each) for each in corners]


def setting_corners(name: str, setting: Setting) -> list[Any]:
    """Return the values of a setting that code most often loses: false, zero, its bounds."""
    if setting.fixed is not None:
        return [setting.fixed]
    kind = field_kind(name)
    if kind == "number":
        return list(number_bounds(name, setting))
    return ["rain"] if kind == "text" else [False, True]


def with_companion(fields: Fields, model: ModelSpec) -> Fields:
    """Return the fields with something that audio can accompany, if they have no media."""
    framed = bool({"first_frame", "last_frame"} & set(fields))
    if {"reference_images", "reference_videos"} & set(fields):
        return fields
    if framed and Rule.AUDIO_NOT_WITH_FRAMES not in model.rules:
        return fields
    alone, form = without_media(fields), first_form
    if model.images is not None and offers(model.images):
        return {**alone, "reference_images": [media_of("image", form(model.images), 1)]}
    needs_some = not model.takes_text_only or Rule.AUDIO_NEEDS_COMPANION in model.rules
    if model.videos is not None and offers(model.videos) and needs_some:
        return {**alone, "reference_videos": [media_of("video", form(model.videos), 1)]}
    if needs_some and Rule.AUDIO_NOT_WITH_FRAMES not in model.rules:
        return {**alone, **frames_of(model)}
    return alone


def frames_of(model: ModelSpec) -> Fields:
    """Return the fewest frames that a model takes; empty when it takes none."""
    if model.images is None or not model.frames:
        return {}
    form = first_form(model.images)
    first, last = media_of("image", form, 1), media_of("image", form, 2)
    if Frames.FIRST in model.frames:
        return {"first_frame": first}
    both = {"first_frame": first, "last_frame": last}
    return {"last_frame": last} if Frames.LAST in model.frames else both


def _plain_fields(model: ModelSpec) -> Fields:
    fields: Fields = {"prompt": PROMPT}
    defaults = VideoRequest(prompt="x")
    for name, offered in (
        ("duration", model.durations),
        ("aspect_ratio", model.aspect_ratios),
        ("resolution", model.resolutions),
    ):
        default = getattr(defaults, name)
        fields[name] = default if default in offered else offered[0]
    for kind in KINDS:
        limit = model.limit(kind)
        if limit is not None and limit.minimum:
            numbers = range(1, limit.minimum + 1)
            media = [media_of(kind, first_form(limit), n) for n in numbers]
            fields[f"reference_{kind}s"] = media
    if model.takes_text_only or len(without_media(fields)) < len(fields):
        return fields
    for kind in KINDS:
        limit = model.limit(kind)
        if limit is not None and offers(limit):
            return {**fields, f"reference_{kind}s": [media_of(kind, first_form(limit), 1)]}
    return {**fields, **frames_of(model)}


def _with_frames(model: ModelSpec, plain: Fields) -> list[Fields]:
    """Return each use of frames, in each form of image."""
    if model.images is None:
        return []
    beside = ("reference_images", "first_frame", "last_frame")
    base = {name: value for name, value in plain.items() if name not in beside}
    found: list[Fields] = []
    for form in forms_of(model.images):
        first = {"first_frame": media_of("image", form, 1)}
        last = {"last_frame": media_of("image", form, 2)}
        uses = {Frames.FIRST: first, Frames.LAST: last, Frames.BOTH: {**first, **last}}
        found += [{**base, **uses[use]} for use in sorted(model.frames)]
    return found


def _with_references(model: ModelSpec, plain: Fields) -> list[Fields]:
    """Return each kind of reference in each form, as many as possible, all used in the prompt."""
    found: list[Fields] = []
    for kind in KINDS:
        limit = model.limit(kind)
        if limit is None or not offers(limit):
            continue
        base = with_companion(plain, model) if kind == "audio" else _beside(kind, plain, model)
        count = most_of(kind, model, base, _UNPUBLISHED_MAXIMUM)
        for form in forms_of(limit):
            # Neither ascending nor descending, so that a sorted list is noticed. The first comes
            # again at the end, since a request may use one image twice.
            numbers = [*range(2, count + 1), 1] if count < 3 else [*range(2, count), 1, 2]
            tokens = " ".join(f"{{{kind}:{n}}}" for n in range(1, count + 1))
            media = [media_of(kind, form, n) for n in numbers]
            found.append({**base, f"reference_{kind}s": media, "prompt": f"{PROMPT} {tokens}"})
    return found


def _beside(kind: MediaKind, plain: Fields, model: ModelSpec) -> Fields:
    """Return the plain fields without frames where references of a kind can't be beside them."""
    rule = dict(_BESIDE_FRAMES).get(kind)
    is_free = kind != "image" and (rule is None or rule not in model.rules)
    frames = () if is_free else ("first_frame", "last_frame")
    return {name: value for name, value in plain.items() if name not in frames}


def _together(model: ModelSpec, plain: Fields) -> list[Fields]:
    """Return each combination of media that no rule of the model forbids."""
    found: list[Fields] = []
    for kind, rule in _BESIDE_FRAMES:
        limit = model.limit(kind)
        if limit is None or not offers(limit):
            continue
        media = {f"reference_{kind}s": [media_of(kind, forms_of(limit)[-1], 1)]}
        if rule not in model.rules:
            both = [{**each, **media} for each in _with_frames(model, plain)]
            found += [each for each in both if is_within_total(each, model)]
        may_be_alone = model.takes_text_only and Rule.AUDIO_NEEDS_COMPANION not in model.rules
        if kind == "audio" and may_be_alone:
            found.append({**plain, **media})
    return found
