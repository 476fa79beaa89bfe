"""Takes out of a message what must not be in a report: keys, signed URLs and inline media."""

from __future__ import annotations

import re
from collections.abc import Iterable

# pytest shortens long values in the middle. What then stands after the dots is known by nothing
# any more: it may be a signature, or half a key.
_AFTER_DOTS = re.compile(r"""\.\.\.[^\s'"<>]+""")
_MEDIA_BEFORE_DOTS = re.compile(r"[A-Za-z0-9+/_-]{60,}(?=\.\.\.)")
# Bytes as Python writes them. 40 characters are more than the signature of any file format.
_BYTES = re.compile(r"""(?s)\bb(?P<quote>['"])(?:\\.|(?!(?P=quote))[^\\]){40,}(?:(?P=quote)|$)""")
_SHORTEST_PART = 4
"""Fewer letters of a key tell nothing, and stand in many words."""


def without_secrets(text: str, keys: Iterable[str]) -> str:
    """Return a message in one line that is fit for a report, however long it was.

    Args:
        text: E.g. an assertion's message, with whatever it compared.
        keys: Known keys that must not appear, not even the half of one.
    """
    from polyreel.redact import redact, redact_message

    text = _BYTES.sub("[inline media]", redact(text, keys))
    text = _AFTER_DOTS.sub("...", text)
    for key in keys:
        for length in range(len(key) - 1, _SHORTEST_PART - 1, -1):
            text = text.replace(f"{key[:length]}...", "[key]...")
    return redact_message(_MEDIA_BEFORE_DOTS.sub("[inline media]", text))
