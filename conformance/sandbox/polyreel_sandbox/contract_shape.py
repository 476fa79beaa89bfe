"""The shape of a contract: what each part of it must be, as a JSON Schema of our own.

It says only what the stand-in and the laws need; every other part of OpenAPI is as it likes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, cast

from jsonschema import ValidationError

_TEXT = {"type": "string", "minLength": 1}
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_OF_A_PATH = (*_METHODS, "parameters", "summary", "description", "servers", "$ref")
_PATH_KEYS = "|".join(map(re.escape, _OF_A_PATH))
_PART = {"type": "object"}

SHAPE: Mapping[str, Any] = {
    "type": "object",
    "required": ["servers", "paths"],
    "properties": {
        "servers": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["url"],
                "properties": {"url": {"type": "string", "pattern": "^https?://[^/]"}},
            },
        },
        "paths": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^(/|x-)"},
            "additionalProperties": {"$ref": "#/$defs/path"},
        },
        "components": {
            "type": "object",
            "properties": {
                "schemas": {"type": "object", "additionalProperties": {"$ref": "#/$defs/schema"}},
                "securitySchemes": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/scheme"},
                },
                "parameters": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/parameter"},
                },
                "responses": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/contents"},
                },
                "requestBodies": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/contents"},
                },
            },
        },
    },
    "$defs": {
        "path": {
            "type": "object",
            "propertyNames": {"pattern": f"^({_PATH_KEYS}|x-.*)$"},
            "properties": {
                **{method: {"$ref": "#/$defs/operation"} for method in _METHODS},
                "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}},
            },
        },
        "operation": {
            "type": "object",
            "properties": {
                "operationId": _TEXT,
                "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}},
                "requestBody": {"$ref": "#/$defs/contents"},
                "responses": {
                    "type": "object",
                    "propertyNames": {"pattern": "^([1-5](\\d\\d|XX)|default|x-.*)$"},
                    "additionalProperties": {"$ref": "#/$defs/contents"},
                },
                "x-polyreel": {"$ref": "#/$defs/facts"},
            },
        },
        "facts": {
            "type": "object",
            "required": ["role"],
            "properties": {
                "role": _TEXT,
                **dict.fromkeys(("task_id", "status", "success_code", "error_code"), _TEXT),
                "needed": {"type": "array", "items": _TEXT},
                "index": _TEXT,
                "models": {"type": "array", "items": _TEXT, "minItems": 1},
                "smallest_gap": {"type": "number", "exclusiveMinimum": 0},
            },
        },
        "parameter": {
            "type": "object",
            "if": {"required": ["$ref"]},
            "else": {
                "required": ["name", "in"],
                "properties": {
                    "name": _TEXT,
                    "in": {"enum": ["path", "query", "header", "cookie"]},
                    "schema": {"$ref": "#/$defs/schema"},
                    "required": {"type": "boolean"},
                    "x-neutral": {"$ref": "#/$defs/meaning"},
                },
            },
        },
        "contents": {
            "type": "object",
            "properties": {
                "content": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {"schema": {"$ref": "#/$defs/schema"}},
                    },
                }
            },
        },
        "scheme": {
            "type": "object",
            "if": {"required": ["$ref"]},
            "else": {
                "required": ["type"],
                "properties": {"type": {"enum": ["http", "apiKey"]}},
                "if": {"properties": {"type": {"const": "apiKey"}}},
                "then": {
                    "required": ["in", "name"],
                    "properties": {"in": {"const": "header"}, "name": _TEXT},
                },
                "else": {"required": ["scheme"], "properties": {"scheme": _TEXT}},
            },
        },
        "schema": {
            "type": "object",
            "properties": {
                "properties": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/schema"},
                },
                "items": {"$ref": "#/$defs/schema"},
                **{
                    keyword: {"type": "array", "items": {"$ref": "#/$defs/schema"}}
                    for keyword in ("oneOf", "anyOf", "allOf")
                },
                "discriminator": {
                    "type": "object",
                    "required": ["propertyName", "mapping"],
                    "properties": {"propertyName": _TEXT, "mapping": {"$ref": "#/$defs/mapping"}},
                },
                "x-by-path-parameter": {
                    "type": "object",
                    "required": ["name", "mapping"],
                    "properties": {"name": _TEXT, "mapping": {"$ref": "#/$defs/mapping"}},
                },
                "x-neutral": {"$ref": "#/$defs/meaning"},
                "x-output": _PART,
                "x-price": _PART,
                "x-vendor-only": {"type": "boolean"},
                "x-ignored": {"type": "boolean"},
            },
        },
        "mapping": {"type": "object", "minProperties": 1, "additionalProperties": _TEXT},
        "meaning": {
            "type": ["string", "object"],
            "if": {"type": "object"},
            "then": {
                "if": {"required": ["fields"]},
                "then": {
                    "required": ["words"],
                    "properties": {
                        "fields": {"type": "array", "minItems": 1, "items": _TEXT},
                        "words": {"additionalProperties": {"type": "array"}},
                    },
                },
                "else": {"required": ["field"], "properties": {"field": _TEXT}},
                "properties": {
                    "words": _PART,
                    "references": {"type": "object", "additionalProperties": _TEXT},
                },
            },
        },
    },
}

_MISSING = {
    "servers": 'the vendor\'s address, as [{"url": "https://…"}]',
    "url": "the vendor's address, beginning with https://",
    "paths": "the documented calls",
    "role": "the purpose of the call, such as create; a call without one has no x-polyreel",
    "name": "its name",
    "in": "where it is sent, such as header or query",
    "type": "how the key is sent: http or apiKey",
    "scheme": "the word before the key, such as bearer",
    "propertyName": "the key of the body that names the model",
    "mapping": 'the schema of each model, as {"name": "#/components/schemas/…"}',
    "field": "the field of a request that it carries, such as duration",
    "words": "each of the vendor's values, and what it means",
}


def what_to_write(error: ValidationError) -> str:
    """Return a sentence for a part that does not have the shape."""
    value, kind = error.instance, error.validator
    wanted = cast("Any", error.validator_value)
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:60]}…"
    if kind == "required" and isinstance(value, Mapping):
        missing = next(name for name in wanted if name not in value)
        close = difflib.get_close_matches(missing, map(str, value), n=1, cutoff=0.6)
        hint = f"rename {close[0]!r}, or " if close else ""
        return f"{missing!r} is missing; {hint}write {_MISSING.get(missing, 'it')}"
    if kind == "type":
        names = wanted if isinstance(wanted, str) else " or ".join(wanted)
        return f"{shown} is not of the type {names}; write one"
    if kind == "pattern":
        return f"{shown} does not belong here, or is misspelt"
    if kind == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}"
    return f"{error.message[:160]}; correct it"
