"""Mutants that may pay twice, or do not know what they pay for."""

from __future__ import annotations

from dataclasses import replace

from polyreel import Flow, JobRef, MediaFile, ModelSpec, VideoRequest, WireRequest

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_PAID = "test_exactly_one_request_is_paid[kiln-grand]"


@mutant(
    caught_by=_PAID,
    says="after HTTP 500 the create is sent 2 times, not once",
    seen="OpenAI's Python SDK, which sends a create again on HTTP 5xx unless told not to",
)
class SendsTheCreateAgain(KilnAdapter):
    """The paid request is yielded again when the answer is HTTP 500."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.create(request, model)
        if response.status >= 500:
            response = yield self.create(request, model)
        return self.made(self.data(response), model)


@mutant(caught_by=_PAID, says="0 requests of a submit are marked spends=True")
class MarksNothingAsPaid(KilnAdapter):
    """The create is not marked, so that it is sent again like a free request."""

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        return replace(super().create(request, model), spends=False)


@mutant(caught_by=_PAID, says="spends=True")
class MarksEverythingAsPaid(KilnAdapter):
    """Looks and uploads are marked as paid, so that a bad one is never tried again."""

    def look(self, job: JobRef) -> WireRequest:
        return replace(super().look(job), spends=True)

    def upload(self, file: MediaFile) -> Flow[str]:
        flow = super().upload(file)
        response = yield replace(next(flow), spends=True)
        try:
            flow.send(response)
        except StopIteration as end:
            return str(end.value)
        raise AssertionError("an upload is one request")
