"""Lantern's adapter: each video is behind the key, at an address that the status names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Amount,
    Answer,
    Billing,
    Charge,
    Flow,
    JobStatus,
    ModelSpec,
    Output,
    State,
    Text,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
    seconds,
)

ONE = ModelSpec(
    name="lantern-one",
    durations=seconds(4, 8),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("480p", "720p"),
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9", "resolution": "720p"},
    makes_sound=False,
    billing=Billing(unit="second", name="one"),
    source="https://lantern.example/docs/one",
    checked=date(2026, 9, 1),
)


class Usage(Answer):
    """`usage` of a poll."""

    cost: Amount | None = None


class Task(Answer):
    """An answer about a task."""

    status: str
    id: Text | None = None
    unsigned_urls: tuple[str, ...] = ()
    error: Text | None = None
    usage: Usage | None = None


class LanternAdapter(Adapter):
    """Translates for Lantern."""

    contract_version = 3
    name = "lantern"
    title = "Lantern"
    base_url = "https://lantern.example/api/v1"
    key_variable = "LANTERN_API_KEY"
    base_url_variable = "LANTERN_BASE_URL"
    models = (ONE,)
    task_id_names = ("id",)
    states: ClassVar[Mapping[str, State]] = {
        "pending": State.QUEUED,
        "in_progress": State.RUNNING,
        "completed": State.SUCCEEDED,
        "failed": State.FAILED,
        "cancelled": State.CANCELED,
        "expired": State.EXPIRED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body = {
            "model": model.name,
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "duration": request.duration,
            "aspect_ratio": request.aspect_ratio,
            "resolution": request.resolution,
        }
        response = yield WireRequest(method="POST", path="/videos", json=body, spends=True)
        return self.job(self.body(response).get("id"), model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=f"/videos/{path_segment(job.task_id)}")
        return self.status_of(job, self.read_part(Task, self.body(response)))

    def status_of(self, job: JobRef, task: Task) -> JobStatus:
        """Return the status in an answer."""
        state, is_documented = self.state(task.status)
        cost = None if task.usage is None else task.usage.cost
        return JobStatus(
            state=state,
            raw_state=task.status,
            is_documented=is_documented,
            outputs=self.outputs(job, task) if state is State.SUCCEEDED else (),
            failure=task.error,
            charge=None if cost is None else Charge(amount=cost, unit="USD"),
            unread=task.unread,
            task_id=task.id,
        )

    def outputs(self, _job: JobRef, task: Task) -> tuple[Output, ...]:
        """Return the videos. At Lantern's own address they need the key; elsewhere none goes."""
        return tuple(Output(url=each, needs_key=True) for each in task.unsigned_urls if each)

    def body(self, response: WireResponse) -> Mapping[str, Any]:
        """Return the object of an answer that is a success."""
        body = self.read_object(response)
        if not response.ok:
            error = body.get("error")
            said = error if isinstance(error, Mapping) else {}
            raise self.refuse(response, said.get("message"), code=said.get("code"))
        return body


class BuiltLanternAdapter(LanternAdapter):
    """The same, but it builds the videos' addresses from the task's id."""

    contract_version = 3

    def outputs(self, job: JobRef, task: Task) -> tuple[Output, ...]:
        path = f"/videos/{path_segment(job.task_id)}/content"
        return tuple(
            Output(url=f"{path}?index={index}", needs_key=True, relative_to="address")
            for index in range(2)
        )
