"""Removes from a message what a report must not show: keys, signed URLs and inline media."""

from __future__ import annotations

import re
from collections.abc import Iterable

# pytest shortens long values in the middle. No pattern can recognize the text after the dots: it
# may be part of a signature or of a key.
_AFTER_DOTS = re.compile(r"""\.\.\.[^\s'"<>]+""")
_MEDIA_BEFORE_DOTS = re.compile(r"[A-Za-z0-9+/_-]{60,}(?=\.\.\.)")
# Bytes as Python writes them. The signature of a file format has fewer than 40 characters.
_BYTES = re.compile(r"""(?s)\bb(?P<quote>['"])(?:\\.|(?!(?P=quote))[^\\]){40,}(?:(?P=quote)|$)""")
_SHORTEST_PART = 4
"""Fewer letters of a key reveal nothing, and occur in many words."""


def without_secrets(text: str, keys: Iterable[str]) -> str:
    """Return a message as one line without secrets, ready for a report.

    Args:
        text: E.g. an assertion's message, with the values that it compared.
        keys: Known keys. The result does not even show a part of one.
    """
    from polyreel.text.redact import redact, redact_message

    text = _BYTES.sub("[inline media]", redact(text, keys))
    text = _AFTER_DOTS.sub("...", text)
    for key in keys:
        for length in range(len(key) - 1, _SHORTEST_PART - 1, -1):
            text = text.replace(f"{key[:length]}...", "[key]...")
    return redact_message(_MEDIA_BEFORE_DOTS.sub("[inline media]", text))
