"""Requests that a model accepts, generated from its data."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from polyreel import VideoRequest
from polyreel.adapters import Frames, MediaLimit, Mode, ModelSpec, Rule, Setting
from polyreel.request.media import MediaKind
from polyreel.request.prompt import render_prompt

from .fields import field_kind, number_bounds
from .in_all import within_total
from .samples import KINDS, SIMILAR_TEXTS, WRITTEN_OUT, Fields, forms_of, media_of, offers

# When no number is published, generated requests stay small.
_UNPUBLISHED_MAXIMUM = 12

# Braces could form references; surrogates are not text.
_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="{}")
_TEXTS = st.text(_LETTERS, min_size=1, max_size=60).map(lambda text: text + "x" * text.isspace())
_SIMILAR_TEXTS = st.sampled_from(["", "", *SIMILAR_TEXTS, WRITTEN_OUT])
_YES_OR_NO = st.booleans()
_ONE_IN_TEN = st.sampled_from([*[False] * 9, True])

Media = st.SearchStrategy[list[Any]]


def accepted_requests(spec: ModelSpec) -> st.SearchStrategy[VideoRequest]:
    """Return a strategy of requests that the model accepts."""
    return accepted_fields(spec).map(VideoRequest.model_validate)


def accepted_fields(spec: ModelSpec) -> st.SearchStrategy[Fields]:
    """Return a strategy of the fields of such requests.

    Strategies are made once, outside of `fields`, since making them is slow.
    """
    durations = st.sampled_from(spec.durations)
    ratios = st.sampled_from(spec.aspect_ratios)
    resolutions = st.sampled_from(spec.resolutions)
    media = {
        Mode.TEXT: st.just(Fields()),
        Mode.FRAMES: _frames(spec) if spec.frames else st.nothing(),
        Mode.REFERENCES: _references(spec),
    }
    modes = st.sampled_from([media[mode] for mode in sorted(spec.modes)])
    settings = {name: setting_values(name, each) for name, each in sorted(spec.settings.items())}

    @st.composite
    def fields(draw: st.DrawFn) -> Fields:
        found: Fields = {
            "duration": draw(durations),
            "aspect_ratio": draw(ratios),
            "resolution": draw(resolutions),
            **within_total(draw(draw(modes)), spec),
        }
        for name, values in settings.items():
            if draw(_YES_OR_NO):
                found[name] = draw(values)
        found["prompt"] = draw(_TEXTS) + draw(_SIMILAR_TEXTS)
        for kind in KINDS:
            count = len(found.get(f"reference_{kind}s", ()))
            if count and draw(_YES_OR_NO):
                found["prompt"] += f" {{{kind}:{draw(_POSITIONS[count])}}}"
        if spec.prompt_maximum is not None and draw(_ONE_IN_TEN):
            found["prompt"] = filled(found["prompt"], spec, spec.prompt_maximum)
        return found

    return fields()


def filled(prompt: str, spec: ModelSpec, length: int) -> str:
    """Return a prompt that has a certain length once its references are written out."""
    return prompt + "x" * (length - len(render_prompt(prompt, spec.prompt_references)))


def setting_values(name: str, setting: Setting) -> st.SearchStrategy[Any]:
    """Return a strategy of a setting's values, with its bounds more often than the rest."""
    if setting.fixed is not None:
        return st.just(setting.fixed)
    kind = field_kind(name)
    if kind == "number":
        low, high = number_bounds(name, setting)
        return st.sampled_from([low, high]) | st.integers(low, high)
    if kind == "text":
        return st.text(min_size=1, max_size=setting.maximum or 40)
    return _YES_OR_NO


def _frames(spec: ModelSpec) -> st.SearchStrategy[Fields]:
    assert spec.images is not None
    forms = st.sampled_from(forms_of(spec.images))
    uses = st.sampled_from(sorted(spec.frames))
    audio_too = spec.audios if Rule.AUDIO_NOT_WITH_FRAMES not in spec.rules else None
    audios = _several("audio", audio_too) if audio_too is not None else None

    @st.composite
    def fields(draw: st.DrawFn) -> Fields:
        found: Fields = {}
        use = draw(uses)
        if use in (Frames.FIRST, Frames.BOTH):
            found["first_frame"] = media_of("image", draw(forms), 1)
        if use in (Frames.LAST, Frames.BOTH):
            found["last_frame"] = media_of("image", draw(forms), 2)
        if audios is not None and draw(_YES_OR_NO):
            found["reference_audios"] = draw(audios)
        return found

    return fields()


def _references(spec: ModelSpec) -> st.SearchStrategy[Fields]:
    offered: list[MediaKind] = [kind for kind in KINDS if offers(spec.limit(kind))]
    if not offered:
        return st.nothing()
    kinds = st.sets(st.sampled_from(offered), min_size=1)
    media = {kind: _several(kind, _known(spec.limit(kind))) for kind in offered}
    needs_video = spec.videos is not None and spec.videos.minimum > 0
    companion = next((kind for kind in offered if kind != "audio"), None)
    needs_companion = Rule.AUDIO_NEEDS_COMPANION in spec.rules or not spec.takes_text_only

    @st.composite
    def fields(draw: st.DrawFn) -> Fields:
        chosen = draw(kinds)
        if needs_video:
            chosen.add("video")
        if chosen == {"audio"} and needs_companion and companion is not None:
            chosen.add(companion)
        return {f"reference_{kind}s": draw(media[kind]) for kind in sorted(chosen)}

    return fields()


def _several(kind: MediaKind, limit: MediaLimit) -> Media:
    maximum = _UNPUBLISHED_MAXIMUM if limit.maximum is None else limit.maximum
    forms = st.lists(
        st.sampled_from(forms_of(limit)), min_size=max(1, limit.minimum), max_size=maximum
    )
    return forms.map(lambda found: [media_of(kind, form, n) for n, form in enumerate(found, 1)])


def _known(limit: MediaLimit | None) -> MediaLimit:
    assert limit is not None
    return limit


_POSITIONS = {count: st.integers(1, count) for count in range(1, 100)}
