"""Keyed's adapter: a vendor that makes one task for one key, and documents its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Answer,
    Billing,
    Flow,
    IdempotencyKey,
    JobStatus,
    ModelSpec,
    Output,
    Refusal,
    State,
    Text,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)

DOCS = "https://keyed.example/docs"

ONE = ModelSpec(
    name="keyed-one",
    durations=(5, 10),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p",),
    sends_resolution=False,
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9"},
    makes_sound=False,
    billing=Billing(unit="task", name="one"),
    source=f"{DOCS}/one",
    checked=date(2026, 9, 1),
)


KEY = IdempotencyKey(
    header="Idempotency-Key",
    valid_for=timedelta(days=1),
    replay_status=200,
    conflict_statuses=frozenset({409}),
    source=f"{DOCS}/idempotency",
)


class Task(Answer):
    """An answer about a task."""

    status: str
    id: Text | None = None
    video_url: str | None = None
    reason: Text | None = None


class KeyedAdapter(Adapter):
    """Translates for Keyed."""

    contract_version = 3
    name = "keyed"
    title = "Keyed"
    base_url = "https://api.keyed.example/v1"
    key_variable = "KEYED_API_KEY"
    base_url_variable = "KEYED_BASE_URL"
    models = (ONE,)
    task_id_names = ("id",)
    states: ClassVar[Mapping[str, State]] = {
        "queued": State.QUEUED,
        "running": State.RUNNING,
        "done": State.SUCCEEDED,
        "failed": State.FAILED,
        "canceled": State.CANCELED,
    }
    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(status=503, code="full", later=True, source=f"{DOCS}/errors#full"),
        Refusal(status=500, code="closed", source=f"{DOCS}/errors#closed"),
        Refusal(status=429, code="late", is_definite=False, source=f"{DOCS}/errors#late"),
    )
    idempotency: ClassVar[IdempotencyKey | None] = KEY

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.create(request, model)
        return self.made(response, model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=f"/videos/{path_segment(job.task_id)}")
        task = self.read_part(Task, self.body(response))
        state, is_documented = self.state(task.status)
        has_video = state is State.SUCCEEDED and task.video_url
        return JobStatus(
            state=state,
            raw_state=task.status,
            is_documented=is_documented,
            outputs=(Output(url=str(task.video_url)),) if has_video else (),
            failure=task.reason,
            unread=task.unread,
            task_id=task.id,
        )

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        """Return the paid request."""
        body = {
            "model": model.name,
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "seconds": request.duration,
            "ratio": request.aspect_ratio,
        }
        return WireRequest(method="POST", path="/videos", json=body, spends=True)

    def made(self, response: WireResponse, model: ModelSpec) -> JobRef:
        """Return the job of an accepted create, or of its repetition."""
        return self.job(self.body(response).get("id"), model)

    def body(self, response: WireResponse) -> Mapping[str, Any]:
        """Return the object of an answer that is a success."""
        body = self.read_object(response)
        if not response.ok:
            error = body.get("error")
            said = error if isinstance(error, Mapping) else {}
            raise self.refuse(response, said.get("message"), code=said.get("code"))
        return body
