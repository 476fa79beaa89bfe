"""Whether an MP4 or MOV file is whole."""

from __future__ import annotations

from dataclasses import dataclass

from .boxes import Box, TopLevel, child, top_level
from .fragments import (
    add_fragment,
    announced_units,
    closing_index_trouble,
    defaults_of,
    indexed,
)
from .kinds import is_image_brand, what_it_is
from .lengths import MOST_OF_IT, missing_seconds
from .reading import Reader
from .tracks import Track, movie_seconds, read_tracks
from .verdict import WHOLE, Verdict, cut, open_ended, something_else

_WITH_MEDIA = frozenset({b"vide", b"soun"})


def mp4_verdict(data: Reader) -> Verdict:
    """Return whether an MP4 or MOV file is whole.

    Its boxes add up, its index and a video track are there, the samples of each track are inside
    the file, and the tracks are as long as announced. A fragmented file must say how many fragments
    it has: by its length, an index before them or an index after them.
    """
    top = top_level(data)
    moov = next((box for box in top.found if box.name == b"moov"), None)
    if top.cut is not None:
        return cut(top.cut)
    if moov is None:
        if is_image_brand(data.head()):
            return something_else("a video", what_it_is(data.head()))
        return cut("its index (moov) is missing")
    movie = _Movie.read(data, top, moov)
    if not any(track.kind == b"vide" for track in movie.tracks):
        return _without_video(data, moov, movie.tracks)
    trouble = movie.trouble()
    if trouble:
        return cut(trouble)
    if top.end < data.size:
        return open_ended(f"has {data.size - top.end} bytes after its end")
    if top.is_open:
        return open_ended("does not say where its last part ends")
    if movie.is_fragmented and not movie.end_is_known():
        return open_ended("does not say how many fragments it has")
    return WHOLE


def _without_video(data: Reader, moov: Box, tracks: list[Track]) -> Verdict:
    if child(data, moov, b"cmov"):
        return open_ended("has a compressed index, which is not read")
    kinds = {track.kind for track in tracks}
    if not kinds:
        return cut("its tracks are missing")
    found = "an image" if b"pict" in kinds else "an audio" if b"soun" in kinds else "without frames"
    return something_else("a video", found)


@dataclass(frozen=True)
class _Movie:
    """What a file's index and fragments say.

    Attributes:
        data: The file.
        top: Its boxes.
        tracks: Its tracks, with the samples of all fragments.
        seconds: How long it is as its header says; None where that does not say it.
        is_fragmented: Whether it has fragments, or says that it will have some.
        index_is_empty: Whether all samples are in fragments.
    """

    data: Reader
    top: TopLevel
    tracks: list[Track]
    seconds: float | None
    is_fragmented: bool
    index_is_empty: bool

    @classmethod
    def read(cls, data: Reader, top: TopLevel, moov: Box) -> _Movie:
        """Read the index and every fragment."""
        seconds, timescale = movie_seconds(data, moov)
        tracks = read_tracks(data, moov, timescale)
        index_is_empty = not any(track.samples for track in tracks)
        mvex = child(data, moov, b"mvex")
        fragments = [box for box in top.found if box.name == b"moof"]
        is_fragmented = mvex is not None or bool(fragments)
        if is_fragmented:
            by_number = {track.number: track for track in tracks}
            defaults = defaults_of(data, mvex)
            for moof in fragments:
                add_fragment(data, moof, by_number, defaults)
            units = announced_units(data, mvex)
            if units is not None and timescale:
                seconds = units / timescale
            elif not index_is_empty:
                seconds = None  # the header may be about the samples before the fragments only
        return cls(data, top, tracks, seconds, is_fragmented, index_is_empty)

    def trouble(self) -> str:
        """Return what is missing; empty where nothing is."""
        if self.index_is_empty and not self._boxes(b"moof"):
            return "it has no frames yet"
        return self._trouble_of_samples() or self._trouble_of_lengths() or self._trouble_of_index()

    def end_is_known(self) -> bool:
        """Return whether a fragmented file shows that its last fragment is there."""
        if self._boxes(b"mfra"):
            return True
        if self.seconds is not None and self._longest() >= self.seconds - self._frame() / 2:
            # Sound may go on after the frames; but lost frames at the end would seem the same.
            frames = max(each.seconds + each.pause for each in self.tracks if each.kind == b"vide")
            return frames >= self.seconds * MOST_OF_IT
        # One part alone may be the index of one fragment.
        ends = [end for count, end in self._indexes() if count > 1]
        return max(ends, default=0) >= max(track.end for track in self.tracks)

    def _trouble_of_samples(self) -> str:
        media = self._boxes(b"mdat")
        first = min((box.body for box in media), default=0)
        last = max((box.end for box in media), default=0)
        for track in self.tracks:
            if track.kind not in _WITH_MEDIA or track.start is None:
                continue
            name = "frames" if track.kind == b"vide" else "sound"
            if track.is_elsewhere:
                return f"the file has no {name}, another one has"
            if track.end > last:
                return f"{track.end - last} bytes of its {name} are missing"
            if track.start < first:
                return f"its index names a place that has no {name}"
        of_media = [each.trouble for each in self.tracks if each.kind in _WITH_MEDIA]
        return next(filter(None, of_media), "")

    def _trouble_of_lengths(self) -> str:
        for track in self.tracks:
            if track.kind != b"vide":
                continue
            if not track.samples:
                return "it has no frames"
            # With fragments, this header may be about the samples before them only.
            announced = None if self.is_fragmented else track.announced_seconds
            if missing := missing_seconds(track.seconds, announced, track.frame, MOST_OF_IT):
                return missing
        if any(track.is_edited for track in self.tracks):
            return ""
        share = 1.0 if self.is_fragmented else MOST_OF_IT
        return missing_seconds(self._longest(), self.seconds, self._frame(), share)

    def _trouble_of_index(self) -> str:
        for box in self._boxes(b"mfra"):
            if trouble := closing_index_trouble(self.data, box, len(self._boxes(b"moof"))):
                return trouble
        missing = max((end for _, end in self._indexes()), default=0) - self.top.end
        return f"{missing} bytes that its index (sidx) names are missing" if missing > 0 else ""

    def _boxes(self, name: bytes) -> list[Box]:
        return [box for box in self.top.found if box.name == name]

    def _indexes(self) -> list[tuple[int, int]]:
        return [indexed(self.data, box) for box in self._boxes(b"sidx")]

    def _longest(self) -> float:
        return max(track.seconds + track.pause for track in self.tracks)

    def _frame(self) -> float:
        return max(track.frame for track in self.tracks if track.kind == b"vide")
