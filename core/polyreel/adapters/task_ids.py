"""Task ids: the names that vendors give them, and ids that are numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

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


def with_text_ids(value: object, names: Collection[str], depth: int = 4) -> Any:
    """Return a part of an answer in which ids that are integers stand as text.

    Args:
        value: The part.
        names: The fields in which an integer is an id.
        depth: How many objects within objects are read.
    """
    if not isinstance(value, Mapping) or not depth:
        return value
    return {
        name: str(each)
        if name in names and is_integer_id(each)
        else with_text_ids(each, names, depth - 1)
        for name, each in value.items()
    }
