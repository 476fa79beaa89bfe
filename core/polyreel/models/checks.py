"""check(request, spec): the fields of a request that a model can't do, before anything is sent.

This is the only place that compares a request with a model's limits.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..request import Media, MediaKind, Mode, VideoRequest, render_prompt
from ..request.video_request import OPTIONAL_SETTINGS
from .spec import Finding, Frames, MediaForm, MediaLimit, ModelSpec, Rule, Setting, describe_numbers

_FORM_WORDS: dict[MediaForm, str] = {
    "url": "a public https URL",
    "asset": "an asset of the provider's own library (asset://…)",
    "inline": "a local file",
    "upload": "a local file",
    "register": "a local file or a public https URL",
}
_LONGEST_SHOWN = 60
_FRAME_WORDS: dict[Frames, str] = {
    Frames.FIRST: "a first frame alone",
    Frames.LAST: "a last frame alone",
    Frames.BOTH: "a first and a last frame",
}


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A field that is sent in another way than it was asked for.

    Attributes:
        field: The request's field.
        asked: The value in the request.
        sent: What is sent instead.
        reason: Why.
        action: `left out`, with the caller's permission; or `chosen`, where the caller gave no
            value and polyreel found one.
    """

    field: str
    asked: str
    sent: str
    reason: str
    action: Literal["left out", "chosen"] = "left out"


def check(request: VideoRequest, spec: ModelSpec) -> list[Finding]:
    """Return every field of a request that a model does not take, with the limit.

    Args:
        request: The neutral request.
        spec: The model's data.

    Returns:
        The findings in the order of the request's fields; empty when the model takes it.
    """
    return [
        *_check_prompt(request, spec),
        *_check_shape(request, spec),
        *_check_mode(request, spec),
        *_check_frames(request, spec),
        *_check_references(request, spec),
        *_check_settings(request, spec),
    ]


def drop_unsupported(
    request: VideoRequest, spec: ModelSpec
) -> tuple[VideoRequest, tuple[Adjustment, ...]]:
    """Return the request without the fields that can be dropped, and what was dropped.

    Only settings are dropped, never media: without them the video would be a different one.
    Duration, prompt and shape are not changed; check the returned request again.
    """
    adjustments: list[Adjustment] = []
    update: dict[str, Any] = {}
    for finding in check(request, spec):
        name = finding.field.partition("[")[0]
        if not finding.droppable or name in update:
            continue
        update[name] = VideoRequest.model_fields[name].get_default()
        sent = "nothing; the model decides"
        setting = spec.settings.get(name)
        if setting is not None and setting.fixed is not None:
            sent = str(setting.fixed)
        if name == "resolution":
            update[name] = spec.resolutions[0]
            sent = spec.resolutions[0]
        adjustments.append(
            Adjustment(field=name, asked=finding.asked, sent=sent, reason=finding.message)
        )
    return request.model_copy(update=update), tuple(adjustments)


def nearest_model(
    request: VideoRequest, wanted: str, models: Iterable[tuple[str, ModelSpec]]
) -> str | None:
    """Return the model nearest to the wanted one that takes the whole request.

    Args:
        request: The neutral request.
        wanted: The model that can't do it, written `provider/name`.
        models: Every installed model with its full name.

    Returns:
        A full name: one of the same provider first, then the most similar name.
    """
    able = [name for name, spec in models if name != wanted and not check(request, spec)]
    provider = wanted.partition("/")[0]

    def distance(name: str) -> tuple[bool, float]:
        similarity = difflib.SequenceMatcher(None, wanted, name).ratio()
        return (name.partition("/")[0] != provider, -similarity)

    return min(able, key=distance, default=None)


def _check_prompt(request: VideoRequest, spec: ModelSpec) -> Iterator[Finding]:
    length = len(render_prompt(request.prompt, spec.prompt_references))
    if spec.prompt_maximum is not None and length > spec.prompt_maximum:
        yield Finding(
            field="prompt",
            asked=f"{length} characters",
            limit=f"at most {spec.prompt_maximum} characters",
            message=f"the prompt has {length} characters; the model takes {spec.prompt_maximum}",
        )


def _check_shape(request: VideoRequest, spec: ModelSpec) -> Iterator[Finding]:
    if request.duration not in spec.durations:
        limit = f"{describe_numbers(spec.durations)} seconds"
        yield Finding(
            field="duration",
            asked=f"{request.duration} seconds",
            limit=limit,
            message=f"{request.duration} seconds {_asked_or_default(request, 'duration', 'were')}; "
            f"the model makes {limit}",
        )
    if request.aspect_ratio not in spec.aspect_ratios:
        limit = ", ".join(spec.aspect_ratios)
        yield Finding(
            field="aspect_ratio",
            asked=request.aspect_ratio,
            limit=limit,
            message=f"{request.aspect_ratio} {_asked_or_default(request, 'aspect_ratio')}; "
            f"the model makes {limit}",
        )
    if request.resolution not in spec.resolutions:
        limit = ", ".join(spec.resolutions)
        fixed = not spec.sends_resolution
        yield Finding(
            field="resolution",
            asked=request.resolution,
            limit=f"{limit} only" if fixed else limit,
            message=f"{request.resolution} {_asked_or_default(request, 'resolution')}; the model "
            + (f"always makes {limit}" if fixed else f"makes {limit}"),
            droppable=fixed,
        )


def _asked_or_default(request: VideoRequest, name: str, verb: str = "was") -> str:
    """Return in words whether the caller set a field or it has its default."""
    if name in request.model_fields_set:
        return f"{verb} asked for"
    return f"{'is' if verb == 'was' else 'are'} the default, since {name} was not given"


def _check_mode(request: VideoRequest, spec: ModelSpec) -> Iterator[Finding]:
    if request.mode is Mode.TEXT and not spec.takes_text_only:
        needs_video = spec.videos is not None and spec.videos.minimum > 0
        if needs_video:
            return  # the missing video is reported by its own field
        fields = ["first_frame"] if spec.frames else []
        fields += ["reference_images"] if spec.images and spec.images.maximum != 0 else []
        wanted = " or ".join(fields)
        yield Finding(
            field=fields[-1] if fields else "reference_images",
            asked="no media",
            limit="at least one image",
            message=f"the model makes videos from images; give {wanted}",
        )


def _check_frames(request: VideoRequest, spec: ModelSpec) -> Iterator[Finding]:
    first, last = request.first_frame, request.last_frame
    if first is None and last is None:
        return
    if not spec.frames or spec.images is None:
        for name, media in (("first_frame", first), ("last_frame", last)):
            if media is not None:
                yield Finding(
                    field=name,
                    asked="an image",
                    limit="no frames",
                    message="the model takes no first or last frame",
                )
        return
    use = Frames.BOTH if first and last else Frames.FIRST if first else Frames.LAST
    if use not in spec.frames:
        accepted = " or ".join(_FRAME_WORDS[each] for each in Frames if each in spec.frames)
        yield Finding(
            # The frame that would have to be added or left out.
            field=_frame_at_fault(use, spec.frames),
            asked=_FRAME_WORDS[use],
            limit=accepted,
            message=f"the model takes {accepted}; the request gives {_FRAME_WORDS[use]}",
        )
    for name, media in (("first_frame", first), ("last_frame", last)):
        if media is not None:
            yield from _check_form(name, "image", media, spec.images)


def _frame_at_fault(use: Frames, taken: frozenset[Frames]) -> str:
    if use is Frames.LAST or (use is Frames.BOTH and Frames.FIRST not in taken):
        return "first_frame"
    return "last_frame"


def _check_references(request: VideoRequest, spec: ModelSpec) -> Iterator[Finding]:
    kinds: tuple[MediaKind, ...] = ("image", "video", "audio")
    for kind in kinds:
        yield from _check_count(kind, request, spec.limit(kind))
    framed = request.mode is Mode.FRAMES
    if request.reference_videos and framed and Rule.VIDEO_NOT_WITH_FRAMES in spec.rules:
        yield _combination("reference_videos", Rule.VIDEO_NOT_WITH_FRAMES)
    if request.reference_audios and spec.audios is not None:
        if framed and Rule.AUDIO_NOT_WITH_FRAMES in spec.rules:
            yield _combination("reference_audios", Rule.AUDIO_NOT_WITH_FRAMES)
        alone = not (framed or request.reference_images or request.reference_videos)
        if alone and Rule.AUDIO_NEEDS_COMPANION in spec.rules:
            yield _combination("reference_audios", Rule.AUDIO_NEEDS_COMPANION)
    names = [name.partition("[")[0] for name, _, _ in request.media()]
    if spec.media_maximum is not None and len(names) > spec.media_maximum:
        yield Finding(
            field=max(dict.fromkeys(names), key=names.count),
            asked=f"{len(names)} media in all",
            limit=f"at most {spec.media_maximum} media in all",
            message=f"{len(names)} media were given; the model takes {spec.media_maximum} in all",
        )


def _check_count(
    kind: MediaKind, request: VideoRequest, limit: MediaLimit | None
) -> Iterator[Finding]:
    name = f"reference_{kind}s"
    items = request.references(kind)
    if limit is None or limit.maximum == 0:
        if items:
            yield Finding(
                field=name,
                asked=f"{len(items)} given",
                limit="none",
                message=f"the model takes no reference {kind}s",
            )
        return
    if limit.maximum is not None and len(items) > limit.maximum:
        yield Finding(
            field=name,
            asked=f"{len(items)} given",
            limit=f"at most {limit.maximum}",
            message=f"{len(items)} reference {kind}s were given; the model takes {limit.maximum}",
        )
    if len(items) < limit.minimum:
        yield Finding(
            field=name,
            asked=f"{len(items)} given",
            limit=f"at least {limit.minimum}",
            message=f"the model needs at least {limit.minimum} reference {kind}",
        )
    for index, media in enumerate(items):
        yield from _check_form(f"{name}[{index}]", kind, media, limit)


def _check_form(name: str, kind: MediaKind, media: Media, limit: MediaLimit) -> Iterator[Finding]:
    if media.is_local:
        fits = bool(limit.forms & {"inline", "upload", "register"})
        asked = "a local file"
    else:
        taken = {"url", "register"} if media.url is not None else {"asset"}
        fits = bool(limit.forms & taken)
        asked = "a URL" if media.url is not None else "an asset"
    if not fits:
        accepted = " or ".join(dict.fromkeys(_FORM_WORDS[form] for form in sorted(limit.forms)))
        yield Finding(
            field=name,
            asked=asked,
            limit=accepted,
            message=f"the model takes each {kind} as {accepted}, not as {asked.split(' ', 1)[1]}",
        )


def _combination(name: str, rule: Rule) -> Finding:
    return Finding(field=name, asked="given", limit=str(rule), message=str(rule))


def _check_settings(request: VideoRequest, spec: ModelSpec) -> Iterator[Finding]:
    for name in OPTIONAL_SETTINGS:
        value = getattr(request, name)
        if value is None:
            continue
        setting = spec.settings.get(name)
        if setting is None:
            yield Finding(
                field=name,
                asked=_shown(value),
                limit="not offered",
                message=f"the model has no setting for {name}",
                droppable=True,
            )
        elif not _within(value, setting):
            limit = _describe_setting(setting) + (" characters" if isinstance(value, str) else "")
            yield Finding(
                field=name,
                asked=_shown(value),
                limit=limit,
                message=f"{_shown(value)} was asked for; the model takes {limit}",
                droppable=setting.fixed is not None,
            )


def _shown(value: bool | int | str) -> str:
    long = isinstance(value, str) and len(value) > _LONGEST_SHOWN
    return f"a text of {len(str(value))} characters" if long else str(value)


def _within(value: bool | int | str, setting: Setting) -> bool:
    if setting.fixed is not None:
        return value == setting.fixed
    if isinstance(value, str):
        return setting.maximum is None or len(value) <= setting.maximum
    if setting.minimum is not None and value < setting.minimum:
        return False
    return setting.maximum is None or value <= setting.maximum


def _describe_setting(setting: Setting) -> str:
    if setting.fixed is not None:
        return f"{setting.fixed} only"
    if setting.minimum is not None and setting.maximum is not None:
        return f"{setting.minimum} to {setting.maximum}"
    if setting.maximum is not None:
        return f"at most {setting.maximum}"
    return f"at least {setting.minimum}"
