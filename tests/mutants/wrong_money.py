"""Mutants that may pay twice, or mark the wrong requests as paid."""

from __future__ import annotations

from dataclasses import replace

from polyreel import JobRef, VideoRequest
from polyreel.adapters import Flow, MediaFile, ModelSpec, WireRequest

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_PAID = "test_exactly_one_request_is_paid[kiln-grand]"


@mutant(
    caught_by=_PAID,
    says="after HTTP 500 the create is sent 2 times, not once",
    seen="OpenAI's Python SDK, which by default sends a create again after HTTP 5xx",
)
class SendsTheCreateAgain(KilnAdapter):
    """It yields the paid request again when the answer is HTTP 500."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.create(request, model)
        if response.status >= 500:
            response = yield self.create(request, model)
        return self.made(self.data(response), model)


@mutant(caught_by=_PAID, says="0 requests of a submit are marked spends=True")
class MarksNothingAsPaid(KilnAdapter):
    """It does not mark the create, which is then sent again like a free request."""

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        return replace(super().create(request, model), spends=False)


@mutant(caught_by=_PAID, says="spends=True")
class MarksEverythingAsPaid(KilnAdapter):
    """It marks polls and uploads as paid, so that a failed one is never sent again."""

    def ask_status(self, job: JobRef) -> WireRequest:
        return replace(super().ask_status(job), spends=True)

    def upload(self, file: MediaFile) -> Flow[str]:
        flow = super().upload(file)
        response = yield replace(next(flow), spends=True)
        try:
            flow.send(response)
        except StopIteration as end:
            return str(end.value)
        raise AssertionError("an upload is one request")
