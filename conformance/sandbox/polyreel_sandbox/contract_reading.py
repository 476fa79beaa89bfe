"""Refuses a contract that can't be used, when it is read, and names the place in it.

So no law and no stand-in meets a document with a part missing: an author reads where it is and what
to write, and not the `KeyError` of the code that would have needed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema
from jsonschema.exceptions import SchemaError, best_match

from .contract_answers import content_schema, leads_nowhere
from .contract_disputes import dispute_problem
from .contract_shape import SHAPE, what_to_write

MOST_SHOWN = 5
"""Problems named at once; the rest often comes from the first."""

_HTTP_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_ANSWER_PATHS = ("task_id", "status", "success_code")
_NEEDS_ANSWER = ("create", "poll", "result")


class ContractError(ValueError):
    """A contract can't be used. Its message names each place, and says what to write there."""


def check_document(document: Any) -> None:
    """Check that a contract has everything that the stand-in and the laws need of it.

    Raises:
        ContractError: When it does not.
    """
    problems = [*_problems(document)]
    if problems:
        more = len(problems) - MOST_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        raise ContractError("; ".join(problems[:MOST_SHOWN]) + rest)


def resolved_in(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part of a contract; if it is a `$ref` into it, the part that it points to."""
    while "$ref" in schema:
        found: Any = document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def _problems(document: Any) -> Iterator[str]:
    shape = [*jsonschema.Draft202012Validator(SHAPE).iter_errors(document)]
    for error in sorted(shape, key=lambda each: [str(part) for part in each.absolute_path]):
        worst = best_match([error])
        where = place_of(error.absolute_path)
        yield f"{where}: {what_to_write(worst or error)}" if where else what_to_write(error)
    if shape:
        return
    references = [*_reference_problems(document, document, ())]
    yield from references
    if references:
        return
    yield from _disputes(document, ())
    yield from _choice_problems(document, document, ())
    schemas = [*_schema_problems(document)]
    yield from schemas
    if not schemas:
        yield from _operation_problems(document)


def place_of(path: Sequence[str | int]) -> str:
    """Return a place in a contract for people: `paths//videos/post/responses`."""
    return "/".join(str(part) for part in path)


def _parts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each part of a contract but examples, and its place."""
    yield place, value
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name not in ("example", "examples", "default", "enum", "const"):
                yield from _parts(each, (*place, str(name)))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _parts(each, (*place, str(number)))


def _reference_problems(
    document: Mapping[str, Any], value: Any, place: tuple[str, ...]
) -> Iterator[str]:
    for where, part in _parts(value, place):
        if not isinstance(part, Mapping) or "$ref" not in part or where[-1:] == ("properties",):
            continue
        problem = _why_no_reference(document, part["$ref"])
        if problem is not None:
            yield f"{place_of((*where, '$ref'))}: {problem}"


def _why_no_reference(document: Mapping[str, Any], reference: Any) -> str | None:
    """Return why a `$ref` can't be followed, or None."""
    seen: list[Any] = []
    while True:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return f"{reference!r} is not a place in this document; write #/components/…"
        if reference in seen:
            return f"{reference} leads back to itself; write what it stands for"
        seen.append(reference)
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                return f"there is no {reference} in this document; correct it, or add the part"
            found = found[name]
        if not isinstance(found, Mapping):
            return f"{reference} is not an object; point to a whole schema"
        if "$ref" not in found:
            return None
        reference = found["$ref"]


def _disputes(document: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    for where, part in _parts(document, place):
        is_schema = isinstance(part, Mapping) and where[-1:] != ("properties",)
        if is_schema and "x-disputed" in part:
            problem = dispute_problem(part)
            if problem is not None:
                yield f"{place_of((*where, 'x-disputed'))}: {problem}"


def _choice_problems(
    document: Mapping[str, Any], value: Any, place: tuple[str, ...]
) -> Iterator[str]:
    for where, part in _parts(value, place):
        if not isinstance(part, Mapping) or where[-1:] == ("properties",):
            continue
        for keyword in ("discriminator", "x-by-path-parameter"):
            for name, target in part.get(keyword, {}).get("mapping", {}).items():
                problem = _why_no_reference(document, target)
                if problem is not None:
                    yield f"{place_of((*where, keyword, 'mapping', name))}: {problem}"


def _schema_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with each schema as a JSON Schema."""
    for where, schema in _schemas(document):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            place = place_of((*where, *map(str, error.absolute_path)))
            yield f"{place}: not a valid JSON Schema: {error.message[:120]}"


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    components = document.get("components", {})
    for name, schema in components.get("schemas", {}).items():
        yield ("components", "schemas", name), schema
    for where, part in _parts(document["paths"], ("paths",)):
        if isinstance(part, Mapping) and "schema" in part and "properties" not in where:
            yield (*where, "schema"), part["schema"]


def _content_problems(
    document: Mapping[str, Any], item: Mapping[str, Any], method: str, operation: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what is wrong with an operation that serves videos."""
    facts = operation.get("x-polyreel", {})
    if facts.get("role") != "content":
        if "index" in facts:
            yield "x-polyreel/index: only an operation with the role content has it; remove it"
        return
    if method != "get":
        yield f"x-polyreel/role: a video is downloaded by GET, and this is {method.upper()}"
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    documents = [resolved_in(document, each) for each in parameters]
    names = [each["name"] for each in documents if each["in"] == "query"]
    index = facts.get("index")
    if index is not None and index not in names:
        yield f"x-polyreel/index: no query parameter is named {index}; correct one of the two"


def _operation_problems(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        whole = resolved_in(document, item)
        for method, operation in whole.items():
            if method in _HTTP_METHODS:
                where = f"paths/{path}/{method}"
                yield from (f"{where}/{each}" for each in _about(document, operation))
                found = _content_problems(document, whole, method, operation)
                yield from (f"{where}/{each}" for each in found)


def _about(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an operation lacks for its role, and each path that leads nowhere."""

    def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
        return resolved_in(document, part)

    facts, responses = operation.get("x-polyreel", {}), operation.get("responses", {})
    role = facts.get("role")
    if role == "create" and not content_schema(operation.get("requestBody", {}), resolved):
        yield "requestBody: write the body of the create, as content/application~1json/schema"
    answers = {
        status: content_schema(each, resolved)
        for status, each in responses.items()
        if resolved(each).get("content")
    }
    success = next((answers[each] for each in answers if each[:1] == "2"), None)
    if role in _NEEDS_ANSWER and success is None:
        yield (
            f"responses: write the answer of the {role} under its HTTP status, as "
            "200/content/application~1json/schema"
        )
        return
    refusals = [each for each in answers.values() if each is not None]
    for name in (*_ANSWER_PATHS, "error_code"):
        schemas = refusals if name == "error_code" else [success] if success else []
        problem = _why_not_there(facts.get(name), schemas, resolved)
        if problem:
            yield f"x-polyreel/{name}: {problem}"
    for each in facts.get("needed", ()):
        problem = _why_not_there(each, [success] if success else [], resolved)
        if problem:
            yield f"x-polyreel/needed: {problem}"


def _why_not_there(path: Any, schemas: Sequence[Mapping[str, Any]], resolved: Any) -> str | None:
    """Return why a path leads to no value in any of some answers; None when it can."""
    if not path:
        return None
    ends = [leads_nowhere(each, tuple(str(path).split(".")), resolved) for each in schemas]
    if not ends or None in ends:
        return None
    return f"{path} leads nowhere: no documented answer has {ends[0]!r}; correct one of the two"
