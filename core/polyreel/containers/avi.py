"""Whether an AVI file is whole, also a large one (OpenDML)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .reading import Reader
from .verdict import WHOLE, Verdict, cut, open_ended, something_else

_UNKNOWN = (0, 0xFFFFFFFF)
_HAS_INDEX = 0x10
_MOST_ENTRIES = 1_000_000
_ENTRY = 16


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk: its name or, of a list, the list's; an open one does not say where it ends."""

    name: bytes
    body: int
    end: int
    is_open: bool


def avi_verdict(data: Reader) -> Verdict:
    """Return whether an AVI file is whole.

    Its parts add up, a video stream and the frames are there, what its index of indexes names is
    inside the file, and its index names as many frames as its header says.
    """
    end, is_open, first = 0, False, None
    for riff in _chunks(data, 0, data.size):
        if not riff.name.startswith(b"AVI"):
            break
        if riff.end > data.size:
            return cut(f"{riff.end - data.size} of its bytes are missing")
        first, end, is_open = first or riff, riff.end, riff.is_open
    if first is None:
        return cut("its header is missing")
    end += end % 2 * (end < data.size)  # a part of odd length has a byte more
    return _first_part(data, first, end) or (
        open_ended(f"has {data.size - end} bytes after its end")
        if end < data.size
        else open_ended("does not say where its last part ends")
        if is_open
        else WHOLE
    )


def _first_part(data: Reader, riff: _Chunk, end: int) -> Verdict | None:
    """Return what is wrong with the first part of a file; None where nothing is."""
    parts: dict[bytes, _Chunk] = {}
    for each in _chunks(data, riff.body, riff.end):
        if each.end > riff.end:
            return cut(f"{each.end - riff.end} bytes of its frames are missing")
        parts.setdefault(each.name, each)
        if each.is_open:
            for part in _chunks(data, each.body, each.end):
                # The name of a chunk of frames or sound begins with the stream's number.
                if part.end > each.end and part.name[:2].isdigit():
                    return cut(f"{part.end - each.end} bytes of its frames are missing")
    if b"hdrl" not in parts:
        return cut("its header (hdrl) is missing")
    header = _Header.read(data, parts[b"hdrl"])
    if header.video is None:
        found = "an audio" if header.kinds else "without frames"
        return something_else("a video", found)
    if b"movi" not in parts:
        return cut("its frames (movi) are missing")
    if header.furthest > end:
        return cut(f"{header.furthest - end} bytes that its index names are missing")
    if b"idx1" in parts:
        listed = _listed(data, parts[b"idx1"], header.video)
        if listed < header.frames * 0.9 - 2:
            return cut(f"only {listed} of {header.frames} frames are there")
    elif header.has_index and not header.furthest:
        return cut("its index (idx1) is missing")
    return None


@dataclass(frozen=True)
class _Header:
    """What an AVI's header says.

    Attributes:
        kinds: The kind of each stream, four bytes.
        video: The number of the first video stream; None where there is none.
        frames: How many frames the first part has, or 0.
        has_index: Whether an index was announced.
        furthest: The furthest place that the indexes of indexes name.
    """

    kinds: tuple[bytes, ...]
    video: int | None
    frames: int
    has_index: bool
    furthest: int

    @classmethod
    def read(cls, data: Reader, hdrl: _Chunk) -> _Header:
        """Read the header and the header of each stream."""
        kinds: list[bytes] = []
        frames = flags = furthest = 0
        for part in _chunks(data, hdrl.body, hdrl.end):
            if part.name == b"avih":
                flags, frames = _little(data, part.body + 12), _little(data, part.body + 16)
            elif part.name == b"strl":
                for each in _chunks(data, part.body, part.end):
                    if each.name == b"strh":
                        kinds.append(data.at(each.body, 4))
                    elif each.name == b"indx":
                        furthest = max(furthest, _furthest(data, each))
        video = kinds.index(b"vids") if b"vids" in kinds else None
        return cls(tuple(kinds), video, frames, bool(flags & _HAS_INDEX), furthest)


def _furthest(data: Reader, indx: _Chunk) -> int:
    """Return where the last index ends that an index of indexes names."""
    if data.at(indx.body + 3, 1) != b"\0":  # not an index of indexes
        return 0
    room = max(0, indx.end - indx.body - 24) // _ENTRY
    ends = [0]
    for number in range(min(_little(data, indx.body + 4), room, _MOST_ENTRIES)):
        place = indx.body + 24 + number * _ENTRY
        ends.append(_little(data, place, 8) + _little(data, place + 8))
    return max(ends)


def _listed(data: Reader, idx1: _Chunk, video: int) -> int:
    """Return how many frames of a stream an index names."""
    content = data.at(idx1.body, min(idx1.end - idx1.body, _MOST_ENTRIES * _ENTRY))
    stream = b"%02d" % video
    return sum(content[place : place + 2] == stream for place in range(0, len(content), _ENTRY))


def _chunks(data: Reader, start: int, end: int) -> Iterator[_Chunk]:
    """Yield the chunks between two places. Stop where what follows can't be a chunk."""
    while end - start >= 8:
        header = data.at(start, 12)
        name, size, body = header[:4], int.from_bytes(header[4:8], "little"), start + 8
        if len(header) < 8 or not name.isascii() or not name.strip(b"\0"):
            return
        is_list = name in (b"RIFF", b"LIST")
        # A writer that can't seek leaves the length out.
        is_open = is_list and size in _UNKNOWN
        chunk_end = end if is_open else body + size
        yield _Chunk(header[8:12] if is_list else name, body + 4 * is_list, chunk_end, is_open)
        start = chunk_end + chunk_end % 2 * (chunk_end < end)


def _little(data: Reader, place: int, width: int = 4) -> int:
    return int.from_bytes(data.at(place, width), "little")
