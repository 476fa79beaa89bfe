"""Takes out of a message what must not be in a report: keys, signed URLs and inline media."""

from __future__ import annotations

import re
from collections.abc import Iterable

# pytest shortens long values in the middle, so that their second half stands alone.
_REST_OF_MEDIA = re.compile(r"(?<=\[inline media\])\.\.\.[A-Za-z0-9+/=_-]*")
_SHORTENED_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{60,}\.\.\.[A-Za-z0-9+/_-]{60,}={0,2}")
# Bytes as Python writes them. 40 characters are more than the signature of any file format.
_BYTES = re.compile(r"""(?s)\bb(?P<quote>['"])(?:\\.|(?!(?P=quote))[^\\]){40,}(?:(?P=quote)|$)""")


def without_secrets(text: str, keys: Iterable[str]) -> str:
    """Return a message in one line that is fit for a report, however long it was.

    Args:
        text: E.g. an assertion's message, with whatever it compared.
        keys: Known keys that must not appear.
    """
    from polyreel.redact import redact, redact_message

    text = _BYTES.sub("[inline media]", redact(text, keys))
    text = _SHORTENED_BASE64.sub("[inline media]", text)
    return redact_message(_REST_OF_MEDIA.sub("", text))
