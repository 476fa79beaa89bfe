"""Toy Films' local double."""

from collections.abc import Mapping
from typing import Any

from polyreel.sandbox import Contract, FilmCard, Progress, RefusalKind, Reply, StandIn, Task

PHASES = {"queued": "waiting", "running": "drawing", "unknown": "musing"}
REFUSALS: Mapping[RefusalKind, int] = {
    "no key": 401,
    "invalid": 422,
    "not found": 404,
    "too many": 429,
}


class ToyStandIn(StandIn):
    provider = "toy"
    contract = Contract.load("polyreel_toy")

    def created(self, task: Task) -> Mapping[str, Any]:
        return {"id": task.id, "status_url": f"{self.address}/films/{task.id}"}

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        answer: dict[str, Any] = {
            "phase": PHASES.get(progress.word, "ready"),
            "part_done": progress.fraction,
        }
        if progress.word == "succeeded":
            answer["film"] = self.film_url(task)
        elif progress.word in ("failed", "canceled", "expired"):
            answer["problem"] = progress.word
        return answer

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        return {"url": url}

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        return Reply.of({"why": message}, REFUSALS[kind])

    def film_card(self, task: Task) -> FilmCard:
        body = task.body
        width, height = (int(length) for length in str(body["size"]).split("x"))
        pictures = enumerate(body.get("pictures", ()), 1)
        return FilmCard(
            provider=self.provider,
            model=str(body["model"]),
            prompt=str(body["text"]),
            seconds=int(body["seconds"]),
            width=width,
            height=height,
            frames_per_second=self.frames_per_second,
            sound=False,
            settings=(("seconds", str(body["seconds"])), ("size", str(body["size"]))),
            pictures=tuple(self.picture(f"image {n}", value) for n, value in pictures),
        )
