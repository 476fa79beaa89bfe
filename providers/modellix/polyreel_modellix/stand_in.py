"""Modellix's stand-in: it does what the pages document, driven by `contract.json`.

Not documented, and chosen here: the pixel sizes, the place of the last frame and of a failed
task's reason, errors under HTTP 200, and that videos have sound unless `generate_audio` is false
(the schema's default is true; the mini models are assumed to be the same).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task

_WORDS = {
    "queued": "pending",
    "running": "processing",
    "succeeded": "success",
    "failed": "failed",
    "canceled": "canceled",  # documented for webhooks only
    "cancelled": "cancelled",  # on no page; Modellix's own clients know it
    "expired": "expired",  # on no page: undocumented on purpose
    "unknown": "pondering",  # likewise
}
_REFUSALS: Mapping[RefusalKind, tuple[int, str]] = {
    "no key": (401, "Unauthorized"),
    "invalid": (400, "Bad Request"),
    "not found": (404, "Resource not found"),
    "too many": (429, "Too Many Requests"),
}


class ModellixStandIn(StandIn):
    """Answers as Modellix's pages show."""

    provider: ClassVar[str] = "modellix"
    contract = Contract.load("polyreel_modellix")

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
            card = self.video_card(task)
            size = {"width": card.width, "height": card.height}
            video = {"type": "video", **size, "format": "mp4"}
            resources = [{**video, "url": self.video_url(task), "role": "primary"}]
            if task.body.get("return_last_frame"):
                resources.append({"type": "image", "url": self.last_frame_url(task)})
            data["result"] = {"resources": resources}
            charge = self.charge(task)
            if charge is not None:
                data["billing"] = {"status": "succeeded", "amount": f"{charge:.4f}"}
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
