"""Mutants that keep values between calls, or change their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import Flow, ModelSpec, WireRequest, render_prompt

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_UNCHANGED = "test_the_request_is_not_changed[kiln-grand]"
_JSON = "test_a_job_can_be_saved_as_json[kiln-grand]"


@mutant(caught_by=_UNCHANGED, says="submit changed the request")
class WritesIntoTheRequest(KilnAdapter):
    """It writes the rendered prompt back into the request."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        object.__setattr__(request, "prompt", render_prompt(request.prompt, _spelling(model)))
        return request.prompt


def _spelling(model: ModelSpec) -> Mapping[Any, str]:
    return model.prompt_references


@mutant(caught_by=_UNCHANGED, says="submit changed the request")
class EmptiesTheListOfMedia(KilnAdapter):
    """It empties the request's list of images after reading it."""

    def media(self, request: VideoRequest) -> dict[str, Any]:
        media = super().media(request)
        object.__setattr__(request, "reference_images", ())
        return media


@mutant(caught_by=_UNCHANGED, says="another body")
class RemembersTheLastRequest(KilnAdapter):
    """It uses one body for all calls, so that a setting of one request is sent with the next."""

    shared: ClassVar[dict[str, Any]] = {}

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        self.shared.update(super().body(request, model))
        return dict(self.shared)


@mutant(caught_by=_JSON, says="another process")
class KeepsTheJobOnTheAdapter(KilnAdapter):
    """It keeps the task id on the adapter, so that another process can't poll the job."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        self.video_id = str(data["video_id"])
        return super().made(data, model)

    def ask_status(self, job: JobRef) -> WireRequest:
        return WireRequest(method="GET", path=f"/videos/{self.video_id}")


@mutant(
    caught_by="test_every_request_stays_at_the_vendor[kiln-grand]",
    says="leaves https://api.kiln.example/v1",
    seen="Modellix's answers name an address for polls",
)
class PollsWhereTheAnswerPoints(KilnAdapter):
    """It polls an address of another host, taken from the answer, with the key."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        return self.job(data.get("video_id"), model, worker=str(data.get("worker")))

    def ask_status(self, job: JobRef) -> WireRequest:
        return WireRequest(method="GET", path=job.details["worker"])


@mutant(caught_by="test_create_fault[missing-id-blocking-mocked]", says="not SubmitUnknown")
class TakesAnyTaskId(KilnAdapter):
    """It turns a missing task id into the id `None`."""

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        return JobRef(provider=self.name, model=model.name, task_id=str(data.get("video_id")))


@mutant(caught_by=_JSON, says="the job of kiln/kiln-grand names kiln/kiln")
class LosesTheJobsModel(KilnAdapter):
    """It writes the provider's name into the job's handle instead of the model's name."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        job = yield from super().submit(request, model)
        return job.model_copy(update={"model": self.name})
