"""Two toy providers behind a mocked transport, and clients that reach them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import respx
from polyreel import AsyncClient, Client, Config, PolyreelError, VideoRequest, VideoResult
from polyreel_conformance import ManualClock
from toy_adapter import KEY, PROMPT, VIDEO, TinAdapter, ToyAdapter, registry_of

TOY, TIN = "toy/video", "tin/video"
SIGNATURE = "Signature=ba7816bf8f01"

both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])

TOO_LONG_FOR_TIN = VideoRequest(prompt=PROMPT, duration=12)

Created = httpx.Response | Exception


class Vendor:
    """One provider behind a mocked transport.

    Attributes:
        create: What a create answers; None makes a task.
        status: What a look at a task tells.
        look: What a look answers instead, where it is not None.
        video: What a download of the video answers.
        created: The bodies of the creates that arrived.
        looked: Called at every look.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.create: Created | None = None
        self.status: dict[str, Any] = {"status": "done"}
        self.poll: httpx.Response | None = None
        self.video = httpx.Response(200, content=VIDEO)
        self.created: list[str] = []
        self.on_poll: Callable[[], None] = lambda: None
        self.open = 0
        self.most_open = 0
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.url.host.startswith("videos."):
            return httpx.Response(self.video.status_code, content=self.video.content)
        if path.endswith("/files"):
            return httpx.Response(200, json={"url": f"https://files.{self.name}.example/1.png"})
        if request.method == "POST":
            return self._create(request)
        self.on_poll()
        if self.poll is not None:
            return self.poll
        self._end(path)
        url = f"https://videos.{self.name}.example/1.mp4?{SIGNATURE}"
        return httpx.Response(200, json={"url": url, **self.status})

    def _end(self, path: str) -> None:
        """Count a task as open no longer, once it was seen to have ended."""
        with self._lock:
            if self.status["status"] != "working" and path not in self._ended:
                self._ended.add(path)
                self.open -= 1

    def _create(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.created.append(request.read().decode())
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            number = len(self.created)
        if isinstance(self.create, Exception):
            raise self.create
        if self.create is not None:
            return self.create
        return httpx.Response(200, json={"id": f"{self.name}-{number}"})


class Market:
    """Both providers, and what a client needs to reach them.

    Attributes:
        journal: Where clients keep their jobs; in memory unless a test says otherwise.
    """

    def __init__(self) -> None:
        self.toy, self.tin = Vendor("toy"), Vendor("tin")
        self.clock = ManualClock()
        self.journal: Any = None

    def options(self, **more: Any) -> dict[str, Any]:
        return {
            "config": config(),
            "api_keys": {"toy": KEY, "tin": KEY},
            "environment": {},
            "registry": registry_of(ToyAdapter, TinAdapter),
            "clock": self.clock,
            "journal": self.journal,
            **more,
        }

    def generate(
        self,
        is_async: bool,
        path: Path | str,
        model: str | None = None,
        request: VideoRequest | str = PROMPT,
        timeout: float | None = 1800.0,
        **more: Any,
    ) -> VideoResult:
        """Generate with a client of its own; the config's default has a fallback."""
        if not is_async:
            with Client(**self.options(**more)) as client:
                return client.generate(request, path, model, timeout=timeout)

        async def run() -> VideoResult:
            async with AsyncClient(**self.options(**more)) as client:
                return await client.generate(request, path, model, timeout=timeout)

        return anyio.run(run)

    def failure(self, is_async: bool, path: Path, model: str | None = None, **more: Any) -> Any:
        """Return the error that generating ends in."""
        with pytest.raises(PolyreelError) as raised:
            self.generate(is_async, path, model, **more)
        return raised.value


def config(**providers: Any) -> Config:
    """Return a config whose default target falls back from the toy to the tin."""
    return Config.model_validate(
        {
            "default": "best",
            "targets": {
                "short": {"model": TIN, "fallbacks": [TOY]},
                "best": {"model": TOY, "fallbacks": [TIN]},
                "twice": {"model": TOY, "fallbacks": [TOY, TIN]},
            },
            "providers": providers,
        }
    )


@contextmanager
def open_market() -> Iterator[Market]:
    market = Market()
    with respx.mock(assert_all_called=False) as router:
        for vendor in (market.toy, market.tin):
            for place in ("api", "videos", "files"):
                router.route(host=f"{place}.{vendor.name}.example").mock(side_effect=vendor.answer)
        yield market
