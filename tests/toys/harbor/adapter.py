"""Harbor's adapter: correct."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Answer,
    Approval,
    Billing,
    Flow,
    JobStatus,
    MediaFile,
    MediaLimit,
    MediaToRegister,
    ModelSpec,
    Output,
    Registration,
    State,
    Text,
    UploadLimit,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)


class Task(Answer):
    """The answer to a create or a poll."""

    id: Text
    state: str
    video_url: str | None = None
    reason: Text | None = None


class AssetAnswer(Answer):
    """What Harbor says of an asset."""

    asset_id: Text
    review: str
    reason: Text | None = None


class HarborAdapter(Adapter):
    """Translates for Harbor."""

    contract_version = 3
    name = "harbor"
    title = "Harbor"
    base_url = "https://api.harbor.example/v1"
    key_variable = "HARBOR_API_KEY"
    base_url_variable = "HARBOR_BASE_URL"
    models = (
        ModelSpec(
            name="harbor-1",
            durations=(4, 5, 6),
            aspect_ratios=("16:9", "9:16"),
            resolutions=("720p",),
            sends_resolution=False,
            prompt_maximum=500,
            images=MediaLimit(forms=frozenset({"asset", "register"}), maximum=2),
            makes_sound=False,
            billing=Billing(unit="task"),
            source="https://harbor.example/docs/models",
            checked=date(2026, 9, 1),
        ),
    )
    states: ClassVar[Mapping[str, State]] = {
        "waiting": State.QUEUED,
        "making": State.RUNNING,
        "made": State.SUCCEEDED,
        "broken": State.FAILED,
        "canceled": State.CANCELED,
        "expired": State.EXPIRED,
    }
    task_id_names = ("id",)
    upload_limit = UploadLimit(
        maximum_bytes=10**7,
        mime_types=frozenset({"image/png", "image/jpeg"}),
        source="https://harbor.example/docs/files",
    )
    REVIEWS: ClassVar[Mapping[str, Approval]] = {
        "in review": Approval.WAITING,
        "active": Approval.APPROVED,
        "rejected": Approval.REFUSED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body: dict[str, Any] = {
            "model": model.name,
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "seconds": request.duration,
            "ratio": request.aspect_ratio,
        }
        if request.reference_images:
            body["images"] = [each.wire_value for each in request.reference_images]
        response = yield WireRequest(method="POST", path="/videos", json=body, spends=True)
        return self.job(self.task(response).id, model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=f"/videos/{path_segment(job.task_id)}")
        task = self.task(response)
        state, is_documented = self.state(task.state)
        outputs = (Output(url=task.video_url),) if task.video_url else ()
        return JobStatus(
            state=state,
            raw_state=task.state,
            is_documented=is_documented,
            outputs=outputs if state is State.SUCCEEDED else (),
            failure=task.reason,
            unread=task.unread,
            task_id=task.id,
        )

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path="/files", file=file)
        return str(self.object(response).get("url"))

    def register(self, media: MediaToRegister) -> Flow[Registration]:
        url = media.url
        if media.file is not None:
            url = yield from self.upload(media.file)
        response = yield WireRequest(method="POST", path="/assets", json={"source": url})
        return self.registration_in(response)

    def registration(self, vendor_id: str) -> Flow[Registration]:
        response = yield WireRequest(method="GET", path=f"/assets/{path_segment(vendor_id)}")
        return self.registration_in(response)

    def registration_in(self, response: WireResponse) -> Registration:
        """Return what an answer says of an asset."""
        asset = self.read_part(AssetAnswer, self.object(response))
        return Registration(
            vendor_id=asset.asset_id, approval=self.approval(asset.review), reason=asset.reason
        )

    def approval(self, word: str) -> Approval:
        """Return what a word of Harbor's means; an unknown one waits."""
        return self.REVIEWS.get(word, Approval.WAITING)

    def task(self, response: WireResponse) -> Task:
        """Return the task in an answer."""
        return self.read_part(Task, self.object(response))

    def object(self, response: WireResponse) -> Mapping[str, Any]:
        """Return an answer's object, once the HTTP status says success."""
        body = self.read_object(response)
        if not response.ok:
            raise self.refuse(response, body.get("message"))
        return body
