"""What a film file really is: its pixels, its seconds, its frame rate, its sound."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# FFmpeg also opens pictures, text and playlists as "video", and a playlist may point to other
# files or to the network. Only real film containers are let in.
_CONTAINERS = "mov,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif"


@dataclass(frozen=True)
class FilmFacts:
    """What was read from a film file.

    Attributes:
        width: In pixels, as stored: a rotation mark is not applied.
        height: In pixels, as stored: a rotation mark is not applied.
        seconds: Length of the picture track, in seconds.
        frames_per_second: The average; None where the file does not tell.
        has_sound: Whether there is an audio track. It may still be silent.
    """

    width: int
    height: int
    seconds: float
    frames_per_second: float | None
    has_sound: bool


def probe(path: str | os.PathLike[str]) -> FilmFacts:
    """Read what the film at `path` really is.

    Args:
        path: A local file.

    Returns:
        Its pixels, seconds, frame rate, and whether it has sound.

    Raises:
        ValueError: When the file is missing or is not a readable film.
        ImportError: When PyAV is not installed.
    """
    import av

    name = os.fspath(path)
    try:
        # An open file, not its name: FFmpeg would take some names for addresses or patterns.
        with (
            open(name, "rb") as file,
            av.open(file, "r", options={"format_whitelist": _CONTAINERS}) as film,
        ):
            return _facts(film, name)
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        raise ValueError(f"{name}: not a readable film ({reason})") from error


def _facts(film: InputContainer, name: str) -> FilmFacts:
    if not film.streams.video:
        raise ValueError(f"{name}: not a readable film (no picture track)")
    stream = film.streams.video[0]
    # A file may have an intact header and broken pictures, so one frame is really decoded.
    frame = next(film.decode(stream), None)
    if frame is None:
        raise ValueError(f"{name}: not a readable film (no frame could be decoded)")
    rate = stream.average_rate
    return FilmFacts(
        width=frame.width,
        height=frame.height,
        seconds=_seconds(film, stream, name),
        frames_per_second=float(rate) if rate else None,
        has_sound=bool(film.streams.audio),
    )


def _seconds(film: InputContainer, stream: VideoStream, name: str) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if film.duration:
        return film.duration / 1_000_000  # the container counts in microseconds
    # Neither header tells (a stream written live): the packets do.
    film.seek(0)
    begin, end = float("inf"), 0.0
    for packet in film.demux(stream):
        if packet.pts is not None and packet.time_base:
            begin = min(begin, float(packet.pts * packet.time_base))
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    if end <= begin:
        raise ValueError(f"{name}: not a readable film (its length is unknown)")
    return end - begin
