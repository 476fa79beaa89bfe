"""Laws about the vendor's own documented examples."""

from __future__ import annotations

import json

import pytest
from polyreel import (
    PolyreelError,
    VideoRequest,
    check,
    errors,
)

from .examples import Example
from .flows import answered, paid_request, plan_for
from .support import UnderTest, simplest_request


class DocumentedExamples(UnderTest):
    """Exchanges as the vendor's pages show them."""

    def test_documented_request(self, request_example: Example) -> None:
        """The vendor's own example is what polyreel sends, key for key."""
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

    def test_documented_answer_to_a_create(self, created_example: Example) -> None:
        """The vendor's own answer gives the task id."""
        content = created_example.content
        spec = self.spec_named(content["model"])
        flow = self.adapter().submit(simplest_request(spec), spec)
        ref = answered(flow, 200, json.dumps(content["answer"]).encode())
        assert ref.task_id == content["task_id"]
        assert (ref.provider, ref.model) == (self.adapter.name, spec.name)

    def test_documented_answer_to_a_poll(self, status_example: Example) -> None:
        """The vendor's own status gives the state, and what else it tells."""
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

    def test_documented_error(self, error_example: Example) -> None:
        """The vendor's own refusal becomes the right error, with its code kept."""
        content = error_example.content
        kind = getattr(errors, content["error"])
        spec = self.adapter.models[0]
        body = json.dumps(content["answer"]).encode()
        for flow in (
            self.adapter().submit(simplest_request(spec), spec),
            self.adapter().poll(self.unknown_ref()),
        ):
            with pytest.raises(PolyreelError) as raised:
                answered(flow, content["http_status"], body)
            assert type(raised.value) is kind
            assert raised.value.vendor_code == content["vendor_code"]
            assert raised.value.http_status == content["http_status"]
