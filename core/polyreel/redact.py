"""Takes secrets out of text before it is shown, logged or kept.

Three kinds of text must never leave: keys, the queries of signed URLs, and inline media.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^\s/@\"'<>]*@)?(?P<rest>[^\s?#\"'<>]*)"
    r"(?P<tail>[?#][^\s\"'<>]*)?"
)
_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+);base64,[A-Za-z0-9+/=_-]*")
# Inline media sent bare. 200 characters is longer than any id or hash a vendor shows.
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}")
_LONGEST_MESSAGE = 600


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return text without keys, URL queries and inline media.

    Args:
        text: Any text, e.g. a provider's message.
        secrets: Keys that are known and must not appear in any spelling of the text.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    text = _DATA_URL.sub(lambda found: f"data:{found['type']};base64,[inline media]", text)
    text = _URL.sub(_without_query, text)
    text = _BEARER.sub(lambda found: f"{found[1]} [key]", text)
    return _BASE64_RUN.sub("[inline media]", text)


def redact_message(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a provider's message fit for an error: redacted, one line, not endless."""
    line = " ".join(redact(text, secrets).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def redact_url(url: str) -> str:
    """Return a URL without its user part, query and fragment."""
    return _URL.sub(_without_query, url)


def _without_query(found: re.Match[str]) -> str:
    tail = "?[signed]" if found["tail"] else ""
    return f"{found['scheme']}://{found['rest']}{tail}"
