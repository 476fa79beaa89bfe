"""seedance-2.0-fast-i2v matches Modellix's own published schema, keyword for keyword."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from polyreel import VideoRequest
from polyreel.adapters import ModelSpec
from polyreel.models import check
from polyreel_conformance import accepted_requests
from polyreel_conformance.tools.flows import paid_request, plan_for
from polyreel_modellix.adapter import ModellixAdapter
from polyreel_modellix.stand_in import ModellixStandIn

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "published_schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(PUBLISHED["request"])
MODEL: ModelSpec = ModellixAdapter.models[0]


@given(request=accepted_requests(MODEL))
def test_what_check_accepts_is_valid_by_the_published_schema(request: VideoRequest) -> None:
    assert check(request, MODEL) == []
    paid = paid_request(plan_for(ModellixAdapter, MODEL, request))
    assert paid.json is not None
    VALIDATOR.validate(paid.json)
    assert set(paid.json) <= set(PUBLISHED["request"]["properties"])
    assert not ({"first_frame_image", "last_frame_image"} & set(paid.json)) or (
        "reference_images" not in paid.json
    ), "the schema's text forbids frames together with references"


def test_the_model_says_exactly_what_the_schema_says() -> None:
    properties = PUBLISHED["request"]["properties"]
    assert list(MODEL.durations) == properties["duration"]["enum"]
    assert set(MODEL.aspect_ratios) == set(properties["ratio"]["enum"])
    assert set(MODEL.resolutions) == set(properties["resolution"]["enum"])
    assert MODEL.prompt_maximum == properties["prompt"]["maxLength"]
    assert MODEL.images is not None
    assert MODEL.images.maximum == properties["reference_images"]["maxItems"]
    assert MODEL.audios is not None
    assert MODEL.audios.maximum == properties["audio_urls"]["maxItems"]
    expires, seed = MODEL.settings["expires_after"], MODEL.settings["seed"]
    lapse = properties["execution_expires_after"]
    assert (expires.minimum, expires.maximum) == (lapse["minimum"], lapse["maximum"])
    assert seed.maximum == properties["seed"]["maximum"]


def test_the_vendor_defaults_are_the_schemas() -> None:
    names = {
        "duration": "duration",
        "aspect_ratio": "ratio",
        "resolution": "resolution",
        "audio": "generate_audio",
        "camera_fixed": "camera_fixed",
        "return_last_frame": "return_last_frame",
        "expires_after": "execution_expires_after",
    }
    properties = PUBLISHED["request"]["properties"]
    assert MODEL.vendor_defaults == {
        name: properties[wire]["default"] for name, wire in names.items()
    }


OURS = ("description", "x-neutral")


def test_the_contract_has_the_schemas_keywords() -> None:
    contract = ModellixStandIn.contract
    schema = contract.document["components"]["schemas"]["seedance-2.0-fast-i2v"]
    mine = {
        name: {key: value for key, value in each.items() if key not in OURS}
        for name, each in schema["properties"].items()
    }
    assert mine == PUBLISHED["request"]["properties"]
    assert schema["required"] == PUBLISHED["request"]["required"]


def test_the_create_goes_where_the_schema_says() -> None:
    request = VideoRequest(prompt="A kite", reference_images=("https://example.com/a.png",))
    plan = plan_for(ModellixAdapter, MODEL, request)
    assert plan.account.base_url + paid_request(plan).path == PUBLISHED["server"]
