"""Whether a WebM or Matroska file is whole."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from .ebml import (
    ATTACHMENTS,
    BLOCK,
    BLOCK_DURATION,
    CHAPTERS,
    CHECKSUM,
    CLUSTER,
    CUE_CLUSTER,
    CUE_POINT,
    CUE_POSITIONS,
    CUES,
    DURATION,
    EBML,
    FRAME_LENGTH,
    GROUP,
    INFO,
    SCALE,
    SEEK,
    SEEK_HEAD,
    SEEK_POSITION,
    SEGMENT,
    SIMPLE_BLOCK,
    TAGS,
    TIME,
    TRACK,
    TRACK_NUMBER,
    TRACK_TYPE,
    TRACKS,
    VOID,
    Element,
    elements,
    number,
    number_at,
)
from .lengths import MOST_OF_IT, missing_seconds
from .reading import Reader
from .verdict import WHOLE, Verdict, cut, open_ended, something_else

_PARTS = {
    SEEK_HEAD: "SeekHead", INFO: "Info", TRACKS: "Tracks", CLUSTER: "Cluster", CUES: "Cues",
    TAGS: "Tags", ATTACHMENTS: "Attachments", CHAPTERS: "Chapters", VOID: "Void",
    CHECKSUM: "CRC-32",
}  # fmt: skip
"""What a segment is made of."""
_VIDEO, _AUDIO = 1, 2


def matroska_verdict(data: Reader) -> Verdict:
    """Return whether a WebM or Matroska file is whole.

    Its segment and every cluster are complete, a video track is there, the clusters reach the
    announced length, and what its indexes name is there.
    """
    segment = next((each for each in elements(data, 0, data.size) if each.name == SEGMENT), None)
    if segment is None:
        return cut("its segment is missing")
    if segment.end > data.size:
        return cut(f"{segment.end - data.size} bytes of its segment are missing")
    found = _Segment(data, segment)
    trouble = found.read()
    if not trouble and not any(kind == _VIDEO for kind in found.tracks.values()):
        if not found.tracks:
            return cut("its tracks are missing")
        is_audio = _AUDIO in found.tracks.values()
        return something_else("a video", "an audio" if is_audio else "without frames")
    trouble = trouble or found.trouble()
    if trouble:
        return cut(trouble)
    if found.end < data.size:
        return open_ended(f"has {data.size - found.end} bytes after its end")
    if found.is_open:
        return open_ended("does not say where its last part ends")
    return WHOLE


@dataclass
class _Segment:
    """What a segment says and has.

    Attributes:
        data: The file.
        element: The segment.
        end: Where its last part ends.
        is_open: Whether the segment or its last part does not say where it ends.
        scale: Nanoseconds in a unit of time.
        units: How long it is as it says, in units; None where it does not say it.
        tracks: The type of each track, by its number.
        frame_lengths: Seconds that one frame lasts, by the track's number, where it says so.
        ends: Where the frames of each track end, in seconds.
        blocks: How many blocks each track has.
        furthest: The furthest place in it that an index names.
    """

    data: Reader
    element: Element
    end: int = 0
    is_open: bool = False
    scale: int = 1_000_000
    units: float | None = None
    tracks: dict[int, int] = field(default_factory=dict)
    frame_lengths: dict[int, float] = field(default_factory=dict)
    ends: dict[int, float] = field(default_factory=dict)
    blocks: dict[int, int] = field(default_factory=dict)
    furthest: int = 0

    def read(self) -> str:
        """Read every part; return what is missing, or nothing."""
        self.end = place = self.element.body
        self.is_open = self.element.is_open
        while (part := next(elements(self.data, place, self.element.end), None)) is not None:
            if part.name not in _PARTS and self.element.is_open:
                break  # another file follows, or other bytes
            end = part.end
            if part.name == CLUSTER:
                end = self._read_cluster(part)
            if end > self.element.end:
                missing = end - self.element.end
                name = _PARTS.get(part.name, "segment")
                return f"{missing} bytes of its part {name} are missing"
            self._read_part(part)
            self.is_open = self.element.is_open or part.is_open
            self.end = place = end
        if not self.element.is_open and self.end < self.element.end:
            return "its segment has parts that do not add up"
        return ""

    def trouble(self) -> str:
        """Return what is missing, of what the segment announces; empty where nothing is."""
        videos = [each for each, kind in self.tracks.items() if kind == _VIDEO]
        if not any(each in self.ends for each in videos):
            return "it has no frames"
        if self.furthest >= self.end:
            return "a part that its index names is missing"
        frame = max(self._frame(each) for each in videos)
        announced = None if self.units is None else self.units * self.scale / 1e9
        # The bytes of a segment of known length are all there.
        share = 1.0 if self.element.is_open else MOST_OF_IT
        return missing_seconds(max(self.ends.values()), announced, frame, share)

    def _frame(self, track: int) -> float:
        """Return how long a frame of a track lasts: as it says, or on average."""
        usual = self.ends.get(track, 0.0) / max(1, self.blocks.get(track, 0))
        return max(usual, self.frame_lengths.get(track, 0.0))

    def _read_part(self, part: Element) -> None:
        if part.name == INFO:
            for each in elements(self.data, part.body, part.end):
                if each.name == SCALE:
                    self.scale = number(self.data, each)
                elif each.name == DURATION:
                    self.units = _real(self.data, each)
        elif part.name == TRACKS:
            for each in elements(self.data, part.body, part.end):
                if each.name == TRACK:
                    self._read_track(each)
        elif part.name == SEEK_HEAD:
            self._read_places(part, SEEK, SEEK_POSITION)
        elif part.name == CUES:
            for each in elements(self.data, part.body, part.end):
                if each.name == CUE_POINT:
                    self._read_places(each, CUE_POSITIONS, CUE_CLUSTER)

    def _read_track(self, track: Element) -> None:
        parts = {each.name: each for each in elements(self.data, track.body, track.end)}
        name = number(self.data, parts[TRACK_NUMBER]) if TRACK_NUMBER in parts else 0
        self.tracks[name] = number(self.data, parts[TRACK_TYPE]) if TRACK_TYPE in parts else 0
        if FRAME_LENGTH in parts:
            self.frame_lengths[name] = number(self.data, parts[FRAME_LENGTH]) / 1e9

    def _read_places(self, parent: Element, entry: int, position: int) -> None:
        """Note the furthest place in the segment that an index names."""
        for each in elements(self.data, parent.body, parent.end):
            if each.name != entry:
                continue
            for inner in elements(self.data, each.body, each.end):
                if inner.name == position:
                    place = self.element.body + number(self.data, inner)
                    self.furthest = max(self.furthest, place)

    def _read_cluster(self, cluster: Element) -> int:
        """Read the times of a cluster's blocks; return where it ends."""
        time, end = 0, cluster.body
        for part in elements(self.data, cluster.body, min(cluster.end, self.element.end)):
            if cluster.is_open and part.name in _PARTS and part.name not in (VOID, CHECKSUM):
                return end
            if cluster.is_open and part.name in (EBML, SEGMENT):
                return end
            end = part.end
            if end > self.element.end:
                return end
            if part.name == TIME:
                time = number(self.data, part)
            elif part.name == SIMPLE_BLOCK:
                self._add_block(part, time, None)
            elif part.name == GROUP:
                inner = {each.name: each for each in elements(self.data, part.body, part.end)}
                length = inner.get(BLOCK_DURATION)
                if BLOCK in inner:
                    lasts = number(self.data, length) if length else None
                    self._add_block(inner[BLOCK], time, lasts)
        return end if cluster.is_open else cluster.end

    def _add_block(self, block: Element, time: int, lasts: int | None) -> None:
        track, place = number_at(self.data, block.body)
        shift = int.from_bytes(self.data.at(place, 2), "big", signed=True)
        seconds = (time + shift + (lasts or 0)) * self.scale / 1e9
        if lasts is None:
            seconds += self.frame_lengths.get(track, 0.0)
        self.blocks[track] = self.blocks.get(track, 0) + 1
        self.ends[track] = max(self.ends.get(track, 0.0), seconds)


def _real(data: Reader, element: Element) -> float | None:
    """Return a floating-point number above zero, or None."""
    content = data.at(element.body, min(8, element.end - element.body))
    form = {4: ">f", 8: ">d"}.get(len(content))
    if form is None:
        return None
    value: float = struct.unpack(form, content)[0]
    return value if 0 < value < 1e18 else None
