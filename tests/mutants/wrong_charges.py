"""Mutants that say something wrong of what a job cost, or lose it for an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Accepted,
    Answer,
    Charge,
    Flow,
    JobStatus,
    ModelSpec,
    WireResponse,
)
from toys.meter.adapter import Job, MeterAdapter

from mutants.mutant import mutant

_METER = "toys.meter"


@mutant(
    caught_by="test_nothing_is_charged_before_the_end",
    says="a job that is queued has the charge",
    seen="Runway, whose polls of a running task repeat the estimate",
    of=_METER,
)
class ChargesBeforeTheEnd(MeterAdapter):
    """It shows the create's estimate as the charge of a job that is still running."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef | Accepted]:
        accepted = yield from super().submit(request, model)
        if not isinstance(accepted, Accepted) or accepted.estimate is None:
            return accepted
        details = {"estimate": str(accepted.estimate.amount)}
        return replace(accepted, job=accepted.job.model_copy(update={"details": details}))

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        status = yield from super().poll(job)
        estimate = job.details.get("estimate")
        if status.state.is_final or estimate is None:
            return status
        return replace(status, charge=Charge(amount=Decimal(estimate), unit="USD"))


@mutant(
    caught_by="test_an_odd_field_hides_no_video",
    says="the billed units became -1",
    of=_METER,
)
class BillsNegativeUnits(MeterAdapter):
    """It takes any number for the units billed, also one below zero."""

    def answer(self, response: WireResponse) -> Mapping[str, object]:
        body = super().answer(response)
        self.billed = body.get("billed_seconds")
        return body

    def status_of(self, answer: Job) -> JobStatus:
        status, billed = super().status_of(answer), self.billed
        is_number = isinstance(billed, int) and not isinstance(billed, bool)
        return replace(status, billed_units=Decimal(str(billed))) if is_number else status


class _Needed(Answer):
    amount: Decimal
    currency: str


class _Created(Answer):
    id: str
    estimate: _Needed


@mutant(
    caught_by="test_an_odd_field_loses_no_job",
    says="submit raised BadResponse",
    of=_METER,
)
class NeedsTheEstimate(MeterAdapter):
    """It takes no answer to a create whose estimate it can't read, and so loses the paid job."""

    def answer(self, response: WireResponse) -> Mapping[str, object]:
        body = super().answer(response)
        if "status" not in body:  # an answer to a create
            self.read_part(_Created, body)
        return body
