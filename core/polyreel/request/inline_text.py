"""Inline media as text: base64, with and without a data URL around it."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from .media_types import types_of

_SHORTEST = 48  # characters; shorter base64 holds no media
_HEAD = 400
_URL_SAFE = str.maketrans("-_", "+/")
_KNOWN = {  # what base64 of an image begins with: a path hardly does
    "iVBORw0KGgo": "image/png",
    "/9j/4": "image/jpeg",
    "/9j/2": "image/jpeg",
    "/9j/7": "image/jpeg",
    "UklGR": "image/webp",
    "R0lGOD": "image/gif",
    "Qk": "image/bmp",
}


def bytes_of_base64(text: str) -> bytes | None:
    """Return the bytes that base64 stands for, or None where it is not base64.

    Line breaks and spaces in it, missing padding and the alphabet of URLs are accepted.
    """
    try:
        return binascii.a2b_base64(text, strict_mode=True)  # makes no copy of the text
    except ValueError:
        pass
    if "%" in text:
        text = unquote(text)
    text = "".join(text.split()).translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None


def inline_content(text: str) -> str | None:
    """Return the MIME type of the media that a text is base64 of; None for any other text.

    Only the beginning is decoded.
    """
    head = text[:_HEAD].lstrip()
    if len(head) < _SHORTEST:
        return None
    head = "".join(head.split())
    data = bytes_of_base64(head[: len(head) // 4 * 4])
    if data is None:
        return None
    found = next(iter(types_of(data)), "")
    if found.partition("/")[0] in ("image", "video", "audio"):
        known = next((kind for start, kind in _KNOWN.items() if head.startswith(start)), None)
        # A short text may be a path by chance; a signature of many bytes may not.
        return found if known == found or len(text) > 1024 else None
    return None
