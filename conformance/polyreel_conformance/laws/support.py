"""What every law is made of: the adapter under test, clients for it, plain requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
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
    Flow,
    JobRef,
    ModelSpec,
    Registry,
    State,
    VideoRequest,
)
from polyreel.registry import InstalledAdapter, Plugin
from polyreel.request import did_you_mean
from polyreel.sandbox import (
    Call,
    Operation,
    Progress,
    Role,
    StandIn,
    Task,
    Word,
    draw_picture,
)

from ..requests.corners import simplest_request
from ..tools.examples import KINDS_OF_EXAMPLES, load_examples
from ..tools.flows import KEY, Change, Line, Sent, plan_for, ready_request, run, sent_for
from ..tools.mount import ManualClock

_FINAL = frozenset(state for state in State if state.is_final)

Note = Callable[[dict[str, Any]], None]


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
        """Run each law for each case of what it is about."""
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
            pytest.Collector.CollectError: When there are none, so that nothing would be held.
        """
        told = self.stand_in.contract.state_words()
        found = [word for word, state in told.items() if state in states]
        if not found:
            raise pytest.Collector.CollectError(
                f"the contract of {self.adapter.name} documents no words for the states "
                f"{', '.join(sorted(states))}: say on the status of the poll's answer, by "
                "`x-neutral`, what each word means"
            )
        return found

    def spec_named(self, name: str) -> ModelSpec:
        found = next((spec for spec in self.adapter.models if spec.name == name), None)
        names = [spec.name for spec in self.adapter.models]
        assert found is not None, f"an example is for the model {did_you_mean(name, names)}"
        return found

    def full_name(self, model: ModelSpec) -> str:
        return f"{self.adapter.name}/{model.name}"

    def unknown_ref(self, details: dict[str, str] | None = None) -> JobRef:
        model = self.adapter.models[0]
        return self.adapter().job("task-of-nobody", model, **(details or {}))

    def is_create(self, call: Call) -> bool:
        found = self.stand_in.contract.find(call.method, call.path)
        return found is not None and found[0].role == "create"

    def operation(self, role: Role) -> Operation:
        """Return the contract's operation of a role."""
        found = self.stand_in.contract.operation(role)
        assert found is not None, f"the contract has no operation with the role {role}"
        return found

    def check_answers(self, stand_in: StandIn) -> None:
        """Hold the stand-in's own answers against the contract's."""
        task = next(iter(stand_in.tasks.values()))
        problem = self.stand_in.contract.answer_problem(
            self.operation("create"), stand_in.created(task)
        )
        assert problem is None, f"the stand-in's answer to a create: {problem}"

    def fresh_stand_in(self, kind: type[StandIn] | None = None) -> StandIn:
        """Return a stand-in at its vendor's own address, with no task yet."""
        made = self.stand_in if kind is None else kind
        return made(made.contract.server, clock=ManualClock().monotonic)

    def line(self, change: Change | None = None) -> Line:
        """Return a stand-in for a flow to talk to, and what changes its answers."""
        return Line(self.fresh_stand_in(), self.adapter, change)

    def stand_in_telling(
        self,
        word: Word,
        share: float | None = None,
        *,
        change: Change | None = None,
        note: Note | None = None,
    ) -> type[StandIn]:
        """Return a stand-in all of whose tasks stand at one point.

        Args:
            word: The neutral word for it.
            share: How far the task is, from 0.0 to 1.0.
            change: Changes what is told of a task.
            note: Is shown what is told of a task.
        """
        usual = {"running": 0.5, "unknown": 0.5, "succeeded": 1.0}
        progress = Progress(word=word, fraction=usual.get(word, 0.0) if share is None else share)

        def status(stand_in: StandIn, task: Task, _: Progress) -> Mapping[str, Any]:
            told = dict(self.stand_in.status(stand_in, task, progress))
            told = told if change is None else change(told)
            if note is not None:
                note(told)
            return told

        return type(self.stand_in.__name__, (self.stand_in,), {"status": status})

    def telling(
        self,
        word: Word,
        share: float | None = None,
        *,
        change: Change | None = None,
        note: Note | None = None,
    ) -> Line:
        """Return a line to such a stand-in."""
        kind = self.stand_in_telling(word, share, change=change, note=note)
        return Line(self.fresh_stand_in(kind), self.adapter)

    def sent(self, request: VideoRequest, model: ModelSpec) -> Sent:
        """Return what is sent for a request that the model takes; nothing is sent."""
        plan = plan_for(self.adapter, model, request).fitted("error", [])
        return sent_for(plan, self.line())

    def ready(self, request: VideoRequest, model: ModelSpec) -> VideoRequest:
        """Return a request as `submit` gets it: its local media inlined or uploaded."""
        return ready_request(plan_for(self.adapter, model, request))

    def submit_flow(self, model: ModelSpec) -> Flow[JobRef]:
        """Return the flow that submits the plainest request."""
        return self.adapter().submit(self.ready(simplest_request(model), model), model)

    def submitted(self, model: ModelSpec, line: Line) -> JobRef:
        """Return the job of the plainest request, accepted by a stand-in."""
        return run(self.submit_flow(model), line)

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


def with_changes(request: VideoRequest, **changes: Any) -> VideoRequest:
    fields = {name: getattr(request, name) for name in VideoRequest.model_fields}
    return VideoRequest.model_validate({**fields, **changes})


def takes_files(model: ModelSpec) -> bool:
    limit = model.images
    return limit is not None and bool(limit.forms & {"inline", "upload"}) and limit.maximum != 0


def picture() -> bytes:
    return draw_picture("conformance", 64, 64)
