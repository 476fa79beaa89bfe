"""Kiln's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task

_WORDS = {
    "queued": "waiting",
    "running": "firing",
    "succeeded": "ready",
    "failed": "cracked",
    "canceled": "canceled",
    "cancelled": "cancelled",
    "expired": "lapsed",
    "unknown": "glazing",  # on no page
}
_REFUSALS: Mapping[RefusalKind, tuple[int, int]] = {
    "no key": (401, 4010),
    "invalid": (400, 4001),
    "not found": (404, 4040),
    "too many": (429, 4290),
}


class KilnStandIn(StandIn):
    provider = "kiln"
    contract = Contract.load("mutants.kiln")

    def created(self, task: Task) -> Mapping[str, Any]:
        # The worker's own address is documented, but a key must not be sent there.
        data = {"video_id": task.id, "worker": f"https://worker-7.kiln.example/videos/{task.id}"}
        return {"code": 0, "note": "accepted", "data": data}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        data: dict[str, Any] = {
            "video_id": task.id,
            "state": _WORDS[progress.word],
            "percent": round(100 * progress.fraction),
        }
        if progress.word == "succeeded":
            card = self.video_card(task)
            size = {"width": card.width, "height": card.height}
            data |= {"video": {"url": self.video_url(task), **size}, "sparks": "12.5"}
            if task.meaning.get("return_last_frame"):
                data["last_frame_url"] = self.last_frame_url(task)
        if progress.word == "failed":
            data |= {"reason": "The glaze ran.", "reason_code": "glaze"}
        return {"code": "0", "note": "current state", "data": data}

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        return {"code": 0, "note": "stored", "data": {"url": url}}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status, code = _REFUSALS[kind]
        return Reply.of({"code": code, "note": message}, status)

    def refusal_by(self, status: int, message: str) -> Reply:
        if status == 402:
            return Reply.of({"code": 4020, "note": message}, 402)
        return super().refusal_by(status, message)
