"""The card of a task: what its video shows, read from the body by the contract's own mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .meaning import field_names
from .shape import frame_size
from .task import Task
from .video.card import Picture, VideoCard

_NOT_A_SETTING = frozenset({"model", "prompt", "first_frame", "last_frame", "reference_images"})
_NOT_A_SETTING |= {"reference_videos", "reference_audios"}

DrawPicture = Callable[[str, object], Picture]


def card_of(
    task: Task,
    schema: Mapping[str, Any],
    provider: str,
    frames_per_second: int,
    picture: DrawPicture,
) -> VideoCard:
    """Return the card of a task's video.

    Args:
        task: The task.
        schema: The contract's schema of the body.
        provider: The provider's name.
        frames_per_second: Of the video.
        picture: Makes a picture from a label and a value of the body.
    """
    meant = task.meaning
    resolution = _output(task, "resolution") or meant.get("resolution", "720p")
    width, height = frame_size(str(resolution), str(meant.get("aspect_ratio", "16:9")))
    sound = meant.get("audio")
    return VideoCard(
        provider=provider,
        model=_model(task),
        prompt=str(meant.get("prompt", "")),
        seconds=int(meant.get("duration", 5)),
        width=width,
        height=height,
        frames_per_second=frames_per_second,
        sound=bool(_output(task, "sound") if sound is None else sound),
        settings=_settings(task, schema),
        pictures=tuple(picture(label, value) for label, value in _images(meant)),
    )


def _model(task: Task) -> str:
    return str(task.meaning.get("model") or task.body.get("model", ""))


def _output(task: Task, name: str) -> Any:
    """Return a value of the contract's `x-output`, which may depend on the model's name."""
    value = task.output.get(name)
    return value.get(_model(task)) if isinstance(value, Mapping) else value


def _settings(task: Task, schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the settings in the body, with the vendor's own names and values."""
    properties = schema.get("properties", {})
    return tuple(
        (name, str(value))
        for name, value in task.body.items()
        if isinstance(value, (str, int, float))
        and name in properties
        and not field_names(properties[name]) & _NOT_A_SETTING
    )


def _images(meant: Mapping[str, Any]) -> list[tuple[str, Any]]:
    named = [("first frame", meant.get("first_frame")), ("last frame", meant.get("last_frame"))]
    named += [(f"image {n}", each) for n, each in enumerate(meant.get("reference_images", ()), 1)]
    return [(label, value) for label, value in named if value]
