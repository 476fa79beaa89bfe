"""What a film file really is: its pixels, its seconds, its frame rate, its sound."""

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


def probe(path: str | os.PathLike[str] | BinaryIO) -> FilmFacts:
    """Read what the film at `path` really is.

    Args:
        path: A local file, or its bytes as an open file.

    Returns:
        Its pixels, seconds, frame rate, and whether it has sound.

    Raises:
        ValueError: When the file is missing, is not a readable film, or was cut short.
        ImportError: When PyAV is not installed.
    """
    import av
    from av.error import FFmpegError

    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else "the film"
    try:
        if isinstance(path, (str, os.PathLike)) and Path(name).stat().st_size == 0:
            raise ValueError(f"{name}: not a readable film (the file is empty)")
        # An open file, not its name: FFmpeg would take some names for addresses or patterns.
        # Plain `options` would reach the streams too, which makes PyAV 14 crash on FLV.
        with (
            _opened(path) as file,
            av.open(file, "r", container_options={"format_whitelist": _CONTAINERS}) as film,
        ):
            return _facts(film, name)
    except (FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        if error.errno == errno.EINVAL:  # how FFmpeg refuses a container that is not let in
            reason = "its format is not a film's"
        raise ValueError(f"{name}: not a readable film ({reason})") from error


def _opened(path: str | os.PathLike[str] | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Return a file that is closed at the end, unless the caller opened it."""
    if isinstance(path, (str, os.PathLike)):
        return Path(path).open("rb")
    return nullcontext(path)


def _facts(film: InputContainer, name: str) -> FilmFacts:
    if not film.streams.video:
        raise ValueError(f"{name}: not a readable film (no picture track)")
    stream = film.streams.video[0]
    rate = stream.average_rate
    begin, end, frame = float("inf"), 0.0, None
    # The header tells a length too, but it stays intact in a file that was cut short.
    for packet in film.demux(stream):
        if frame is None:
            frame = next(iter(stream.decode(packet)), None)
        if packet.pts is None or packet.is_discard or packet.time_base is None:
            continue
        shown = float(packet.pts * packet.time_base)
        lasts = float(packet.duration * packet.time_base) if packet.duration else 0.0
        begin = min(begin, shown)
        end = max(end, shown + (lasts or (float(1 / rate) if rate else 0.0)))
    if frame is None or end <= begin:
        raise ValueError(f"{name}: not a readable film (no frame could be read)")
    seconds = end - begin
    if stream.duration and stream.time_base:
        promised = float(stream.duration * stream.time_base)
        if seconds < 0.9 * promised - 0.1:
            raise ValueError(
                f"{name}: not a readable film (cut short: {seconds:.1f} of {promised:.1f} s)"
            )
    return FilmFacts(
        width=frame.width,
        height=frame.height,
        seconds=seconds,
        frames_per_second=float(rate) if rate else None,
        has_sound=bool(film.streams.audio),
    )
