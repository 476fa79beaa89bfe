"""Tiny MP4 files, built box by box: whole by their structure, though no player shows them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate

TIMESCALE = 1000
"""Units in a second, of the movie and of its tracks."""
FTYP = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def box(name: bytes, *content: bytes) -> bytes:
    """Return a box."""
    inner = b"".join(content)
    return struct.pack(">I", 8 + len(inner)) + name + inner


def full(name: bytes, *numbers: int, version: int = 0, flags: int = 0, more: bytes = b"") -> bytes:
    """Return a box with a version, flags and 32-bit numbers."""
    head = struct.pack(">I", version << 24 | flags)
    return box(name, head, struct.pack(f">{len(numbers)}I", *numbers), more)


def children(data: bytes, start: int = 0, end: int | None = None) -> list[tuple[bytes, int, int]]:
    """Return the name, start and end of every box in a part of a file."""
    found = []
    end = len(data) if end is None else end
    while start < end:
        size = int.from_bytes(data[start : start + 4], "big")
        found.append((data[start + 4 : start + 8], start, start + size))
        start += size
    return found


def mp4(
    content: bytes = bytes(range(256)) * 40,
    *,
    frames: int = 10,
    milliseconds: int = 100,
    kinds: Sequence[bytes] = (b"vide",),
    is_index_first: bool = True,
) -> bytes:
    """Return a whole MP4 file.

    Args:
        content: The samples of each track, one after the other.
        frames: How many samples each track has.
        milliseconds: How long each sample is.
        kinds: The kind of each track.
        is_index_first: Whether `moov` is before `mdat`.
    """
    size = len(content) // frames
    sizes = [size] * (frames - 1) + [len(content) - size * (frames - 1)]

    def moov(start: int) -> bytes:
        tracks = []
        for number, kind in enumerate(kinds, 1):
            stbl = box(
                b"stbl",
                full(b"stts", 1, frames, milliseconds),
                full(b"stsc", 1, 1, 1, 1),
                full(b"stsz", 0, frames, *sizes),
                full(b"stco", frames, *accumulate(sizes[:-1], initial=start)),
            )
            tracks.append(_trak(number, kind, frames * milliseconds, stbl))
            start += len(content)
        return box(b"moov", _mvhd(frames * milliseconds), *tracks)

    media = box(b"mdat", *[content for _ in kinds])
    if not is_index_first:
        return FTYP + media + moov(len(FTYP) + 8)
    return FTYP + moov(len(FTYP) + len(moov(0)) + 8) + media


def fragmented(
    *,
    fragments: int = 4,
    frames: int = 5,
    milliseconds: int = 100,
    says_length: bool = False,
    sidx: bool = False,
    mfra: bool = False,
    content: bytes = b"frame of a video",
) -> bytes:
    """Return a whole fragmented MP4 file.

    Args:
        fragments: How many fragments it has.
        frames: How many samples each fragment has.
        milliseconds: How long each sample is.
        says_length: Whether `mehd` says how long it is.
        sidx: Whether an index is before the fragments.
        mfra: Whether an index is after the fragments.
        content: Each sample.
    """
    stbl = box(b"stbl", full(b"stts", 0), full(b"stsc", 0), full(b"stsz", 0, 0), full(b"stco", 0))
    length = full(b"mehd", fragments * frames * milliseconds) if says_length else b""
    mvex = box(b"mvex", length, full(b"trex", 1, 1, milliseconds, len(content), 0))
    init = FTYP + box(b"moov", _mvhd(0), _trak(1, b"vide", 0, stbl), mvex)
    parts = []
    for number in range(fragments):

        def moof(offset: int, number: int = number) -> bytes:
            traf = box(
                b"traf",
                full(b"tfhd", 1, flags=0x20000),
                full(b"tfdt", number * frames * milliseconds),
                full(b"trun", frames, offset, flags=0x1),
            )
            return box(b"moof", full(b"mfhd", number + 1), traf)

        parts.append(moof(len(moof(0)) + 8) + box(b"mdat", content * frames))
    index = b""
    if sidx:
        listed = [each for part in parts for each in (len(part), frames * milliseconds, 0)]
        index = full(b"sidx", 1, TIMESCALE, 0, 0, len(parts), *listed)
    data = init + index + b"".join(parts)
    if not mfra:
        return data
    starts = accumulate(map(len, parts[:-1]), initial=len(init) + len(index))
    entries = b"".join(struct.pack(">II3B", 0, each, 1, 1, 1) for each in starts)
    tfra = full(b"tfra", 1, 0, len(parts), more=entries)
    return data + box(b"mfra", tfra, full(b"mfro", 8 + len(tfra) + 16))


def _mvhd(milliseconds: int) -> bytes:
    return full(b"mvhd", 0, 0, TIMESCALE, milliseconds, 0x10000, more=bytes(76))


def _trak(number: int, kind: bytes, milliseconds: int, stbl: bytes) -> bytes:
    tkhd = full(b"tkhd", 0, 0, number, 0, milliseconds, flags=3, more=bytes(60))
    dref = full(b"dref", 1, more=full(b"url ", flags=1))
    return box(
        b"trak",
        tkhd,
        box(
            b"mdia",
            full(b"mdhd", 0, 0, TIMESCALE, milliseconds, 0x55C40000),
            full(b"hdlr", 0, more=kind + bytes(13)),
            box(b"minf", box(b"dinf", dref), stbl),
        ),
    )
