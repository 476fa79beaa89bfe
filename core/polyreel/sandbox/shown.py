"""What a stand-in's film shows of its task, read from the body by the contract's own mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .film import FilmCard, Picture
from .meaning import field_names
from .shape import frame_size
from .task import Task

_SHOWN_ELSEWHERE = frozenset({"model", "prompt", "first_frame", "last_frame", "reference_images"})
_SHOWN_ELSEWHERE |= {"reference_videos", "reference_audios"}

DrawPicture = Callable[[str, object], Picture]


def card_of(
    task: Task,
    schema: Mapping[str, Any],
    provider: str,
    frames_per_second: int,
    picture: DrawPicture,
) -> FilmCard:
    """Return the card of a task's film.

    Args:
        task: What was asked.
        schema: What the contract says of the body.
        provider: The provider's name.
        frames_per_second: Of the film.
        picture: Makes a picture of a label and a value that arrived.
    """
    meant = task.meaning
    resolution = _output(task, "resolution") or meant.get("resolution", "720p")
    width, height = frame_size(str(resolution), str(meant.get("aspect_ratio", "16:9")))
    sound = meant.get("audio")
    return FilmCard(
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
    """Return what the vendor makes whatever is asked; by the model's name where it hangs on it."""
    told = task.output.get(name)
    return told.get(_model(task)) if isinstance(told, Mapping) else told


def _settings(task: Task, schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the settings that arrived, in the vendor's own words."""
    properties = schema.get("properties", {})
    return tuple(
        (name, str(value))
        for name, value in task.body.items()
        if isinstance(value, (str, int, float))
        and name in properties
        and not field_names(properties[name]) & _SHOWN_ELSEWHERE
    )


def _images(meant: Mapping[str, Any]) -> list[tuple[str, Any]]:
    named = [("first frame", meant.get("first_frame")), ("last frame", meant.get("last_frame"))]
    named += [(f"image {n}", each) for n, each in enumerate(meant.get("reference_images", ()), 1)]
    return [(label, value) for label, value in named if value]
