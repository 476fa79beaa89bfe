"""A contract's own mapping: what a body means, as fields of a request."""

from __future__ import annotations

from typing import Any

import pytest
from polyreel_sandbox import Contract


def contract(properties: dict[str, Any], **operation: Any) -> Contract:
    """Return a contract with one create whose body has some properties."""
    schema = {"type": "object", "properties": properties}
    create = {
        "operationId": "create",
        "x-polyreel": {"role": "create", "task_id": "id", "success_code": "code"},
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
        **operation,
    }
    return Contract(
        {"servers": [{"url": "https://api.toy.example"}], "paths": {"/videos": {"post": create}}}
    )


def meaning(properties: dict[str, Any], body: dict[str, Any], **operation: Any) -> dict[str, Any]:
    made = contract(properties, **operation)
    return made.meaning(made.operations[0], body, {"model": "toy-1"})


def test_a_plain_field_keeps_its_value() -> None:
    properties = {"seconds": {"x-neutral": "duration"}, "seed": {"x-neutral": "seed"}}
    assert meaning(properties, {"seconds": 5, "seed": 0}) == {"duration": 5, "seed": 0}


def test_digits_as_text_become_a_number_when_the_field_is_a_number() -> None:
    assert meaning({"seconds": {"x-neutral": "duration"}}, {"seconds": "5"}) == {"duration": 5}
    assert meaning({"text": {"x-neutral": "prompt"}}, {"text": "5"}) == {"prompt": "5"}


def test_a_property_without_meaning_is_left_out() -> None:
    assert meaning({"trace": {"type": "string"}}, {"trace": "x", "stranger": 1}) == {}


def test_a_vendors_words_become_values() -> None:
    rule = {"field": "aspect_ratio", "words": {"Adaptive": "auto"}}
    properties = {"ratio": {"x-neutral": rule}}
    assert meaning(properties, {"ratio": "Adaptive"}) == {"aspect_ratio": "auto"}
    assert meaning(properties, {"ratio": "16:9"}) == {"aspect_ratio": "16:9"}


def test_a_key_that_is_not_text_is_written_as_json() -> None:
    rule = {"field": "audio", "words": {"true": False, "false": True}}
    assert meaning({"mute": {"x-neutral": rule}}, {"mute": True}) == {"audio": False}


def test_one_value_can_carry_several_fields() -> None:
    rule = {"fields": ["resolution", "aspect_ratio"], "words": {"1280x720": ["720p", "16:9"]}}
    properties = {"size": {"x-neutral": rule}}
    assert meaning(properties, {"size": "1280x720"}) == {
        "resolution": "720p",
        "aspect_ratio": "16:9",
    }
    with pytest.raises(ValueError, match=r"no meaning for .640x480"):
        meaning(properties, {"size": "640x480"})


def test_a_field_is_found_at_any_depth() -> None:
    inside = {"type": "object", "properties": {"text": {"x-neutral": "prompt"}}}
    properties = {"input": {"type": "object", "properties": {"deeper": inside}}}
    assert meaning(properties, {"input": {"deeper": {"text": "A kite"}}}) == {"prompt": "A kite"}


def test_a_list_of_several_kinds_is_read_kind_by_kind() -> None:
    def kind(word: str, field: str) -> dict[str, Any]:
        return {
            "required": ["type", "value"],
            "properties": {"type": {"const": word}, "value": {"x-neutral": field}},
        }

    kinds = [kind("text", "prompt"), kind("first", "first_frame"), kind("ref", "reference_images")]
    properties = {"content": {"type": "array", "items": {"oneOf": kinds}}}
    body = {
        "content": [
            {"type": "text", "value": "A kite"},
            {"type": "ref", "value": "b"},
            {"type": "ref", "value": "a"},
        ]
    }
    assert meaning(properties, body) == {"prompt": "A kite", "reference_images": ["b", "a"]}


def test_a_path_can_carry_the_model() -> None:
    parameters = [{"name": "model", "in": "path", "schema": {}, "x-neutral": "model"}]
    assert meaning({}, {}, parameters=parameters) == {"model": "toy-1"}


def test_the_spelling_of_references_is_the_contracts() -> None:
    rule = {"field": "prompt", "references": {"image": "[Image {n}]"}}
    assert contract({"text": {"x-neutral": rule}}).prompt_references("toy-1") == {
        "image": "[Image {n}]"
    }
    assert contract({"text": {"x-neutral": "prompt"}}).prompt_references("toy-1") == {}


def test_a_contract_without_a_success_code_has_no_spellings_of_it() -> None:
    assert contract({}).success_codes() == []
