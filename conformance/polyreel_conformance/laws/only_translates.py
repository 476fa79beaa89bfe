"""Laws about the adapter as code: it translates, and does nothing else."""

from __future__ import annotations

import contextlib

import pytest
from polyreel import JobRef, ModelSpec, PolyreelError, WireRequest, WireResponse
from polyreel.urls import origin

from ..outcomes import not_declared
from ..requests.corners import corner_requests, simplest_request
from ..tools.flows import KEY, plan_for, run, sent_for
from ..tools.places import with_value
from ..tools.watch import watched, watching
from .support import UnderTest

UNCERTAIN = (408, 429, 500, 502, 503, 504, 200)
"""HTTP statuses of pages that say nothing of what became of a create."""

TASK_IDS = ("AbC-1", "../../x?y=1#z", "a b/ü%2F")
"""Letters of both cases, and what would end or change a path."""


class OnlyTranslates(UnderTest):
    """Flows are values in and values out: no key, no clock, no network, one paid request."""

    def test_an_adapter_only_translates(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No flow reads a clock, a file or the environment, sleeps, guesses or opens a connection.

        To a user: any process can finish a job, an event loop is never blocked, and a key
        stays where it belongs. When it fails: the message names what was done and where. Give
        the value to the flow as an argument, an option or a fact of the model.
        """
        monkeypatch.setenv(self.adapter.key_variable, KEY)
        with watched() as watch:
            adapter = watching(self.adapter, watch)
            for request in corner_requests(model):
                sent_for(plan_for(adapter, model, request).fitted("error", []), self.line())
            for word in ("queued", "running", "failed", "succeeded", "unknown"):
                line = self.telling(word)
                job = run(adapter().submit(self.ready(simplest_request(model), model), model), line)
                run(adapter().poll(job), line)
                if adapter.offers_cancel:
                    run(adapter().cancel(job), line)
        assert not watch.seen, (
            f"an adapter translates, and this one uses {'; '.join(watch.seen)}. What it needs to "
            "know comes in as an argument, an option or a fact of the model"
        )

    def test_exactly_one_request_is_paid(self, model: ModelSpec) -> None:
        """A submit marks one request `spends=True`; a look, an upload and a cancel mark none.

        To a user: what costs money is sent once, and everything else may be sent again. When
        it fails: mark just the create, and never yield it twice.
        """
        line, adapter = self.line(), self.adapter()
        seen: list[WireRequest] = []
        job = run(self.submit_flow(model), line, seen)
        paid = [request for request in seen if request.spends]
        assert len(paid) == 1, (
            f"{len(paid)} requests of a submit are marked spends=True, not just one"
        )
        for status in UNCERTAIN:
            times = self.creates_after(status, model)
            assert times == 1, f"after HTTP {status} the create is sent {times} times, not once"
        free: list[WireRequest] = []
        for request in corner_requests(model):
            free += [each for each in self.sent(request, model).requests if each.file is not None]
        run(adapter.poll(job), line, free)
        if adapter.offers_cancel:
            run(adapter.cancel(job), line, free)
        marked = [f"{each.method} {each.path}" for each in free if each.spends]
        assert not marked, f"{marked[0]} is free, and is marked spends=True"

    def test_no_key_is_in_what_an_adapter_writes(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Credentials are the transport's business; an adapter never sees or writes one.

        To a user: a key goes into one header, to one address, and into no log. When it fails:
        declare `credential` and leave the header out.
        """
        monkeypatch.setenv(self.adapter.key_variable, KEY)
        declared = self.adapter.credential.header.lower()
        for request in self.every_request(model):
            assert KEY not in repr(request), f"the key is in {request.method} {request.path}"
            names = {name.lower() for name in request.headers}
            assert not names & {"authorization", declared}, (
                f"a credential's header is written in {request.method} {request.path}"
            )

    def test_every_request_stays_at_the_vendor(self, model: ModelSpec) -> None:
        """Every request goes to the configured address, also when an answer names another.

        To a user: nobody who gets between can have the key sent to them. When it fails: build
        the path from the task's id, or take a URL only as the answer at the vendor gave it.
        """
        home = origin(self.adapter.base_url)
        for request in self.every_request(model):
            is_path = request.path.startswith("/") and not request.path.startswith("//")
            assert is_path or origin(request.path) == home, (
                f"{request.method} {request.path} leaves {self.adapter.base_url}"
            )

    @pytest.mark.parametrize("task_id", TASK_IDS)
    def test_a_task_id_is_taken_as_it_is(self, task_id: str) -> None:
        """The vendor's id of a task is kept letter by letter, and is only ever an id in a path.

        To a user: a job is found again whatever its id looks like. When it fails: put the id
        into a path with `path_segment`, and change nothing about it.
        """
        create = self.stand_in.contract.operation("create")
        assert create is not None
        path = create.path_to("task_id")
        usual = self.submitted(self.adapter.models[0], self.line())
        line = self.line(lambda answer: with_value(answer, path, task_id))
        job = self.submitted(self.adapter.models[0], line)
        assert job.task_id == task_id, f"{task_id!r} was kept as {job.task_id!r}"
        looks = self.adapter().poll(job)
        asked = next(looks)
        looks.close()
        if asked.path in usual.details.values() or asked.path in job.details.values():
            return  # the vendor gave the whole address, and the id is no part of it
        asked_path = asked.path.removeprefix(self.stand_in.contract.server)
        found = self.stand_in.contract.find(asked.method, asked_path)
        assert found is not None, f"{asked.method} {asked_path} is no look at a task"
        assert task_id in found[1].values(), f"{asked_path} is a look at another task"

    def test_prices_are_read_from_the_vendors_list(self) -> None:
        """A vendor's list of prices gives rules for its models: with an amount, a unit, a source.

        To a user: `polyreel prices refresh` brings prices that can be trusted. When it fails:
        leave out what can't be understood, and give each rule the origin `catalogue`.
        """
        if not self.adapter.offers_prices:
            not_declared("the adapter asks for no list of prices")
        seen: list[WireRequest] = []
        prices = run(self.adapter().prices(), self.line(), seen)
        assert not [each for each in seen if each.spends], "asking for prices is marked as paid"
        names = {model.name for model in self.adapter.models}
        assert set(prices) <= names, f"prices of no model: {sorted(set(prices) - names)}"
        rules = [rule for found in prices.values() for rule in found]
        assert rules, "the stand-in has a list of prices, and none is read from it"
        for rule in rules:
            assert rule.origin == "catalogue", f"a price comes from {rule.origin}"
            assert rule.source.startswith("https://"), f"{rule.source!r} is no address"

    def test_a_job_survives_json(self, model: ModelSpec) -> None:
        """A job's handle as JSON is all that another process needs.

        When it fails: `details` holds something that is not text, or the adapter keeps
        something of the job in itself.
        """
        telling, adapter = self.telling("running"), self.adapter()
        job = run(adapter.submit(self.ready(simplest_request(model), model), model), telling)
        assert (job.provider, job.model) == (self.adapter.name, model.name), (
            f"the job of {self.full_name(model)} names {job.full_model}"
        )
        again = JobRef.model_validate_json(job.model_dump_json())
        assert again == job
        here = run(adapter.poll(job), telling)
        try:
            there = run(self.adapter().poll(again), telling)
        except Exception as error:
            raise AssertionError(
                "another process, which has the job's JSON and a new adapter, can't look at the "
                f"job: {error!r}"
            ) from error
        assert there == here, "another process is told something else"

    def creates_after(self, status: int, model: ModelSpec) -> int:
        """Return how often a submit asks for its paid request when a page answers it."""
        asked: list[WireRequest] = []
        line, page = self.line(), WireResponse(status=status, body=b"<html>")
        with contextlib.suppress(PolyreelError):
            run(self.submit_flow(model), lambda each: page if each.spends else line(each), asked)
        return len([request for request in asked if request.spends])

    def every_request(self, model: ModelSpec) -> list[WireRequest]:
        """Return all that the adapter writes in a job's life."""
        seen: list[WireRequest] = []
        for request in corner_requests(model):
            seen += self.sent(request, model).requests
        line = self.line()
        job = self.submitted(model, line)
        # What is written is looked at here, whatever the vendor makes of it.
        with contextlib.suppress(PolyreelError):
            run(self.adapter().poll(job), line, seen)
        if self.adapter.offers_cancel:
            with contextlib.suppress(PolyreelError):
                run(self.adapter().cancel(job), line, seen)
        return seen
