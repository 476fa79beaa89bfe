"""Mutants like a newcomer's first adapter; at first no law caught these mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyreel import JobRef, ProviderError, VideoRequest
from polyreel.adapters import Frames, ModelSpec, Output, WireRequest, WireResponse
from pydantic import BaseModel

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.models import GRAND, PETITE
from mutants.mutant import mutant

_REFUSED = "test_media_refused_here_are_refused_by_the_contract[kiln-grand]"
SEEN = "an outside author's first adapter"


class Refusal(BaseModel):
    """A refusal, with stricter types than gateways write."""

    code: int | str
    note: str


@mutant(
    caught_by="test_a_refusal_in_another_shape_is_a_refusal", says="became BadResponse", seen=SEEN
)
class ReadsARefusalStrictly(KilnAdapter):
    """It can't read a refusal whose body differs from the documented one."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        part = self.read_part(Refusal, body)
        return super().refusal(response, part.model_dump())


@mutant(
    caught_by="test_a_task_id_is_kept_unchanged[../../x?y=1#z]",
    says="is not a poll of a task",
    seen=SEEN,
)
class PutsTheIdIntoThePathUnquoted(KilnAdapter):
    """It puts a task's id into a path without quoting it."""

    def ask_status(self, job: JobRef) -> WireRequest:
        return WireRequest(method="GET", path=f"/videos/{job.task_id}")


@mutant(caught_by="test_a_task_id_is_kept_unchanged[AbC-1]", says="'AbC-1' was kept as 'abc-1'")
class ChangesTheIdToLowerCase(KilnAdapter):
    """It changes a task's id to lower case, which is another id at most vendors."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        return super().made({**data, "video_id": str(data["video_id"]).lower()}, model)


@mutant(caught_by="test_the_meaning_is_unchanged[kiln-petite]", says="prompt: requested")
class CutsALongPrompt(KilnAdapter):
    """It cuts a prompt at 500 characters, although no page has a maximum."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return super().text(request, model)[:500]


@mutant(caught_by="test_the_meaning_is_unchanged[kiln-grand]", says="prompt: requested")
class StripsThePrompt(KilnAdapter):
    """It removes white space around the prompt and joins its lines."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return " ".join(super().text(request, model).split())


@mutant(caught_by="test_a_requested_last_frame_is_offered[kiln-grand]", says="none is offered")
class LosesTheLastFrame(KilnAdapter):
    """It accepts a request for the last frame, but never offers one."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        return tuple(each for each in super().outputs(data) if each.kind == "video")


@mutant(caught_by="test_the_models_are_the_documented_ones", says="kiln-petite")
class LeavesOutAModel(KilnAdapter):
    """One of the vendor's models is missing."""

    models = (GRAND,)


@mutant(
    caught_by="test_the_vendors_defaults_are_the_documented_ones[kiln-grand]",
    says="aspect_ratio: spec: '16:9'",
)
class DeclaresAnotherDefault(KilnAdapter):
    """It declares another default shape than the vendor's page."""

    models = (
        replace(GRAND, vendor_defaults={**GRAND.vendor_defaults, "aspect_ratio": "16:9"}),
        PETITE,
    )


@mutant(caught_by=_REFUSED, says="the contract accepts first_frame")
class RefusesTheFirstFrameAlone(KilnAdapter):
    """It refuses a first frame alone, which the vendor accepts."""

    models = (replace(GRAND, frames=frozenset({Frames.LAST, Frames.BOTH})), PETITE)


@mutant(caught_by=_REFUSED, says="the contract accepts 1 reference_videos")
class RefusesVideos(KilnAdapter):
    """It refuses reference videos, which the vendor accepts."""

    models = (replace(GRAND, videos=None, rules=frozenset()), PETITE)
