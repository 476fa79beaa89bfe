"""Modellix's adapter: one path for each model; tasks are polled by id.

Sources: https://docs.modellix.ai/ways-to-use/api,
https://docs.modellix.ai/api/get-task-result,
https://docs.modellix.ai/how-to-use/error-handling and the model's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Charge,
    Flow,
    JobStatus,
    MediaFile,
    ModelSpec,
    Output,
    PollTiming,
    ProviderOptions,
    State,
    UploadLimit,
    WireRequest,
    WireResponse,
    error_kind,
    path_segment,
    render_prompt,
    text_of,
)
from pydantic import BaseModel

from .models import MODELS
from .wire import CreatedTask, Envelope, QueriedTask, UploadedFile

Answer = TypeVar("Answer", bound=BaseModel)
MediaKind = Literal["image", "video", "audio"]


class ModellixOptions(ProviderOptions):
    """The settings that only Modellix has.

    Attributes:
        async_suffix: Whether a create goes to `/bytedance/<model>/async`, as the model's
            schema says, or to `/bytedance/<model>`, as in newer official tools. Current
            official material has both.
        images: How local images are sent: `inline` as a base64 data URL, or `upload` by the
            free `/media/files` first.
    """

    async_suffix: bool = True
    images: Literal["inline", "upload"] = "inline"


class ModellixAdapter(Adapter):
    """Translates for Modellix."""

    contract_version = 3
    name = "modellix"
    title = "Modellix"
    base_url = "https://api.modellix.ai/api/v1"
    key_variable = "MODELLIX_API_KEY"
    base_url_variable = "MODELLIX_BASE_URL"
    models = MODELS
    options_type = ModellixOptions
    states: ClassVar[Mapping[str, State]] = {
        "pending": State.QUEUED,
        "processing": State.RUNNING,
        "success": State.SUCCEEDED,
        "failed": State.FAILED,
        "canceled": State.CANCELED,  # documented for webhooks only
        # On no page; Modellix's own clients accept them.
        "completed": State.SUCCEEDED,
        "succeeded": State.SUCCEEDED,
        "done": State.SUCCEEDED,
        "error": State.FAILED,
        "cancelled": State.CANCELED,
    }
    upload_limit = UploadLimit(
        maximum_bytes=16 * 2**20,
        mime_types=frozenset({"image/png", "image/jpeg", "image/webp"}),
        source="github.com/Modellix/modellix-cli, media upload",
    )
    # Modellix's blog: the first poll after 15 s, then gaps that grow from 5 s to 30 s. Its skill:
    # every 5 to 10 s for videos, since polls count as requests per minute.
    poll_timing = PollTiming(first=15.0, gap=7.0, floor=5.0)

    options: ModellixOptions

    def media_form(self, kind: MediaKind, model: ModelSpec) -> Literal["inline", "upload"]:
        return self.options.images

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body: dict[str, Any] = {
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "duration": request.duration,
            "ratio": request.aspect_ratio,
            "resolution": request.resolution,
        }
        if request.first_frame is not None:
            body["first_frame_image"] = request.first_frame.wire_value
        if request.last_frame is not None:
            body["last_frame_image"] = request.last_frame.wire_value
        for name, media in (
            ("reference_images", request.reference_images),
            ("video_urls", request.reference_videos),
            ("audio_urls", request.reference_audios),
        ):
            if media:
                body[name] = [each.wire_value for each in media]
        settings = {
            "generate_audio": request.audio,
            "seed": request.seed,
            "camera_fixed": request.camera_fixed,
            "return_last_frame": request.return_last_frame,
            "execution_expires_after": request.expires_after,
        }
        body |= {name: value for name, value in settings.items() if value is not None}
        suffix = "/async" if self.options.async_suffix else ""
        path = f"/bytedance/{model.name}{suffix}"
        response = yield WireRequest(method="POST", path=path, json=body, spends=True)
        asked_for = {"last_frame": "asked for"} if request.return_last_frame else {}
        return self.job(self._data(response, CreatedTask).task_id, model, **asked_for)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        # Built from the id, not read from the answer: the key goes only to the configured origin.
        response = yield WireRequest(method="GET", path=f"/tasks/{path_segment(job.task_id)}")
        envelope, task = self._queried(response)
        state, is_documented = self.state(task.status)
        amount = task.billing.amount if task.billing is not None else None
        return JobStatus(
            state=state,
            raw_state=task.status,
            is_documented=is_documented,
            outputs=_outputs(task, job) if state is State.SUCCEEDED else (),
            failure=_failure(task, envelope) if state.is_final else None,
            charge=None if amount is None else Charge(amount=amount, unit="USD"),
            expires_at=task.result_expires_at,
            unread=task.unread,
            task_id=task.task_id,
        )

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path="/media/files", file=file)
        return self._data(response, UploadedFile).url

    def _data(self, response: WireResponse, kind: type[Answer]) -> Answer:
        return self._answer(response, kind)[1]

    def _answer(self, response: WireResponse, kind: type[Answer]) -> tuple[Envelope, Answer]:
        """Return an answer and its `data`; HTTP status and body code must both say success."""
        body = self.read_object(response)
        envelope = Envelope.of(body)
        if not response.ok or not envelope.is_success:
            # The body's code is the real HTTP status, even when the HTTP status is 200.
            meant = str(envelope.code)
            kind_of_error = error_kind(int(meant)) if response.ok and meant.isdigit() else None
            raise self.refuse(response, envelope.message, code=envelope.code, kind=kind_of_error)
        return envelope, self.read_part(kind, body.get("data"))

    def _queried(self, response: WireResponse) -> tuple[Envelope, QueriedTask]:
        """Return a poll's answer. Beside a status only a number counts as a code."""
        body = self.read_object(response)
        data, envelope = body.get("data"), Envelope.of(body)
        has_status = response.ok and isinstance(data, dict) and "status" in data
        if has_status and not envelope.is_readable:
            return envelope, self.read_part(QueriedTask, data)
        return self._answer(response, QueriedTask)


def _outputs(task: QueriedTask, job: JobRef) -> tuple[Output, ...]:
    """Return the video, and the last frame if the request asked for it.

    Modellix does not document the place of the last frame. If the request asked for it, an image
    among the resources must be the last frame.
    """
    video, found = task.video, list[Output]()
    if video is not None and video.url:
        found.append(Output(url=video.url, width=video.width, height=video.height))
    if "last_frame" in job.details:
        images = [each for each in task.files if each.type == "image"]
        found += [
            Output(url=each.url, kind="last_frame", width=each.width, height=each.height)
            for each in images[:1]
            if each.url
        ]
    return tuple(found)


def _failure(task: QueriedTask, envelope: Envelope) -> str | None:
    """Return why a task failed. Modellix does not document the place, so all places are read."""
    said = None if envelope.message == "success" else envelope.message
    return task.error_text or task.message or said or text_of(task.error or None)
