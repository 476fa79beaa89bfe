"""Laws about the vendor's own documented examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

import pytest
from polyreel import PolyreelError, VideoRequest, check, errors
from polyreel.pricing import billed_units
from polyreel.sandbox import Role

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.examples import Example, KindOfExample, load_examples
from ..tools.flows import answered, paid_request, plan_for
from .support import UnderTest


class DocumentedExamples(UnderTest):
    """Exchanges as the vendor's pages show them, reproduced exactly in both directions."""

    def test_documented_request(self, request_example: Example | None) -> None:
        """The vendor's own example is what polyreel sends, key for key.

        When it fails: the message shows both bodies; the page is right.
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
        assert not set(explicit) & set(content["sent"]["body"]), "a key is on the page already"
        assert paid.json == {**content["sent"]["body"], **explicit}

    def test_documented_answer_to_a_create(self, created_example: Example | None) -> None:
        """The vendor's own answer gives the task id.

        To a user: an accepted job is never lost. When it fails: `submit` looks for the id in
        another place than the page.
        """
        if created_example is None:
            no_example("created")
        content = created_example.content
        spec = self.spec_named(content["model"])
        flow = self.adapter().submit(self.ready(simplest_request(spec), spec), spec)
        ref = answered(flow, 200, json.dumps(content["answer"]).encode())
        assert ref.task_id == content["task_id"]
        assert (ref.provider, ref.model) == (self.adapter.name, spec.name)
        expected = content.get("details", {})
        assert {name: ref.details.get(name) for name in expected} == expected

    def test_examples_are_answers_of_the_contract(self) -> None:
        """What the pages show as answers is what the contract describes.

        When it fails: one of the two was copied wrong. An answer that no page describes so, and
        that is tolerated all the same, says why as its `beyond_the_contract`.
        """
        wrong: list[str] = []
        for example in load_examples(self.examples):
            role = _ANSWERS.get(example.kind)
            if role is None or example.content.get("beyond_the_contract"):
                continue
            problem = self.stand_in.contract.answer_problem(
                self.operation(role), example.content["answer"]
            )
            if problem is not None:
                wrong.append(f"{example.name}.json: {problem}")
        assert not wrong, "; ".join(wrong)

    def test_documented_answer_to_a_poll(self, status_example: Example | None) -> None:
        """The vendor's own status gives the state, and what else it tells.

        When it fails: the message shows what `poll` made of the answer and what the page means.
        """
        if status_example is None:
            no_example("status")
        content = status_example.content
        ref = self.unknown_ref(content.get("details"))
        body = json.dumps(content["answer"]).encode()
        status = answered(self.adapter().poll(ref), 200, body)
        assert status == answered(self.adapter().poll(ref), 200, body), "the same answer differs"
        seen = {
            **status.facts(),
            "is_documented": status.is_documented,
            "video_url": status.video.url if status.video else None,
            "last_frame_url": status.last_frame.url if status.last_frame else None,
        }
        expected = content["gives"]
        assert {name: seen[name] for name in expected} == expected

    def test_documented_error(self, error_example: Example | None) -> None:
        """The vendor's own refusal becomes the right error, with its code kept.

        To a user: an empty account is not a bad request, and only what may pass is tried
        again. When it fails: map the body's code to an error, and hand it on as `code=`.
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
        """Each HTTP status that the contract documents as a refusal is shown by an example.

        When it fails: add the page's own error as a file of the kind `error`.
        """
        documented = {
            status
            for operation in self.stand_in.contract.operations
            for status in operation.documented_statuses
            if status.isdigit() and int(status) >= 400
        }
        if not documented:
            not_declared("the contract documents no HTTP status of a refusal")
        examples = load_examples(self.examples)
        shown = {str(each.content["http_status"]) for each in examples if each.kind == "error"}
        missing = sorted(documented - shown)
        assert not missing, f"no example shows what becomes of HTTP {', '.join(missing)}"

    def test_documented_price(self, price_example: Example | None) -> None:
        """A price that the vendor's page works out comes out as it is printed there.

        To a user: a quote counts what the vendor counts. When it fails: mend the model's
        `billing`: its unit, its name, or whose seconds it counts.
        """
        if price_example is None:
            not_declared("the vendor's pages work out no price")
        content = price_example.content
        spec = self.spec_named(content["model"])
        request = VideoRequest.model_validate(content["request"])
        assert check(request, spec) == []
        assert spec.billing.name_for(request.resolution) == content["billing_name"]
        videos = content.get("reference_video_seconds", [])
        units = billed_units(spec.billing, request.duration, videos)
        assert units is not None, "the model's billing does not say what is counted"
        assert units == content["units"], (
            f"{units} units are billed, and the page has {content['units']}"
        )
        assert units * Decimal(content["rate"]) == Decimal(content["cost"])


_ANSWERS: Mapping[KindOfExample, Role] = {"created": "create", "status": "poll"}


def no_example(kind: str) -> NoReturn:
    """Fail because a vendor's folder lacks what every vendor's page shows."""
    pytest.fail(
        f"the folder of examples holds none of the kind {kind!r}: copy the one on the vendor's "
        "page into a JSON file, with its address as `source`",
        pytrace=False,
    )
