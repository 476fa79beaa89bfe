"""Gallery's adapter and what its two models can do."""

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
    PollTiming,
    Rule,
    State,
    Text,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)

VERSION = {"X-Gallery-Version": "2026-01-05"}

PORTRAIT = ModelSpec(
    name="studio/portrait",
    durations=(7, 9),
    aspect_ratios=("1:1", "4:5"),
    resolutions=("512p",),
    sends_resolution=False,
    takes_text_only=False,
    frames=frozenset({Frames.BOTH}),
    images=MediaLimit(forms=frozenset({"inline"}), maximum=0),
    prompt_maximum=800,
    billing=Billing(unit="task"),
    makes_sound=False,
    source="https://gallery.example/docs/portrait",
    checked=date(2026, 10, 1),
)

COLLAGE = ModelSpec(
    name="collage",
    durations=(3,),
    aspect_ratios=("4:5",),
    resolutions=("256p", "512p"),
    takes_text_only=False,
    images=MediaLimit(forms=frozenset({"asset"}), maximum=3),
    videos=MediaLimit(forms=frozenset({"asset"}), maximum=2),
    audios=MediaLimit(forms=frozenset({"asset"}), maximum=2),
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION}),
    media_maximum=4,
    prompt_maximum=800,
    billing=Billing(unit="second"),
    makes_sound=False,
    source="https://gallery.example/docs/collage",
    checked=date(2026, 10, 1),
)


class Work(Answer):
    """The answer to a poll."""

    phase: str
    id: Text | None = None
    video: str | None = None
    why: Text | None = None


class GalleryAdapter(Adapter):
    """Translates for Gallery."""

    contract_version = 3
    name = "gallery"
    title = "Gallery"
    base_url = "https://api.gallery.example"
    key_variable = "GALLERY_API_KEY"
    base_url_variable = "GALLERY_BASE_URL"
    credential = Credential(header="Authorization", template="Bearer {key}")
    models = (PORTRAIT, COLLAGE)
    task_id_names = ("work",)
    states: ClassVar[Mapping[str, State]] = {
        "sketched": State.QUEUED,
        "painting": State.RUNNING,
        "hung": State.SUCCEEDED,
        "torn": State.FAILED,
    }
    poll_timing = PollTiming(first=30, gap=30, floor=30)

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.create(request, model)
        return self.job(self.answer(response).get("work"), model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(
            method="GET",
            path=f"/works/{path_segment(job.task_id)}",
            headers=self.headers(),
            query=self.query(),
        )
        work = self.read_part(Work, self.answer(response))
        state, is_documented = self.state(work.phase)
        return JobStatus(
            state=state,
            raw_state=work.phase,
            is_documented=is_documented,
            outputs=(Output(url=work.video),) if state is State.SUCCEEDED and work.video else (),
            failure=work.why if state is State.FAILED else None,
            unread=work.unread,
            task_id=work.id,
        )

    def headers(self) -> dict[str, str]:
        """Return the headers of every call."""
        return VERSION

    def query(self) -> dict[str, str]:
        """Return the query of a poll."""
        return {"detail": "full"}

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        """Return the paid request, at the model's own endpoint."""
        is_portrait = model.name == PORTRAIT.name
        path = f"/make/{model.name}" if is_portrait else "/make/collage"
        body = self.portrait(request) if is_portrait else self.collage(request)
        text = render_prompt(request.prompt, model.prompt_references)
        body = {"text": text, "seconds": request.duration, "shape": request.aspect_ratio, **body}
        return WireRequest(method="POST", path=path, json=body, headers=self.headers(), spends=True)

    def portrait(self, request: VideoRequest) -> dict[str, Any]:
        """Return what the body of a portrait has besides."""
        frames = (request.first_frame, request.last_frame)
        opening, ending = (each.wire_value if each else None for each in frames)
        return {"opening": opening, "ending": ending}

    def collage(self, request: VideoRequest) -> dict[str, Any]:
        """Return what the body of a collage has besides."""
        kinds = (
            ("picture", request.reference_images),
            ("clip", request.reference_videos),
            ("sound", request.reference_audios),
        )
        parts = [{"kind": kind, "at": each.wire_value} for kind, found in kinds for each in found]
        return {"size": request.resolution, "parts": parts}

    def answer(self, response: WireResponse) -> dict[str, Any]:
        """Return the body of a successful answer."""
        body = self.read_object(response)
        if not response.ok:
            raise self.refuse(response, body.get("message"))
        return body
