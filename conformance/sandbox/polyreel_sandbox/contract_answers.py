"""Answers as a contract documents them: their schemas, states and codes.

An answer can have one of several shapes (`oneOf`, `anyOf`), and its parts can be put together
(`allOf`): a path into it leads to every schema that stands there in one of the shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Resolved = Callable[[Schema], Schema]


def content_schema(part: Schema, resolved: Resolved) -> Schema | None:
    """Return the schema of a body or of an answer; None when the contract shows none."""
    contents = [*resolved(part).get("content", {}).values()]
    return resolved(contents[0]["schema"]) if contents and "schema" in contents[0] else None


def shapes_of(schema: Schema, resolved: Resolved) -> Iterator[Schema]:
    """Yield a schema, and each that it is put together from or chooses from, at any depth."""
    schema = resolved(schema)
    yield schema
    for keyword in ("oneOf", "anyOf", "allOf"):
        for each in schema.get(keyword, ()):
            yield from shapes_of(each, resolved)


def schemas_at(schema: Schema, path: tuple[str, ...], resolved: Resolved) -> list[Schema]:
    """Return the schemas at a path, which leaves out the positions in lists."""
    shapes = [*shapes_of(schema, resolved)]
    if not path:
        return shapes
    found: list[Schema] = []
    for shape in shapes:
        if path[0] in shape.get("properties", {}):
            found += schemas_at(shape["properties"][path[0]], path[1:], resolved)
        elif isinstance(shape.get("items"), Mapping):
            found += schemas_at(shape["items"], path, resolved)
    return found


def leads_nowhere(schema: Schema, path: tuple[str, ...], resolved: Resolved) -> str | None:
    """Return the name in a path that no shape of an answer has; None when the path can work.

    Where a schema lists no properties, every name can be there.
    """
    if not path:
        return None
    shapes = [*shapes_of(schema, resolved)]
    named = [each for each in map(_properties, shapes) if path[0] in each]
    tries = [(each[path[0]], path[1:]) for each in named]
    tries += [(each["items"], path) for each in shapes if isinstance(each.get("items"), Mapping)]
    if tries:
        ends = [leads_nowhere(each, rest, resolved) for each, rest in tries]
        return None if None in ends else ends[0]
    is_open = not any(map(_properties, shapes))
    is_named = any(path[0] in each.get("required", ()) for each in shapes)
    return None if is_open or is_named else path[0]


def words_in(schemas: list[Schema]) -> dict[str, str]:
    """Return the words of a status and their states, from every schema that has some."""
    found: dict[str, str] = {}
    for schema in schemas:
        neutral = schema.get("x-neutral")
        if isinstance(neutral, Mapping):
            found.update(neutral.get("words", {}))
    return found


def values_in(schemas: list[Schema]) -> list[Any]:
    """Return the values that schemas document with `enum` or `const`, each once."""
    found: list[Any] = []
    for schema in schemas:
        for value in schema.get("enum", [schema["const"]] if "const" in schema else []):
            if not any(type(each) is type(value) and each == value for each in found):
                found.append(value)
    return found


def _properties(schema: Schema) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema.get("properties", {})
    return found
