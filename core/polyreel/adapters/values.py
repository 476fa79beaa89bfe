"""Values of a vendor's answer, in whatever spelling they come.

Each `…_of` returns None for a value that can't be read. The types beside them are for the fields
of an `Answer`: `cost: Amount | None = None`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from .task_ids import is_integer_id

LARGEST_AMOUNT = Decimal(10**9)
"""No video costs more, in any currency or credit."""

LARGEST_SIDE = 100_000
"""Pixels; no video is wider or higher."""

# A Unix time in seconds and one in milliseconds differ by more than these years do.
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?", re.ASCII)
_LONGEST_NUMBER_BITS = 128
_MOST_DIGITS = 200


def amount_of(value: object) -> Decimal | None:
    """Return an amount of money or credits: a number or its text, from 0 to 10^9."""
    number = _number_of(value)
    return abs(number) if number is not None and 0 <= number <= LARGEST_AMOUNT else None


def percent_of(value: object) -> float | None:
    """Return a number that counts to 100 as a fraction: 40, "40" and "40%" are 0.4."""
    return _part_of(value, Decimal(100))


def fraction_of(value: object) -> float | None:
    """Return a number that counts to 1 as a fraction: 0.4, "0.4" and "40%" are 0.4."""
    return _part_of(value, Decimal(1))


def moment_of(value: object) -> datetime | None:
    """Return a time with its zone, from 2000 to 2100.

    Args:
        value: A Unix time in seconds or milliseconds, as a number or as text, or a date and time
            in the form of ISO 8601. Without a zone it counts as UTC.
    """
    number = _number_of(value)
    try:
        if number is not None:
            at = _from_unix(float(number))
        elif isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
            at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return at if at is not None and _FIRST <= at < _LAST else None


def pixels_of(value: object) -> int | None:
    """Return a width or height: a whole number of pixels, or its text, above 0."""
    number = _number_of(value)
    if number is None or not 0 < number <= LARGEST_SIDE or number != int(number):
        return None
    return int(number)


def task_id_of(value: object) -> str | None:
    """Return a task's id: text without the spaces around it, or an integer above 0 as text."""
    if is_integer_id(value):
        return str(value)
    return (value.strip() or None) if isinstance(value, str) else None


def text_of(value: object) -> str | None:
    """Return a text as it is; any other value as JSON; None for null and for what is no value."""
    if value is None:
        return None
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return None
    # Half of a surrogate pair is valid in JSON, and no file and no terminal takes it.
    return value.encode("utf-8", "replace").decode()


def _number_of(value: object) -> Decimal | None:
    """Return a number, or one in a text; None for any other value, NaN and infinity too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if value.bit_length() <= _LONGEST_NUMBER_BITS else None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() and _is_short(value) else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None


def _is_short(number: Decimal) -> bool:
    """Return whether a number can be written out: one of 1e-999999 can't."""
    _, digits, exponent = number.as_tuple()
    return isinstance(exponent, int) and abs(exponent) + len(digits) <= _MOST_DIGITS


def _part_of(value: object, whole: Decimal) -> float | None:
    """Return a value as a part of the whole; a little more than the whole is the whole."""
    if isinstance(value, str) and value.strip().endswith("%"):
        value, whole = value.strip().removesuffix("%"), Decimal(100)
    number = _number_of(value)
    if number is None or not 0 <= number <= 2 * whole:
        return None
    return min(1.0, float(number / whole))


def _from_unix(number: float) -> datetime | None:
    for unit in (1, 1000):
        if _FIRST.timestamp() <= number / unit < _LAST.timestamp():
            return datetime.fromtimestamp(number / unit, UTC)
    return None


def _reading(read: Callable[[object], object]) -> BeforeValidator:
    """Return a validator that refuses what can't be read."""

    def validated(value: Any) -> Any:
        found = read(value)
        if found is None:
            raise ValueError("can't be read")
        return found

    return BeforeValidator(validated)


Amount = Annotated[Decimal, _reading(amount_of)]
"""A field with an amount of money or credits."""
Percent = Annotated[float, _reading(percent_of)]
"""A field that counts to 100; its value is a fraction from 0.0 to 1.0."""
Fraction = Annotated[float, _reading(fraction_of)]
"""A field that counts to 1; its value is a fraction from 0.0 to 1.0."""
Moment = Annotated[datetime, _reading(moment_of)]
"""A field with a time."""
Pixels = Annotated[int, _reading(pixels_of)]
"""A field with a width or height."""
TaskId = Annotated[str, _reading(task_id_of)]
"""A field with the id of a task."""
Text = Annotated[str, _reading(text_of)]
"""A field with words for people. A value that is not text becomes JSON."""
