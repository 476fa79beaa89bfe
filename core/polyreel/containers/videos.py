"""Whether a video file is whole: MP4, MOV, WebM, Matroska and AVI."""

from __future__ import annotations

from .avi import avi_verdict
from .boxes import FIRST_BOXES
from .kinds import what_it_is
from .matroska import matroska_verdict
from .mp4 import mp4_verdict
from .reading import Reader, Source, TooManyParts, reader
from .verdict import Verdict, open_ended, something_else


def whole_video(source: Source, *, size: int | None = None) -> Verdict:
    """Return whether a video file is whole, by its structure; no frame is decoded.

    The file is read at places, in bounded memory and time, whatever it has and says.

    What can't be seen: a lost last part that has neither frames nor sound (such as `free`), and
    bytes that were replaced by others.

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
    if head[4:8] in FIRST_BOXES:
        return mp4_verdict(data)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return matroska_verdict(data)
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return avi_verdict(data)
    return something_else("a video", what_it_is(head))
