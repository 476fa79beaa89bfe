"""Kiln's adapter: right in every way, and in small steps, so that each can be got wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from polyreel import (
    Adapter,
    AuthenticationFailed,
    BadResponse,
    Charge,
    Credential,
    Flow,
    InsufficientBalance,
    InvalidRequest,
    JobRef,
    JobStatus,
    MediaFile,
    ModelSpec,
    NotFound,
    Output,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    State,
    UploadLimit,
    VideoRequest,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)
from polyreel.media import MediaKind

from .models import MODELS

SIZES = {"480p": "SD", "720p": "HD", "1080p": "FHD"}


class KilnAdapter(Adapter):
    """Translates for Kiln."""

    name = "kiln"
    title = "Kiln"
    base_url = "https://api.kiln.example/v1"
    key_variable = "KILN_API_KEY"
    base_url_variable = "KILN_BASE_URL"
    credential = Credential(header="X-Kiln-Key", template="{key}")
    models = MODELS
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
        response = yield self.look(job)
        return self.told(self.data(response))

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path="/files", file=file)
        return str(self.data(response)["url"])

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        """Return the paid request."""
        body = self.body(request, model)
        return WireRequest(method="POST", path="/films", json=body, spends=True)

    def look(self, job: JobRef) -> WireRequest:
        """Return the request that asks how a film is coming along."""
        return WireRequest(method="GET", path=f"/films/{path_segment(job.task_id)}")

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        """Return what is asked for, in Kiln's words."""
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
        """Return the media by Kiln's names; None for those that are not given."""
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
        """Return the settings that a model has in one way only, which are not sent."""
        return [name for name, each in model.settings.items() if each.fixed is not None]

    def made(self, data: Mapping[str, Any], model: ModelSpec) -> JobRef:
        """Return the job of a film that was accepted."""
        return self.job(data.get("film_id"), model)

    def told(self, data: Mapping[str, Any]) -> JobStatus:
        """Return what is told of a film."""
        word = str(data["state"])
        state, is_documented = self.state(word)
        percent, sparks, kept = (data.get(name) for name in ("percent", "sparks", "kept_until"))
        return JobStatus(
            state=state,
            raw_state=word,
            is_documented=is_documented,
            progress=None if percent is None else percent / 100,
            outputs=self.outputs(data) if state is State.SUCCEEDED else (),
            failure=data.get("reason"),
            failure_code=data.get("reason_code"),
            charge=None if sparks is None else Charge(amount=Decimal(sparks), unit="spark"),
            expires_at=None if kept is None else datetime.fromtimestamp(kept, UTC),
        )

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        """Return the film, and its last frame where it is given."""
        found: list[Output] = []
        film, last = data.get("film"), data.get("last_frame_url")
        if film is not None and film.get("url"):
            found.append(
                Output(url=film["url"], width=film.get("width"), height=film.get("height"))
            )
        if last is not None:
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
            raise BadResponse(f"Kiln's answer holds no data. {BadResponse.advice}.")
        return data

    def is_success(self, code: object) -> bool:
        """Whether a body's code says success: 0 as number or text."""
        return str(code) == "0"

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        """Return the error for an answer that says no."""
        kind = self.ERRORS.get(str(body.get("code")))
        if kind is None and response.ok:
            kind = BadResponse  # a code that nobody documents
        return self.refuse(response, body.get("note"), code=body.get("code"), kind=kind)
