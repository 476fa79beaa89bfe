"""Reading the local media that goes into a request."""

from __future__ import annotations

from pathlib import Path

from ..errors import MediaUnreadable
from .media import Media, MediaFile, MediaKind, expanded

MAXIMUM_MEDIA_BYTES = 512 * 2**20
"""No provider takes a larger file, so none is read into memory."""

# One spelling for types that have several.
_USUAL = {
    "image/x-ms-bmp": "image/bmp",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-vorbis+ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "video/avi": "video/x-msvideo",
}
_EXAMPLES: dict[MediaKind, str] = {
    "image": "PNG, JPEG or WebP",
    "video": "MP4, MOV or WebM",
    "audio": "MP3, WAV or M4A",
}


def read_media(field_name: str, kind: MediaKind, media: Media) -> MediaFile:
    """Return a local media's content, checked to be of the kind that its field takes.

    Args:
        field_name: The request's field, for messages.
        kind: The kind that the field takes.
        media: With a path or bytes.

    Raises:
        MediaUnreadable: When there is no such file, or it is of another kind.
    """
    if media.data is not None:
        mime_type = media.mime_type or ""
        name, data = f"{field_name.partition('[')[0]}.{mime_type.partition('/')[2]}", media.data
    else:
        assert media.path is not None, "only local media are read"
        path = expanded(media.path)
        name, data = path.name, _read(field_name, path)
        mime_type = media.mime_type or _mime_type(data, path, kind)
    if not mime_type.startswith(f"{kind}/"):
        found = mime_type or "not a known media type"
        raise MediaUnreadable(
            f"{field_name}: {name} is {found}; the field takes {kind}s such as {_EXAMPLES[kind]}"
        )
    return MediaFile(filename=name, mime_type=mime_type, data=data)


def _read(field_name: str, path: Path) -> bytes:
    try:
        if path.stat().st_size > MAXIMUM_MEDIA_BYTES:
            raise MediaUnreadable(
                f"{field_name}: {path} has more than {MAXIMUM_MEDIA_BYTES} bytes; no provider "
                "takes that"
            )
        data = path.read_bytes()
    except OSError as error:
        # A URL without https:// counts as a path, and its query may be a signature.
        shown = str(path).partition("?")[0]
        raise MediaUnreadable(f"{field_name}: can't read {shown}: {error.strerror}") from None
    if not data:
        raise MediaUnreadable(f"{field_name}: {path} is empty")
    return data


def _mime_type(data: bytes, path: Path, kind: MediaKind) -> str:
    """Return the MIME type of a content; name and field only decide between similar types."""
    import puremagic  # loaded when a file is first read, since most requests need no file

    try:
        found = puremagic.magic_string(data[:4096], path.name)
    except (puremagic.PureError, ValueError):
        return ""
    names = [str(each.mime_type) for each in found if each.mime_type]
    types = [_USUAL.get(name, name) for name in names]
    fitting = [each for each in types if each.startswith(f"{kind}/")]
    return next(iter(fitting or types), "")
