"""MIME types of media: one spelling for each, and what a content really is."""

from __future__ import annotations

import re
from collections.abc import Iterator

_USUAL = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/x-bmp": "image/bmp",
    "image/tif": "image/tiff",
    "image/heif": "image/heic",
    "image/svg": "image/svg+xml",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-m4b": "audio/mp4",
    "audio/x-aac": "audio/aac",
    "audio/x-flac": "audio/flac",
    "audio/x-vorbis+ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "video/avi": "video/x-msvideo",
    "video/mov": "video/quicktime",
    "video/mkv": "video/x-matroska",
}
# The brands of `ftyp` that are not a plain MP4. Of several the major brand decides.
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"M4P ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_MOVIE_BRANDS = re.compile(rb"iso[m\d]|mp4\d|mp7\d|avc\d|dash|M4V |M4VH|MSNV|F4V |cmfc|NDSC")
_BOX_TYPE = re.compile(rb"[ -~\xa9][ -~]{3}")
_HEAD = 4096


def usual_type(mime_type: str) -> str:
    """Return a MIME type in its usual spelling, without parameters."""
    plain = mime_type.partition(";")[0].rstrip(" ").lower()
    return _USUAL.get(plain, plain)


_ANY_BYTES = "application/octet-stream"  # says nothing of a content


def types_of(data: bytes, filename: str = "") -> list[str]:
    """Return the MIME types that a content may have, the likeliest first; empty for none known.

    Args:
        data: The whole content.
        filename: Decides between similar types only.
    """
    if data[4:8] == b"ftyp":
        known = _iso_type(data)
        if known is not None:
            return [known]
    if data.startswith(b"\x00\x00\x00\x0cjP  "):
        return ["image/jp2"]
    head = data[:_HEAD]
    if b"<svg" in head and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return ["image/svg+xml"]
    import puremagic  # loaded when media is first read, since most requests need none

    try:
        found = puremagic.magic_string(head, filename)
    except (puremagic.PureError, ValueError):
        return []
    types = [usual_type(str(each.mime_type)) for each in found if each.mime_type]
    return [each for each in types if each != _ANY_BYTES]


def is_plain_text(data: bytes) -> bool:
    """Return whether a content is text rather than media."""
    head = data[:_HEAD]
    if b"\x00" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) == _HEAD  # cut within a character
    return True


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes of an ISO media file (MP4, MOV, HEIC, AVIF): type, begin and end of content.

    The end of a cut box lies behind `end`.
    """
    while start + 8 <= end:
        size, kind, header = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8], 8
        if not _BOX_TYPE.fullmatch(kind):
            return
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16]), 16
        elif size == 0:  # to the end of the file
            size = end - start
        if size < header:
            return
        yield kind, start + header, start + size
        start += size


def _iso_type(data: bytes) -> str | None:
    """Return the type of an ISO media file: by its tracks where it has any, else by its brand."""
    brand = data[8:12]
    if _BRANDS.get(brand, "").startswith("image/"):
        compatible = data[16 : int.from_bytes(data[:4])]
        is_avif = brand in (b"mif1", b"msf1") and b"avif" in compatible
        return "image/avif" if is_avif else _BRANDS[brand]
    tracks = set(_track_kinds(data))
    if b"soun" in tracks and b"vide" not in tracks:
        return "audio/mp4"
    by_brand = _BRANDS.get(brand)
    if by_brand == "audio/mp4" and b"vide" in tracks:
        return "video/mp4"
    if by_brand is not None:
        return by_brand
    if brand.startswith((b"3gp", b"3g2", b"3ge", b"3gr", b"3gs")):
        return "video/3gpp"
    return "video/mp4" if tracks or _MOVIE_BRANDS.fullmatch(brand) else None


def _track_kinds(data: bytes) -> Iterator[bytes]:
    """Yield the handler of each track, such as `vide` or `soun`."""
    for movie, start, end in boxes(data, 0, len(data)):
        if movie != b"moov":
            continue
        for track, begin, stop in boxes(data, start, min(end, len(data))):
            if track != b"trak":
                continue
            for media, first, last in boxes(data, begin, min(stop, len(data))):
                if media == b"mdia":
                    yield from (
                        data[at + 8 : at + 12]
                        for kind, at, _ in boxes(data, first, min(last, len(data)))
                        if kind == b"hdlr"
                    )
