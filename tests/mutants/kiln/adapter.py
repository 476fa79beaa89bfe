"""Kiln's adapter: correct, and written in small methods, so that a mutant can change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel import (
    AuthenticationFailed,
    BadResponse,
    InsufficientBalance,
    InvalidRequest,
    JobRef,
    NotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    VideoRequest,
)
from polyreel.adapters import (
    Adapter,
    Charge,
    Credential,
    Flow,
    JobStatus,
    MediaFile,
    ModelSpec,
    Output,
    State,
    UploadLimit,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)
from polyreel.request.media import MediaKind

from .models import MODELS
from .wire import Task

SIZES = {"480p": "SD", "720p": "HD", "1080p": "FHD"}


class KilnAdapter(Adapter):
    """Translates for Kiln."""

    contract_version = 3
    name = "kiln"
    title = "Kiln"
    base_url = "https://api.kiln.example/v1"
    key_variable = "KILN_API_KEY"
    base_url_variable = "KILN_BASE_URL"
    credential = Credential(header="X-Kiln-Key", template="{key}")
    models = MODELS
    task_id_names = ("video_id",)
    states: ClassVar[Mapping[str, State]] = {
        "waiting": State.QUEUED,
        "firing": State.RUNNING,
        "ready": State.SUCCEEDED,
        "cracked": State.FAILED,
        "canceled": State.CANCELED,
        "cancelled": State.CANCELED,
        "lapsed": State.EXPIRED,
    }
    upload_limit = UploadLimit(
        maximum_bytes=50 * 10**6,
        mime_types=frozenset({"image/png", "image/jpeg", "video/mp4"}),
        source="https://kiln.example/docs/files",
    )
    ERRORS: ClassVar[Mapping[str, type[ProviderError]]] = {
        "4001": InvalidRequest,
        "4010": AuthenticationFailed,
        "4020": InsufficientBalance,
        "4040": NotFound,
        "4290": RateLimited,
        "5000": ProviderUnavailable,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.create(request, model)
        return self.made(self.data(response), model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield self.ask_status(job)
        return self.status_of(self.data(response))

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path="/files", file=file)
        return str(self.data(response)["url"])

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        """Return the paid request."""
        body = self.body(request, model)
        return WireRequest(method="POST", path="/videos", json=body, spends=True)

    def ask_status(self, job: JobRef) -> WireRequest:
        """Return the request that asks for a job's status."""
        return WireRequest(method="GET", path=f"/videos/{path_segment(job.task_id)}")

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        """Return the body of the create."""
        found = {
            "model": model.name,
            "text": self.text(request, model),
            "seconds": request.duration,
            "shape": "free" if request.aspect_ratio == "auto" else request.aspect_ratio,
            "size": SIZES[request.resolution] if model.sends_resolution else None,
            "seed": request.seed,
            "sound": None if "audio" in self.fixed(model) else request.audio,
            "still_camera": request.camera_fixed,
            "stamp": request.watermark,
            "give_last_frame": request.return_last_frame,
            "lapses_after": request.expires_after,
            "avoid": request.negative_prompt,
            **self.media(request),
        }
        return {name: value for name, value in found.items() if value is not None}

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        """Return the prompt in Kiln's spelling."""
        return render_prompt(request.prompt, model.prompt_references)

    def media(self, request: VideoRequest) -> dict[str, Any]:
        """Return the media by Kiln's names; None for media that the request does not have."""
        first, last = request.first_frame, request.last_frame
        kinds: tuple[tuple[str, MediaKind], ...] = (
            ("pictures", "image"),
            ("clips", "video"),
            ("tones", "audio"),
        )
        return {
            "first": None if first is None else first.wire_value,
            "last": None if last is None else last.wire_value,
            **{name: self.references(request, kind) or None for name, kind in kinds},
        }

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        """Return the reference media of one kind."""
        return [each.wire_value for each in request.references(kind)]

    def fixed(self, model: ModelSpec) -> list[str]:
        """Return the settings with a fixed value, which are not sent."""
        return [name for name, each in model.settings.items() if each.fixed is not None]

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        """Return the job of an accepted create."""
        return self.job(data.get("video_id"), model)

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        """Return the status in an answer."""
        task = self.read_part(Task, data)
        state, is_documented = self.state(task.state)
        sparks = task.sparks
        return JobStatus(
            state=state,
            raw_state=task.state,
            is_documented=is_documented,
            progress=task.percent,
            outputs=self.outputs(data) if state is State.SUCCEEDED else (),
            failure=task.reason,
            failure_code=task.reason_code,
            charge=None if sparks is None else Charge(amount=sparks, unit="spark"),
            expires_at=task.kept_until,
            unread=task.unread,
            task_id=task.video_id,
        )

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        """Return the video, and its last frame if the answer has one."""
        found: list[Output] = []
        task = self.read_part(Task, data)
        video, last = task.video, task.last_frame_url
        if video is not None and video.url:
            found.append(Output(url=video.url, width=video.width, height=video.height))
        if last:
            found.append(Output(url=last, kind="last_frame"))
        return tuple(found)

    def data(self, response: WireResponse) -> Mapping[str, Any]:
        """Return `data` of an answer; HTTP status and body code must both say success."""
        body = self.read_object(response)
        code = body.get("code")
        if not response.ok or not self.is_success(code):
            raise self.refusal(response, body)
        data = body.get("data")
        if not isinstance(data, Mapping):
            raise BadResponse(f"Kiln's answer has no data. {BadResponse.advice}.")
        return data

    def is_success(self, code: object) -> bool:
        """Whether a body's code means success: 0 as a number or as text."""
        return str(code) == "0"

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        """Return the error for a refusal."""
        kind = self.ERRORS.get(str(body.get("code")))
        if kind is None and response.ok:
            kind = BadResponse  # a code that Kiln does not document
        return self.refuse(response, body.get("note"), code=body.get("code"), kind=kind)
