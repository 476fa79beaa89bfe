"""Local files: reading the media that goes in, and keeping the film that comes out."""

from __future__ import annotations

import secrets
from pathlib import Path

from .errors import FetchError, MediaUnreadable, UsageError
from .media import Media, MediaKind, expanded
from .wire import MediaFile

MAXIMUM_MEDIA_BYTES = 512 * 2**20
"""No provider takes more; reading more would only fill the memory."""

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
    """Return a local media's content, once it is sure to be what its field takes.

    Args:
        field_name: The request's field, for messages.
        kind: What the field takes.
        media: With a path or bytes.

    Raises:
        MediaUnreadable: When there is no such file, or it is something else.
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
        what = mime_type or "nothing that is known as media"
        raise MediaUnreadable(
            f"{field_name}: {name} is {what}, and the field takes {kind}s such as {_EXAMPLES[kind]}"
        )
    return MediaFile(filename=name, mime_type=mime_type, data=data)


def move_file(source: Path, target: Path) -> None:
    """Give a finished file its name, replacing what is there.

    Raises:
        FetchError: When the system refuses; the finished file stays where it is.
    """
    try:
        source.replace(target)
    except OSError as error:
        raise FetchError(f"can't write {target}: {error.strerror}") from None


def check_writable(target: Path) -> None:
    """Make sure, before anything is paid, that a film can be put there.

    Raises:
        UsageError: When the folder is missing or not writable, or the target is a folder.
    """
    folder = target.parent
    try:
        if target.is_dir():
            raise UsageError(f"{target} is a folder; name a file, e.g. {target / 'film.mp4'}")
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}; make it first")
    except OSError as error:
        raise UsageError(f"{target} can't be a film's file: {error.strerror}") from None
    try:
        # Only trying tells: permissions, read-only file systems and long names all count.
        trial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise UsageError(
            f"can't write {target}: the folder {folder} is not writable, or the name is too much "
            f"for it ({error.strerror})"
        ) from None


def make_folder(folder: Path) -> None:
    """Make a folder for films unless it is there.

    Raises:
        UsageError: When the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't make the folder {folder}: {error.strerror}") from None


def _read(field_name: str, path: Path) -> bytes:
    try:
        if path.stat().st_size > MAXIMUM_MEDIA_BYTES:
            raise MediaUnreadable(
                f"{field_name}: {path} has more than {MAXIMUM_MEDIA_BYTES} bytes; no provider "
                "takes that"
            )
        data = path.read_bytes()
    except OSError as error:
        # A URL without its https:// is taken for a path, and its query may be a signature.
        shown = str(path).partition("?")[0]
        raise MediaUnreadable(f"{field_name}: can't read {shown}: {error.strerror}") from None
    if not data:
        raise MediaUnreadable(f"{field_name}: {path} is empty")
    return data


def _mime_type(data: bytes, path: Path, kind: MediaKind) -> str:
    """Return what the content is; name and field only decide between types that look alike."""
    import puremagic  # loaded when a file is first read, since most requests hold none

    try:
        found = puremagic.magic_string(data[:4096], path.name)
    except (puremagic.PureError, ValueError):
        return ""
    names = [str(each.mime_type) for each in found if each.mime_type]
    types = [_USUAL.get(name, name) for name in names]
    alike = [each for each in types if each.startswith(f"{kind}/")]
    return next(iter(alike or types), "")
