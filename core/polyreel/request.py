"""VideoRequest: what a user wants, in words that belong to no vendor."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

from .media import Media, MediaKind
from .prompt import references_in

MAXIMUM_SEED = 2**32 - 1


class Mode(StrEnum):
    """What a film is made from. Derived from a request, never given."""

    TEXT = "text"
    FRAMES = "frames"
    REFERENCES = "references"


class VideoRequest(BaseModel):
    """One film, asked for in neutral words. Immutable; unknown fields are errors.

    What a given model can do is not this type's business: `polyreel.check` tells.

    Attributes:
        prompt: What to show. `{image:1}`, `{video:1}` and `{audio:1}` stand for the
            reference media by position and are written in each vendor's own spelling;
            `{{image:1}}` is the literal text `{image:1}`.
        duration: Length of the film in whole seconds.
        aspect_ratio: Width to height, e.g. `16:9`, or `auto` where a model offers it.
        resolution: E.g. `480p`, `720p`, `1080p`, `2k`, `4k`.
        first_frame: The image that the film starts with.
        last_frame: The image that the film ends with.
        reference_images: Images that guide subject or style. Not together with frames.
        reference_videos: Videos that guide motion or camera.
        reference_audios: Sounds that guide rhythm or voice.
        audio: Whether to make sound. None leaves it to the model.
        seed: 0 to 4294967295, for films that can be made again. None is random.
        camera_fixed: Whether the camera stands still. None leaves it to the model.
        watermark: Whether the provider may put its mark in. None leaves it to the model.
        return_last_frame: Whether to also return the last frame as an image.
        expires_after: Seconds after which the provider may give the job up.
        negative_prompt: What not to show.
        provider_options: Per provider name, settings that only that provider has,
            checked against the adapter's own options.

    Raises:
        pydantic.ValidationError: When a value is wrong. Its text never holds the value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    prompt: StrictStr
    duration: StrictInt = Field(default=5, ge=1)
    aspect_ratio: StrictStr = "16:9"
    resolution: StrictStr = "720p"
    first_frame: Media | None = None
    last_frame: Media | None = None
    reference_images: tuple[Media, ...] = ()
    reference_videos: tuple[Media, ...] = ()
    reference_audios: tuple[Media, ...] = ()
    audio: StrictBool | None = None
    seed: StrictInt | None = Field(default=None, ge=0, le=MAXIMUM_SEED)
    camera_fixed: StrictBool | None = None
    watermark: StrictBool | None = None
    return_last_frame: StrictBool | None = None
    expires_after: StrictInt | None = Field(default=None, ge=1)
    negative_prompt: StrictStr | None = Field(default=None, min_length=1)
    provider_options: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _name_the_typo(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            unknown = [str(name) for name in value if name not in cls.model_fields]
            if unknown:
                raise ValueError(
                    "; ".join(did_you_mean(name, cls.model_fields) for name in unknown)
                )
        return value

    @field_validator("prompt")
    @classmethod
    def _prompt_says_something(cls, prompt: str) -> str:
        if not prompt.strip():
            raise ValueError("empty; say what the film shows")
        return prompt

    @field_validator("aspect_ratio")
    @classmethod
    def _known_ratio_form(cls, ratio: str) -> str:
        ratio = ratio.strip().lower()
        width, _, height = ratio.partition(":")
        if ratio != "auto" and not (_positive(width) and _positive(height)):
            raise ValueError("give width:height such as 16:9, or auto")
        return ratio

    @field_validator("resolution")
    @classmethod
    def _known_resolution_form(cls, resolution: str) -> str:
        resolution = resolution.strip().lower()
        if resolution[-1:] not in ("p", "k") or not _positive(resolution[:-1]):
            raise ValueError("give lines or thousands of pixels, such as 720p, 1080p or 4k")
        return resolution

    @model_validator(mode="after")
    def _one_mode(self) -> Self:
        if (self.first_frame or self.last_frame) and self.reference_images:
            raise ValueError(
                "first_frame and last_frame can't be combined with reference_images; "
                "no provider takes both"
            )
        for kind, position in references_in(self.prompt):
            count = len(self.references(kind))
            if position > count:
                given = f"only {count} given" if count else "none given"
                raise ValueError(
                    f"the prompt refers to {{{kind}:{position}}}, but reference_{kind}s has "
                    f"{given}; add the media or write {{{{{kind}:{position}}}}} for plain text"
                )
        return self

    @property
    def mode(self) -> Mode:
        """What the film is made from: frames before references before text alone."""
        if self.first_frame is not None or self.last_frame is not None:
            return Mode.FRAMES
        if self.reference_images or self.reference_videos or self.reference_audios:
            return Mode.REFERENCES
        return Mode.TEXT

    def references(self, kind: MediaKind) -> tuple[Media, ...]:
        """Return the reference media of one kind, in order."""
        match kind:
            case "image":
                return self.reference_images
            case "video":
                return self.reference_videos
            case "audio":
                return self.reference_audios

    def media(self) -> Iterator[tuple[str, MediaKind, Media]]:
        """Yield every media with its field's name, e.g. `reference_images[0]`, and kind."""
        if self.first_frame is not None:
            yield "first_frame", "image", self.first_frame
        if self.last_frame is not None:
            yield "last_frame", "image", self.last_frame
        kinds: tuple[MediaKind, ...] = ("image", "video", "audio")
        for kind in kinds:
            for index, media in enumerate(self.references(kind)):
                yield f"reference_{kind}s[{index}]", kind, media

    def with_media(self, replacement: Mapping[str, Media]) -> VideoRequest:
        """Return the request with some media replaced, by the names that `media` yields."""
        update: dict[str, Any] = {}
        for name in ("first_frame", "last_frame"):
            if name in replacement:
                update[name] = replacement[name]
        for name in ("reference_images", "reference_videos", "reference_audios"):
            items: tuple[Media, ...] = getattr(self, name)
            update[name] = tuple(
                replacement.get(f"{name}[{index}]", media) for index, media in enumerate(items)
            )
        return self.model_copy(update=update)


OptionalSetting = Literal[
    "audio",
    "seed",
    "camera_fixed",
    "watermark",
    "return_last_frame",
    "expires_after",
    "negative_prompt",
]
"""The fields that are None unless the user asks: a model offers each, or it does not."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence that calls a name unknown and offers the closest known one."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"known are {', '.join(sorted(names))}" if names else "there are none"
    if close:
        hint = f"did you mean {close[0]!r}?"
    return f"{name!r} is not known; {hint}"


def nearest_name(name: str, models: Iterable[str]) -> str:
    """Return a sentence for a model's name that is not known.

    A model of just that name at some provider comes before one that is alike.
    """
    known = list(models)
    same = [each for each in known if each.partition("/")[2] == name]
    provided = [each for each in known if each.partition("/")[0] == name]
    if same:
        return f"{name!r} is not known; did you mean {same[0]!r}?"
    if provided:
        return f"{name!r} is a provider; name a model of it, such as {provided[0]!r}"
    return did_you_mean(name, known)


def _positive(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0
