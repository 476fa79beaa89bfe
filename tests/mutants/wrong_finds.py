"""Mutants that a newcomer made by mistake or on purpose, and that no law caught at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyreel import (
    Frames,
    JobRef,
    ModelSpec,
    Output,
    ProviderError,
    VideoRequest,
    WireRequest,
    WireResponse,
)
from pydantic import BaseModel

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.models import GRAND, PETITE
from mutants.mutant import mutant

_REFUSED = "test_what_the_model_refuses_the_contract_refuses[kiln-grand]"
SEEN = "an outside author's first adapter"


class Refusal(BaseModel):
    """A refusal, read more strictly than any gateway writes one."""

    code: int | str
    note: str


@mutant(
    caught_by="test_a_refusal_of_another_shape_is_a_refusal", says="became BadResponse", seen=SEEN
)
class ReadsARefusalStrictly(KilnAdapter):
    """A refusal whose body is not quite as documented can't be read, and is told as that."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        told = self.read_part(Refusal, body)
        return super().refusal(response, told.model_dump())


@mutant(
    caught_by="test_a_task_id_is_taken_as_it_is[../../x?y=1#z]",
    says="is no look at a task",
    seen=SEEN,
)
class PutsTheIdIntoThePathAsItIs(KilnAdapter):
    """A task's id is put into a path without being quoted."""

    def look(self, job: JobRef) -> WireRequest:
        return WireRequest(method="GET", path=f"/films/{job.task_id}")


@mutant(caught_by="test_a_task_id_is_taken_as_it_is[AbC-1]", says="'AbC-1' was kept as 'abc-1'")
class LowersTheId(KilnAdapter):
    """A task's id is kept in lower case, which is another id at most vendors."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        return super().made({**data, "film_id": str(data["film_id"]).lower()}, model)


@mutant(caught_by="test_the_meaning_survives[kiln-petite]", says="prompt: asked")
class CutsALongPrompt(KilnAdapter):
    """A prompt is cut at 500 characters, although no page names a maximum."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return super().text(request, model)[:500]


@mutant(caught_by="test_the_meaning_survives[kiln-grand]", says="prompt: asked")
class StripsThePrompt(KilnAdapter):
    """White space around the prompt is taken away, and lines are joined."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return " ".join(super().text(request, model).split())


@mutant(caught_by="test_a_last_frame_that_was_asked_for_comes[kiln-grand]", says="none is offered")
class LosesTheLastFrame(KilnAdapter):
    """The last frame can be asked for, and is never handed on."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        return tuple(each for each in super().outputs(data) if each.kind == "video")


@mutant(caught_by="test_the_models_are_the_documented_ones", says="kiln-petite")
class LeavesAModelOut(KilnAdapter):
    """One of the vendor's models is not among those that can be asked for."""

    models = (GRAND,)


@mutant(
    caught_by="test_the_vendors_defaults_are_the_documented_ones[kiln-grand]",
    says="aspect_ratio: the model says '16:9'",
)
class TellsAnotherDefault(KilnAdapter):
    """The vendor's default shape is told as another than its page names."""

    models = (
        replace(GRAND, vendor_defaults={**GRAND.vendor_defaults, "aspect_ratio": "16:9"}),
        PETITE,
    )


@mutant(caught_by=_REFUSED, says="the contract takes first_frame")
class HoldsTheFirstFrameAloneBack(KilnAdapter):
    """A first frame alone is refused, which the vendor takes."""

    models = (replace(GRAND, frames=frozenset({Frames.LAST, Frames.BOTH})), PETITE)


@mutant(caught_by=_REFUSED, says="the contract takes reference_videos")
class HoldsVideosBack(KilnAdapter):
    """Reference videos are refused altogether, which the vendor takes."""

    models = (replace(GRAND, videos=None, rules=frozenset()), PETITE)
