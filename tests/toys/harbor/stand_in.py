"""Harbor's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import (
    USUAL_STATUS,
    ApprovalWord,
    Asset,
    Contract,
    Progress,
    RefusalKind,
    Reply,
    StandIn,
    Task,
)

_WORDS = {
    "queued": "waiting",
    "running": "making",
    "succeeded": "made",
    "failed": "broken",
    "canceled": "canceled",
    "cancelled": "cancelled",
    "expired": "expired",
    "unknown": "polishing",  # on no page
}
_REVIEWS: Mapping[ApprovalWord, str] = {
    "waiting": "in review",
    "approved": "active",
    "refused": "rejected",
    "unknown": "escalated",  # on no page
}


class HarborStandIn(StandIn):
    provider = "harbor"
    contract = Contract.load("toys.harbor")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"id": task.id, "state": "waiting"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer: dict[str, Any] = {"id": task.id, "state": _WORDS[progress.word]}
        if progress.word == "succeeded":
            answer["video_url"] = self.video_url(task)
        if progress.word == "failed":
            answer["reason"] = "The water was too rough."
        return answer

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        return {"url": url}

    def registered(self, asset: Asset) -> Mapping[str, Any]:
        return {"asset_id": asset.id, "review": "in review"}

    def asset_status(self, asset: Asset, word: ApprovalWord) -> Mapping[str, Any]:
        answer: dict[str, Any] = {"asset_id": asset.id, "review": _REVIEWS[word]}
        if word == "refused":
            answer["reason"] = "a real face is in it"
        return answer

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        return Reply.of({"message": message}, USUAL_STATUS[kind])
