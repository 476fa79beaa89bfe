"""Laws about calls: their headers, their query, and how often a job is polled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from polyreel.adapters import Flow, ModelSpec, WireRequest
from polyreel_sandbox.exchange import query_of

from ..outcomes import not_declared
from ..requests.corners import corner_requests
from ..tools.flows import job_of, run
from .support import UnderTest


class Calls(UnderTest):
    """What is sent beside the body, for every call of a job."""

    def test_headers_and_query_meet_the_contract(self, model: ModelSpec) -> None:
        """Each call has the headers and the query that the contract requires, and no others.

        This is checked for every operation: the create, the poll, an upload, a cancel, prices.
        The names of headers mean the same in any case; credentials are not parameters.

        For a user: a call without the vendor's version header is refused, or is answered by an
        old version. When it fails: the message names the call and the parameter. Give
        `WireRequest` the `headers` or the `query`, or add the parameter to the contract.
        """
        wrong: list[str] = []
        for request in self.calls_of(model):
            found = self.stand_in.contract.find(request.method, request.path)
            if found is None:
                continue  # another law says so, and it may be at another address
            contract, (operation, _) = self.stand_in.contract, found
            query = {**query_of(request.path), **request.query}
            problems = contract.call_problems(operation, request.headers, query)
            problems += [
                f"{each} is sent, and the contract does not have it"
                for each in contract.undeclared_in_call(operation, request.headers, query)
            ]
            wrong += [f"{operation.call}: {each}" for each in problems]
        assert not wrong, "; ".join(dict.fromkeys(wrong))

    def test_polls_keep_the_documented_gap(self) -> None:
        """A job is not polled more often than the vendor allows.

        For a user: the key is not blocked while a job is waited for. When it fails: give the
        adapter a `poll_timing` with a `floor` of at least the contract's `smallest_gap`.
        """
        gaps = [
            (each.smallest_gap, each)
            for each in self.stand_in.contract.operations_of("poll")
            if each.smallest_gap is not None
        ]
        if not gaps:
            not_declared("the contract documents no smallest time between two polls")
        timing = self.adapter.poll_timing
        for gap, operation in gaps:
            for name in ("floor", "gap"):
                seconds: float = getattr(timing, name)
                assert seconds >= gap, (
                    f"poll_timing.{name} is shorter than the documented time between two polls\n"
                    f"  spec: {name} = {seconds:g} s | contract: {operation.call}: at least "
                    f"{gap:g} s ({operation.facts.get('source')})"
                )

    def calls_of(self, model: ModelSpec) -> Iterator[WireRequest]:
        """Yield every call that the adapter writes for a job of a model."""
        for request in corner_requests(model):
            yield from self.sent(request, model).requests
        adapter, seen = self.adapter, list[WireRequest]()
        for word in ("running", "succeeded", "failed"):
            vendor, job = self.vendor_at(word), self.unknown_ref()
            # Only the calls matter here, not what becomes of the vendor's answers.
            with contextlib.suppress(Exception):
                job = job_of(run(self.submit_flow(model), vendor))
            flows: list[Flow[object]] = [adapter().poll(job)]
            flows += [adapter().cancel(job)] if adapter.offers_cancel else []
            flows += [adapter().prices()] if adapter.offers_prices else []
            for flow in flows:
                with contextlib.suppress(Exception):
                    run(flow, vendor, seen)
        yield from seen
