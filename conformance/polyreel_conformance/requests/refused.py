"""Requests that a model refuses: each is an accepted request, changed to be beyond one limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from polyreel import VideoRequest
from polyreel.adapters import Frames, MediaLimit, ModelSpec, Rule, Setting
from polyreel.request.media import MediaKind
from polyreel.request.video_request import OPTIONAL_SETTINGS

from .accepted import accepted_fields, filled
from .corners import PROMPT, simplest_request
from .fields import FieldKind, field_bounds, field_kind
from .in_all import media_in, most_of
from .samples import (
    FORMS,
    KINDS,
    Fields,
    first_form,
    forms_of,
    media_of,
    offers,
    without_media,
)

_RATIOS = ("7:5", "2:1", "auto", "21:9", "4:3", "3:4", "16:9", "9:16", "1:1")
_RESOLUTIONS = ("240p", "480p", "720p", "1080p", "2k", "4k", "8k")


@dataclass(frozen=True)
class Step:
    """One step beyond a limit of a model.

    Attributes:
        change: The fields that it sets.
        field: The field that the error must name.
        has_media: Whether it sets media; the request then has no other media.
        is_combination: Whether only the combination is refused, and each media alone is not.
    """

    change: Fields
    field: str
    has_media: bool = False
    is_combination: bool = False

    def taken_from(self, fields: Fields) -> VideoRequest:
        """Return a request with the step taken."""
        base = {**without_media(fields), "prompt": PROMPT} if self.has_media else fields
        return VideoRequest.model_validate({**base, **self.change})


Refused = tuple[VideoRequest, str]


def refused_requests(spec: ModelSpec) -> st.SearchStrategy[Refused]:
    """Return a strategy of requests that the model refuses, each with the field at fault."""
    steps = st.sampled_from(steps_beyond(spec))
    return st.tuples(steps, accepted_fields(spec)).map(_taken)


def refused_corners(spec: ModelSpec) -> list[Refused]:
    """Return the simplest request with each step, the same ones every time."""
    plain = simplest_request(spec)
    given = {name: getattr(plain, name) for name in plain.model_fields_set}
    return [(step.taken_from(given), step.field) for step in steps_beyond(spec)]


def _taken(drawn: tuple[Step, Fields]) -> Refused:
    step, fields = drawn
    return step.taken_from(fields), step.field


def steps_beyond(spec: ModelSpec) -> list[Step]:
    """Return every step by which a request can be just beyond a limit of a model."""
    found = [Step({"duration": each}, "duration") for each in _other_durations(spec)]
    found += [
        Step({"aspect_ratio": each}, "aspect_ratio")
        for each in _RATIOS
        if each not in spec.aspect_ratios
    ]
    found += [
        Step({"resolution": each}, "resolution")
        for each in _RESOLUTIONS
        if each not in spec.resolutions
    ]
    if spec.prompt_maximum is not None:
        for excess in (1, 50):
            prompt = filled(PROMPT, spec, spec.prompt_maximum + excess)
            found.append(Step({"prompt": prompt}, "prompt"))
    if not spec.takes_text_only:
        found.append(Step({}, _needed_media(spec), has_media=True))
    found += _frame_steps(spec)
    for kind in KINDS:
        found += _media_steps(kind, spec.limit(kind))
    found += _total_steps(spec)
    found += _rule_steps(spec)
    for name in OPTIONAL_SETTINGS:
        found += _setting_steps(name, spec.settings.get(name))
    return found


def _needed_media(spec: ModelSpec) -> str:
    """Return the field that the refusal of a request without media names."""
    if spec.videos is not None and spec.videos.minimum > 0:
        return "reference_videos"
    return "first_frame" if spec.frames and not offers(spec.images) else "reference_images"


def _other_durations(spec: ModelSpec) -> list[int]:
    last = spec.durations[-1]
    around = {last + 1, last + 100, *(each + 1 for each in spec.durations), spec.durations[0] - 1}
    return sorted(each for each in around if each > 0 and each not in spec.durations)


def _frame_steps(spec: ModelSpec) -> list[Step]:
    form = "url" if spec.images is None else forms_of(spec.images)[-1]
    first = {"first_frame": media_of("image", form, 1)}
    last = {"last_frame": media_of("image", form, 2)}
    if not spec.frames:
        return [
            Step(first, "first_frame", has_media=True),
            Step(last, "last_frame", has_media=True),
        ]
    beyond = "last_frame" if Frames.FIRST in spec.frames else "first_frame"
    uses = {
        Frames.FIRST: Step(first, "last_frame", has_media=True),
        Frames.LAST: Step(last, "first_frame", has_media=True),
        Frames.BOTH: Step({**first, **last}, beyond, has_media=True),
    }
    return [step for use, step in uses.items() if use not in spec.frames]


def _media_steps(kind: MediaKind, limit: MediaLimit | None) -> list[Step]:
    name = f"reference_{kind}s"
    if limit is None or not offers(limit):
        media = [media_of(kind, "url", 1)]
        return [Step({name: media}, name, has_media=True)]
    found: list[Step] = []
    if limit.maximum is not None:
        for excess in (1, 3):
            numbers = range(1, limit.maximum + excess + 1)
            media = [media_of(kind, forms_of(limit)[-1], n) for n in numbers]
            found.append(Step({name: media}, name, has_media=True))
    local = limit.forms & {"inline", "upload", "register"}
    registered = "register" in limit.forms  # files and URLs become assets
    for form in FORMS:
        is_taken = (form == "inline" and local) or (form == "url" and registered)
        if form not in limit.forms and not is_taken:
            media = [media_of(kind, form, 1)]
            found.append(Step({name: media}, f"{name}[0]", has_media=True))
    return found


def _total_steps(spec: ModelSpec) -> list[Step]:
    """Return one media too many in all, where each kind is within its own limit."""
    total, media = spec.media_maximum, Fields()
    for kind in KINDS:
        limit = spec.limit(kind)
        if total is not None and limit is not None and offers(limit):
            count = most_of(kind, replace(spec, media_maximum=total + 1), media, total + 1)
            if count:
                numbers = range(1, count + 1)
                media[f"reference_{kind}s"] = [
                    media_of(kind, first_form(limit), n) for n in numbers
                ]
    if total is None or media_in(media) <= total:
        return []
    name = max(media, key=lambda each: len(media[each]))
    return [Step(media, name, has_media=True)]


def _rule_steps(spec: ModelSpec) -> list[Step]:
    found: list[Step] = []
    for rule, kind in _BESIDE_FRAMES:
        limit = spec.limit(kind)
        if rule in spec.rules and limit is not None and spec.images is not None:
            form, name = forms_of(spec.images)[-1], f"reference_{kind}s"
            media: Fields = {name: [media_of(kind, forms_of(limit)[-1], 1)]}
            for number, frame in enumerate(("first_frame", "last_frame"), 1):
                media[frame] = media_of("image", form, number)
            found.append(Step(media, name, has_media=True, is_combination=True))
    if Rule.AUDIO_NEEDS_COMPANION in spec.rules and spec.audios is not None:
        media = {"reference_audios": [media_of("audio", forms_of(spec.audios)[-1], 1)]}
        step = Step(media, "reference_audios", has_media=True, is_combination=True)
        found.append(step)
    return found


_BESIDE_FRAMES: tuple[tuple[Rule, MediaKind], ...] = (
    (Rule.VIDEO_NOT_WITH_FRAMES, "video"),
    (Rule.AUDIO_NOT_WITH_FRAMES, "audio"),
)


def _setting_steps(name: str, setting: Setting | None) -> list[Step]:
    if setting is None:
        values: dict[FieldKind, list[Any]] = {
            "yes or no": [False, True],
            "number": [field_bounds(name)[0]],
            "text": ["rain"],
        }
        return [Step({name: value}, name) for value in values[field_kind(name)]]
    if setting.fixed is not None:
        others = [not setting.fixed] if isinstance(setting.fixed, bool) else []
        return [Step({name: value}, name) for value in others]
    if field_kind(name) != "number":
        return []
    beyond = [] if setting.minimum is None else [setting.minimum - 1]
    beyond += [] if setting.maximum is None else [setting.maximum + 1]
    low, high = field_bounds(name)
    return [
        Step({name: each}, name)
        for each in beyond
        if low <= each and (high is None or each <= high)
    ]
