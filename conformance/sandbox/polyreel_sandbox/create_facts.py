"""What a contract says of a create besides its body: documented refusals, an idempotency key.

Both stand in `x-polyreel` of the create:

    "refusals": [{"status": 503, "definite": true, "later": true, "source": "https://…",
                  "body": {"error": {"code": 503, "message": "No maker can take it."}}}],
    "idempotency": {"header": "Idempotency-Key", "valid_seconds": 86400, "replay_status": 200,
                    "conflict_status": 409, "source": "https://…"}

`body` is the answer as the vendor's page shows it: the stand-in refuses by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from polyreel.text.suggestions import did_you_mean

_REFUSAL: Mapping[str, type] = {
    "status": int,
    "definite": bool,
    "later": bool,
    "source": str,
    "body": dict,
}
_KEY: Mapping[str, type] = {
    "header": str,
    "valid_seconds": int,
    "replay_status": int,
    "conflict_status": int,
    "source": str,
}
_OPTIONAL = frozenset({"replay_status", "conflict_status"})


@dataclass(frozen=True, kw_only=True)
class DocumentedRefusal:
    """A refusal of a create that a vendor documents.

    Attributes:
        status: The HTTP status.
        is_definite: Whether certainly no task exists after it.
        later: Whether the same create may succeed later.
        source: The page that says so.
        body: The answer's JSON.
    """

    status: int
    is_definite: bool
    later: bool
    source: str
    body: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        sure = "definite" if self.is_definite else "not definite"
        return f"HTTP {self.status}, {sure}{', may pass' if self.later else ''} ({self.source})"


@dataclass(frozen=True, kw_only=True)
class DocumentedKey:
    """An idempotency key that a vendor documents.

    Attributes:
        header: The header's name.
        valid_seconds: How long the vendor remembers a key.
        replay_status: The HTTP status of the answer to a repeated create; None for the usual one.
        conflict_status: The HTTP status that refuses a key.
        source: The page that says so.
    """

    header: str
    valid_seconds: int
    source: str
    replay_status: int | None = None
    conflict_status: int = 409


def refusals_of(facts: Mapping[str, Any]) -> tuple[DocumentedRefusal, ...]:
    """Return the refusals that a create's `x-polyreel` documents."""
    return tuple(
        DocumentedRefusal(
            status=each["status"],
            is_definite=each["definite"],
            later=each["later"],
            source=each["source"],
            body=each["body"],
        )
        for each in facts.get("refusals", ())
    )


def key_of(facts: Mapping[str, Any]) -> DocumentedKey | None:
    """Return the idempotency key that a create's `x-polyreel` documents; None without one."""
    found = facts.get("idempotency")
    return None if found is None else DocumentedKey(**found)


def create_problems(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the refusals and the key of an operation."""
    if facts.get("role") != "create":
        yield from (
            f"{name} is of a create only" for name in ("refusals", "idempotency") if name in facts
        )
        return
    refusals = facts.get("refusals", [])
    if not isinstance(refusals, list):
        yield "refusals is not a list"
        refusals = []
    for number, each in enumerate(refusals):
        yield from (f"refusals/{number}: {problem}" for problem in _problems(each, _REFUSAL))
    if "idempotency" in facts:
        found = facts["idempotency"]
        yield from (f"idempotency: {each}" for each in _problems(found, _KEY))


def _problems(value: object, wanted: Mapping[str, type]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield "not an object"
        return
    yield from (did_you_mean(name, wanted) for name in value if name not in wanted)
    for name, kind in wanted.items():
        if name not in value:
            if name not in _OPTIONAL:
                yield f"{name} is missing"
        # In Python a bool is an int.
        elif not isinstance(value[name], kind) or (kind is int and isinstance(value[name], bool)):
            yield f"{name} is not {_NAMES[kind]}"
    source = value.get("source")
    if isinstance(source, str) and not source.startswith("https://"):
        yield "source must start with https://"


_NAMES: Mapping[type, str] = {
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    dict: "an object",
}
