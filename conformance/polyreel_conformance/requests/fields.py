"""What an optional field of a request accepts, read from the field's own type and bounds.

A new field of `VideoRequest` is tested by its type: nothing here names a field.
"""

from __future__ import annotations

from typing import Literal

from polyreel.adapters import Setting
from polyreel.request import VideoRequest
from polyreel.request.field_types import plain_types

FieldKind = Literal["yes or no", "number", "text"]

LARGEST_NUMBER = 2**32 - 1
"""Of a field without an upper bound, numbers up to this are tried."""

_KINDS: dict[type, FieldKind] = {bool: "yes or no", int: "number", str: "text"}


def field_kind(name: str) -> FieldKind:
    """Return what kind of value an optional field of a request accepts.

    Raises:
        TypeError: When the kit has no values for the field's type.
    """
    for each in plain_types(VideoRequest.model_fields[name].annotation):
        if each in _KINDS:
            return _KINDS[each]
    raise TypeError(
        f"the kit has no values for {name}: add its type to "
        "polyreel_conformance/requests/fields.py and to the functions that use field_kind"
    )


def field_bounds(name: str) -> tuple[int, int | None]:
    """Return the smallest and the greatest number that a request takes in a field."""
    limits = VideoRequest.model_fields[name].metadata
    low = next((each.ge for each in limits if hasattr(each, "ge")), 0)
    high = next((each.le for each in limits if hasattr(each, "le")), None)
    return low, high


def number_bounds(name: str, setting: Setting) -> tuple[int, int]:
    """Return the smallest and the greatest number that a model's setting takes."""
    low, high = field_bounds(name)
    if setting.minimum is not None:
        low = setting.minimum
    if setting.maximum is not None:
        high = setting.maximum
    return low, LARGEST_NUMBER if high is None else high
