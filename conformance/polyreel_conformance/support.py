"""What every law is made of: the adapter under test, clients for it, plain requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from polyreel import (
    Adapter,
    AsyncClient,
    Client,
    Config,
    Film,
    JobRef,
    ModelSpec,
    Registry,
    VideoRequest,
)
from polyreel.registry import InstalledAdapter, Plugin
from polyreel.sandbox import Call, StandIn, draw_picture

from .examples import load_examples
from .flows import KEY
from .mount import ManualClock


class UnderTest:
    """The adapter under test, and how its laws are run.

    Attributes:
        adapter: What is tested.
        stand_in: The vendor's local double.
        examples: The folder of documented examples.
    """

    adapter: ClassVar[type[Adapter]]
    stand_in: ClassVar[type[StandIn]]
    examples: ClassVar[Path]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each law for each model, or for each documented example of its kind."""
        if "model" in metafunc.fixturenames:
            models = self.adapter.models
            metafunc.parametrize("model", models, ids=[spec.name for spec in models])
        for kind in ("request", "created", "status", "error"):
            name = f"{kind}_example"
            if name in metafunc.fixturenames:
                found = [each for each in load_examples(self.examples) if each.kind == kind]
                metafunc.parametrize(name, found, ids=[each.name for each in found])
        if "is_async" in metafunc.fixturenames:
            metafunc.parametrize("is_async", [False, True], ids=["blocking", "async"])

    def spec_named(self, name: str) -> ModelSpec:
        return next(spec for spec in self.adapter.models if spec.name == name)

    def full_name(self, model: ModelSpec) -> str:
        return f"{self.adapter.name}/{model.name}"

    def unknown_ref(self, details: dict[str, str] | None = None) -> JobRef:
        model = self.adapter.models[0]
        return self.adapter().job("task-of-nobody", model, **(details or {}))

    def is_create(self, call: Call) -> bool:
        found = self.stand_in.contract.find(call.method, call.path)
        return found is not None and found[0].role == "create"

    def check_answers(self, stand_in: StandIn) -> None:
        """Hold the stand-in's own answers against the contract's."""
        task = next(iter(stand_in.tasks.values()))
        for operation in self.stand_in.contract.operations:
            if operation.role == "create":
                answer = stand_in.created(task)
                assert self.stand_in.contract.answer_problem(operation, answer) is None

    def client_options(self, clock: ManualClock | None) -> dict[str, Any]:
        registry = Registry([])
        registry.adapters[self.adapter.name] = InstalledAdapter(
            self.adapter, Plugin(self.adapter.name, "under test")
        )
        return {
            "config": Config(),
            "api_keys": {self.adapter.name: KEY},
            "environment": {},
            "registry": registry,
            "clock": clock or ManualClock(),
            "journal": None,
        }

    def client(self, clock: ManualClock | None = None, **more: Any) -> Client:
        return Client(**{**self.client_options(clock), **more})

    def generate(
        self,
        request: VideoRequest,
        model: ModelSpec,
        path: Path,
        clock: ManualClock,
        is_async: bool,
        timeout: float = 1800,
        **more: Any,
    ) -> Film:
        name = self.full_name(model)
        options = {**self.client_options(clock), **more}
        if not is_async:
            with Client(**options) as client:
                return client.generate(request, path, name, timeout=timeout)

        async def run() -> Film:
            async with AsyncClient(**options) as client:
                return await client.generate(request, path, name, timeout=timeout)

        return anyio.run(run)

    def submit(
        self, request: VideoRequest, model: ModelSpec, clock: ManualClock, is_async: bool
    ) -> JobRef:
        name = self.full_name(model)
        if not is_async:
            with self.client(clock) as client:
                return client.submit(request, name).ref

        async def run() -> JobRef:
            async with AsyncClient(**self.client_options(clock)) as client:
                return (await client.submit(request, name)).ref

        return anyio.run(run)


def simplest_request(model: ModelSpec) -> VideoRequest:
    """Return the plainest request that a model takes, with neutral defaults where it can."""
    fields: dict[str, Any] = {"prompt": "A kite over the dunes"}
    defaults = VideoRequest(prompt="x")
    for name, offered in (
        ("duration", model.durations),
        ("aspect_ratio", model.aspect_ratios),
        ("resolution", model.resolutions),
    ):
        default = getattr(defaults, name)
        fields[name] = default if default in offered else offered[0]
    if model.videos is not None and model.videos.minimum:
        fields["reference_videos"] = [_plainest("video.mp4", model.videos.forms)]
    elif not model.takes_text_only and model.images is not None:
        fields["reference_images"] = [_plainest("image.png", model.images.forms)]
    return VideoRequest.model_validate(fields)


def _plainest(name: str, forms: frozenset[Any]) -> str:
    return f"https://example.com/{name}" if "url" in forms else "asset://asset-123"


def with_changes(request: VideoRequest, **changes: Any) -> VideoRequest:
    fields = {name: getattr(request, name) for name in VideoRequest.model_fields}
    return VideoRequest.model_validate({**fields, **changes})


def takes_files(model: ModelSpec) -> bool:
    limit = model.images
    return limit is not None and bool(limit.forms & {"inline", "upload"}) and limit.maximum != 0


def picture() -> bytes:
    return draw_picture("conformance", 64, 64)
