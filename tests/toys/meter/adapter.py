"""Meter's adapter: the answer to a create holds an estimate, the last poll the seconds billed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Accepted,
    Adapter,
    Amount,
    Answer,
    Billing,
    Estimate,
    Flow,
    JobStatus,
    ModelSpec,
    Output,
    PriceRule,
    State,
    Text,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
    seconds,
)

_PRICES = "https://meter.example/docs/prices"

MODEL = ModelSpec(
    name="meter-one",
    durations=seconds(2, 6),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p",),
    sends_resolution=False,
    billing=Billing(
        unit="second",
        rates=(
            PriceRule(
                unit="second",
                amount=Decimal("0.12"),
                currency="USD",
                source=_PRICES,
                read=date(2026, 9, 1),
            ),
        ),
    ),
    source="https://meter.example/docs/models",
    checked=date(2026, 9, 1),
)


class Estimated(Answer):
    """`estimate` of the answer to a create."""

    amount: Amount | None = None
    currency: str | None = None


class Created(Answer):
    """The answer to a create."""

    id: str
    estimate: Estimated | None = None
    trace: Text | None = None


class Job(Answer):
    """The answer to a poll."""

    status: str
    id: Text | None = None
    video_url: str | None = None
    billed_seconds: Amount | None = None
    reason: Text | None = None


class MeterAdapter(Adapter):
    """Translates for Meter."""

    contract_version = 3
    name = "meter"
    title = "Meter"
    base_url = "https://api.meter.example/v1"
    key_variable = "METER_API_KEY"
    base_url_variable = "METER_BASE_URL"
    models = (MODEL,)
    task_id_names = ("id",)
    states: ClassVar[Mapping[str, State]] = {
        "waiting": State.QUEUED,
        "making": State.RUNNING,
        "made": State.SUCCEEDED,
        "broken": State.FAILED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef | Accepted]:
        body = {
            "model": model.name,
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "seconds": request.duration,
            "ratio": request.aspect_ratio,
        }
        response = yield WireRequest(method="POST", path="/jobs", json=body, spends=True)
        created = self.read_part(Created, self.answer(response))
        reported = {} if created.trace is None else {"trace": created.trace}
        job = self.job(created.id, model)
        return Accepted(job=job, estimate=self.estimate(created), reported=reported)

    def estimate(self, created: Created) -> Estimate | None:
        """Return the estimate of an answer, where all of it can be read."""
        found = created.estimate
        if found is None or found.amount is None or not found.currency:
            return None
        return Estimate(amount=found.amount, unit=found.currency)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=f"/jobs/{path_segment(job.task_id)}")
        return self.status_of(self.read_part(Job, self.answer(response)))

    def status_of(self, answer: Job) -> JobStatus:
        """Return the status in an answer."""
        state, is_documented = self.state(answer.status)
        has_video = state is State.SUCCEEDED and bool(answer.video_url)
        return JobStatus(
            state=state,
            raw_state=answer.status,
            is_documented=is_documented,
            outputs=(Output(url=answer.video_url or ""),) if has_video else (),
            failure=answer.reason,
            billed_units=answer.billed_seconds,
            unread=answer.unread,
            task_id=answer.id,
        )

    def answer(self, response: WireResponse) -> Mapping[str, object]:
        """Return the object in an answer, once its HTTP status says success."""
        body = self.read_object(response)
        if not response.ok:
            raise self.refuse(response, body.get("message"), code=body.get("code"))
        return body
