"""Laws about the adapter as code: it translates and does nothing else."""

from __future__ import annotations

import contextlib

import pytest
from polyreel import JobRef, PolyreelError
from polyreel.adapters import ModelSpec, WireRequest, WireResponse
from polyreel.text.addresses import origin

from ..outcomes import not_declared
from ..requests.corners import corner_requests, simplest_request
from ..tools.flows import KEY, OfflineVendor, job_of, plan_for, run, sent_for
from ..tools.places import with_value
from ..tools.result_calls import at_another_origin, has_result
from ..tools.watch import watched, watching
from .support import UnderTest

UNCERTAIN = (408, 429, 500, 502, 503, 504, 200)
"""HTTP statuses of pages that do not say whether the create made a task."""

TASK_IDS = ("AbC-1", "../../x?y=1#z", "a b/ü%2F")
"""Ids with letters of both cases, and with characters that would end or change a path."""


class OnlyTranslates(UnderTest):
    """A flow only turns values into values: no key, no clock, no network, one paid request."""

    def test_an_adapter_only_translates(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No flow uses a clock, sleep, file, environment, random number or connection.

        For a user: any process can finish a job, and an adapter never blocks an event loop or
        reads a key. When it fails: the message names the call and its line. Pass the value to
        the flow as an argument, an option or a fact of the model.
        """
        monkeypatch.setenv(self.adapter.key_variable, KEY)
        with watched() as watch:
            adapter = watching(self.adapter, watch)
            for request in corner_requests(model):
                sent_for(plan_for(adapter, model, request).fitted("error", []), self.vendor())
            for word in ("queued", "running", "failed", "succeeded", "unknown"):
                vendor = self.vendor_at(word)
                submit = adapter().submit(self.ready(simplest_request(model), model), model)
                job = job_of(run(submit, vendor))
                run(adapter().poll(job), vendor)
                if adapter.offers_cancel:
                    run(adapter().cancel(job), vendor)
        assert not watch.seen, (
            f"an adapter must only translate, but this one uses {'; '.join(watch.seen)}. Give it "
            "what it needs as an argument, an option or a fact of the model"
        )

    def test_exactly_one_request_is_paid(self, model: ModelSpec) -> None:
        """A submit marks one request `spends=True`; a poll, an upload and a cancel mark none.

        For a user: the request that costs money is sent once; every other request may be sent
        again. When it fails: mark only the create, and never yield it twice.
        """
        vendor, adapter = self.vendor(), self.adapter()
        seen: list[WireRequest] = []
        job = job_of(run(self.submit_flow(model), vendor, seen))
        paid = [request for request in seen if request.spends]
        assert len(paid) == 1, (
            f"{len(paid)} requests of a submit are marked spends=True, not exactly one"
        )
        for status in UNCERTAIN:
            times = self.creates_after(status, model)
            assert times == 1, f"after HTTP {status} the create is sent {times} times, not once"
        free: list[WireRequest] = []
        for request in corner_requests(model):
            free += [each for each in self.sent(request, model).requests if each.file is not None]
        run(adapter.poll(job), vendor, free)
        ended = self.vendor_at("succeeded")
        run(adapter.poll(self.submitted(model, ended)), ended, free)
        if adapter.offers_cancel:
            run(adapter.cancel(job), vendor, free)
        marked = [f"{each.method} {each.path}" for each in free if each.spends]
        assert not marked, f"{marked[0]} is free, but marked spends=True"

    def test_an_adapter_never_writes_a_key(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only the transport writes credentials. An adapter neither sees nor writes one.

        For a user: a key goes into one header, to one address, and into no log. When it fails:
        declare `credential` and leave the header out.
        """
        monkeypatch.setenv(self.adapter.key_variable, KEY)
        declared = self.adapter.credential.header.lower()
        for request in self.every_request(model):
            assert KEY not in repr(request), f"the key is in {request.method} {request.path}"
            names = {name.lower() for name in request.headers}
            assert not names & {"authorization", declared}, (
                f"{request.method} {request.path} writes the header of a credential"
            )

    def test_every_request_stays_at_the_vendor(self, model: ModelSpec) -> None:
        """Every request goes to the configured address, even when an answer names another one.

        For a user: a false answer can't send the key to somebody else. When it fails: build the
        path from the task's id, or use a URL only when it is at the vendor's address.
        """
        home = origin(self.adapter.base_url)
        for request in self.every_request(model):
            is_path = request.path.startswith("/") and not request.path.startswith("//")
            assert is_path or origin(request.path) == home, (
                f"{request.method} {request.path} leaves {self.adapter.base_url}"
            )

    @pytest.mark.parametrize("task_id", TASK_IDS)
    def test_a_task_id_is_kept_unchanged(self, task_id: str) -> None:
        """The vendor's task id is kept unchanged, and it can't change the path around it.

        For a user: a job is found again, whatever characters its id has. When it fails: put the
        id into the path with `path_segment`, and do not change it.
        """
        path = self.create_of(self.adapter.models[0]).path_to("task_id")
        usual = self.submitted(self.adapter.models[0], self.vendor())
        vendor = self.vendor(lambda answer: with_value(answer, path, task_id))
        job = self.submitted(self.adapter.models[0], vendor)
        assert job.task_id == task_id, f"{task_id!r} was kept as {job.task_id!r}"
        polls = self.adapter().poll(job)
        asked = next(polls)
        polls.close()
        if asked.path in usual.details.values() or asked.path in job.details.values():
            return  # the vendor gave the whole address, and the id is not part of it
        found = self.stand_in.contract.find(asked.method, asked.path)
        assert found is not None, f"{asked.method} {asked.path} is not a poll of a task"
        assert task_id in found[1].values(), f"{asked.path} polls another task"
        if has_result(self.stand_in):
            kind = self.stand_in_at("succeeded")
            kind.new_task_id = lambda *_: task_id  # type: ignore[method-assign]
            self.check_calls_of_poll(OfflineVendor(self.fresh_stand_in(kind), self.adapter))

    def check_calls_of_poll(self, vendor: OfflineVendor) -> None:
        """Check that each call of a poll asks for its task."""
        job, seen = self.submitted(self.adapter.models[0], vendor), list[WireRequest]()
        with contextlib.suppress(PolyreelError):
            run(self.adapter().poll(job), vendor, seen)
        for asked in seen:
            found = self.stand_in.contract.find(asked.method, asked.path)
            named = () if found is None else found[1].values()
            assert job.task_id in named, f"{asked.method} {asked.path} asks for another task"

    def test_prices_are_read_from_the_vendors_list(self) -> None:
        """The vendor's list of prices becomes price rules for its models, each with a source.

        For a user: `polyreel prices refresh` gives prices that they can trust. When it fails:
        leave out rows that can't be read, and give each rule the origin `catalogue`.
        """
        if not self.adapter.offers_prices:
            not_declared("the adapter does not offer the vendor's list of prices")
        seen: list[WireRequest] = []
        prices = run(self.adapter().prices(), self.vendor(), seen)
        assert not [each for each in seen if each.spends], (
            "the request for prices is free, but marked spends=True"
        )
        names = {model.name for model in self.adapter.models}
        assert set(prices) <= names, f"prices for unknown models: {sorted(set(prices) - names)}"
        rules = [rule for found in prices.values() for rule in found]
        assert rules, "the stand-in has a list of prices, but `prices` returned none of them"
        for rule in rules:
            assert rule.origin == "catalogue", f"a price has the origin {rule.origin}"
            assert rule.source.startswith("https://"), (
                f"source: {rule.source!r} is not a valid address; it must start with https://"
            )

    def test_a_job_can_be_saved_as_json(self, model: ModelSpec) -> None:
        """Another process can poll a job with nothing but the JSON of its handle.

        When it fails: `details` has a value that is not text, or the adapter keeps a fact of the
        job on itself.
        """
        vendor, adapter = self.vendor_at("running"), self.adapter()
        job = job_of(run(adapter.submit(self.ready(simplest_request(model), model), model), vendor))
        assert (job.provider, job.model) == (self.adapter.name, model.name), (
            f"the job of {self.full_name(model)} names {job.full_model}"
        )
        again = JobRef.model_validate_json(job.model_dump_json())
        assert again == job, f"as JSON the job {job} becomes {again}"
        here = run(adapter.poll(job), vendor)
        try:
            there = run(self.adapter().poll(again), vendor)
        except Exception as error:
            raise AssertionError(
                "another process, with the job's JSON and a new adapter, can't poll the job: "
                f"{error!r}"
            ) from error
        assert there == here, "another process gets another status"

    def creates_after(self, status: int, model: ModelSpec) -> int:
        """Return how often a submit yields its paid request when the answer is a page."""
        asked: list[WireRequest] = []
        vendor, page = self.vendor(), WireResponse(status=status, body=b"<html>")
        with contextlib.suppress(PolyreelError):
            run(self.submit_flow(model), lambda each: page if each.spends else vendor(each), asked)
        return len([request for request in asked if request.spends])

    def every_request(self, model: ModelSpec) -> list[WireRequest]:
        """Return every request that the adapter writes for a job."""
        seen: list[WireRequest] = []
        for request in corner_requests(model):
            seen += self.sent(request, model).requests
        vendor = self.vendor()
        job = self.submitted(model, vendor)
        # Only the requests matter here, not the vendor's answers.
        with contextlib.suppress(PolyreelError):
            run(self.adapter().poll(job), vendor, seen)
        if has_result(self.stand_in):  # and the answer to the first call may name any address
            ended = self.vendor_at("succeeded", change=at_another_origin(self.adapter.base_url))
            job_ended = self.submitted(model, ended)
            with contextlib.suppress(PolyreelError):
                run(self.adapter().poll(job_ended), ended, seen)
        if self.adapter.offers_cancel:
            with contextlib.suppress(PolyreelError):
                run(self.adapter().cancel(job), vendor, seen)
        return seen
