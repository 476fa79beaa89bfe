"""Models of a contract: which creates make them, and what their bodies may hold.

A create says by its own facts which models it makes: `models` in its `x-polyreel`, else the choice
in its body (`discriminator`, `x-by-path-parameter`), else the values of the path's parameter or of
the body's property that carries the model. A create that says nothing makes every model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .contract_answers import content_schema, values_in
from .contract_paths import Operation
from .meaning import Reading, neutral_rule

Schema = Mapping[str, Any]
Resolved = Callable[[Schema], Schema]


def whole_body(operation: Operation, resolved: Resolved) -> Schema:
    """Return the schema of an operation's body; empty when the contract shows none."""
    return content_schema(operation.document.get("requestBody", {}), resolved) or {}


def choice_in(schema: Schema) -> Schema | None:
    """Return what selects the schema of a body, if there is a choice."""
    found: Schema | None = schema.get("discriminator") or schema.get("x-by-path-parameter")
    return found


def selected(schema: Schema, value: object, resolved: Resolved) -> Schema | None:
    """Return the schema that a model's name selects; the whole schema if it has no choice."""
    choice = choice_in(schema)
    if choice is None:
        return schema
    reference = choice["mapping"].get(value) if isinstance(value, str) else None
    return None if reference is None else resolved({"$ref": reference})


def models_of(operation: Operation, resolved: Resolved) -> list[str]:
    """Return the models that a create names; empty when it names none."""
    if operation.models:
        return list(operation.models)
    schema = whole_body(operation, resolved)
    choice = choice_in(schema)
    if choice is not None:
        return list(choice["mapping"])
    parts = [*neutral_properties(schema, resolved)]
    parts += [(each.schema, neutral_rule(each.document) or {}) for each in operation.parameters]
    named = [part for part, rule in parts if rule.get("field") == "model"]
    return [str(each) for each in values_in(named)]


def schema_for(operation: Operation, model: str, resolved: Resolved) -> Schema | None:
    """Return the schema of a create's body for a model; None when the create does not make it."""
    models = models_of(operation, resolved)
    if models and model not in models:
        return None
    return selected(whole_body(operation, resolved), model, resolved)


def neutral_properties(schema: Schema, resolved: Resolved) -> Iterator[tuple[Schema, Schema]]:
    """Yield the schema and the rule of every property with a meaning, at any depth."""
    rule = neutral_rule(schema)
    schema = resolved(schema)
    rule = rule or neutral_rule(schema)
    if rule is not None:
        yield schema, rule
        return
    inside = [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]
    for each in [*inside, schema["items"]] if "items" in schema else inside:
        yield from neutral_properties(each, resolved)


def defaults_in(schema: Schema, resolved: Resolved) -> dict[str, Any]:
    """Return the vendor's defaults, as fields of a request.

    A default that no request can have is left out, e.g. -1 for a random seed.
    """
    found: dict[str, Any] = {}
    for part, rule in neutral_properties(schema, resolved):
        if "default" not in part or part.get("x-ignored"):
            continue
        reading = Reading(resolved)
        reading.read({"x-neutral": rule}, part["default"])
        found.update(reading.found)
    return {name: value for name, value in found.items() if not _is_beyond(name, value)}


def _is_beyond(name: str, value: Any) -> bool:
    """Whether no request can have this value, for any model."""
    return name == "seed" and isinstance(value, int) and value < 0
