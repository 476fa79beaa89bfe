"""The answer to a paid request: a task id in an unusual place, and what is kept of the answer."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..adapters import WireResponse
from ..adapters.task_ids import is_integer_id
from ..errors import BadResponse
from ..text.redact import redact

READ_BYTES = 256 * 1024
"""Most bytes of an answer that are searched or kept; an answer to a create is a few kilobytes."""
KEPT_CHARACTERS = 4096
KEPT_HEADERS = ("content-type", "date", "request-id", "x-request-id", "retry-after")
_DEEPEST = 8
_MOST_VALUES = 5000
_LONGEST_ID = 200
_SHORTEST_KEY = 8  # a shorter one may be a part of any id
LONGEST_TASK_ID = 2000
"""Characters. Some ids are tokens of a few hundred."""
_LONGEST_HEADER = 200
_EDGE = 400  # a key that is cut at the end of what is read is not recognised
_NO_IDS = frozenset({"0", "null", "none", "undefined"})


def candidate_in(
    answer: WireResponse, names: Collection[str], sent: Mapping[str, Any] | None = None
) -> str | None:
    """Return the first task id that an answer names, nearest to its root; None without one.

    Args:
        answer: The answer to a paid request.
        names: The names that mean a task's id, the best first.
        sent: The JSON that was sent; an id that it holds is an echo.
    """
    try:
        body = json.loads(answer.body) if len(answer.body) <= READ_BYTES else None
    except (ValueError, RecursionError):
        return None
    echoes = {_as_id(each) for _, each in _values(sent)}
    found: dict[str, str] = {}
    for name, value in _values(body):
        text = _as_id(value)
        if name in names and text is not None and text not in echoes:
            found.setdefault(name, text)
    return next((found[name] for name in names if name in found), None)


def kept_answer(answer: WireResponse, secrets: Iterable[str]) -> dict[str, Any]:
    """Return what is kept of an answer, as JSON values: without secrets, and bounded."""
    plain = tuple(secrets)
    # The body is shown as JSON, in which a quote or a backslash of a key is escaped.
    secrets = (*plain, *(json.dumps(each)[1:-1] for each in plain))
    headers = {
        name: shown(answer.headers[name], secrets, _LONGEST_HEADER)
        for name in KEPT_HEADERS
        if name in answer.headers
    }
    return {
        "status": answer.status,
        "headers": headers,
        "body": shown(_text(answer.body), secrets, KEPT_CHARACTERS),
    }


def shown(text: str, secrets: Iterable[str], longest: int) -> str:
    """Return a vendor's text without secrets and control characters, up to a length."""
    is_whole = len(text) <= READ_BYTES
    clean = redact(text[:READ_BYTES], secrets)
    if not is_whole:
        clean = clean[:-_EDGE]
    # Line breaks and tabs become spaces; other characters that a terminal obeys go.
    clean = "".join(
        each if each.isprintable() else " " if each.isspace() else "�" for each in clean
    )
    return clean if is_whole and len(clean) <= longest else clean[: longest - 1] + "…"


def _text(body: bytes) -> str:
    if len(body) <= READ_BYTES:
        try:
            # Without its escapes, in which a key would not be recognised.
            return json.dumps(json.loads(body), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return body[: READ_BYTES + 1].decode("utf-8", "replace")


def _values(value: object) -> Iterator[tuple[str, object]]:
    """Give each value of an object at any place with its name, nearest to the root first."""
    left: deque[tuple[int, object]] = deque([(0, value)])
    seen = 0
    while left and seen < _MOST_VALUES:
        depth, each = left.popleft()
        if isinstance(each, Mapping):
            for name, inner in each.items():
                seen += 1
                yield str(name), inner
                if depth < _DEEPEST:
                    left.append((depth + 1, inner))
        elif isinstance(each, (list, tuple)) and depth < _DEEPEST:
            left.extend((depth + 1, inner) for inner in each[:_MOST_VALUES])


def _as_id(value: object) -> str | None:
    """Return a value as a task's id; None where it can't be one."""
    if is_integer_id(value):
        return str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    is_plain = text.isprintable() and " " not in text and len(text) <= _LONGEST_ID
    return text if text and is_plain and text.lower() not in _NO_IDS else None


def check_task_id(task_id: str, secrets: Iterable[str]) -> None:
    """Check the id of an accepted task before it is saved.

    Raises:
        BadResponse: When it holds a key or is too long to be one. The task may exist.
    """
    if len(task_id) > LONGEST_TASK_ID or any(
        each in task_id for each in secrets if len(each) >= _SHORTEST_KEY
    ):
        raise BadResponse(
            f"the answer's task id holds the key, or has more than {LONGEST_TASK_ID} characters. "
            f"{BadResponse.advice}."
        )
