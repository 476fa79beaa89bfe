"""Toy Films' adapter."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from polyreel import (
    Adapter,
    Billing,
    Credential,
    Flow,
    JobRef,
    JobStatus,
    MediaLimit,
    ModelSpec,
    Output,
    Setting,
    State,
    VideoRequest,
    WireRequest,
    WireResponse,
    render_prompt,
    seconds,
)

SIZES = {
    ("720p", "16:9"): "1280x720",
    ("720p", "9:16"): "720x1280",
    ("480p", "16:9"): "854x480",
    ("480p", "9:16"): "480x854",
}

ONE = ModelSpec(
    name="toy-1",
    durations=seconds(2, 8),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("480p", "720p"),
    images=MediaLimit(forms=frozenset({"inline", "url"}), maximum=2),
    settings={"seed": Setting(minimum=0, maximum=4294967295)},
    makes_sound=False,
    billing=Billing(unit="second", name="toy-1"),
    source="https://toy.example/docs",
    checked=date(2026, 11, 1),
)


class ToyAdapter(Adapter):
    name = "toy"
    title = "Toy Films"
    base_url = "https://api.toy.example/v2"
    key_variable = "TOY_API_KEY"
    base_url_variable = "TOY_BASE_URL"
    credential = Credential(header="X-API-Key", template="{key}")
    models = (ONE,)
    states: ClassVar[Mapping[str, State]] = {
        "waiting": State.QUEUED,
        "drawing": State.RUNNING,
        "ready": State.SUCCEEDED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body: dict[str, Any] = {
            "model": model.name,
            "text": render_prompt(request.prompt, model.prompt_references),
            "seconds": str(request.duration),
            "size": SIZES[request.resolution, request.aspect_ratio],
        }
        if request.reference_images:
            body["pictures"] = [image.wire_value for image in request.reference_images]
        if request.seed is not None:
            body["seed"] = request.seed
        response = yield WireRequest(method="POST", path="/films", json=body, spends=True)
        answer = self._read(response)
        return self.job(answer.get("id"), model, status_url=str(answer.get("status_url")))

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=job.details["status_url"])
        answer = self._read(response)
        state, is_documented = self.state(str(answer.get("phase")))
        problem = answer.get("problem")
        if state is State.SUCCEEDED and problem:  # failure comes inside a completed state
            state = State.FAILED
        return JobStatus(
            state=state,
            raw_state=str(answer.get("phase")),
            is_documented=is_documented,
            progress=answer.get("part_done"),
            outputs=(Output(url=answer["film"]),) if state is State.SUCCEEDED else (),
            failure=problem,
        )

    def _read(self, response: WireResponse) -> dict[str, Any]:
        answer = self.read_object(response)
        if not response.ok:
            raise self.refuse(response, answer.get("why"))
        return answer
