"""The parts of generated requests: media that all differ, and special texts."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from polyreel.adapters import MediaLimit
from polyreel.models.spec import MediaForm
from polyreel.request.media import MediaKind

Fields = dict[str, Any]

KINDS: tuple[MediaKind, ...] = ("image", "video", "audio")


def _png(width: int, height: int) -> bytes:
    """Return a whole picture of one colour; its content does not matter to an adapter."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content).to_bytes(4)
        return len(content).to_bytes(4) + kind + content + checksum

    header = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    lines = zlib.compress((b"\x00" + b"\x80" * width) * height)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


_PNG = _png(64, 64)
_LOCAL: Mapping[MediaKind, tuple[bytes, str]] = {
    "image": (_PNG, "image/png"),
    "video": (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    "audio": (b"ID3\x04\x00\x00", "audio/mpeg"),
}
FORMS: tuple[MediaForm, ...] = ("url", "asset", "inline")
"""The forms of media in a request. Media to upload are given like inline media."""

_SUFFIX: Mapping[MediaKind, str] = {"image": "png", "video": "mp4", "audio": "mp3"}

SIMILAR_TEXTS = (
    "[Image 1]",
    "@image1",
    "{image}",
    "{image:0}",
    "{image:01}",
    "{picture:1}",
    "{Image:1}",
    "{image: 1}",
    "{}",
)
"""Text that resembles a reference to media, but is plain text and must stay unchanged."""

WRITTEN_OUT = "{{image:1}}"
"""The way to write a reference as plain text: it is sent as `{image:1}`."""


def media_of(kind: MediaKind, form: MediaForm, number: int) -> Any:
    """Return one media that differs from every other kind and number."""
    if form == "url":
        return f"https://example.com/{kind}-{number}.{_SUFFIX[kind]}"
    if form == "asset":
        return f"asset://{kind}-{number}"
    data, mime_type = _LOCAL[kind]
    return {"data": data + bytes([number]), "mime_type": mime_type}


def forms_of(limit: MediaLimit) -> list[MediaForm]:
    """Return the forms of media that a limit allows, in a fixed order."""
    return sorted(limit.forms)


def first_form(limit: MediaLimit) -> MediaForm:
    """Return the form that simple requests use: a URL where the limit allows one."""
    return forms_of(limit)[-1]


def offers(limit: MediaLimit | None) -> bool:
    """Whether a model with this limit accepts reference media."""
    return limit is not None and limit.maximum != 0


def without_media(fields: Fields) -> Fields:
    """Return the fields of a request without those for media."""
    media = ("first_frame", "last_frame", *(f"reference_{kind}s" for kind in KINDS))
    return {name: value for name, value in fields.items() if name not in media}
