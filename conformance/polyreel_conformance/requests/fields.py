"""What an optional field of a request accepts, read from the field's own type and bounds.

A new field of `VideoRequest` is tested by its type: nothing here names a field.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from polyreel.adapters import Setting
from polyreel.request import VideoRequest

FieldKind = Literal["yes or no", "number", "text"]

LARGEST_NUMBER = 2**32 - 1
"""Of a field without an upper bound, numbers up to this are tried."""

_KINDS: dict[type, FieldKind] = {bool: "yes or no", int: "number", str: "text"}


def field_kind(name: str) -> FieldKind:
    """Return what kind of value an optional field of a request accepts.

    Raises:
        TypeError: When the kit has no values for the field's type.
    """
    for each in _types(VideoRequest.model_fields[name].annotation):
        if each in _KINDS:
            return _KINDS[each]
    raise TypeError(
        f"the kit has no values for {name}: add its type to "
        "polyreel_conformance/requests/fields.py and to the functions that use field_kind"
    )


def field_bounds(name: str) -> tuple[int, int | None]:
    """Return the smallest and the greatest number that a request takes in a field."""
    limits = VideoRequest.model_fields[name].metadata
    low = next((each.ge for each in _limits(name, limits) if isinstance(each, Ge)), 0)
    high = next((each.le for each in _limits(name, limits) if isinstance(each, Le)), None)
    return _as_int(low), None if high is None else _as_int(high)


def number_bounds(name: str, setting: Setting) -> tuple[int, int]:
    """Return the smallest and the greatest number that a model's setting takes."""
    low, high = field_bounds(name)
    if setting.minimum is not None:
        low = setting.minimum
    if setting.maximum is not None:
        high = setting.maximum
    return low, LARGEST_NUMBER if high is None else high


def _limits(name: str, metadata: list[Any]) -> list[Any]:
    """Return a field's limits, including those on a part of a union."""
    nested = [
        limit
        for each in _parts(VideoRequest.model_fields[name].annotation)
        for limit in get_args(each)[1:]
        if get_origin(each) is Annotated
    ]
    return [*metadata, *nested]


def _parts(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for each in get_args(annotation) for part in _parts(each)]
    return [annotation]


def _types(annotation: Any) -> list[Any]:
    return [
        get_args(each)[0] if get_origin(each) is Annotated else each for each in _parts(annotation)
    ]


def _as_int(value: Any) -> int:
    return int(value)
