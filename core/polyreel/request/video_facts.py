"""Probing a video file: its size in pixels, duration, frame rate and sound."""

from __future__ import annotations

import errno
import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av.container import InputContainer

# FFmpeg also opens pictures, text and playlists as "video", and a playlist may point to other
# files or to the network. Only real video containers are accepted.
_CONTAINERS = "mov,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif"


@dataclass(frozen=True)
class VideoFacts:
    """What was read from a video file.

    Attributes:
        width: In pixels, as stored: a rotation is not applied.
        height: In pixels, as stored: a rotation is not applied.
        seconds: Duration of the picture track, in seconds.
        frames_per_second: The average; None where the file does not say it.
        has_sound: Whether there is an audio track. It may still be silent.
    """

    width: int
    height: int
    seconds: float
    frames_per_second: float | None
    has_sound: bool


def probe(path: str | os.PathLike[str] | BinaryIO) -> VideoFacts:
    """Read a video's size, duration, frame rate and whether it has sound.

    Args:
        path: A local file, or its bytes as an open file.

    Raises:
        ValueError: When the file is missing, is not a readable video, or was cut short.
        ImportError: When PyAV is not installed.
    """
    import av
    from av.error import FFmpegError

    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else "the video"
    try:
        if isinstance(path, (str, os.PathLike)) and Path(name).stat().st_size == 0:
            raise ValueError(f"{name}: not a readable video (the file is empty)")
        # An open file, not its name: FFmpeg would take some names for addresses or patterns.
        # Plain `options` would reach the streams too, which makes PyAV 14 crash on FLV.
        with (
            _opened(path) as file,
            av.open(file, "r", container_options={"format_whitelist": _CONTAINERS}) as video,
        ):
            return _facts(video, name)
    except (FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        if error.errno == errno.EINVAL:  # how FFmpeg refuses a container that is not accepted
            reason = "its format is not a video format"
        raise ValueError(f"{name}: not a readable video ({reason})") from error


def _opened(path: str | os.PathLike[str] | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Return a file that is closed at the end, unless the caller opened it."""
    if isinstance(path, (str, os.PathLike)):
        return Path(path).open("rb")
    return nullcontext(path)


def _facts(video: InputContainer, name: str) -> VideoFacts:
    if not video.streams.video:
        raise ValueError(f"{name}: not a readable video (no picture track)")
    stream = video.streams.video[0]
    # Its type says that it is always there. Without it, `decode` of PyAV 14 ends the process.
    if getattr(stream, "codec_context", None) is None:
        raise ValueError(f"{name}: not a readable video (its codec is unknown)")
    rate = stream.average_rate
    begin, end, frame = float("inf"), 0.0, None
    # The header states a duration too, but it does not change when a file is cut short.
    for packet in video.demux(stream):
        if frame is None:
            frame = next(iter(stream.decode(packet)), None)
        if packet.pts is None or packet.is_discard or packet.time_base is None:
            continue
        shown = float(packet.pts * packet.time_base)
        lasts = float(packet.duration * packet.time_base) if packet.duration else 0.0
        begin = min(begin, shown)
        end = max(end, shown + (lasts or (float(1 / rate) if rate else 0.0)))
    if frame is None or end <= begin:
        raise ValueError(f"{name}: not a readable video (no frame could be read)")
    seconds = end - begin
    if stream.duration and stream.time_base:
        stated = float(stream.duration * stream.time_base)
        if seconds < 0.9 * stated - 0.1:
            raise ValueError(
                f"{name}: not a readable video (cut short: {seconds:.1f} of {stated:.1f} s)"
            )
    return VideoFacts(
        width=frame.width,
        height=frame.height,
        seconds=seconds,
        frames_per_second=float(rate) if rate else None,
        has_sound=bool(video.streams.audio),
    )
