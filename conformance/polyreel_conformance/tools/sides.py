"""The two sides of a comparison, side by side, for the messages of laws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from polyreel.adapters import ModelSpec, Setting
from polyreel.request.video_request import OPTIONAL_SETTINGS
from polyreel_sandbox import Contract, dispute_of
from polyreel_sandbox.meaning import field_names

_LONGEST = 120
_LIMITS = (
    *("const", "enum", "type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "default"),
)
_KINDS = {"reference_images": "images", "reference_videos": "videos", "reference_audios": "audios"}


def side_by_side(model: ModelSpec, contract: Contract, field: str) -> str:
    """Return what the model's data and the contract say of a field, as a line of its own."""
    name = field.partition("[")[0]
    return f"\n  spec: {spec_side(model, name)} | contract: {contract_side(model, contract, name)}"


def sides_of_refusal(model: ModelSpec, contract: Contract, problem: str) -> str:
    """Return the two sides of the field that a contract's refusal of a body is about.

    Args:
        model: The model.
        contract: It refuses the body.
        problem: Begins with the place in the body, such as `parts.0: …`.
    """
    key = problem.partition(":")[0].partition(".")[0]
    for schema in contract.model_schemas(model.name):
        part = contract.resolved(schema.get("properties", {}).get(key, {}))
        for _, rule in contract.neutral_properties(part):
            name = str(next(iter(rule.get("fields", [rule.get("field")]))))
            limits = f"{key}: {limits_of(part)}"
            return f"\n  spec: {spec_side(model, name)} | contract: {_short(limits)}"
    return ""


def spec_side(model: ModelSpec, name: str) -> str:
    """Return what a model's data says of a field of a request."""
    if name in _KINDS or name.endswith("_frame"):
        kind = _KINDS.get(name, "images")
        limit = getattr(model, kind)
        if limit is None or (name.endswith("_frame") and not model.frames):
            return f"no {kind}" if limit is None else "no frames"
        said = f"{kind} {limit.minimum} to {limit.maximum}, as {' or '.join(sorted(limit.forms))}"
        in_all = "" if model.media_maximum is None else f", {model.media_maximum} media in all"
        return _short(said + in_all)
    if name in OPTIONAL_SETTINGS:
        return _short(f"settings[{name!r}]: {setting_text(model.settings.get(name))}")
    of_model = {
        "prompt": ("prompt_maximum", model.prompt_maximum),
        "duration": ("durations", model.durations),
        "aspect_ratio": ("aspect_ratios", model.aspect_ratios),
        "resolution": ("resolutions", model.resolutions),
    }
    label, value = of_model.get(name, (name, "nothing"))
    return _short(f"{label} = {value}")


def setting_text(setting: Setting | None) -> str:
    """Return what a model's data says of an optional setting, for people."""
    if setting is None:
        return "not offered"
    if setting.fixed is not None:
        return f"always {setting.fixed}"
    return f"{setting.minimum} to {setting.maximum}"


def contract_side(model: ModelSpec, contract: Contract, name: str) -> str:
    """Return what the contract says of a field of a request, for a model."""
    found = [
        limits_of(part)
        for schema in contract.model_schemas(model.name)
        for part, rule in contract.neutral_properties(schema)
        if name in field_names({"x-neutral": rule})
    ]
    return _short(" or ".join(dict.fromkeys(found))) if found else "nothing"


def limits_of(part: Mapping[str, Any]) -> str:
    """Return the limits of a schema for people, such as `minimum 4, maximum 15`."""
    said = [_limit(each, part[each]) for each in _LIMITS if each in part]
    if {"enum", "const"} & set(part) and "type" in part:
        said.remove(_limit("type", part["type"]))
    dispute = dispute_of(part)
    return ", ".join([*said, *([] if dispute is None else [str(dispute)])]) or "any value"


def _limit(keyword: str, value: Any) -> str:
    """Return one limit for people: `maximum 15`, `one of 5, 10`."""
    if keyword == "enum":
        return f"one of {', '.join(map(json.dumps, value))}"
    if keyword == "type":
        return value if isinstance(value, str) else " or ".join(value)
    return f"{'always' if keyword == 'const' else keyword} {json.dumps(value)}"


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], here: str) -> str:
    """Return each key with two values, for people; empty when there is none.

    Args:
        expected: What the page shows.
        found: What it is compared with.
        here: What the second is called, such as `sent`.
    """
    nothing = object()
    wrong = [
        f"{name}: page {_value(expected, name)} | {here} {_value(found, name)}"
        for name in sorted({*expected, *found})
        if expected.get(name, nothing) != found.get(name, nothing)
        or type(expected.get(name)) is not type(found.get(name))
    ]
    return "; ".join(wrong)


def _value(values: Mapping[str, Any], name: str) -> str:
    return _short(repr(values[name])) if name in values else "nothing"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
