"""Task ids: the names that vendors give them, and ids that are numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

TASK_ID_NAMES = ("task_id", "taskId")
"""Names that mean a task's id wherever they stand in an answer, also beside a refusal."""

OTHER_ID_NAMES = (
    "id",
    "job_id",
    "jobId",
    "video_id",
    "videoId",
    "generation_id",
    "generationId",
)
"""Names that mean a task's id in an answer that refuses nothing. Beside a refusal they may
identify the error, as `id` does at Stability AI."""


def is_integer_id(value: object) -> bool:
    """Return whether a value can be a task's id as a number."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def with_text_ids(value: object, error: ValidationError, names: Collection[str]) -> Any:
    """Return a part of an answer in which integers stand as text where text was expected.

    Args:
        value: The part.
        error: What was wrong with it.
        names: The fields in which an integer is an id.
    """
    for each in error.errors(include_url=False, include_context=False):
        where = [step for step in each["loc"] if step not in ("str", "constrained-str")]
        if each["type"] == "string_type" and is_integer_id(each["input"]):
            value = _replaced(value, where, names, str(each["input"]))
    return value


def _replaced(value: object, where: list[Any], names: Collection[str], text: str) -> object:
    if not where or not isinstance(value, Mapping) or where[0] not in value:
        return value
    name, *rest = where
    if rest:
        return {**value, name: _replaced(value[name], rest, names, text)}
    return {**value, name: text} if name in names else value
