"""Removes secrets and control characters from text before it is shown, logged or saved.

Three kinds of secrets are removed: keys, the queries of signed URLs, and inline media.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..characters import clean, clean_line

_WHOLE_URL = re.compile(
    r"(?is)^\s*(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/?#]*@)?(?P<rest>[^?#]*)(?P<tail>[?#].*)?$"
)
# Inside a sentence a URL ends at white space, double quotes or angle brackets. A single
# quote may be part of it, and it is safer to hide a character too many.
_URL_IN_TEXT = re.compile(r"(?i)https?://[^\s\"<>]+")
_DATA_URL = re.compile(
    r"(?i)data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w.+=-]+)*?;base64,[A-Za-z0-9+/=_-]*"
)
# Inline media without a data URL. 200 characters is longer than any id or hash of a vendor.
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")
_AUTHORIZATION = re.compile(r"(?i)\b(?P<word>bearer|basic)\s+(?P<key>[A-Za-z0-9._~+/=-]{6,})")
_LONGEST_MESSAGE = 600
_LONGEST_WORD = 20


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return text without keys, URL queries, inline media and control characters.

    Args:
        text: Any text, e.g. a provider's message.
        secrets: Known keys that must not appear.
    """
    text = clean(text)  # first: a control character could divide a secret
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    text = _DATA_URL.sub(_without_media, text)
    text = _URL_IN_TEXT.sub(lambda found: redact_url(found[0]), text)
    text = _AUTHORIZATION.sub(_without_key, text)
    return _BASE64_RUN.sub("[inline media]", text)


def redact_message(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a provider's message for an error: redacted, one line, of limited length."""
    line = " ".join(redact(text, secrets).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def redact_url(url: str) -> str:
    """Return a URL without its user part, query, fragment and control characters."""
    url = clean_line(url)
    found = _WHOLE_URL.match(url)
    if found is None:
        return url.partition("?")[0].partition("#")[0]
    return f"{found['scheme']}://{found['rest']}{'?[signed]' if found['tail'] else ''}"


def _without_media(found: re.Match[str]) -> str:
    return f"data:{(found['type'] or '').lower()};base64,[inline media]"


def _without_key(found: re.Match[str]) -> str:
    """Hide what may be a key. A plain word is kept, as in "basic understanding"."""
    text = found["key"].strip(".")
    one_case = text.islower() or text.isupper() or text.istitle()
    is_word = text.isalpha() and one_case and len(text) < _LONGEST_WORD
    return found[0] if is_word else f"{found['word']} [key]"
