"""Small pictures of every kind, and a sound, for tests."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import av
from PIL import Image


@cache
def picture(kind: str = "PNG", mode: str = "RGB", width: int = 64, height: int = 48) -> bytes:
    """Return a picture, red on its left half and blue on its right one.

    Args:
        kind: The format, in Pillow's spelling; `HEIF` needs pillow-heif.
        mode: The colours, in Pillow's spelling.
        width: In pixels.
        height: In pixels.
    """
    return written(drawn(mode, width, height), kind)


def drawn(mode: str = "RGB", width: int = 64, height: int = 48) -> Image.Image:
    """Return the picture itself."""
    image = Image.new("RGB", (width, height), (200, 30, 20))
    image.paste((20, 40, 190), (width // 2, 0, width, height))
    return image if mode == "RGB" else image.convert(mode)


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


@cache
def sound(brand: str = "M4A ") -> bytes:
    """Return a short sound as an MP4 file of a brand, four characters."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = 8000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    data = file.getvalue()
    return data[:8] + brand.encode() + data[12:]
