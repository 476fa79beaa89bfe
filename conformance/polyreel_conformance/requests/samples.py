"""What generated requests are made of: media that can be told apart, and ways to write text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreel import MediaLimit
from polyreel.catalogue import MediaForm
from polyreel.media import MediaKind

Fields = dict[str, Any]

KINDS: tuple[MediaKind, ...] = ("image", "video", "audio")

# The smallest file that is an image; what is in it does not matter to a translation.
_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00"
    b"\x00\x00\x00IEND\xaeB`\x82"
)
_LOCAL: Mapping[MediaKind, tuple[bytes, str]] = {
    "image": (_PNG, "image/png"),
    "video": (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    "audio": (b"ID3\x04\x00\x00", "audio/mpeg"),
}
FORMS: tuple[MediaForm, ...] = ("url", "asset", "inline")
"""How media can be given; an upload is given as inline media are."""

_SUFFIX: Mapping[MediaKind, str] = {"image": "png", "video": "mp4", "audio": "mp3"}

LOOK_ALIKES = (
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
"""Text that only looks like a reference to media; it has to arrive as it stands."""

WRITTEN_OUT = "{{image:1}}"
"""The way to write a reference as plain text: it arrives as `{image:1}`."""


def media_of(kind: MediaKind, form: MediaForm, number: int) -> Any:
    """Return one media, unlike those of every other kind and number."""
    if form == "url":
        return f"https://example.com/{kind}-{number}.{_SUFFIX[kind]}"
    if form == "asset":
        return f"asset://{kind}-{number}"
    data, mime_type = _LOCAL[kind]
    return {"data": data + bytes([number]), "mime_type": mime_type}


def forms_of(limit: MediaLimit) -> list[MediaForm]:
    """Return the forms in which a limit takes media, in a fixed order."""
    return sorted(limit.forms)


def offers(limit: MediaLimit | None) -> bool:
    """Whether a model takes reference media by this limit."""
    return limit is not None and limit.maximum != 0


def without_media(fields: Fields) -> Fields:
    """Return the fields of a request that name no media."""
    media = ("first_frame", "last_frame", *(f"reference_{kind}s" for kind in KINDS))
    return {name: value for name, value in fields.items() if name not in media}
