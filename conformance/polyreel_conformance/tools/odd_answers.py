"""Answers with one odd value: what a vendor may write where its pages show something else."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from polyreel_sandbox import Contract, Operation

Step = str | int
Place = tuple[Step, ...]
"""The keys and the positions in lists that lead to a value."""

ODD: tuple[Any, ...] = (
    *(None, "", "free", "100%", True, [], {}, ["odd"], {"odd": 1}),
    *(-1, 10**20, float("inf"), float("nan")),
)
"""Of every type, and numbers beyond every limit. Python writes the last two into JSON as they are,
and reads them."""

NEW_KEY = "added_by_the_kit"


@dataclass(frozen=True)
class OddAnswer:
    """An answer with one odd value.

    Attributes:
        where: The place of the value, for people: `data.files.0.width`.
        value: The odd value.
        answer: The whole answer.
        is_needed: Whether the value stands where the status, or the video's address, was.
    """

    where: str
    value: Any
    answer: dict[str, Any]
    is_needed: bool

    def __str__(self) -> str:
        return f"with {self.where} = {json.dumps(self.value)}"


def odd_answers(
    answer: dict[str, Any],
    contract: Contract,
    poll: Operation,
    task_id: str,
    addresses: Collection[str],
) -> Iterator[OddAnswer]:
    """Yield an answer to a poll with each value replaced by each odd one, one at a time.

    Besides, every key that the contract documents and the answer lacks is added, one more key is
    added to each object, and one more entry to each list.

    Args:
        answer: A documented answer.
        contract: Documents more keys.
        poll: Says where the status is, and what else is needed.
        task_id: The task's id, which may be in the answer; it is left as it is.
        addresses: The videos' addresses, of which some may be in the answer.
    """
    needed = {poll.path_to("status"), poll.path_to("success_code"), *poll.needed} - {()}
    creates = contract.operations_of("create")
    id_names = {name for each in creates for name in each.path_to("task_id")[-1:]}
    places = dict(_places(answer, ()))
    at = {place for place, value in places.items() if value in [*addresses]}
    for place, value in places.items():
        if isinstance(value, Mapping):
            documented = _keys_at(contract, poll, place)
            for key in sorted({*documented, NEW_KEY} - {*value, *id_names}):
                where = (*place, key)
                for odd in ODD:
                    changed = put(answer, where, odd)
                    yield OddAnswer(_shown(where), odd, changed, _names(where) in needed)
        if isinstance(value, list):
            for odd in ODD:
                where = (*place, 0)
                changed = put(answer, place, [odd, *value])
                # In a list of addresses alone, one more text may be one more address.
                may_be = isinstance(odd, str) and any((*place, n) in at for n in range(len(value)))
                yield OddAnswer(f"one more entry, {_shown(where)}", odd, changed, may_be)
        if not place or place[-1] in id_names or value == task_id:
            continue
        is_needed = _leads_to(_names(place), needed) or _leads_to(place, at)
        for odd in ODD:
            yield OddAnswer(_shown(place), odd, put(answer, place, odd), is_needed)


def put(value: Any, place: Place, new: Any) -> Any:
    """Return a value with another value at a place, where there need not be one."""
    if not place:
        return new
    step, *rest = place
    if isinstance(value, list):
        return [put(each, tuple(rest), new) if n == step else each for n, each in enumerate(value)]
    return {**value, step: put(value.get(step), tuple(rest), new)}


def places_in(value: Any) -> list[tuple[Place, Any]]:
    """Return every place of a value, and what is there."""
    return list(_places(value, ()))


def _places(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    yield place, value
    inside: Collection[tuple[Step, Any]] = ()
    if isinstance(value, Mapping):
        inside = value.items()
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for step, each in inside:
        yield from _places(each, (*place, step))


def _keys_at(contract: Contract, poll: Operation, place: Place) -> Collection[str]:
    """Return the keys that the contract documents for the object at a place."""
    schemas = contract.answer_schemas(poll, _names(place))
    return list(dict.fromkeys(name for each in schemas for name in each.get("properties", {})))


def _names(place: Place) -> tuple[str, ...]:
    return tuple(step for step in place if isinstance(step, str))


def _leads_to(place: Place, ends: Collection[Place]) -> bool:
    return any(end[: len(place)] == place for end in ends)


def _shown(place: Place) -> str:
    return ".".join(str(step) for step in place)
