"""Laws about what is sent, and what is refused before it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from polyreel import (
    ModelSpec,
    UnsupportedRequest,
    VideoRequest,
    check,
)
from polyreel.catalogue import OPTIONAL_SETTINGS

from .flows import KEY, paid_request, plan_for, requests_of
from .mount import ManualClock, mounted
from .requests import accepted_requests, refused_requests
from .support import UnderTest, simplest_request, with_changes

_FALSY: dict[str, Any] = {
    "audio": False,
    "seed": 0,
    "camera_fixed": False,
    "watermark": False,
    "return_last_frame": False,
}


class WhatIsSent(UnderTest):
    """What is sent, model by model."""

    def test_what_the_model_takes_meets_the_contract(self, model: ModelSpec) -> None:
        """A request that `check` accepts is one that the vendor's documents accept.

        When it fails: the model's data allows too much, or `submit` writes a field that
        the contract does not have. The message names the field.
        """
        contract = self.stand_in.contract

        @given(request=accepted_requests(model))
        def law(request: VideoRequest) -> None:
            assert check(request, model) == []
            paid = paid_request(plan_for(self.adapter, model, request))
            found = contract.find(paid.method, paid.path)
            assert found is not None, f"the contract has no {paid.method} {paid.path}"
            operation, parameters = found
            assert operation.role == "create"
            assert contract.problem(operation, paid.json, parameters) is None
            assert contract.undeclared(operation, paid.json or {}, parameters) == []

        law()

    def test_what_lies_beyond_is_refused_with_its_field(self, model: ModelSpec) -> None:
        """A request beyond a limit is refused before it is sent, and the field is named.

        When it fails: the model's data lacks a limit that the generator knows of.
        """

        @given(refused=refused_requests(model))
        def law(refused: tuple[VideoRequest, str]) -> None:
            request, field = refused
            assert field in [finding.field for finding in check(request, model)]
            with pytest.raises(UnsupportedRequest) as refusal:
                plan_for(self.adapter, model, request).fitted("error", [])
            assert field in refusal.value.message

        law()

    def test_a_refused_request_never_reaches_the_vendor(self, model: ModelSpec) -> None:
        """Nothing at all is sent for a request that the model can't do."""
        request = simplest_request(model).model_copy(update={"duration": model.durations[-1] + 1})
        with mounted(self.stand_in, clock=ManualClock()) as stand_in, self.client() as client:
            with pytest.raises(UnsupportedRequest):
                client.submit(request, self.full_name(model))
            assert stand_in.calls == []

    def test_what_is_asked_is_sent_explicitly(self, model: ModelSpec) -> None:
        """Length, shape and size are always sent, since vendors' defaults disagree.

        When it fails: `submit` leaves out a setting when it has the vendor's default.
        """
        request = simplest_request(model)
        before = json.dumps(paid_request(plan_for(self.adapter, model, request)).json)
        changes: dict[str, Any] = {
            "duration": model.durations[-1],
            "aspect_ratio": model.aspect_ratios[-1],
        }
        if model.sends_resolution:
            changes["resolution"] = model.resolutions[-1]
        for name, value in changes.items():
            if getattr(request, name) == value:
                continue
            other = request.model_copy(update={name: value})
            after = json.dumps(paid_request(plan_for(self.adapter, model, other)).json)
            assert after != before, f"{name} does not reach the wire"

    @pytest.mark.parametrize("name", OPTIONAL_SETTINGS)
    def test_a_setting_is_sent_or_refused(self, model: ModelSpec, name: str) -> None:
        """`seed=0` and `audio=False` reach the wire where the model has them, and are
        refused where it has not. Nothing is dropped in silence.

        When it fails: map settings with `is not None`, never by truth.
        """
        values: dict[str, Any] = {**_FALSY, "expires_after": 3600, "negative_prompt": "rain"}
        value = values[name]
        plain = simplest_request(model)
        asked = plain.model_copy(update={name: value})
        if name not in model.settings:
            assert [finding.field for finding in check(asked, model)] == [name]
            return
        if model.settings[name].fixed is not None:
            pytest.skip(f"{name} is fixed at {model.settings[name].fixed}, so it is never sent")
        without = paid_request(plan_for(self.adapter, model, plain)).json or {}
        with_it = paid_request(plan_for(self.adapter, model, asked)).json or {}
        added = {key: with_it[key] for key in with_it if with_it[key] != without.get(key)}
        assert list(added.values()) == [value], f"{name}={value!r} became {added}"

    def test_media_keep_their_order(self, model: ModelSpec) -> None:
        """The third image stays the third: prompts refer to media by position."""
        limit = model.images
        if limit is None or "url" not in limit.forms or limit.maximum == 0:
            pytest.skip("the model takes no reference images by URL")
        count = min(limit.maximum or 4, 4)
        urls = [f"https://example.com/{n}.png" for n in (3, 1, 2, 4)[:count]]
        request = with_changes(simplest_request(model), first_frame=None, reference_images=urls)
        body = json.dumps(paid_request(plan_for(self.adapter, model, request)).json)
        assert [body.index(url) for url in urls] == sorted(body.index(url) for url in urls)

    def test_no_key_is_in_what_an_adapter_writes(self, model: ModelSpec) -> None:
        """Credentials are the transport's business; an adapter never sees one."""
        for request in requests_of(plan_for(self.adapter, model, simplest_request(model))):
            assert KEY not in repr(request)
            assert not {name.lower() for name in request.headers} & {"authorization", "x-api-key"}
