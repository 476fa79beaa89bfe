"""The fragments of an MP4 file: their samples, and what says how many fragments there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .boxes import Box, child, inside
from .reading import Reader
from .tracks import Track

_MOST_ENTRIES = 100_000

_BASE, _DESCRIPTION, _DURATION, _SIZE, _FROM_MOOF = 0x1, 0x2, 0x8, 0x10, 0x20000
"""What a `tfhd` box has."""
_RUN_OFFSET, _RUN_FIRST, _RUN_DURATION, _RUN_SIZE, _RUN_FLAGS, _RUN_SHIFT = (
    0x1, 0x4, 0x100, 0x200, 0x400, 0x800,
)  # fmt: skip
"""What a `trun` box has."""


@dataclass(frozen=True)
class Defaults:
    """What samples have where a fragment does not say it: a length in units, a size in bytes."""

    units: int = 0
    size: int = 0


def defaults_of(data: Reader, mvex: Box | None) -> dict[int, Defaults]:
    """Return the defaults of each track, by its number."""
    if mvex is None:
        return {}
    return {
        data.number(box.body + 4, 4): Defaults(
            data.number(box.body + 12, 4), data.number(box.body + 16, 4)
        )
        for box in inside(data, mvex)
        if box.name == b"trex"
    }


def announced_units(data: Reader, mvex: Box | None) -> int | None:
    """Return the length of a whole fragmented movie in its units, where `mehd` says it."""
    box = child(data, mvex, b"mehd")
    if box is None:
        return None
    return data.number(box.body + 4, 8 if data.number(box.body, 1) == 1 else 4) or None


def add_fragment(
    data: Reader, moof: Box, tracks: Mapping[int, Track], defaults: Mapping[int, Defaults]
) -> None:
    """Add the samples of a fragment to the tracks."""
    follows = moof.start
    for traf in inside(data, moof):
        if traf.name != b"traf":
            continue
        header = child(data, traf, b"tfhd")
        if header is None:
            continue
        flags = data.number(header.body, 4) & 0xFFFFFF
        number = data.number(header.body + 4, 4)
        usual = defaults.get(number, Defaults())
        place, base = header.body + 8, moof.start if flags & _FROM_MOOF else follows
        if flags & _BASE:
            base = data.number(place, 8)
            place += 8
        place += 4 if flags & _DESCRIPTION else 0
        units, size = usual.units, usual.size
        if flags & _DURATION:
            units = data.number(place, 4)
            place += 4
        if flags & _SIZE:
            size = data.number(place, 4)
        # A track that the index does not name is read too, for its place in the file.
        track = tracks.get(number) or Track(number, b"", 0)
        follows = _add_runs(data, traf, track, base, Defaults(units, size))


def _add_runs(data: Reader, traf: Box, track: Track, base: int, usual: Defaults) -> int:
    """Add the runs of samples of one track; return where the last one ends."""
    end = base
    for run in inside(data, traf):
        if run.name != b"trun":
            continue
        flags, count = data.number(run.body, 4) & 0xFFFFFF, data.number(run.body + 4, 4)
        place, start = run.body + 8, end
        if flags & _RUN_OFFSET:
            shift = data.number(place, 4)
            start = base + (shift - 2**32 if shift >= 2**31 else shift)
            place += 4
        place += 4 if flags & _RUN_FIRST else 0
        fields = [
            each for each in (_RUN_DURATION, _RUN_SIZE, _RUN_FLAGS, _RUN_SHIFT) if flags & each
        ]
        width = len(fields)
        room = max(0, run.end - place) // 4
        if count * width > room:
            track.trouble = "the table of a fragment is incomplete"
        values = data.numbers(place, min(count * width, room), 4) if width else None
        units, size = count * usual.units, count * usual.size
        if values is not None and flags & _RUN_DURATION:
            units = sum(values[fields.index(_RUN_DURATION) :: width])
        if values is not None and flags & _RUN_SIZE:
            size = sum(values[fields.index(_RUN_SIZE) :: width])
        end = start + size
        track.units += units
        track.samples += count
        if size:
            track.takes(start, end)
    return end


def indexed(data: Reader, sidx: Box) -> tuple[int, int]:
    """Return how many parts an index of segments (`sidx`) names, and where the last one ends."""
    wide = data.number(sidx.body, 1) == 1
    first = data.number(sidx.body + (20 if wide else 16), 8 if wide else 4)
    header = 28 if wide else 20
    room = max(0, sidx.end - sidx.body - header - 4) // 12
    count = min(data.number(sidx.body + header + 2, 2), room)
    parts = data.numbers(sidx.body + header + 4, count * 3, 4)[::3]
    return count, sidx.end + first + sum(each & 0x7FFFFFFF for each in parts)


def closing_index_trouble(data: Reader, mfra: Box, fragments: int) -> str:
    """Return what is wrong with the index at a file's end (`mfra`); empty where nothing is.

    Args:
        data: The file.
        mfra: The index.
        fragments: How many fragments there are.
    """
    boxes = list(inside(data, mfra))
    closing = next((box for box in boxes if box.name == b"mfro"), None)
    if closing and data.number(closing.body + 4, 4) != mfra.end - mfra.start:
        return "its last index (mfra) has another size than it says"
    for box in boxes:
        if box.name != b"tfra":
            continue
        width = 8 if data.number(box.body, 1) == 1 else 4
        sizes = data.number(box.body + 8, 4)
        stride = 2 * width + 3 + (sizes >> 4 & 3) + (sizes >> 2 & 3) + (sizes & 3)
        count = min(data.number(box.body + 12, 4), (box.end - box.body - 16) // stride)
        # Counted, not compared: a tool that inserts a box may leave the places as they were.
        named = {
            data.number(box.body + 16 + number * stride + width, width)
            for number in range(min(count, _MOST_ENTRIES))
        }
        if len(named) > fragments:
            return f"only {fragments} of {len(named)} fragments are there"
    return ""
