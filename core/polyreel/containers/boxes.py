"""Boxes: what MP4, MOV and HEIF files are made of (ISO base media and QuickTime files)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .reading import Reader, TooManyParts

FIRST_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"wide", b"free", b"skip", b"pnot", b"sidx"}
)
"""What such a file begins with."""
_TOP_LEVEL = FIRST_BOXES | {
    b"mfra", b"meta", b"meco", b"udta", b"uuid", b"ssix", b"prft", b"emsg", b"pdin", b"idat",
}  # fmt: skip
MOST_BOXES = 200_000
"""The most boxes of a file: an hour in which each second has 25 fragments."""
_PLAIN = frozenset(range(0x20, 0x7F)) | {0xA9}


@dataclass(frozen=True, slots=True)
class Box:
    """A box.

    Attributes:
        name: Its type, four bytes.
        start: Where its header begins.
        body: Where its content begins.
        end: Where it says that it ends, which may be after the file's end.
        is_open: Whether it does not say where it ends: it then goes to the end of what it is in.
    """

    name: bytes
    start: int
    body: int
    end: int
    is_open: bool


@dataclass(frozen=True)
class TopLevel:
    """The boxes of a file.

    Attributes:
        found: Every box of use, in order; the content of unknown boxes is not their own.
        end: Where the last box ends; other bytes may follow.
        cut: What is missing of the last box; None where it is complete.
    """

    found: tuple[Box, ...]
    end: int
    cut: str | None

    @property
    def is_open(self) -> bool:
        """Whether the last box does not say where it ends."""
        return bool(self.found) and self.found[-1].is_open


def boxes_in(data: Reader, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places. Stop where what follows can't be a box.

    The last one may end after `end`: then it is cut.
    """
    while end - start >= 8:
        header = data.at(start, 16)
        size, name = int.from_bytes(header[:4], "big"), header[4:8]
        body, is_open = start + 8, size == 0
        if len(header) < 8 or not _PLAIN.issuperset(name):
            return
        if size == 1:
            size, body = int.from_bytes(header[8:16], "big"), start + 16
            if len(header) == 16 and size < 16:
                return
            size = max(size, 16)
        elif not is_open and size < 8:
            return
        box_end = end if is_open else start + size
        yield Box(name, start, body, box_end, is_open)
        start = box_end


def inside(data: Reader, parent: Box, header: int = 0) -> Iterator[Box]:
    """Yield the complete boxes of a box, after some bytes of its own."""
    for box in boxes_in(data, parent.body + header, parent.end):
        if box.end > parent.end:
            return
        yield box


def child(data: Reader, parent: Box | None, *path: bytes) -> Box | None:
    """Return the first box at a path below a box, or None."""
    for name in path:
        if parent is None:
            return None
        parent = next((box for box in inside(data, parent) if box.name == name), None)
    return parent


def top_level(data: Reader) -> TopLevel:
    """Return the boxes of a file, to its end or to where other bytes follow.

    Raises:
        TooManyParts: When they are more than `MOST_BOXES`.
    """
    found: list[Box] = []
    end = 0
    for box in boxes_in(data, 0, data.size):
        if box.end > data.size:
            if box.name not in _TOP_LEVEL:
                break  # bytes after the end that resemble a box
            missing = f"{box.end - data.size} bytes of its part {box.name.decode()} are missing"
            return TopLevel((*found, box), data.size, missing)
        if box.name == b"moov" and any(each.name == b"moov" for each in found):
            break  # another file follows
        if len(found) == MOST_BOXES:
            raise TooManyParts
        found.append(box)
        end = box.end
    return TopLevel(tuple(found), end, None)
