"""Headers and query parameters: what an operation documents, and what is wrong with a call's.

Credentials are not parameters: they are under `securitySchemes`, and the transport sends them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

_ANY_CALL_HAS = frozenset(
    {"accept", "accept-charset", "accept-encoding", "accept-language", "authorization"}
    | {"cache-control", "connection", "content-length", "content-type", "expect", "host"}
    | {"pragma", "te", "traceparent", "tracestate", "transfer-encoding", "user-agent"}
)
"""Headers of HTTP itself. OpenAPI says that the first, `Content-Type` and `Authorization` are never
parameters."""

_JSON_TYPES = frozenset({"integer", "number", "boolean"})


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One documented parameter of a call.

    Attributes:
        name: As in the contract. The name of a header means the same in any case.
        place: `path`, `query`, `header` or `cookie`.
        is_required: Whether every call has it.
        schema: The schema of its value, without `$ref`.
        document: Its whole part of the contract, without `$ref`.
    """

    name: str
    place: str
    is_required: bool
    schema: Schema = field(repr=False)
    document: Schema = field(repr=False)

    @property
    def is_ours_to_send(self) -> bool:
        """Whether an adapter sends it: not in the path, and not a header of HTTP itself."""
        is_of_http = self.place == "header" and self.name.lower() in _ANY_CALL_HAS
        return self.place in ("header", "query") and not is_of_http

    @property
    def described(self) -> str:
        """What it is, for people: `the header X-Version`."""
        return f"the {'header' if self.place == 'header' else 'query parameter'} {self.name}"

    @property
    def documented_value(self) -> str:
        """Its values, for people, such as `2024-11-06`; empty when any value is documented."""
        values = self.schema.get("enum", [self.schema["const"]] if "const" in self.schema else [])
        texts = [each if isinstance(each, str) else json.dumps(each) for each in values]
        return " or ".join(texts) or str(self.schema.get("pattern", ""))


def parameters_of(
    path_item: Schema, operation: Schema, resolved: Callable[[Schema], Schema]
) -> tuple[Parameter, ...]:
    """Return the parameters of an operation; its own replace those of its path."""
    found: dict[tuple[str, str], Parameter] = {}
    for each in (*path_item.get("parameters", ()), *operation.get("parameters", ())):
        document = resolved(each)
        made = Parameter(
            name=document["name"],
            place=document["in"],
            is_required=document.get("required") is True,
            schema=resolved(document.get("schema", {})),
            document=document,
        )
        found[made.name, made.place] = made
    return tuple(found.values())


def parameter_problems(
    parameters: Iterable[Parameter],
    headers: Mapping[str, str],
    query: Mapping[str, str],
    why_not: Callable[[Schema, Any], str | None],
) -> Iterator[str]:
    """Yield what is wrong with the headers and the query of a call.

    Args:
        parameters: The documented ones.
        headers: With names in any case.
        query: The query's parameters.
        why_not: Returns why a schema refuses a value, or None.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for each in parameters:
        if not each.is_ours_to_send:
            continue
        found = lower.get(each.name.lower()) if each.place == "header" else query.get(each.name)
        if found is None:
            if each.is_required:
                value = f" (documented: {each.documented_value})" if each.documented_value else ""
                yield f"{each.described} is required and was not sent{value}"
            continue
        problem = why_not(each.schema, _typed(found, each.schema))
        if problem is not None:
            yield f"{each.described}: {problem}"


def undeclared_parameters(
    parameters: Collection[Parameter],
    headers: Iterable[str],
    query: Iterable[str],
    others: Collection[str],
) -> list[str]:
    """Return the headers and the query parameters of a call that the contract does not have.

    Args:
        parameters: The documented ones.
        headers: The names of the call's headers, in any case.
        query: The names in its query.
        others: More documented headers, in lower case, such as those of credentials.
    """
    known = {each.name.lower() for each in parameters if each.place == "header"}
    known |= {*_ANY_CALL_HAS, *others}
    asked = {each.name for each in parameters if each.place == "query"}
    found = [f"the header {name}" for name in headers if name.lower() not in known]
    return found + [f"the query parameter {name}" for name in query if name not in asked]


def headers_named_in(facts: Any) -> set[str]:
    """Return the headers, in lower case, that an operation's `x-polyreel` names as `header`."""
    if not isinstance(facts, Mapping):
        return set()
    found = {
        str(value).lower()
        for name, value in facts.items()
        if name == "header" and isinstance(value, str)
    }
    return found.union(*(headers_named_in(each) for each in facts.values()))


def _typed(value: str, schema: Schema) -> Any:
    """Return a text as the type that its schema wants, if it is one; else the text."""
    wanted = schema.get("type")
    if not _JSON_TYPES & set([wanted] if isinstance(wanted, str) else wanted or ()):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
