"""The adapter of Toy Videos: it translates and does nothing else."""

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Credential,
    Flow,
    JobStatus,
    ModelSpec,
    Output,
    State,
    WireRequest,
    WireResponse,
    render_prompt,
)

from .models import MODELS
from .wire import Created, Task

SIZES = {
    ("720p", "16:9"): "1280x720",
    ("720p", "9:16"): "720x1280",
    ("480p", "16:9"): "854x480",
    ("480p", "9:16"): "480x854",
}


class ToyAdapter(Adapter):
    contract_version = 3
    name = "toy"
    title = "Toy Videos"
    base_url = "https://api.toy.example/v2"
    key_variable = "TOY_API_KEY"
    base_url_variable = "TOY_BASE_URL"
    credential = Credential(header="X-API-Key", template="{key}")
    models = MODELS
    task_id_names = ("id",)
    states: ClassVar[Mapping[str, State]] = {
        "waiting": State.QUEUED,
        "drawing": State.RUNNING,
        "ready": State.SUCCEEDED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body = self._body(request, model)
        response = yield WireRequest(method="POST", path="/videos", json=body, spends=True)
        created = self.read_part(Created, self._answer(response))
        return self.job(created.id, model, status_url=created.status_url)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=job.details["status_url"])
        task = self.read_part(Task, self._answer(response))
        state, is_documented = self.state(task.phase)
        if state is State.SUCCEEDED and task.problem:  # the vendor reports a failure as "ready"
            state = State.FAILED
        return JobStatus(
            state=state,
            raw_state=task.phase,
            is_documented=is_documented,
            progress=task.part_done,
            outputs=(Output(url=task.video),) if state is State.SUCCEEDED and task.video else (),
            failure=task.problem,
            unread=task.unread,
        )

    def _body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = {
            "model": model.name,
            "text": render_prompt(request.prompt, model.prompt_references),
            "seconds": str(request.duration),
            "size": SIZES[request.resolution, request.aspect_ratio],
            "pictures": [image.wire_value for image in request.reference_images] or None,
            "seed": request.seed,
        }
        return {name: value for name, value in body.items() if value is not None}

    def _answer(self, response: WireResponse) -> dict[str, Any]:
        answer = self.read_object(response)
        if not response.ok:
            raise self.refuse(response, answer.get("why"))
        return answer
