"""Relay's adapter: a poll asks for the status, and once the task has ended for its result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Answer,
    Billing,
    Credential,
    Flow,
    Frames,
    JobStatus,
    MediaLimit,
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

FAILED = 422
"""The HTTP status by which the result of a failed task is answered."""

ONE = ModelSpec(
    name="relay-one",
    durations=seconds(4, 6),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("480p", "720p"),
    frames=frozenset({Frames.FIRST}),
    images=MediaLimit(forms=frozenset({"url", "inline"}), maximum=0),
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9", "resolution": "720p"},
    makes_sound=False,
    billing=Billing(unit="second", name="one"),
    source="https://relay.example/docs/one",
    checked=date(2026, 9, 1),
)


class Status(Answer):
    """The answer to the first call of a poll."""

    status: str
    request_id: Text | None = None


class Video(Answer):
    """`video` of a result."""

    url: str | None = None


class Result(Answer):
    """The answer to the second call of a poll."""

    video: Video | None = None


class RelayAdapter(Adapter):
    """Translates for Relay."""

    contract_version = 3
    name = "relay"
    title = "Relay"
    base_url = "https://queue.relay.example"
    key_variable = "RELAY_KEY"
    base_url_variable = "RELAY_BASE_URL"
    credential = Credential(header="Authorization", template="Key {key}")
    models = (ONE,)
    task_id_names = ("request_id",)
    states: ClassVar[Mapping[str, State]] = {
        "in_queue": State.QUEUED,
        "in_progress": State.RUNNING,
        "completed": State.SUCCEEDED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        frame = request.first_frame
        body = {
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "image_url": None if frame is None else frame.wire_value,
            "duration": str(request.duration),
            "aspect_ratio": request.aspect_ratio,
            "resolution": request.resolution,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        path = f"/{model.name}/video"
        response = yield WireRequest(method="POST", path=path, json=sent, spends=True)
        return self.job(self.body(response).get("request_id"), model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        path = f"/{job.model}/requests/{path_segment(job.task_id)}"
        response = yield WireRequest(method="GET", path=f"{path}/status")
        task = self.read_part(Status, self.body(response))
        state, is_documented = self.state(task.status)
        if state is not State.SUCCEEDED:
            return JobStatus(
                state=state,
                raw_state=task.status,
                is_documented=is_documented,
                unread=task.unread,
                task_id=task.request_id,
            )
        response = yield WireRequest(method="GET", path=path)
        return self.ended(response, task)

    def ended(self, response: WireResponse, task: Status) -> JobStatus:
        """Return the status of a task that has ended, by the answer to the second call.

        Only the documented error of a failed task is a failure. Every other error is a bad poll.
        """
        if response.status == FAILED:
            body = self.read_object(response)
            if "detail" in body:
                reason, code = said_in(body["detail"])
                return JobStatus(
                    state=State.FAILED,
                    raw_state=task.status,
                    failure=reason,
                    failure_code=code,
                    task_id=task.request_id,
                )
        result = self.read_part(Result, self.body(response))
        video = result.video
        return JobStatus(
            state=State.SUCCEEDED,
            raw_state=task.status,
            outputs=() if video is None or not video.url else (Output(url=video.url),),
            unread=(*task.unread, *result.unread),
            task_id=task.request_id,
        )

    def body(self, response: WireResponse) -> Mapping[str, Any]:
        """Return the object of an answer that is a success."""
        body = self.read_object(response)
        if not response.ok:
            reason, code = said_in(body.get("detail"))
            raise self.refuse(response, reason, code=code)
        return body


def said_in(detail: object) -> tuple[str | None, str | None]:
    """Return the reason and the code in an error's `detail`: a text, or a list of objects."""
    first = detail[0] if isinstance(detail, list) and detail else detail
    if isinstance(first, Mapping):
        reason, code = first.get("msg"), first.get("type")
        return (
            reason if isinstance(reason, str) else None,
            code if isinstance(code, str) else None,
        )
    return (first if isinstance(first, str) else None), None
