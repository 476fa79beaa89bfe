"""What a file is, by its first bytes, in words for a message."""

from __future__ import annotations

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"ID3", "an MP3 audio"),
    (b"fLaC", "a FLAC audio"),
    (b"OggS", "an Ogg file"),
    (b"FLV", "a Flash video"),
    (b"#EXTM3U", "a playlist"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x1aE\xdf\xa3", "a Matroska file"),
)
_RIFF = {b"WEBP": "a WebP image", b"WAVE": "a WAV audio", b"AVI ": "an AVI video"}
_IMAGE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_MPEG_AUDIO = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1", b"\xff\xf9")
_PRINTABLE = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\n\r\f") | frozenset(range(0x80, 0x100))


def what_it_is(head: bytes) -> str:
    """Return what a file is, by its first bytes (64 are enough)."""
    if not head:
        return "empty"
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "an unknown RIFF file")
    if head[4:8] == b"ftyp":
        return "a HEIF image" if is_image_brand(head) else "an MP4 file"
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:2] in _MPEG_AUDIO:
        return "an MPEG audio"
    return _text(head)


def is_image_brand(head: bytes) -> bool:
    """Return whether the `ftyp` box in the first bytes names an image as the main brand."""
    return head[4:8] == b"ftyp" and head[8:12] in _IMAGE_BRANDS


def _text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if text.startswith((b"<?xml", b"<")):
        return "an XML document"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return "text" if set(head) <= _PRINTABLE else "of no known format"
