"""Elements: what WebM and Matroska files are made of (EBML)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .reading import Reader

EBML, SEGMENT, VOID, CHECKSUM = 0x1A45DFA3, 0x18538067, 0xEC, 0xBF
SEEK_HEAD, INFO, TRACKS, CLUSTER = 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675
CUES, TAGS, ATTACHMENTS, CHAPTERS = 0x1C53BB6B, 0x1254C367, 0x1941A469, 0x1043A770
SEEK, SEEK_POSITION = 0x4DBB, 0x53AC
CUE_POINT, CUE_POSITIONS, CUE_CLUSTER = 0xBB, 0xB7, 0xF1
SCALE, DURATION = 0x2AD7B1, 0x4489
TRACK, TRACK_NUMBER, TRACK_TYPE, FRAME_LENGTH = 0xAE, 0xD7, 0x83, 0x23E383
TIME, SIMPLE_BLOCK, GROUP, BLOCK, BLOCK_DURATION = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B


@dataclass(frozen=True, slots=True)
class Element:
    """An element.

    Attributes:
        name: Its id, with the marker bits.
        start: Where its header begins.
        body: Where its content begins.
        end: Where it says that it ends, which may be after the end of what it is in.
        is_open: Whether it does not say where it ends: it then goes to the end of what it is in.
    """

    name: int
    start: int
    body: int
    end: int
    is_open: bool


def elements(data: Reader, start: int, end: int) -> Iterator[Element]:
    """Yield the elements between two places. Stop where what follows can't be an element.

    The last one may end after `end`: then it is cut.
    """
    while start < end:
        header = data.at(start, 12)
        name_width = _width(header[:1])
        if not 1 <= name_width <= 4 or len(header) <= name_width:
            return
        size_width = _width(header[name_width : name_width + 1])
        body = start + name_width + size_width
        if not size_width or len(header) < name_width + size_width:
            return
        first = 1 << 7 * size_width
        size = int.from_bytes(header[name_width : name_width + size_width], "big") - first
        is_open = size == first - 1
        element_end = end if is_open else body + size
        yield Element(int.from_bytes(header[:name_width], "big"), start, body, element_end, is_open)
        start = element_end


def number(data: Reader, element: Element) -> int:
    """Return the number that an element has, of at most eight bytes."""
    return int.from_bytes(data.at(element.body, max(0, min(8, element.end - element.body))), "big")


def number_at(data: Reader, place: int) -> tuple[int, int]:
    """Return the number of variable length at a place, and where it ends."""
    content = data.at(place, 8)
    width = _width(content[:1])
    if not width or len(content) < width:
        return 0, place
    return int.from_bytes(content[:width], "big") - (1 << 7 * width), place + width


def _width(first: bytes) -> int:
    """Return how many bytes a number has, by its first byte; 0 where it can't be one."""
    return 9 - first[0].bit_length() if first and first[0] else 0
