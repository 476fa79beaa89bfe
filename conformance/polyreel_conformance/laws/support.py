"""What every law uses: the adapter under test, clients for it, simple requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from polyreel import AsyncClient, Client, Config, JobRef, VideoRequest, VideoResult
from polyreel.adapters import Accepted, Adapter, Flow, Frames, ModelSpec, Registry, State
from polyreel.adapters.registry import InstalledAdapter, Plugin
from polyreel.text.suggestions import did_you_mean
from polyreel_sandbox import (
    Call,
    Operation,
    Progress,
    Reply,
    Role,
    StandIn,
    Task,
    Word,
    draw_picture,
)

from ..requests.corners import simplest_request
from ..requests.samples import offers
from ..tools.complete import what_is_missing
from ..tools.examples import KINDS_OF_EXAMPLES, load_examples
from ..tools.flows import (
    KEY,
    Change,
    OfflineVendor,
    Sent,
    job_of,
    plan_for,
    ready_request,
    run,
    sent_for,
)
from ..tools.mount import ManualClock, mounted
from ..tools.result_calls import has_result, result_hook
from ..tools.timing import pace_for, times_usual

LONGEST_WAIT = 1800.0
"""Usual seconds on the kit's own clock that a wait takes at most."""

_FINAL = frozenset(state for state in State if state.is_final)

Note = Callable[[dict[str, Any]], None]


class UnderTest:
    """The adapter under test, and how its laws run.

    Attributes:
        adapter: The adapter under test.
        stand_in: The vendor's stand-in.
        examples: The folder of documented examples.
    """

    adapter: ClassVar[type[Adapter]]
    stand_in: ClassVar[type[StandIn]]
    examples: ClassVar[Path]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each law for each of its cases.

        Raises:
            pytest.Collector.CollectError: When the class, the adapter or the stand-in lacks a part.
        """
        missing = what_is_missing(type(self))
        if missing is not None:
            raise pytest.Collector.CollectError(missing)
        wanted = metafunc.fixturenames
        if "model" in wanted:
            models = self.adapter.models
            metafunc.parametrize("model", models, ids=[spec.name for spec in models])
        for name, choose in (("word", set(State)), ("final_word", _FINAL)):
            if name in wanted:
                metafunc.parametrize(name, self.words(choose))
        if "success_code" in wanted:
            codes = self.stand_in.contract.success_codes() or [None]
            metafunc.parametrize("success_code", codes, ids=[json.dumps(each) for each in codes])
        for kind in KINDS_OF_EXAMPLES:
            name = f"{kind}_example"
            if name in wanted:
                found = [each for each in load_examples(self.examples) if each.kind == kind]
                ids = [each.name for each in found] or ["none"]
                metafunc.parametrize(name, found or [None], ids=ids)
        if "is_async" in wanted:
            metafunc.parametrize("is_async", [False, True], ids=["blocking", "async"])

    def words(self, states: Collection[str]) -> list[str]:
        """Return the documented words for some states.

        Raises:
            pytest.Collector.CollectError: When there are none, and the law would check nothing.
        """
        documented = self.stand_in.contract.state_words()
        found = [word for word, state in documented.items() if state in states]
        if not found:
            raise pytest.Collector.CollectError(
                f"the contract of {self.adapter.name} documents no words for the states "
                f"{', '.join(sorted(states))}: add `x-neutral` to the status of the poll's answer, "
                "with the meaning of each word"
            )
        return found

    def spec_named(self, name: str) -> ModelSpec:
        """Return the data of the model that an example is for."""
        found = next((spec for spec in self.adapter.models if spec.name == name), None)
        names = [spec.name for spec in self.adapter.models]
        assert found is not None, f"an example is for the model {did_you_mean(name, names)}"
        return found

    def full_name(self, model: ModelSpec) -> str:
        """Return a model's name, written `provider/name`."""
        return f"{self.adapter.name}/{model.name}"

    def unknown_ref(self, details: dict[str, str] | None = None) -> JobRef:
        """Return the reference of a task that the vendor does not know."""
        model = self.adapter.models[0]
        return self.adapter().job("task-unknown", model, **(details or {}))

    def is_create(self, call: Call) -> bool:
        """Return whether a call is the one that makes a task."""
        found = self.stand_in.contract.find(call.method, call.path)
        return found is not None and found[0].role == "create"

    def operation(self, role: Role) -> Operation:
        """Return the contract's operation of a role."""
        found = self.stand_in.contract.operation(role)
        assert found is not None, f"the contract has no operation with the role {role}"
        return found

    def create_of(self, model: ModelSpec) -> Operation:
        """Return the contract's create that the adapter uses for a model's simplest request."""
        paid = self.sent(simplest_request(model), model).paid
        found = self.stand_in.contract.find(paid.method, paid.path)
        assert found is not None, f"the contract has no {paid.method} {paid.path}"
        assert found[0].role == "create", (
            f"the paid request is {found[0].call}, which has not the role create in the contract"
        )
        return found[0]

    def check_answers(self, stand_in: StandIn, model: ModelSpec) -> None:
        """Check the stand-in's own answers to a create of a model by the contract."""
        assert stand_in.tasks, "the stand-in made no task"
        (task, *_) = stand_in.tasks.values()
        problem = self.stand_in.contract.answer_problem(
            self.create_of(model), stand_in.created(task)
        )
        assert problem is None, f"the stand-in's answer to a create: {problem}"

    def seconds(self, usual: float) -> float:
        """Return a usual time on the kit's clock, longer for an adapter that polls more rarely."""
        return usual * times_usual(self.adapter.poll_timing)

    def mounted(
        self, kind: type[StandIn] | None = None, *, clock: ManualClock, **options: Any
    ) -> AbstractContextManager[StandIn]:
        """Serve a stand-in whose tasks take as long as the adapter's polls need.

        Args:
            kind: Its class; None for the vendor's.
            clock: The time of its tasks.
            options: The other arguments of `tools.mount.mounted`.
        """
        pace = options.pop("pace", None) or pace_for(self.adapter.poll_timing)
        return mounted(kind or self.stand_in, clock=clock, pace=pace, **options)

    def fresh_stand_in(self, kind: type[StandIn] | None = None) -> StandIn:
        """Return a stand-in at its vendor's own address, with no task yet."""
        made = self.stand_in if kind is None else kind
        stand_in = made(made.contract.server, clock=ManualClock().monotonic)
        stand_in.takes_unknown_assets = True
        return stand_in

    def vendor(self, change: Change | None = None) -> OfflineVendor:
        """Return a stand-in that answers a flow, with its answers changed."""
        return OfflineVendor(self.fresh_stand_in(), self.adapter, change)

    def stand_in_at(
        self,
        word: Word,
        fraction: float | None = None,
        *,
        change: Change | None = None,
        note: Note | None = None,
        change_result: Change | None = None,
        note_result: Note | None = None,
    ) -> type[StandIn]:
        """Return a stand-in whose tasks all have the same progress.

        Args:
            word: The neutral word for it.
            fraction: How far the task is, from 0.0 to 1.0.
            change: Changes the answer to a poll.
            note: Gets each answer to a poll.
            change_result: Changes the answer to the second call of a poll, where there is one.
            note_result: Gets each answer to that call.
        """
        usual = {"running": 0.5, "unknown": 0.5, "succeeded": 1.0}
        progress = Progress(
            word=word, fraction=usual.get(word, 0.0) if fraction is None else fraction
        )

        def status(stand_in: StandIn, task: Task, at: Progress) -> Mapping[str, Any]:
            answer = dict(self.stand_in.status(stand_in, task, at))
            answer = answer if change is None else change(answer)
            if note is not None:
                note(answer)
            return answer

        hooks: dict[str, Any] = {"progress": lambda *_: progress, "status": status}
        if has_result(self.stand_in):
            hooks["result"] = result_hook(self.stand_in, change_result, note_result)
        return type(self.stand_in.__name__, (self.stand_in,), hooks)

    def vendor_at(
        self,
        word: Word,
        fraction: float | None = None,
        *,
        change: Change | None = None,
        note: Note | None = None,
        change_result: Change | None = None,
        note_result: Note | None = None,
    ) -> OfflineVendor:
        """Return such a stand-in, ready to answer a flow."""
        kind = self.stand_in_at(
            word,
            fraction,
            change=change,
            note=note,
            change_result=change_result,
            note_result=note_result,
        )
        return OfflineVendor(self.fresh_stand_in(kind), self.adapter)

    def sent(self, request: VideoRequest, model: ModelSpec) -> Sent:
        """Return what would be sent for a request that the model accepts."""
        plan = plan_for(self.adapter, model, request).fitted("error", [])
        return sent_for(plan, self.vendor())

    def ready(self, request: VideoRequest, model: ModelSpec) -> VideoRequest:
        """Return a request as `submit` gets it, with its local media inlined or uploaded."""
        return ready_request(plan_for(self.adapter, model, request))

    def submit_flow(self, model: ModelSpec) -> Flow[JobRef | Accepted]:
        """Return the flow that submits the simplest request."""
        return self.adapter().submit(self.ready(simplest_request(model), model), model)

    def submitted(self, model: ModelSpec, vendor: OfflineVendor) -> JobRef:
        """Submit the simplest request to a stand-in and return the job."""
        return job_of(run(self.submit_flow(model), vendor))

    def client_options(self, clock: ManualClock | None) -> dict[str, Any]:
        """Return the options of a client that knows this adapter only."""
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
        """Return a blocking client that knows this adapter only."""
        return Client(**{**self.client_options(clock), **more})

    def generate(
        self,
        request: VideoRequest,
        model: ModelSpec,
        path: Path,
        clock: ManualClock,
        is_async: bool,
        timeout: float | None = None,
        **more: Any,
    ) -> VideoResult:
        """Make a video with a blocking or an async client."""
        timeout = self.seconds(LONGEST_WAIT) if timeout is None else timeout
        name = self.full_name(model)
        options = {**self.client_options(clock), **more}
        if not is_async:
            with Client(**options) as client:
                return client.generate(request, path, name, timeout=timeout)

        async def run() -> VideoResult:
            async with AsyncClient(**options) as client:
                return await client.generate(request, path, name, timeout=timeout)

        return anyio.run(run)

    def submit(
        self, request: VideoRequest, model: ModelSpec, clock: ManualClock, is_async: bool
    ) -> JobRef:
        """Submit a request with a blocking or an async client."""
        name = self.full_name(model)
        if not is_async:
            with self.client(clock) as client:
                return client.submit(request, name).ref

        async def run() -> JobRef:
            async with AsyncClient(**self.client_options(clock)) as client:
                return (await client.submit(request, name)).ref

        return anyio.run(run)


def with_changes(request: VideoRequest, **changes: Any) -> VideoRequest:
    """Return a request with some fields changed, checked as a new one is."""
    fields = {name: getattr(request, name) for name in VideoRequest.model_fields}
    return VideoRequest.model_validate({**fields, **changes})


def takes_files(model: ModelSpec) -> bool:
    """Return whether a model takes an image from a file: inline, uploaded or registered."""
    limit = model.images
    has_place = offers(limit) or bool(model.frames)
    if limit is None or not has_place:
        return False
    return bool(limit.forms & {"inline", "upload", "register"})


def uploads_files(model: ModelSpec) -> bool:
    """Return whether a model takes an image from a file, and only by an upload."""
    ways = frozenset() if model.images is None else model.images.forms
    return ways & {"inline", "upload", "register"} == {"upload"} and takes_files(model)


def given_image(model: ModelSpec, image: Any) -> dict[str, Any]:
    """Return the fields that give a model an image: as a reference, or else as a frame."""
    if offers(model.images):
        return {"first_frame": None, "last_frame": None, "reference_images": [image]}
    plain = simplest_request(model)
    first = {"first_frame": image, "last_frame": plain.last_frame}
    if Frames.FIRST in model.frames or plain.first_frame is not None:
        return first
    if Frames.LAST in model.frames:
        return {"last_frame": image}
    return {"first_frame": image, "last_frame": image}


def body_of(reply: Reply) -> Any:
    """Return the JSON of a stand-in's refusal."""
    try:
        return json.loads(reply.body)
    except ValueError:
        raise AssertionError(
            f"`refusal` of the stand-in gives {reply.body[:60]!r}, which is not JSON; write the "
            "vendor's refusal as Reply.of({…}, 400)"
        ) from None


def picture() -> bytes:
    """Return a small image file."""
    return draw_picture("conformance", 64, 64)
