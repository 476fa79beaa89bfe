"""Modellix's local double: what its pages document, driven by `contract.json`.

Not documented, and chosen here: pixel sizes, the place of the last frame and of a failed
task's reason, errors under HTTP 200, and that films have sound unless `generate_audio` is
false (the schema's default is true).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel.sandbox import (
    Contract,
    FilmCard,
    Picture,
    Progress,
    RefusalKind,
    Reply,
    StandIn,
    Task,
    frame_size,
)

_WORDS = {
    "queued": "pending",
    "running": "processing",
    "succeeded": "success",
    "failed": "failed",
    "canceled": "canceled",  # documented for webhooks only
    "cancelled": "cancelled",  # Modellix's own clients know this spelling too
    "expired": "expired",  # on no page: an undocumented word on purpose
    "unknown": "pondering",  # likewise
}
_REFUSALS: Mapping[RefusalKind, tuple[int, str]] = {
    "no key": (401, "Unauthorized"),
    "invalid": (400, "Bad Request"),
    "not found": (404, "Resource not found"),
    "too many": (429, "Too Many Requests"),
}
_SHOWN = (
    "duration",
    "ratio",
    "resolution",
    "generate_audio",
    "seed",
    "camera_fixed",
    "return_last_frame",
    "execution_expires_after",
)


class ModellixStandIn(StandIn):
    """Answers as Modellix's pages say."""

    provider = "modellix"
    contract = Contract.load("polyreel_modellix")
    has_error_codes = True

    def new_task_id(self, number: int) -> str:
        return f"task-{number:06d}"

    def created(self, task: Task) -> Mapping[str, Any]:
        return {
            "code": 0,
            "message": "success",
            "data": {
                "status": "pending",
                "task_id": task.id,
                "model_id": f"bytedance/{task.body['model']}",
                "get_result": {"method": "GET", "url": f"{self.address}/tasks/{task.id}"},
            },
        }

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        data: dict[str, Any] = {"status": _WORDS[progress.word], "task_id": task.id}
        if progress.word == "succeeded":
            width, height = _size(task)
            film = {"type": "video", "width": width, "height": height, "format": "mp4"}
            resources = [{**film, "url": self.film_url(task), "role": "primary"}]
            if task.body.get("return_last_frame"):
                resources.append({"type": "image", "url": self.last_frame_url(task)})
            data["result"] = {"resources": resources}
        if progress.word == "failed":
            data["error"] = {"message": "content policy"}
        return {"code": 0, "message": "success", "data": data}

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        return {
            "code": 0,
            "message": "success",
            "data": {
                "file_id": filename,
                "type": "image",
                "url": url,
                "filename": filename,
                "size": len(data),
            },
        }

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status, category = _REFUSALS[kind]
        return Reply.of({"code": status, "message": f"{category}: {message}"}, status)

    def refusal_by(self, status: int, message: str) -> Reply:
        if status == 402:
            return Reply.of({"code": 402, "message": f"Payment Required: {message}"}, 402)
        return super().refusal_by(status, message)

    def film_card(self, task: Task) -> FilmCard:
        body = task.body
        width, height = _size(task)
        return FilmCard(
            provider=self.provider,
            model=str(body["model"]),
            prompt=str(body["prompt"]),
            seconds=int(body.get("duration", 5)),
            width=width,
            height=height,
            frames_per_second=self.frames_per_second,
            sound=bool(body.get("generate_audio", True)),
            settings=tuple((name, str(body[name])) for name in _SHOWN if name in body),
            pictures=self._pictures(body),
        )

    def _pictures(self, body: Mapping[str, Any]) -> tuple[Picture, ...]:
        named = [
            ("first frame", body.get("first_frame_image")),
            ("last frame", body.get("last_frame_image")),
        ]
        named += [(f"image {n}", url) for n, url in enumerate(body.get("reference_images", ()), 1)]
        return tuple(self.picture(label, value) for label, value in named if value)


def _size(task: Task) -> tuple[int, int]:
    # The schema's own defaults, for whoever leaves a setting out.
    return frame_size(str(task.body.get("resolution", "720p")), str(task.body.get("ratio", "1:1")))
