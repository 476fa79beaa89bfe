"""Renders the video that a stand-in returns: a real MP4 that shows the request."""

from __future__ import annotations

import functools
import math
import tempfile
from array import array
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .card import VideoCard
from .motion import Planes, moving_planes

_BT709, _NARROW = 1, 1  # FFmpeg's numbers for the colour space and the range of the planes

_SAMPLE_RATE = 48_000  # per second
# Whole numbers of hertz: each second then continues in the next one without a click.
_CHORDS = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 330))
_LOUDNESS = 0.05  # of full scale, for each of the three tones


def render_video(card: VideoCard) -> bytes:
    """Render the video of a card.

    The same card gives the same bytes with the same versions of the libraries.

    Args:
        card: What to show, the length and the size.

    Returns:
        An MP4 file: H.264, with an AAC track if the card has sound. Its index is at the start, so
        that it can play during the download.

    Raises:
        ValueError: When the size is odd or too small, or the video would have no frame.
    """
    if min(card.width, card.height) < 16 or card.width % 2 or card.height % 2:
        size = f"{card.width} x {card.height}"
        raise ValueError(
            f"{size} is not a valid size; use an even width and height of at least 16 pixels"
        )
    if card.seconds < 1 or card.frames_per_second < 1:
        raise ValueError("seconds and frames_per_second must be 1 or more")
    # FFmpeg reads its own output to move the index to the start, so it needs a file.
    with tempfile.TemporaryDirectory(prefix="polyreel-") as folder:
        path = Path(folder, "video.mp4")
        _write(card, path)
        return path.read_bytes()


def _write(card: VideoCard, path: Path) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        # The bytes depend on the number of threads, so it does not depend on the machine.
        options = {"preset": "superfast", "crf": "18", "bf": "0", "threads": "2"}
        video = container.add_stream("libx264", rate=card.frames_per_second, options=options)
        _describe(video, card)
        audio = (
            container.add_stream("aac", rate=_SAMPLE_RATE, layout="mono") if card.sound else None
        )
        for number, planes in enumerate(moving_planes(card)):
            second, rest = divmod(number, card.frames_per_second)
            if audio and rest == 0:
                container.mux(audio.encode(_tone_frame(second)))
            container.mux(video.encode(_video_frame(planes, number, card)))
        container.mux(video.encode(None))
        if audio:
            container.mux(audio.encode(None))


def _describe(stream: VideoStream, card: VideoCard) -> None:
    stream.width, stream.height = card.width, card.height
    context = stream.codec_context
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, card.frames_per_second)
    context.gop_size = 2 * card.frames_per_second  # a player can jump to every second second
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _NARROW


def _video_frame(planes: Planes, number: int, card: VideoCard) -> VideoFrame:
    frame = VideoFrame(card.width, card.height, "yuv420p")
    for plane, image in zip(frame.planes, planes, strict=True):
        # FFmpeg pads its rows, so the image is written with rows of the same length.
        plane.update(image.tobytes("raw", "L", plane.line_size, 1))
    frame.pts = number
    frame.time_base = Fraction(1, card.frames_per_second)
    return frame


def _tone_frame(second: int) -> AudioFrame:
    frame = AudioFrame(format="s16", layout="mono", samples=_SAMPLE_RATE)
    frame.planes[0].update(_tone(second % len(_CHORDS)))
    frame.sample_rate = _SAMPLE_RATE
    frame.pts = second * _SAMPLE_RATE
    frame.time_base = Fraction(1, _SAMPLE_RATE)
    return frame


@functools.lru_cache(maxsize=len(_CHORDS))
def _tone(chord: int) -> bytes:
    """Return one second of a chord: 16-bit samples in the machine's byte order, as for FFmpeg."""
    loudness = _LOUDNESS * 32767
    wave = [loudness * math.sin(math.tau * i / _SAMPLE_RATE) for i in range(_SAMPLE_RATE)]
    first, second, third = _CHORDS[chord]
    samples = array("h")
    for i in range(_SAMPLE_RATE):
        # Softer at both ends of the second, so that chords change gently.
        swell = 0.35 + 0.65 * math.sin(math.pi * i / _SAMPLE_RATE)
        tones = wave[i * first % _SAMPLE_RATE] + wave[i * second % _SAMPLE_RATE]
        samples.append(round(swell * (tones + wave[i * third % _SAMPLE_RATE])))
    return samples.tobytes()
