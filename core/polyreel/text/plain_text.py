"""Text that a person or a caller gave: whether it can be sent, and how it is shown shortened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..characters import clean_line

# Half of a character: what a byte that is not UTF-8 becomes in Python.
_HALF = re.compile("[\ud800-\udfff]")

NOT_TEXT = "it has characters that are not valid Unicode, such as bytes that are not UTF-8"


def shortened(text: str, longest: int = 80) -> str:
    """Return text for a message: of limited length, and safe to show.

    Args:
        text: What a caller gave.
        longest: Most characters of it.
    """
    shown = clean_line(text[:longest])
    return shown if len(text) <= longest else f"{shown}… ({len(text)} characters)"


def is_text(text: str) -> bool:
    """Return whether text can be written as UTF-8."""
    return text.isascii() or _HALF.search(text) is None


def where_not_text(value: Any, where: str = "") -> str | None:
    """Return where nested values hold a text that can't be written as UTF-8; None for nowhere.

    Args:
        value: A text, or a mapping or list of such values.
        where: The path to it, e.g. `jimmy.style`.
    """
    if isinstance(value, str):
        return None if is_text(value) else where
    if isinstance(value, Mapping):
        for name, item in value.items():
            inner = f"{where}.{shortened(str(name))}" if where else shortened(str(name))
            if not is_text(str(name)):
                return inner
            found = where_not_text(item, inner)
            if found is not None:
                return found
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            found = where_not_text(item, f"{where}[{index}]")
            if found is not None:
                return found
    return None
