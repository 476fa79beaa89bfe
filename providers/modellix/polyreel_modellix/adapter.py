"""Modellix's adapter: one path per model, tasks polled by id.

Sources: https://docs.modellix.ai/ways-to-use/api,
https://docs.modellix.ai/api/get-task-result,
https://docs.modellix.ai/how-to-use/error-handling and the model's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, TypeVar

from polyreel import (
    Adapter,
    Charge,
    Flow,
    JobRef,
    JobStatus,
    MediaFile,
    ModelSpec,
    Output,
    PollTiming,
    ProviderOptions,
    State,
    UploadLimit,
    VideoRequest,
    WireRequest,
    WireResponse,
    error_kind,
    path_segment,
    render_prompt,
)
from pydantic import BaseModel

from .models import MODELS
from .wire import CreatedTask, Envelope, QueriedTask, UploadedFile

Answer = TypeVar("Answer", bound=BaseModel)
MediaKind = Literal["image", "video", "audio"]


class ModellixOptions(ProviderOptions):
    """What only Modellix has.

    Attributes:
        async_suffix: Whether a create goes to `/bytedance/<model>/async`, as the model's
            schema says, or to `/bytedance/<model>`, as newer official tools do. Both are
            in current official material.
        images: How local images travel: `inline` as a base64 data URL, or `upload` through
            the free `/media/files` first.
    """

    async_suffix: bool = True
    images: Literal["inline", "upload"] = "inline"


class ModellixAdapter(Adapter):
    """Translates for Modellix."""

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
        # Tolerated by Modellix's own clients.
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
    # Modellix's blog: a first look after 15 s, then 5 s growing to 30 s. Its skill: every 5 to
    # 10 s for films, since looks count towards the requests per minute.
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
        # Built from the id, not taken from the answer: a key goes where the config says.
        response = yield WireRequest(method="GET", path=f"/tasks/{path_segment(job.task_id)}")
        envelope, task = self._answer(response, QueriedTask)
        state, is_documented = self.state(task.status)
        expires = task.result_expires_at
        amount = task.billing.amount if task.billing is not None else None
        return JobStatus(
            state=state,
            raw_state=task.status,
            is_documented=is_documented,
            outputs=_outputs(task, job) if state is State.SUCCEEDED else (),
            failure=_failure(task, envelope) if state.is_final else None,
            charge=None if amount is None else Charge(amount=amount, unit="USD"),
            expires_at=None if expires is None else datetime.fromtimestamp(expires / 1000, UTC),
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
            # The body's code is the HTTP status that is meant, also under a 200.
            meant = str(envelope.code)
            kind_of_error = error_kind(int(meant)) if response.ok and meant.isdigit() else None
            raise self.refuse(response, envelope.message, code=envelope.code, kind=kind_of_error)
        return envelope, self.read_part(kind, body.get("data"))


def _outputs(task: QueriedTask, job: JobRef) -> tuple[Output, ...]:
    """Return the film, and the last frame only when it was asked for.

    Where the last frame appears is not documented; an image among the resources can only
    be it when one was asked for.
    """
    found: list[Output] = []
    for each in task.files:
        if not each.url:
            continue
        if each.type == "video":
            found.append(Output(url=each.url, width=each.width, height=each.height))
        elif each.type == "image" and "last_frame" in job.details:
            found.append(
                Output(url=each.url, kind="last_frame", width=each.width, height=each.height)
            )
    return tuple(found)


def _failure(task: QueriedTask, envelope: Envelope) -> str | None:
    """Return why a task failed. Where it is said is not documented, so all places are read."""
    error = task.error if isinstance(task.error, dict) else {"message": task.error}
    places = [error.get(name) for name in ("message", "detail", "code")]
    places += [task.message, None if envelope.message == "success" else envelope.message]
    return next((str(said) for said in places if said), None)
