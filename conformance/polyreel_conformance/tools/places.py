"""Reading and changing one value of an answer, by the path that a contract gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]


def value_at(answer: Any, path: Path) -> Any:
    """Return the value at a path, or None when there is none."""
    for name in path:
        answer = answer.get(name) if isinstance(answer, Mapping) else None
    return answer


def with_value(answer: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return an answer with another value at a path; unchanged when it does not have the path."""
    first, *rest = path
    if first not in answer:
        return dict(answer)
    if not rest:
        return {**answer, first: value}
    inside = answer[first]
    changed = with_value(inside, tuple(rest), value) if isinstance(inside, Mapping) else inside
    return {**answer, first: changed}


OTHERS: tuple[Any, ...] = (None, "text", 7, [], {}, ["text"], {"text": 7})
"""Values of every JSON type, to replace a value of a documented type."""


def other_shapes(answer: Any) -> Iterator[Any]:
    """Yield an answer with each value, and the whole answer, replaced by every other type."""
    yield from OTHERS
    if isinstance(answer, Mapping):
        for name, value in answer.items():
            yield {each: part for each, part in answer.items() if each != name}
            for other in other_shapes(value):
                yield {**answer, name: other}
