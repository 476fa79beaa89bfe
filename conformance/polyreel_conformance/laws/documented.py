"""Laws about the vendor's own documented examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

import pytest
from polyreel import PolyreelError, VideoRequest, errors
from polyreel.adapters import Accepted
from polyreel.models import check
from polyreel.pricing.units import billed_units
from polyreel_sandbox import Role

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.examples import Example, load_examples
from ..tools.flows import answered, answered_in_turn, job_of, paid_request, plan_for
from .support import UnderTest

FIRST_REFUSAL = 400
"""The lowest HTTP status of a refusal."""


class DocumentedExamples(UnderTest):
    """The examples on the vendor's pages, reproduced exactly in both directions."""

    def test_documented_request(self, request_example: Example | None) -> None:
        """Polyreel sends the vendor's own example, key for key.

        When it fails: the message shows both bodies. The page is right; change `submit`.
        """
        if request_example is None:
            no_example("request")
        content = request_example.content
        spec = self.spec_named(content["model"])
        request = VideoRequest.model_validate(content["request"])
        assert check(request, spec) == []
        plan = plan_for(self.adapter, spec, request, content.get("options"))
        paid = paid_request(plan)
        assert (paid.method, paid.path) == (content["sent"]["method"], content["sent"]["path"])
        explicit = content.get("sent_explicitly", {})
        assert not set(explicit) & set(content["sent"]["body"]), (
            "sent_explicitly: the page's body already has one of these keys"
        )
        assert paid.json == {**content["sent"]["body"], **explicit}

    def test_documented_answer_to_a_create(self, created_example: Example | None) -> None:
        """`submit` finds the task id in the vendor's own answer, and what else the example names.

        For a user: an accepted job is never lost, and its estimate is shown. When it fails: read
        the id from the place that the page shows. Return an `Accepted` with the estimate and the
        facts that the example names.
        """
        if created_example is None:
            no_example("created")
        content = created_example.content
        spec = self.spec_named(content["model"])
        flow = self.adapter().submit(self.ready(simplest_request(spec), spec), spec)
        accepted = answered(flow, 200, json.dumps(content["answer"]).encode())
        ref = job_of(accepted)
        assert ref.task_id == content["task_id"]
        assert (ref.provider, ref.model) == (self.adapter.name, spec.name)
        expected = content.get("details", {})
        assert {name: ref.details.get(name) for name in expected} == expected
        found = accepted if isinstance(accepted, Accepted) else Accepted(job=ref)
        seen = {
            "estimate": None if found.estimate is None else found.estimate.facts(),
            "reported": dict(found.reported),
        }
        named = {name: content[name] for name in seen if name in content}
        assert {name: seen[name] for name in named} == named

    def test_examples_match_the_contract(self) -> None:
        """The answers that the pages show match the contract.

        When it fails: correct the example or the contract; one of them has a mistake. When an
        answer differs from the contract on purpose, say why under `beyond_the_contract`.
        """
        wrong: list[str] = []
        for example in load_examples(self.examples):
            if example.content.get("beyond_the_contract"):
                continue
            for role, answer in _answers_of(example):
                operation = self.operation(role)
                problem = self.stand_in.contract.answer_problem(operation, answer)
                if problem is not None:
                    wrong.append(f"{example.name}.json: {problem}")
        assert not wrong, "; ".join(wrong)

    def test_documented_answer_to_a_poll(self, status_example: Example | None) -> None:
        """`poll` reads the state from the vendor's own status, and everything else in it.

        When it fails: the message shows what `poll` returned and what the example expects.
        """
        if status_example is None:
            no_example("status")
        content = status_example.content
        ref = self.unknown_ref(content.get("details"))
        status = answered_in_turn(self.adapter().poll(ref), status_example.answers)
        again = answered_in_turn(self.adapter().poll(ref), status_example.answers)
        assert status == again, "the same answer gives two different statuses"
        seen = {
            **status.facts(),
            "billed_units": None if status.billed_units is None else str(status.billed_units),
            "is_documented": status.is_documented,
            "video_url": status.video.url if status.video else None,
            "last_frame_url": status.last_frame.url if status.last_frame else None,
        }
        expected = content["gives"]
        assert {name: seen[name] for name in expected} == expected

    def test_documented_error(self, error_example: Example | None) -> None:
        """The vendor's own refusal becomes the right error and keeps its code.

        For a user: an empty account is not reported as a bad request, and only temporary errors
        are retried. When it fails: map the body's code to an error, and pass it as `code=`.
        """
        if error_example is None:
            not_declared("the vendor's pages show no error")
        content = error_example.content
        kind = getattr(errors, content["error"])
        spec = self.adapter.models[0]
        body = json.dumps(content["answer"]).encode()
        for flow in (
            self.submit_flow(spec),
            self.adapter().poll(self.unknown_ref(content.get("details"))),
        ):
            with pytest.raises(PolyreelError) as raised:
                answered(flow, content["http_status"], body)
            assert type(raised.value) is kind, (
                f"HTTP {content['http_status']} with the code {content['vendor_code']} became "
                f"{type(raised.value).__name__}, not {kind.__name__}"
            )
            assert raised.value.vendor_code == content["vendor_code"]
            assert raised.value.http_status == content["http_status"]

    def test_every_documented_error_has_an_example(self) -> None:
        """Each HTTP status that the contract documents as a refusal has an example.

        When it fails: add the page's own error as a file of the kind `error`.
        """
        documented = {
            status
            for operation in self.stand_in.contract.operations
            if operation.role != "content"  # the core downloads; an adapter reads no answer of it
            for status in operation.documented_statuses
            if status.isdigit() and int(status) >= 400
        }
        if not documented:
            not_declared("the contract documents no HTTP status of a refusal")
        examples = load_examples(self.examples)
        covered = {str(each.content["http_status"]) for each in examples if each.kind == "error"}
        covered |= {
            str(status) for each in examples if each.kind == "status" for status, _ in each.answers
        }
        missing = sorted(documented - covered)
        assert not missing, f"no example of the kind `error` for HTTP {', '.join(missing)}"

    def test_documented_price(self, price_example: Example | None) -> None:
        """A price that the vendor's page calculates is the price that polyreel calculates.

        For a user: a quote counts what the vendor counts. When it fails: correct the model's
        `billing`: its unit, its name, or which seconds it counts.
        """
        if price_example is None:
            not_declared("the vendor's pages calculate no price")
        content = price_example.content
        spec = self.spec_named(content["model"])
        request = VideoRequest.model_validate(content["request"])
        assert check(request, spec) == []
        assert spec.billing.name_for(request.resolution) == content["billing_name"]
        videos = content.get("reference_durations", [])
        units = billed_units(spec.billing, request.duration, videos)
        assert units is not None, "the model's billing does not say what it counts"
        assert units == content["units"], (
            f"the model bills {units} units, the page {content['units']}"
        )
        assert units * Decimal(content["rate"]) == Decimal(content["cost"])


def _answers_of(example: Example) -> Iterator[tuple[Role, Any]]:
    """Yield the successful answers of an example, each with the role of its call."""
    if example.kind == "created":
        yield "create", example.content["answer"]
    if example.kind == "status":
        roles: tuple[Role, ...] = ("poll", "result")
        for number, (status, answer) in enumerate(example.answers):
            if status < FIRST_REFUSAL:
                yield roles[min(number, 1)], answer


def no_example(kind: str) -> NoReturn:
    """Fail because the folder lacks an example that every vendor's page shows."""
    pytest.fail(
        f"the folder of examples has none of the kind {kind!r}: copy the example on the vendor's "
        "page into a JSON file, with the page's address as `source`",
        pytrace=False,
    )
