"""Requests at the corners of what a model takes: the same ones every time.

What is easily got wrong lies here: a value that is false, a list at its end, a setting at its
bound. Generated requests find the rest; none of these is left to their chance.
"""

from __future__ import annotations

from typing import Any

from polyreel import Frames, ModelSpec, Rule, Setting, VideoRequest
from polyreel.media import MediaKind

from .accepted import filled, number_bounds
from .samples import KINDS, LOOK_ALIKES, WRITTEN_OUT, Fields, forms_of, media_of, offers

PROMPT = "A kite over the dunes"

ODD_PROMPTS = (
    "  A kite,\n\tover the dunes  ",
    'Ein Drachen über den Dünen 🪁, "hoch" \\ & <weit>',
)
"""Text that is easily stripped, folded or escaped twice."""

LONG = 12_000
"""Characters of a long prompt, where no greatest number is published."""

_UNPUBLISHED_MAXIMUM = 4
_BESIDE_FRAMES: tuple[tuple[MediaKind, Rule], ...] = (
    ("video", Rule.VIDEO_NOT_WITH_FRAMES),
    ("audio", Rule.AUDIO_NOT_WITH_FRAMES),
)


def simplest_request(model: ModelSpec) -> VideoRequest:
    """Return the plainest request that a model takes, with neutral defaults where it can."""
    return VideoRequest.model_validate(_plain_fields(model))


def corner_requests(model: ModelSpec) -> list[VideoRequest]:
    """Return the plainest request, and it with one thing at a time at each of its corners."""
    plain = _plain_fields(model)
    changes: list[Fields] = [{}]
    changes += [{"duration": each} for each in model.durations]
    changes += [{"aspect_ratio": each} for each in model.aspect_ratios]
    changes += [{"resolution": each} for each in model.resolutions]
    for name, setting in sorted(model.settings.items()):
        changes += [{name: value} for value in setting_corners(name, setting)]
    changes += [{"prompt": f"{PROMPT} {text}"} for text in (*LOOK_ALIKES, WRITTEN_OUT)]
    changes += [{"prompt": text} for text in ODD_PROMPTS]
    changes.append({"prompt": filled(PROMPT, model, model.prompt_maximum or LONG)})
    corners = [{**plain, **each} for each in changes]
    corners += _with_frames(model, plain) + _with_references(model, plain)
    corners += _together(model, plain)
    return [VideoRequest.model_validate(each) for each in corners]


def setting_corners(name: str, setting: Setting) -> list[Any]:
    """Return what a setting takes that is most easily lost: false, zero, its bounds."""
    if setting.fixed is not None:
        return [setting.fixed]
    if name in ("seed", "expires_after"):
        return list(number_bounds(name, setting))
    return ["rain"] if name == "negative_prompt" else [False, True]


def with_companion(fields: Fields, model: ModelSpec) -> Fields:
    """Return the fields with an image beside which audio may stand, where they have nothing."""
    if model.images is None or not offers(model.images) or "reference_videos" in fields:
        return fields
    return {**fields, "reference_images": [media_of("image", forms_of(model.images)[-1], 1)]}


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
    if model.videos is not None and model.videos.minimum:
        form = forms_of(model.videos)[-1]
        count = range(1, model.videos.minimum + 1)
        fields["reference_videos"] = [media_of("video", form, n) for n in count]
    elif not model.takes_text_only and model.images is not None:
        fields["reference_images"] = [media_of("image", forms_of(model.images)[-1], 1)]
    return fields


def _with_frames(model: ModelSpec, plain: Fields) -> list[Fields]:
    """Return each use of frames, in each form of image."""
    if model.images is None:
        return []
    base = {name: value for name, value in plain.items() if name != "reference_images"}
    found: list[Fields] = []
    for form in forms_of(model.images):
        first = {"first_frame": media_of("image", form, 1)}
        last = {"last_frame": media_of("image", form, 2)}
        uses = {Frames.FIRST: first, Frames.LAST: last, Frames.BOTH: {**first, **last}}
        found += [{**base, **uses[use]} for use in sorted(model.frames)]
    return found


def _with_references(model: ModelSpec, plain: Fields) -> list[Fields]:
    """Return each kind of reference in each form, as many as the model takes, all referred to."""
    found: list[Fields] = []
    for kind in KINDS:
        limit = model.limit(kind)
        if limit is None or not offers(limit):
            continue
        base = with_companion(plain, model) if kind == "audio" else plain
        count = _UNPUBLISHED_MAXIMUM if limit.maximum is None else limit.maximum
        for form in forms_of(limit):
            # Neither ascending nor descending, so that a sorted list shows; the first comes
            # again at the end, since a film may use one image twice.
            numbers = [*range(2, count + 1), 1] if count < 3 else [*range(2, count), 1, 2]
            tokens = " ".join(f"{{{kind}:{n}}}" for n in range(1, count + 1))
            media = [media_of(kind, form, n) for n in numbers]
            found.append({**base, f"reference_{kind}s": media, "prompt": f"{PROMPT} {tokens}"})
    return found


def _together(model: ModelSpec, plain: Fields) -> list[Fields]:
    """Return the media beside each other, or alone, that no rule of the model forbids."""
    found: list[Fields] = []
    for kind, rule in _BESIDE_FRAMES:
        limit = model.limit(kind)
        if limit is None or not offers(limit):
            continue
        media = {f"reference_{kind}s": [media_of(kind, forms_of(limit)[-1], 1)]}
        if rule not in model.rules:
            found += [{**each, **media} for each in _with_frames(model, plain)]
        may_be_alone = model.takes_text_only and Rule.AUDIO_NEEDS_COMPANION not in model.rules
        if kind == "audio" and may_be_alone:
            found.append({**plain, **media})
    return found
