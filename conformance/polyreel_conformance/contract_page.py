"""A vendor's contract as the kit has read it, as text of at most 80 columns.

An author compares it with the vendor's pages: what is not here, no law can check.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from polyreel.characters import clean_line
from polyreel_sandbox import Contract, Operation, Parameter, dispute_of

from .tools.sides import limits_of

WIDTH = 80
_PLACES = ("task_id", "status", "success_code", "error_code")
_LABELS = frozenset({"role", "needed", "models", "smallest_gap", "source", *_PLACES})


def contract_page(name: str, contract: Contract) -> str:
    """Return the page of a contract.

    Args:
        name: The provider's name.
        contract: Its contract.
    """
    parts = [
        (f"{name}: {contract.server}", [*_key(contract)]),
        ("Calls", [line for each in contract.operations for line in _call(each)]),
        ("Models", [line for each in contract.model_names() for line in _model(contract, each)]),
        ("States", [*_states(contract)]),
        ("Prices", [*_prices(contract)]),
        ("Disputed", [*_disputed(contract.document, "")]),
        ("Not known", [*(_line("  ", "", each) for each in contract.keyword_problems())]),
    ]
    return "\n\n".join("\n".join([title, *lines]) for title, lines in parts if lines) + "\n"


def _key(contract: Contract) -> Iterator[str]:
    schemes = contract.document.get("components", {}).get("securitySchemes", {})
    for each in map(contract.resolved, schemes.values()):
        is_own = each["type"] == "apiKey"
        word = "" if is_own else f"{str(each['scheme']).capitalize()} "
        yield _line("  ", "key", f"{each['name'] if is_own else 'Authorization'}: {word}KEY")


def _call(operation: Operation) -> Iterator[str]:
    role = operation.role or "no role"
    yield _line("  ", role, operation.call)
    if operation.role is None:
        yield _line("    ", "", "the stand-in does not answer it, and no law checks it")
    for each in operation.parameters:
        yield _line("    ", each.place, _parameter(each))
    for place in _PLACES:
        path = operation.facts.get(place)
        if path:
            yield _line("    ", place, f"at {path}")
    if operation.needed:
        yield _line("    ", "needed", ", ".join(".".join(path) for path in operation.needed))
    if operation.models:
        yield _line("    ", "models", ", ".join(operation.models))
    if operation.smallest_gap is not None:
        source = operation.facts.get("source", "no source")
        yield _line("    ", "gap", f"at least {operation.smallest_gap:g} s ({source})")
    for label, value in operation.facts.items():
        if label not in _LABELS:
            yield _line("    ", label, _text(value))
    yield _line("    ", "answers", ", ".join(operation.documented_statuses) or "none")


def _parameter(parameter: Parameter) -> str:
    is_required = parameter.is_required or parameter.place == "path"
    limits = limits_of(parameter.schema)
    return f"{parameter.name} ({'required' if is_required else 'optional'}): {limits}"


def _model(contract: Contract, model: str) -> Iterator[str]:
    for operation in contract.creates_for(model):
        yield _line("  ", model, f"by {operation.call}")
    # Two creates often have the same body.
    schemas = {id(each): each for each in contract.model_schemas(model)}
    for schema in schemas.values():
        required = set(schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            limits = limits_of(contract.resolved(part))
            must = ", required" if name in required else ""
            yield _line("    ", name, f"{_carries(contract, part)}{must}: {limits}")
        if schema.get("x-output"):
            yield _line("    ", "always", _text(schema["x-output"]))


def _carries(contract: Contract, part: Mapping[str, Any]) -> str:
    """Return the fields of a request that a property carries, for people."""
    found = [
        str(name)
        for _, rule in contract.neutral_properties(part)
        for name in rule.get("fields", [rule.get("field")])
    ]
    if found:
        return " and ".join(dict.fromkeys(found))
    ignored = part.get("x-ignored") or contract.resolved(part).get("x-ignored")
    return "ignored by the vendor" if ignored else "the vendor's own"


def _states(contract: Contract) -> Iterator[str]:
    words: dict[str, list[str]] = {}
    for word, state in contract.state_words().items():
        words.setdefault(state, []).append(word)
    yield from (_line("  ", state, ", ".join(found)) for state, found in words.items())


def _prices(contract: Contract) -> Iterator[str]:
    for model in contract.model_names():
        for schema in contract.model_schemas(model):
            if schema.get("x-price"):
                yield _line("  ", model, _text(schema["x-price"]))


def _disputed(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _disputed(each, f"{place}/{number}")
    if isinstance(value, Mapping):
        if "x-disputed" in value and not place.endswith("/properties"):
            yield _line("  ", "", f"{place.removeprefix('/')}: {dispute_of(value)}")
        for name, each in value.items():
            yield from _disputed(each, f"{place}/{name}")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(indent: str, label: str, text: str) -> str:
    """Return one entry, with its text in a column of its own, in lines of at most 80 columns."""
    first = f"{indent}{clean_line(label):<18}  " if label else indent
    rest = indent + " " * (20 if label else 2)
    lines = textwrap.wrap(
        clean_line(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
    return "\n".join(lines)
