"""Reading the local media that goes into a request."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

from ..errors import MediaUnreadable
from ..text.plain_text import shortened
from .conversion import Conversion, converted
from .media import Media, MediaFile, MediaKind, expanded
from .media_access import ANY_MEDIA, MediaAccess
from .media_types import is_plain_text, types_of, usual_type
from .pictures import read_picture, why_not_whole

MAXIMUM_MEDIA_BYTES = 512 * 2**20
"""No provider takes a larger file, so none is read into memory."""

_EXAMPLES: dict[MediaKind, str] = {
    "image": "PNG, JPEG or WebP",
    "video": "MP4, MOV or WebM",
    "audio": "MP3, WAV or M4A",
}
_SUFFIXES = {
    "image/jpeg": "jpg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/quicktime": "mov",
    "video/x-msvideo": "avi",
    "video/x-matroska": "mkv",
    "image/svg+xml": "svg",
}


def read_media(
    field_name: str,
    kind: MediaKind,
    media: Media,
    conversion: Conversion | None = None,
    access: MediaAccess = ANY_MEDIA,
) -> MediaFile:
    """Return a local media's content, checked to be whole and of the kind that its field takes.

    A path, bytes and a data URL are treated alike: what the content is decides, and a MIME type
    that was given only where the content does not show it.

    Args:
        field_name: The request's field, for messages.
        kind: The kind that the field takes.
        media: With a path or bytes.
        conversion: What an image may become; None to leave images as they are.
        access: Which files may be read.

    Raises:
        MediaUnreadable: When it may not be read, there is no such file, it is of another kind, or
            an image is cut.
    """
    if media.data is not None:
        name, data = "", media.data
        shown = f"the content of {len(data)} bytes"
    else:
        assert media.path is not None, "only local media are read"
        name, data = expanded(media.path).name, _read(field_name, media.path, access)
        shown = shortened(name)
    mime_type = _mime_type(field_name, kind, data, name, media.mime_type, shown)
    picture = None
    if kind == "image":
        reason = why_not_whole(data, mime_type)
        if reason is not None:
            raise MediaUnreadable(
                f"{field_name}: {shown} is not a whole {mime_type}: {reason}. Give the file again "
                "from its source"
            )
        picture = read_picture(data, mime_type)
        if conversion is not None and conversion.wants(mime_type, picture):
            data, changed = converted(field_name, data, mime_type, conversion)
            if name and changed != mime_type:
                name = f"{Path(name).stem}.{_suffix(changed)}"
            mime_type, picture = changed, read_picture(data, changed)
    filename = name or f"{field_name.partition('[')[0]}.{_suffix(mime_type)}"
    return MediaFile(filename=filename, mime_type=mime_type, data=data, picture=picture)


def open_media(field_name: str, media: Media, access: MediaAccess = ANY_MEDIA) -> BinaryIO | None:
    """Open a local media to look at its beginning; None where it can't be opened.

    A pipe is not opened, since it can be read once only.

    Raises:
        MediaUnreadable: When it may not be read.
    """
    if media.path is None:
        return io.BytesIO(media.data or b"")
    try:
        is_file = access.folder is not None or expanded(media.path).is_file()
        return access.open(field_name, media.path) if is_file else None
    except OSError:
        return None


def _read(field_name: str, path: Path, access: MediaAccess) -> bytes:
    # A URL without https:// counts as a path, and its query may be a signature.
    shown = shortened(str(path).partition("?")[0], 200)
    try:
        with access.open(field_name, path) as file:
            too_large = os.fstat(file.fileno()).st_size > MAXIMUM_MEDIA_BYTES
            # A device or pipe has no size, so what is read counts too.
            data = b"" if too_large else file.read(MAXIMUM_MEDIA_BYTES + 1)
    except OSError as error:
        raise MediaUnreadable(f"{field_name}: can't read {shown}: {error.strerror}") from None
    if too_large or len(data) > MAXIMUM_MEDIA_BYTES:
        raise MediaUnreadable(
            f"{field_name}: {shown} has more than {MAXIMUM_MEDIA_BYTES} bytes; no provider takes "
            "that"
        )
    if not data:
        raise MediaUnreadable(f"{field_name}: {shown} is empty")
    return data


def _mime_type(
    field_name: str, kind: MediaKind, data: bytes, name: str, declared: str | None, shown: str
) -> str:
    """Return the MIME type of a content.

    Raises:
        MediaUnreadable: When it is not of the kind that the field takes.
    """
    found = types_of(data, name)
    fitting = [each for each in found if each.startswith(f"{kind}/")]
    declared = None if declared is None else usual_type(declared)
    if declared is not None and declared.startswith(f"{kind}/"):
        if declared in fitting:
            return declared
        # Every image has a signature; some sounds and videos have none that is known here.
        if not found and kind != "image" and not is_plain_text(data):
            return declared
    elif declared is not None and not fitting:
        raise MediaUnreadable(
            f"{field_name}: {shown} is {declared}; the field takes {kind}s such as "
            f"{_EXAMPLES[kind]}"
        )
    if fitting:
        return fitting[0]
    real = next(iter(found), "text" if is_plain_text(data) else "not a known media type")
    labelled = f"labelled {shortened(declared)}, but it " if declared is not None else ""
    raise MediaUnreadable(
        f"{field_name}: {shown} is {labelled}{'is ' if labelled else ''}{shortened(real)}; the "
        f"field takes {kind}s such as {_EXAMPLES[kind]}"
    )


def _suffix(mime_type: str) -> str:
    return _SUFFIXES.get(mime_type, mime_type.partition("/")[2])
