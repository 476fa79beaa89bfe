"""Jimmy's stand-in: it does what the pages document, driven by `contract.json`.

Not documented, and chosen here: the HTTP statuses of refusals (200 with a code in the body is just
as likely), the pixel sizes, the prices, and videos without sound, since no page says whether
videos have sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any, ClassVar

from polyreel.request import probe
from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task

_WORDS = {
    "queued": "queued",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "canceled": "canceled",  # on no page; Jimmy's own command line knows both spellings
    "cancelled": "cancelled",
    "expired": "expired",  # on no page: undocumented on purpose
    "unknown": "pondering",  # likewise
}
_REFUSALS: Mapping[RefusalKind, tuple[int, int]] = {
    "no key": (401, 20001),
    "invalid": (400, 20002),
    "not found": (404, 20002),
    "too many": (429, -1),
}
_RESOLUTIONS = ("480p", "720p", "1080p")
_PRICES: Mapping[str, tuple[str, str]] = {
    "seedance2.0-fast-i2v": ("per_task", "0.25"),
    **{f"seedance2.0-mini-{each}": ("per_second", "0.05") for each in _RESOLUTIONS},
    **{f"seedance2.0-mini-{each}-video": ("per_second", "0.07") for each in _RESOLUTIONS},
    **{f"seedance2.0-mini-sp-{each}": ("per_task", "0.4") for each in ("480p", "720p")},
}
"""The sandbox's prices, by billing name. No page has prices for these; all are invented."""

_CREATED_AT = 1710000000  # the pages' own example


class JimmyStandIn(StandIn):
    """Answers as Jimmy's pages show."""

    provider: ClassVar[str] = "jimmy"
    contract = Contract.load("polyreel_jimmy")

    def new_task_id(self, number: int) -> str:
        return f"vid_{number:06d}"

    def created(self, task: Task) -> Mapping[str, Any]:
        return {
            "code": 0,
            "msg": "ok",
            "data": {
                "task_id": task.id,
                "status": "queued",
                "model": task.body["model"],
                "created_at": _CREATED_AT,
            },
        }

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        done = progress.word == "succeeded"
        data: dict[str, Any] = {
            "task_id": task.id,
            "status": _WORDS[progress.word],
            "progress": round(100 * progress.fraction),
            "model": task.body["model"],
            "created_at": _CREATED_AT,
            "error_message": "PROVIDER_MODERATION_ERROR" if progress.word == "failed" else "",
        }
        if done:
            data["result"] = {"video_url": self.video_url(task)}
            charge = self.charge(task)
            if charge is not None:
                data["cost"] = float(charge)
        return {"code": "20000", "msg": "ok", "data": data}

    def charge(self, task: Task) -> Decimal | None:
        model = str(task.body["model"])
        resolution = task.body.get("resolution", "720p")
        videos = "-video" if model.endswith("-video") else ""
        names = (model, f"{model.removesuffix('-video')}-{resolution}{videos}")
        found = next((_PRICES[name] for name in names if name in _PRICES), None)
        if found is None:
            return None
        if found[0] == "per_task":
            return Decimal(found[1])
        first = next(iter(task.body["reference_videos"]), None) if videos else None
        return Decimal(found[1]) * (int(task.body["duration"]) + self._seconds(first))

    def _seconds(self, video: object) -> int:
        """Return the rounded length of a reference video; 0 when it can't be read.

        Only uploaded videos can be read, since the stand-in downloads nothing.
        """
        try:
            return int(probe(BytesIO(self.upload_at(video))).seconds + 0.5)
        except ValueError:
            return 0

    def price_list(self) -> Mapping[str, Any]:
        rows = [
            {"model_name": name, "price_mode": mode, "unit_price": float(price)}
            for name, (mode, price) in _PRICES.items()
        ]
        return {"code": 20000, "msg": "ok", "data": {"list": rows}}

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        return {
            "code": 20000,
            "msg": "ok",
            "data": {"url": url, "filename": filename, "size": len(data), "mime_type": mime_type},
        }

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        status, code = _REFUSALS[kind]
        return Reply.of({"code": code, "msg": message, "data": None}, status)
