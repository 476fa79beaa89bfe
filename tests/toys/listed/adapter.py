"""Listed's adapters: the vendor lists its tasks, with or without the reference of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from polyreel import BadResponse, JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Answer,
    Billing,
    Flow,
    Found,
    JobStatus,
    ModelSpec,
    Moment,
    Output,
    Sought,
    State,
    Text,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)

DOCS = "https://listed.example/docs"

ONE = ModelSpec(
    name="listed-one",
    durations=(5, 10),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p",),
    sends_resolution=False,
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9"},
    makes_sound=False,
    billing=Billing(unit="task", name="one"),
    source=f"{DOCS}/models",
    checked=date(2026, 9, 1),
)


class Task(Answer):
    """An answer about a task."""

    status: str
    id: Text | None = None
    model: Text | None = None
    created_at: Moment | None = None
    client_id: Text | None = None
    video_url: str | None = None
    reason: Text | None = None


class ListedAdapter(Adapter):
    """Translates for Listed, and finds a task by the reference that the vendor gives back."""

    contract_version = 3
    name = "listed"
    title = "Listed"
    base_url = "https://api.listed.example/v1"
    key_variable = "LISTED_API_KEY"
    base_url_variable = "LISTED_BASE_URL"
    models = (ONE, replace(ONE, name="listed-two"))
    task_id_names = ("id",)
    states: ClassVar[Mapping[str, State]] = {
        "queued": State.QUEUED,
        "running": State.RUNNING,
        "done": State.SUCCEEDED,
        "failed": State.FAILED,
        "canceled": State.CANCELED,
    }
    offers_find = True
    echoes_reference = True

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body = {
            "model": model.name,
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "seconds": request.duration,
            "ratio": request.aspect_ratio,
            **self.reference(),
        }
        response = yield WireRequest(method="POST", path="/videos", json=body, spends=True)
        return self.job(self.body(response).get("id"), model)

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

    def find(self, sought: Sought) -> Flow[Sequence[Found]]:
        response = yield WireRequest(method="GET", path="/videos", query=self.query(sought))
        items = self.body(response).get("items")
        if not isinstance(items, list):
            raise BadResponse(f"Listed's answer has no list of tasks. {BadResponse.advice}.")
        return [self.found(self.read_part(Task, each), sought) for each in items]

    def reference(self) -> dict[str, str]:
        """Return the field for a client's reference, where there is one."""
        return {"client_id": self.job_reference} if self.job_reference else {}

    def query(self, sought: Sought) -> dict[str, str]:
        """Return the parameters of the list."""
        return {"client_id": sought.reference}

    def found(self, task: Task, sought: Sought) -> Found:
        """Return a task of the list."""
        return Found(
            job=self.job(task.id, sought.model),
            model=task.model,
            created_at=task.created_at,
            echo=task.client_id,
        )

    def body(self, response: WireResponse) -> Mapping[str, Any]:
        """Return the object of an answer that is a success."""
        body = self.read_object(response)
        if not response.ok:
            error = body.get("error")
            said = error if isinstance(error, Mapping) else {}
            raise self.refuse(response, said.get("message"), code=said.get("code"))
        return body


class UnnamedAdapter(ListedAdapter):
    """Translates for Listed too, and finds a task by its model and time alone."""

    contract_version = 3
    echoes_reference = False

    def reference(self) -> dict[str, str]:
        return {}

    def query(self, sought: Sought) -> dict[str, str]:
        return {}
