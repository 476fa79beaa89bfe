"""Mutants that lose a task's id, and with it a paid video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel import BadResponse, JobRef
from polyreel.adapters import ModelSpec

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant


@mutant(
    caught_by="test_create_fault[refusal-with-id-blocking-mocked]",
    says="InvalidRequest, not SubmitUnknown",
)
class DoesNotListTheNameOfTheTaskId(KilnAdapter):
    """It does not list the vendor's name of a task's id in `task_id_names`."""

    task_id_names = ("task_id",)


@mutant(
    caught_by="test_create_fault[numeric-id-blocking-mocked]",
    says="SubmitUnknown, not the video",
)
class TakesNoNumberAsATaskId(KilnAdapter):
    """It takes only text as a task's id."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        if not isinstance(data.get("video_id"), str):
            raise BadResponse("the id is not text")
        return super().made(data, model)
