"""JSON as text that is safe to show, and exact."""

from __future__ import annotations

import json
import re

from ..characters import UNSAFE_FROM_DEL

# json itself escapes the characters below U+0020. Half of a surrogate pair is no text either.
_TO_ESCAPE = re.compile(rf"[{UNSAFE_FROM_DEL}\ud800-\udfff]")


def json_text(value: object, *, indent: int | None = None, only_ascii: bool = False) -> str:
    r"""Return a value as JSON. Every character that is not safe to show is written as ``\uXXXX``.

    So no value changes, unlike with `clean`: what reads the JSON has the same text.

    Args:
        value: JSON values.
        indent: As `json.dumps` takes it.
        only_ascii: Whether every other character than ASCII is written so too.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=only_ascii)
    return text if text.isascii() and "\x7f" not in text else _TO_ESCAPE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
