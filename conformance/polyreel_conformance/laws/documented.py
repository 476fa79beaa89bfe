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
from polyreel_sandbox import Operation, Role
from pydantic import ValidationError

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.examples import Example, load_examples
from ..tools.flows import answered, answered_in_turn, job_of, paid_request, plan_for
from ..tools.sides import differences
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
        request = self.request_of(request_example)
        plan = plan_for(self.adapter, spec, request, content.get("options"))
        paid = paid_request(plan)
        page, call = content["sent"], f"{paid.method} {paid.path}"
        assert call == f"{page['method']} {page['path']}", (
            f"the call: page {page['method']} {page['path']} | sent {call}"
        )
        explicit = content.get("sent_explicitly", {})
        assert not set(explicit) & set(page["body"]), (
            "sent_explicitly: the page's body already has one of these keys"
        )
        wrong = differences({**page["body"], **explicit}, paid.json or {}, "sent")
        assert not wrong, wrong

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
        assert ref.task_id == content["task_id"], (
            f"the task's id: page {content['task_id']!r} | submit {ref.task_id!r}"
        )
        assert ref.full_model == self.full_name(spec), (
            f"the job of {self.full_name(spec)} names {ref.full_model}"
        )
        expected = content.get("details", {})
        wrong = differences(expected, {name: ref.details.get(name) for name in expected}, "submit")
        assert not wrong, f"details: {wrong}"
        found = accepted if isinstance(accepted, Accepted) else Accepted(job=ref)
        seen = {
            "estimate": None if found.estimate is None else found.estimate.facts(),
            "reported": dict(found.reported),
        }
        named = {name: content[name] for name in seen if name in content}
        wrong = differences(named, {name: seen[name] for name in named}, "submit")
        assert not wrong, wrong

    def test_examples_match_the_contract(self) -> None:
        """The answers that the pages show match the contract.

        When it fails: correct the example or the contract; one of them has a mistake. When an
        answer differs from the contract on purpose, say why under `beyond_the_contract`.
        """
        wrong: list[str] = []
        for example in load_examples(self.examples):
            if example.content.get("beyond_the_contract"):
                continue
            for operation, answer in self.answers_of(example):
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
        wrong = differences(expected, {name: seen[name] for name in expected}, "poll")
        assert not wrong, wrong

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
            for name in ("vendor_code", "http_status"):
                found = getattr(raised.value, name)
                assert found == content[name], f"{name}: page {content[name]!r} | error {found!r}"

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
        request = self.request_of(price_example)
        name = spec.billing.name_for(request.resolution)
        assert name == content["billing_name"], (
            f"the billing's name: page {content['billing_name']!r} | spec {name!r}"
        )
        videos = content.get("reference_durations", [])
        units = billed_units(spec.billing, request.duration, videos)
        assert units is not None, "the model's billing does not say what it counts"
        assert units == content["units"], (
            f"the model bills {units} units, the page {content['units']}"
        )
        cost = units * Decimal(content["rate"])
        assert cost == Decimal(content["cost"]), (
            f"{units} units × {content['rate']} is {cost}, and the page says {content['cost']}"
        )

    def answers_of(self, example: Example) -> Iterator[tuple[Operation, Any]]:
        """Yield the successful answers of an example, each with the operation of its call."""
        if example.kind == "created":
            operation = self.create_of(self.spec_named(example.content["model"]))
            yield operation, example.content["answer"]
        if example.kind == "status":
            roles: tuple[Role, ...] = ("poll", "result")
            for number, (status, answer) in enumerate(example.answers):
                if status < FIRST_REFUSAL:
                    yield self.operation(roles[min(number, 1)]), answer

    def request_of(self, example: Example) -> VideoRequest:
        """Return the neutral request of an example, which its model must accept."""
        content = example.content
        try:
            request = VideoRequest.model_validate(content["request"])
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise AssertionError(f"{example.name}.json: request.{where}: {first['msg']}") from None
        found = check(request, self.spec_named(content["model"]))
        assert not found, (
            f"{example.name}.json: the page shows it, and the model's data refuses it: "
            f"{found[0].message}"
        )
        return request


def no_example(kind: str) -> NoReturn:
    """Fail because the folder lacks an example that every vendor's page shows."""
    pytest.fail(
        f"the folder of examples has none of the kind {kind!r}: copy the example on the vendor's "
        "page into a JSON file, with the page's address as `source`",
        pytrace=False,
    )
