"""Small videos of every container that polyreel takes, encoded by FFmpeg."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

RATE, SAMPLE_RATE = 10, 48_000


@dataclass(frozen=True)
class Form:
    """How a video is written.

    Attributes:
        format: FFmpeg's name of the container.
        codec: The codec of the images; empty for none.
        sound: The codec of the sound; empty for none.
        options: FFmpeg's options of the container.
        can_seek: Whether the writer can go back and write lengths.
        says_its_end: Whether the file says where it ends.
    """

    format: str
    codec: str = "libx264"
    sound: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    can_seek: bool = True
    says_its_end: bool = True


def _mp4(flags: str, **more: Any) -> Form:
    return Form("mp4", options={"movflags": flags}, **more)


_FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"

FORMS: Mapping[str, Form] = {
    "MP4": Form("mp4"),
    "MP4, index first": _mp4("faststart"),
    "MP4 with sound": Form("mp4", sound="aac"),
    "MP4 with sound, index first": _mp4("faststart", sound="aac"),
    "MP4, MPEG-4 images": Form("mp4", "mpeg4"),
    "fragmented MP4": _mp4(_FRAGMENTS),
    "fragmented MP4 with sound": _mp4(_FRAGMENTS, sound="aac"),
    "fragmented MP4, old offsets": _mp4("frag_keyframe+empty_moov", sound="aac"),
    "fragmented MP4, no last index": _mp4(f"{_FRAGMENTS}+skip_trailer", says_its_end=False),
    "fragmented MP4, first index": _mp4(f"{_FRAGMENTS}+global_sidx+skip_trailer"),
    "fragmented MP4 for DASH": _mp4(f"{_FRAGMENTS}+dash"),
    "fragmented MP4, first part in its index": _mp4("frag_keyframe"),
    "MOV": Form("mov"),
    "MOV with PCM sound": Form("mov", sound="pcm_s16le"),
    "MOV, MJPEG": Form("mov", "mjpeg", sound="aac"),
    "WebM": Form("webm", "libvpx"),
    "WebM with sound": Form("webm", "libvpx", sound="libopus"),
    "WebM, live": Form("webm", "libvpx", options={"live": "1"}, says_its_end=False),
    "WebM to a pipe": Form("webm", "libvpx", can_seek=False, says_its_end=False),
    "Matroska": Form("matroska"),
    "Matroska with sound": Form("matroska", sound="aac"),
    "Matroska, index first": Form("matroska", options={"cues_to_front": "1"}, sound="aac"),
    "AVI": Form("avi", "mpeg4"),
    "AVI with sound": Form("avi", "mpeg4", sound="libmp3lame"),
    "AVI to a pipe": Form("avi", "mpeg4", can_seek=False, says_its_end=False),
}
SOUND_ONLY: Mapping[str, Form] = {
    "M4A": Form("ipod", "", "aac"),
    "MP4 of sound": Form("mp4", "", "aac"),
    "fragmented MP4 of sound": Form("mp4", "", "aac", {"movflags": "frag_keyframe+empty_moov"}),
    "WebM of sound": Form("webm", "", "libopus"),
    "AVI of sound": Form("avi", "", "pcm_s16le"),
    "WAV": Form("wav", "", "pcm_s16le"),
    "MP3": Form("mp3", "", "libmp3lame"),
    "Ogg": Form("ogg", "", "libopus"),
}


class _Pipe(io.RawIOBase):
    """A file that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.data += content
        return len(content)


@cache
def encoded(form_name: str, seconds: int = 3) -> bytes:
    """Return a video of a form."""
    form = {**FORMS, **SOUND_ONLY}[form_name]
    if not form.can_seek:
        pipe = _Pipe()
        _write(form, pipe, seconds)
        return bytes(pipe.data)
    # FFmpeg opens its own output again to move an index to the start, so it needs a file.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "video")
        _write(form, str(path), seconds)
        return path.read_bytes()


def _write(form: Form, file: Any, seconds: int) -> None:
    with av.open(file, "w", format=form.format, options=dict(form.options)) as out:
        streams = []
        if form.codec:
            video = cast(VideoStream, out.add_stream(form.codec, rate=RATE))
            video.width, video.height = 64, 48
            video.pix_fmt = "yuvj420p" if form.codec == "mjpeg" else "yuv420p"
            video.codec_context.gop_size = RATE
            streams.append(video)
        if form.sound:
            sound = cast(AudioStream, out.add_stream(form.sound, rate=SAMPLE_RATE))
            sound.layout = "stereo"
            streams.append(cast(Any, sound))
        for number in range(seconds * RATE):
            if form.codec:
                out.mux(video.encode(_image(number)))
            if form.sound:
                out.mux(sound.encode(_tone(number, sound.format.name)))
        for stream in streams:
            out.mux(stream.encode(None))


def _image(number: int) -> VideoFrame:
    frame = VideoFrame(64, 48, "yuv420p")
    for plane in frame.planes:
        step = 37 * number + plane.line_size
        plane.update(bytes((step * each) % 251 for each in range(plane.buffer_size)))
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame


def _tone(number: int, sample_format: str) -> AudioFrame:
    samples = SAMPLE_RATE // RATE
    frame = AudioFrame(format=sample_format, layout="stereo", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
    frame.pts = number * samples
    return frame
