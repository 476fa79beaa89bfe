"""VideoRequest: what a user asks for, in neutral words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

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

from ..text.plain_text import NOT_TEXT, is_text, where_not_text
from ..text.suggestions import did_you_mean
from .field_types import plain_types
from .media import Media, MediaInput, MediaKind
from .prompt import references_in

MAXIMUM_SEED = 2**32 - 1
_MOST_DIGITS = 6  # of a ratio's or resolution's number


class Mode(StrEnum):
    """What a video is made from. Derived from the request's media, never given."""

    TEXT = "text"
    FRAMES = "frames"
    REFERENCES = "references"


class VideoRequest(BaseModel):
    """A request for one video, in neutral words. Immutable; unknown fields are errors.

    Each field says what it means in its `description`, which the command line and the README
    show too. This type knows no model's limits: `polyreel.models.check` compares them.

    Raises:
        pydantic.ValidationError: When a value is wrong. Its text never holds the value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    prompt: StrictStr = Field(
        description="What to show. {image:1}, {video:1} and {audio:1} stand for reference media "
        "by position; {{image:1}} is the literal text."
    )
    duration: StrictInt = Field(default=5, ge=1, description="Length in whole seconds.")
    aspect_ratio: StrictStr = Field(
        default="16:9",
        description="Width to height, such as 9:16, or auto where a model offers it. The shape "
        "of a local first frame comes before the default.",
    )
    resolution: StrictStr = Field(default="720p", description="480p to 1080p, 2k or 4k.")
    first_frame: Media | None = Field(
        default=None, description="The image that the video starts with."
    )
    last_frame: Media | None = Field(
        default=None, description="The image that the video ends with."
    )
    reference_images: tuple[Media, ...] = Field(
        default=(), description="Images that guide subject or style; not together with frames."
    )
    reference_videos: tuple[Media, ...] = Field(
        default=(), description="Videos that guide motion or camera."
    )
    reference_audios: tuple[Media, ...] = Field(
        default=(), description="Audios that guide rhythm or voice."
    )
    audio: StrictBool | None = Field(default=None, description="Make sound.")
    seed: StrictInt | None = Field(
        default=None,
        ge=0,
        le=MAXIMUM_SEED,
        description="0 to 4294967295, to make the same video again; random unless given.",
    )
    camera_fixed: StrictBool | None = Field(default=None, description="Keep the camera still.")
    watermark: StrictBool | None = Field(default=None, description="Add the provider's watermark.")
    return_last_frame: StrictBool | None = Field(
        default=None, description="Also return the last frame as an image."
    )
    expires_after: StrictInt | None = Field(
        default=None, ge=1, description="Drop the job after this many seconds."
    )
    negative_prompt: StrictStr | None = Field(
        default=None, min_length=1, description="What not to show."
    )
    provider_options: Mapping[str, Mapping[str, Any]] = Field(
        default_factory=dict, description="Per provider, settings that only it has."
    )

    if TYPE_CHECKING:
        # What is accepted is more than what is stored; type checkers see it here.
        def __init__(
            self,
            *,
            prompt: str,
            duration: int = 5,
            aspect_ratio: str = "16:9",
            resolution: str = "720p",
            first_frame: MediaInput | None = None,
            last_frame: MediaInput | None = None,
            reference_images: Sequence[MediaInput] = (),
            reference_videos: Sequence[MediaInput] = (),
            reference_audios: Sequence[MediaInput] = (),
            audio: bool | None = None,
            seed: int | None = None,
            camera_fixed: bool | None = None,
            watermark: bool | None = None,
            return_last_frame: bool | None = None,
            expires_after: int | None = None,
            negative_prompt: str | None = None,
            provider_options: Mapping[str, Mapping[str, Any]] = ...,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _suggest_known_fields(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            unknown = [str(name) for name in value if name not in cls.model_fields]
            if unknown:
                raise ValueError(
                    "; ".join(did_you_mean(name, cls.model_fields) for name in unknown)
                )
        return value

    @field_validator("prompt")
    @classmethod
    def _prompt_is_not_empty(cls, prompt: str) -> str:
        if not prompt.strip():
            raise ValueError("empty; describe what the video shows")
        if not is_text(prompt):
            raise ValueError(f"can't be sent: {NOT_TEXT}")
        return prompt

    @field_validator("provider_options")
    @classmethod
    def _options_are_text(
        cls, options: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, Mapping[str, Any]]:
        where = where_not_text(options)
        if where is not None:
            raise ValueError(f"{where} can't be sent: {NOT_TEXT}")
        return options

    @field_validator("aspect_ratio")
    @classmethod
    def _known_ratio_form(cls, ratio: str) -> str:
        ratio = ratio.strip().lower()
        width, _, height = ratio.partition(":")
        if ratio != "auto" and not (_positive(width) and _positive(height)):
            raise ValueError("not a valid aspect ratio; use e.g. 16:9, or auto")
        return ratio

    @field_validator("resolution")
    @classmethod
    def _known_resolution_form(cls, resolution: str) -> str:
        resolution = resolution.strip().lower()
        if resolution[-1:] not in ("p", "k") or not _positive(resolution[:-1]):
            raise ValueError("not a valid resolution; use e.g. 720p, 1080p or 4k")
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
        """What the video is made from: frames if there are any, else references, else text."""
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
        """Yield each media with its field name, e.g. `reference_images[0]`, and its kind."""
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


OPTIONAL_SETTINGS: tuple[str, ...] = tuple(
    name
    for name, field in VideoRequest.model_fields.items()
    if field.default is None and Media not in plain_types(field.annotation)
)
"""The fields that are None unless the caller sets them. A model may lack any of them."""


def _positive(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) > 0
