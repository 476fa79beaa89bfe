"""Laws about finding a task again whose create got no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from polyreel import Client, PolyreelError, SubmitUnknown
from polyreel.adapters import Accepted, ModelSpec
from polyreel.jobs import JobRecord, Stage
from polyreel_sandbox import Call, Fault, Operation, Reply, StandIn, Task

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.flows import KEY, OfflineVendor, run
from ..tools.mount import ManualClock, mounted
from .support import UnderTest

_LONG_AGO = 3600.0
"""Seconds. A task of that age was not made by a create of now."""

_OTHER = "f" * 32
"""The reference of no job."""


class FoundAgain(UnderTest):
    """Exactly one task that fits settles an unknown job; anything else leaves it unknown."""

    def test_find_is_declared_where_it_is_documented(self) -> None:
        """The adapter offers `find` where the contract has a list of tasks, and nowhere else.

        For a user: a job whose answer was lost is found again where that is possible. When it
        fails: set `offers_find` and write `find`, or give the list the role `find`.
        """
        documented = self.stand_in.contract.operation("find") is not None
        assert self.adapter.offers_find is documented, (
            f"offers_find is {self.adapter.offers_find}, and the contract "
            f"{'has' if documented else 'has no'} operation with the role find"
        )
        if not documented:
            assert not self.adapter.echoes_reference, "echoes_reference needs offers_find"
            not_declared("the vendor documents no list of tasks")

    def test_a_lost_task_is_found_again(self, model: ModelSpec) -> None:
        """A repeated call under the same key finds the task of the first, and pays no second time.

        When it fails: return every task of the vendor's list from `find`, with its model, time
        and reference; and where `echoes_reference` is set, send `job_reference` with the create.
        """
        with self.listed() as (stand_in, client):
            self.lose(client, stand_in, model)
            try:
                job = client.submit(
                    simplest_request(model), self.full_name(model), idempotency_key=_KEY
                )
            except SubmitUnknown as error:
                pytest.fail(f"the task is not found again: {error}")
            assert [job.ref.task_id] == list(stand_in.tasks)
            assert not self.undeclared_in_creates(stand_in), (
                "the reference is sent in a field that the contract does not have: "
                + ", ".join(self.undeclared_in_creates(stand_in))
            )
            assert client.job(job.ref).wait().state.is_final

    def test_no_other_task_is_taken(self) -> None:
        """A task of another model, time, reference or job is not taken for the lost one.

        For a user: a video is never that of a neighbour. When it fails: give the vendor's own
        values as `model`, `created_at` and `echo` of each `Found`, and not those of the job that
        is sought.
        """
        model, *others = self.adapter.models
        with self.listed() as (stand_in, client):
            record = self.lose(client, stand_in, model, made=False)
            for other in others[:1]:
                self.make(stand_in, other, record.id)
                self.check_unknown(client, record, f"a task of the model {other.name}")
                stand_in.tasks.clear()
            self.make(stand_in, model, record.id).created -= _LONG_AGO
            self.check_unknown(client, record, "a task that was made an hour before")
            stand_in.tasks.clear()
            if self.adapter.echoes_reference:
                self.make(stand_in, model, _OTHER)
                self.check_unknown(client, record, "a task with another reference")
                stand_in.tasks.clear()
            client.submit(simplest_request(model), self.full_name(model))
            self.check_unknown(client, record, "a task of another job in the journal")

    def test_two_tasks_that_fit_leave_it_unknown(self) -> None:
        """Where two tasks can be the lost one, none is taken.

        For a user: a video is never that of a neighbour. When it fails: return all tasks from
        `find`, and choose none of them.
        """
        model = self.adapter.models[0]
        with self.listed() as (stand_in, client):
            record = self.lose(client, stand_in, model, made=False)
            for seconds in (0.0, 1.0):
                self.make(stand_in, model, record.id).created -= seconds
            self.check_unknown(client, record, "one of two tasks that fit")

    def test_what_is_not_listed_stays_unknown(self) -> None:
        """A list without the task never proves that none was made; nothing is sent again.

        When it fails: return an empty list from `find`, and raise no refusal.
        """
        model = self.adapter.models[0]
        with self.listed() as (stand_in, client):
            record = self.lose(client, stand_in, model, made=False)
            self.check_unknown(client, record, "a task that does not exist")
            creates = self.creates(stand_in)
            with pytest.raises(SubmitUnknown):
                client.submit(simplest_request(model), self.full_name(model), idempotency_key=_KEY)
            assert self.creates(stand_in) == creates, "the create was sent again"

    def test_a_bad_list_leaves_it_unknown(self) -> None:
        """Whatever the list answers, the job stays unknown, and a good list settles it later.

        When it fails: raise an error where the list can't be read. An entry that can't be read
        may be the task, so do not leave it out.
        """
        model = self.adapter.models[0]
        with self.listed() as (stand_in, client):
            record = self.lose(client, stand_in, model)
            good = self.good_list(stand_in)
            for bad in _bad_answers(good):
                setattr(stand_in, "instead", bad)  # noqa: B010  # only the class below has it
                self.check_unknown(client, record, f"a task, though the list was {bad.body!r}")
            setattr(stand_in, "instead", None)  # noqa: B010
            assert client.settle(record.id).stage is Stage.ACCEPTED

    # How

    @contextmanager
    def listed(self) -> Iterator[tuple[StandIn, Client]]:
        """Serve a stand-in whose list can be replaced, with a client that knows one journal."""
        if not self.adapter.offers_find:
            not_declared("the adapter offers no find")
        clock = ManualClock()

        def answer_to(
            stand_in: Any, operation: Operation, call: Call, parameters: Mapping[str, str]
        ) -> Reply:
            if operation.role == "find" and stand_in.instead is not None:
                replaced: Reply = stand_in.instead
                return replaced
            return self.stand_in.answer_to(stand_in, operation, call, parameters)

        members = {"answer_to": answer_to, "instead": None}
        kind = type(self.stand_in.__name__, (self.stand_in,), members)
        with mounted(kind, clock=clock, key=KEY) as stand_in, self.client(clock) as client:
            stand_in.date = clock.now
            yield stand_in, client

    def lose(
        self, client: Client, stand_in: StandIn, model: ModelSpec, *, made: bool = True
    ) -> JobRecord:
        """Submit a request whose answer is lost; return the unknown job."""
        stand_in.faults = {Fault.ACCEPTED_THEN_DROPPED if made else Fault.CREATE_REDIRECTS}
        with pytest.raises(SubmitUnknown):
            client.submit(simplest_request(model), self.full_name(model), idempotency_key=_KEY)
        stand_in.faults = set()
        (record,) = client.history.jobs(idempotency_key=_KEY)
        return record

    def make(self, stand_in: StandIn, model: ModelSpec, reference: str) -> Task:
        """Make a task as a create with a reference does; return it."""
        adapter = self.adapter()
        adapter.job_reference = reference
        flow = adapter.submit(self.ready(simplest_request(model), model), model)
        made = run(flow, OfflineVendor(stand_in, self.adapter))
        ref = made.job if isinstance(made, Accepted) else made
        return stand_in.tasks[ref.task_id]

    def check_unknown(self, client: Client, record: JobRecord, what: str) -> None:
        """Check that looking for a job's task leaves the job unknown."""
        try:
            settled = client.settle(record.id)
        except PolyreelError as error:
            said = str(error)
        else:
            assert settled.ref is not None
            pytest.fail(f"{what} was taken for the lost one: {settled.ref.task_id}")
        assert client.history.find(record.id).stage is Stage.UNKNOWN
        assert "plugin's author" not in said, f"find failed: {said}"

    def undeclared_in_creates(self, stand_in: StandIn) -> list[str]:
        """Return the keys of the creates' bodies that the contract does not have."""
        contract, found = stand_in.contract, set[str]()
        for call in stand_in.calls:
            known = contract.find(call.method, call.path)
            if known is not None and known[0].role == "create":
                found |= {*contract.undeclared(known[0], json.loads(call.body), known[1])}
        return sorted(found)

    def good_list(self, stand_in: StandIn) -> Any:
        """Return the list's usual answer."""
        answered = stand_in.task_list(list(stand_in.tasks.values()), {})
        return json.loads(json.dumps(answered))

    def creates(self, stand_in: StandIn) -> int:
        """Return how many creates came."""
        return len([call for call in stand_in.calls if self.is_create(call)])


_KEY = "lost"
"""The caller's own key of the call whose answer is lost."""


def _bad_answers(good: Any) -> Iterator[Reply]:
    """Return answers that can't be read, and the good one with each entry replaced."""
    yield from (Reply.page(502), Reply.page(200), Reply.of({}), Reply.of([]), Reply.of(None))
    entries: tuple[Any, ...] = (None, 7, "text", [], {})
    for odd in entries:
        yield Reply.of(_with_odd_entries(good, odd))


def _with_odd_entries(value: Any, odd: Any) -> Any:
    """Return a value with every entry of its lists replaced."""
    if isinstance(value, Mapping):
        return {name: _with_odd_entries(each, odd) for name, each in value.items()}
    return [odd for _ in value] if isinstance(value, list) else value
