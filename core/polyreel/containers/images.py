"""Whether an image file is whole: PNG, JPEG, WebP, GIF, BMP and HEIF (HEIC, AVIF)."""

from __future__ import annotations

import re

from .boxes import top_level
from .kinds import is_image_brand, what_it_is
from .reading import Reader, Source, TooManyParts, reader
from .verdict import WHOLE, Verdict, cut, open_ended, something_else

_WANTED = "an image"
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_ALONE = frozenset({_SOI, _TEM})
"""Markers of a JPEG that have no content."""
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker, not a byte of the pixels (FF 00), nor a restart between them, nor a fill byte."""
_BLOCK = 2**16


def whole_image(source: Source, *, size: int | None = None) -> Verdict:
    """Return whether an image file is whole, by its structure; its pixels are not decoded.

    Known are PNG, JPEG, WebP, GIF, BMP and HEIF. A TIFF has no end of its own, so it is open-ended.

    Args:
        source: A local file, its bytes, or an open file.
        size: Its size in bytes; None to ask the file.

    Raises:
        OSError: When the file can't be read.
    """
    with reader(source, size) as data:
        try:
            return _verdict(data)
        except TooManyParts:
            return open_ended("has too many parts to check")


def _verdict(data: Reader) -> Verdict:
    head = data.head()
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if head.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _ends_at(data, 8 + int.from_bytes(head[4:8], "little"), "image data")
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data)
    if head[:2] == b"BM" and len(head) >= 26:
        return _ends_at(data, int.from_bytes(head[2:6], "little") or data.size, "image data")
    if is_image_brand(head):
        return _heif(data)
    if head[:4] in (b"II*\0", b"MM\0*"):
        return open_ended("is a TIFF image, which does not say where it ends")
    return something_else(_WANTED, what_it_is(head))


def _ends_at(data: Reader, end: int, missing: str) -> Verdict:
    if end > data.size:
        return cut(f"{end - data.size} bytes of its {missing} are missing")
    if end < data.size:
        return open_ended(f"has {data.size - end} bytes after its end")
    return WHOLE


def _png(data: Reader) -> Verdict:
    place, has_pixels = 8, False
    while True:
        header = data.at(place, 8)
        if len(header) < 8:
            return cut("its end (IEND) is missing")
        name = header[4:]
        place += 12 + int.from_bytes(header[:4], "big")
        if place > data.size:
            return cut(f"{place - data.size} bytes of its part {_name(name)} are missing")
        has_pixels = has_pixels or name == b"IDAT"
        if name == b"IEND":
            return _ends_at(data, place, "end") if has_pixels else cut("it has no pixels")


def _jpeg(data: Reader) -> Verdict:
    place, has_pixels = 2, False
    while (place := _next_marker(data, place)) < data.size:
        code = data.number(place + 1, 1)
        place += 2
        if code == _EOI:
            return _ends_at(data, place, "end") if has_pixels else cut("it has no pixels")
        if code not in _ALONE:
            place += max(2, data.number(place, 2))
            has_pixels = has_pixels or code == _SOS
    return cut("its end (EOI) is missing")


def _next_marker(data: Reader, place: int) -> int:
    """Return the place of the next marker of a JPEG, past pixels; or the file's size."""
    while len(block := data.at(place, _BLOCK)) > 1:
        if found := _MARKER.search(block):
            return place + found.start()
        place += len(block) - 1  # a marker may begin with the last byte
    return data.size


def _gif(data: Reader) -> Verdict:
    place, has_pixels = 13 + _colours(data.number(10, 1)), False
    while True:
        kind = data.at(place, 1)
        if kind == b";":
            return _ends_at(data, place + 1, "end") if has_pixels else cut("it has no pixels")
        if kind == b"!":
            place = _after_blocks(data, place + 2)
        elif kind == b",":
            has_pixels = True
            place = _after_blocks(data, place + 11 + _colours(data.number(place + 9, 1)))
        elif kind:
            return cut("its parts do not add up")
        else:
            return cut("its end is missing")


def _colours(flags: int) -> int:
    """Return the bytes of a GIF's table of colours."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: Reader, place: int) -> int:
    while length := data.number(place, 1):
        place += 1 + length
    return place + 1


def _heif(data: Reader) -> Verdict:
    boxes = top_level(data)
    if boxes.cut is not None:
        return cut(boxes.cut)
    names = {each.name for each in boxes.found}
    if not names & {b"meta", b"moov"} or b"mdat" not in names:
        return cut("its index (meta) or its pixels (mdat) are missing")
    if boxes.end < data.size:
        return _ends_at(data, boxes.end, "image data")
    if boxes.is_open:
        return open_ended("does not say where its last part ends")
    return WHOLE


def _name(name: bytes) -> str:
    return "".join(chr(each) if 0x20 < each < 0x7F else "?" for each in name)
