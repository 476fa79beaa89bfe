"""What each key of a documented example must be, so that a mistake is named with its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from polyreel.text.suggestions import did_you_mean

OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "request": ("options", "sent_explicitly"),
    "created": ("details",),
    "status": ("answer", "answers", "http_status", "details", "beyond_the_contract"),
    "error": ("details", "beyond_the_contract"),
    "price": ("reference_durations",),
}
"""The keys that an example of a kind may have, besides those that it must have."""

_TYPES: Mapping[str, tuple[type, str]] = {
    **dict.fromkeys(("model", "task_id", "error", "source"), (str, "text")),
    **dict.fromkeys(("request", "sent", "answer", "gives"), (dict, "an object")),
    **dict.fromkeys(("options", "sent_explicitly", "details"), (dict, "an object")),
    "http_status": (int, "a number, such as 400"),
    "reference_durations": (list, "a list of seconds"),
    "answers": (list, "a list of answers"),
}


def shape_problem(content: Mapping[str, Any], needed: Collection[str]) -> str | None:
    """Return which key of an example is unknown or has a value of another type, or None.

    Args:
        content: The example, with its kind.
        needed: The keys that its kind must have.
    """
    known = ("kind", "source", *needed, *OPTIONAL.get(content["kind"], ()))
    for name, value in content.items():
        if name not in known:
            return did_you_mean(str(name), known)
        kind, described = _TYPES.get(name, (object, ""))
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return f"{name} is not {described}; correct it"
    for name in ("rate", "cost"):
        if name in content and not _is_amount(content[name]):
            return f'{name} is not an amount as text, such as "0.138"; correct it'
    return _sent_problem(content["sent"]) if "sent" in content else None


def _sent_problem(sent: Mapping[str, Any]) -> str | None:
    known = ("method", "path", "body")
    for name in sent:
        if name not in known:
            return f"sent: {did_you_mean(str(name), known)}"
    missing = [name for name in known if name not in sent]
    if missing:
        return f"sent must have {', '.join(missing)}, as the page shows them"
    return None if isinstance(sent["body"], dict) else "sent: body is not an object; correct it"


def _is_amount(value: Any) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False
