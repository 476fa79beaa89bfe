"""The tracks of an MP4 or MOV file: how long each is, and where its samples are."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass

from .boxes import Box, child, inside
from .reading import Reader, TooManyParts

_UNKNOWN = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_MOST_EDITS = _MOST_TRACKS = 1000


@dataclass
class Track:
    """A track; fragments add to its samples.

    Attributes:
        number: Its number, by which fragments name it.
        kind: `vide`, `soun` or another handler, four bytes.
        timescale: Units in a second; 0 where it is not given.
        announced: Its length as its header says, in units; None where it does not say.
        units: The length of its samples, in units.
        samples: How many samples it has.
        pause: Seconds before it begins.
        is_edited: Whether parts of it are shown in another order, or several times.
        start: Where its first sample begins in the file; None without samples.
        end: Where its last sample ends in the file.
        is_elsewhere: Whether its samples are in another file.
        trouble: What is wrong with its tables; empty where nothing is.
    """

    number: int
    kind: bytes
    timescale: int
    announced: int | None = None
    units: int = 0
    samples: int = 0
    pause: float = 0.0
    is_edited: bool = False
    start: int | None = None
    end: int = 0
    is_elsewhere: bool = False
    trouble: str = ""

    @property
    def seconds(self) -> float:
        """How long its samples last, in seconds."""
        return self.units / self.timescale if self.timescale else 0.0

    @property
    def announced_seconds(self) -> float | None:
        """How long it is as its header says; None where that does not say it."""
        if self.announced is None or not self.timescale:
            return None
        return self.announced / self.timescale

    @property
    def frame(self) -> float:
        """How long a sample lasts on average, in seconds."""
        return self.seconds / self.samples if self.samples else 0.0

    def takes(self, start: int, end: int) -> None:
        """Note that some of its samples are at a place."""
        self.start = start if self.start is None else min(start, self.start)
        self.end = max(end, self.end)


def movie_seconds(data: Reader, moov: Box) -> tuple[float | None, int]:
    """Return how long a movie is as its header says, and its units in a second."""
    header = child(data, moov, b"mvhd")
    timescale, units = _times(data, header) if header else (0, None)
    return (units / timescale if units and timescale else None), timescale


def read_tracks(data: Reader, moov: Box, movie_timescale: int) -> list[Track]:
    """Return the tracks of a movie, with the samples that its index names.

    Raises:
        TooManyParts: When they are more than a thousand.
    """
    traks = [box for box in inside(data, moov) if box.name == b"trak"]
    if len(traks) > _MOST_TRACKS:
        raise TooManyParts
    return [_track(data, each, movie_timescale) for each in traks]


def _track(data: Reader, trak: Box, movie_timescale: int) -> Track:
    parts = {box.name: box for box in inside(data, trak)}
    media = parts.get(b"mdia")
    handler = child(data, media, b"hdlr")
    times = child(data, media, b"mdhd")
    timescale, announced = _times(data, times) if times else (0, None)
    track = Track(
        number=_number(data, parts.get(b"tkhd")),
        kind=data.at(handler.body + 8, 4) if handler else b"",
        timescale=timescale,
        announced=announced,
    )
    _add_edits(data, track, child(data, parts.get(b"edts"), b"elst"), movie_timescale)
    index = child(data, media, b"minf")
    references = child(data, index, b"dinf", b"dref")
    if references and data.number(references.body + 4, 4):
        flags = data.number(references.body + 16, 4)
        track.is_elsewhere = not flags & 1
    if table := child(data, index, b"stbl"):
        _add_samples(data, track, {box.name: box for box in inside(data, table)})
    return track


def _times(data: Reader, box: Box) -> tuple[int, int | None]:
    """Return the units in a second and the length, of `mvhd` or `mdhd`."""
    if data.number(box.body, 1) == 1:
        timescale, units = data.number(box.body + 20, 4), data.number(box.body + 24, 8)
    else:
        timescale, units = data.number(box.body + 12, 4), data.number(box.body + 16, 4)
    return timescale, None if units in _UNKNOWN else units


def _number(data: Reader, header: Box | None) -> int:
    if header is None:
        return 0
    return data.number(header.body + (20 if data.number(header.body, 1) == 1 else 12), 4)


def _add_edits(data: Reader, track: Track, edits: Box | None, movie_timescale: int) -> None:
    if edits is None or not movie_timescale:
        return
    width = 8 if data.number(edits.body, 1) == 1 else 4
    empty, shown = 2 ** (8 * width) - 1, 0
    for number in range(min(_MOST_EDITS, data.number(edits.body + 4, 4))):
        place = edits.body + 8 + number * (2 * width + 4)
        if place >= edits.end:
            break
        if data.number(place + width, width) == empty:  # nothing is shown
            track.pause += data.number(place, width) / movie_timescale
        else:
            shown += 1
    track.is_edited = shown > 1


def _add_samples(data: Reader, track: Track, tables: dict[bytes, Box]) -> None:
    times = _entries(data, tables.get(b"stts"), 2)
    counts, deltas = times[::2], times[1::2]
    track.units = sum(count * delta for count, delta in zip(counts, deltas, strict=False))
    place = tables.get(b"co64")
    chunks = _entries(data, place or tables.get(b"stco"), 1, 8 if place else 4)
    count, each, sizes = _sizes(data, tables)
    track.samples = max(count, sum(counts))
    if count:
        _add_chunks(track, chunks, _entries(data, tables.get(b"stsc"), 3), count, each, sizes)


def _add_chunks(
    track: Track,
    chunks: array[int],
    runs: array[int],
    count: int,
    each: int,
    sizes: array[int],
) -> None:
    """Note where the samples are: a run of chunks has the same number of samples in each."""
    # The size of old QuickTime sound is not in bytes.
    each = each if track.kind == b"vide" else 0
    sample = done = 0
    for place in range(0, len(runs) - 2, 3):
        per_chunk = runs[place + 1]
        following = runs[place + 3] - 1 if place + 3 < len(runs) else len(chunks)
        begin, done = max(done, runs[place] - 1), max(done, following)
        for offset in chunks[begin:done]:
            last = min(sample + per_chunk, count)
            length = sum(sizes[sample:last]) if sizes else (last - sample) * each
            track.takes(offset, offset + length)
            sample = last
    if sample < count:
        track.trouble = f"its index has places for {sample} of {count} samples"


def _sizes(data: Reader, tables: dict[bytes, Box]) -> tuple[int, int, array[int]]:
    """Return how many samples there are, the size of all of them or 0, and the size of each."""
    empty = array("I")
    if (box := tables.get(b"stsz")) is not None:
        each, count = data.number(box.body + 4, 4), data.number(box.body + 8, 4)
        return count, each, empty if each else _numbers(data, box, 12, count, 4)
    if (box := tables.get(b"stz2")) is not None:
        bits, count = data.number(box.body + 7, 1), data.number(box.body + 8, 4)
        small = data.at(box.body + 12, min(count * bits // 8 + 1, box.end - box.body - 12, 2**24))
        if bits == 16:
            wide = array("H", small[: len(small) // 2 * 2])
            if sys.byteorder == "little":
                wide.byteswap()
            return count, 0, array("I", wide)
        if bits == 4:
            return count, 0, array("I", (half for byte in small for half in (byte >> 4, byte & 15)))
        return count, 0, array("I", small)
    return 0, 0, empty


def _entries(data: Reader, box: Box | None, fields: int, width: int = 4) -> array[int]:
    """Return the entries of a table, one field after the other."""
    if box is None:
        return array("I")
    return _numbers(data, box, 8, data.number(box.body + 4, 4) * fields, width)


def _numbers(data: Reader, box: Box, header: int, count: int, width: int) -> array[int]:
    room = max(0, box.end - box.body - header) // width
    return data.numbers(box.body + header, min(count, room), width)
