"""Mutants that remember what they should not, or change what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel import Flow, JobRef, ModelSpec, VideoRequest, WireRequest, render_prompt

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_UNCHANGED = "test_the_request_is_not_changed[kiln-grand]"
_JSON = "test_a_job_survives_json[kiln-grand]"


@mutant(caught_by=_UNCHANGED, says="submit changed the request")
class WritesIntoTheRequest(KilnAdapter):
    """It writes the rendered prompt back into the request that it was given."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        object.__setattr__(request, "prompt", render_prompt(request.prompt, _spelling(model)))
        return request.prompt


def _spelling(model: ModelSpec) -> Mapping[Any, str]:
    return model.prompt_references


@mutant(caught_by=_UNCHANGED, says="submit changed the request")
class ShortensTheListOfMedia(KilnAdapter):
    """It empties the request's list of images while it goes through it."""

    def media(self, request: VideoRequest) -> dict[str, Any]:
        media = super().media(request)
        object.__setattr__(request, "reference_images", ())
        return media


@mutant(caught_by=_UNCHANGED, says="another body")
class RemembersTheLastRequest(KilnAdapter):
    """One body serves all calls, so that a setting of one request is sent with the next."""

    shared: ClassVar[dict[str, Any]] = {}

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        self.shared.update(super().body(request, model))
        return dict(self.shared)


@mutant(caught_by=_JSON, says="another process")
class KeepsTheJobInItself(KilnAdapter):
    """What a look needs is kept on the adapter, where another process does not find it."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        self.film_id = str(data["film_id"])
        return super().made(data, model)

    def look(self, job: JobRef) -> WireRequest:
        return WireRequest(method="GET", path=f"/films/{self.film_id}")


@mutant(
    caught_by="test_every_request_stays_at_the_vendor[kiln-grand]",
    says="leaves https://api.kiln.example/v1",
    seen="Modellix's answers name an address to look at",
)
class LooksWhereTheAnswerPoints(KilnAdapter):
    """It polls an address of another host that stands in the answer, with the key."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        return self.job(data.get("film_id"), model, worker=str(data.get("worker")))

    def look(self, job: JobRef) -> WireRequest:
        return WireRequest(method="GET", path=job.details["worker"])


@mutant(caught_by="test_create_fault[missing-id-blocking-mocked]", says="not SubmitUnknown")
class TakesAnyTaskId(KilnAdapter):
    """A missing task id becomes the id `None`."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        return JobRef(provider=self.name, model=model.name, task_id=str(data.get("film_id")))


@mutant(caught_by=_JSON, says="the job of kiln/kiln-grand names kiln/kiln")
class ForgetsTheJobsModel(KilnAdapter):
    """The job's handle names the provider for its model."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        job = yield from super().submit(request, model)
        return job.model_copy(update={"model": self.name})
