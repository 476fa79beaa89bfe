"""Pictures: what an image is, from its own bytes, and whether it is whole."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from ..containers import Wholeness, whole_image
from .media_types import types_of

MOST_DECODED_PIXELS = 50_000_000
"""A larger picture is not decoded: it would take more memory than it is worth."""

_PNG = b"\x89PNG\r\n\x1a\n"
# The next marker: neither filling nor part of the coded picture.
_JPEG_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)
_WITHOUT_CONTENT = (0x01, 0xD8)
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SIZED = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")
_HEAD = 4096
_MOST_PIXELS_A_BYTE = 1032 * 8  # zlib packs no better, and a pixel has at least a bit
_LONGEST_SIDE = 100_000  # pixels; a header that says more is damaged
_ORIENTATION = 0x0112  # the tag of EXIF
_TURNED = (5, 6, 7, 8)  # by a quarter
# imagesize reads how a JPEG is turned, and of no other type.
_TURNED_BY_PILLOW = ("image/png", "image/webp", "image/tiff", "image/avif", "image/heic")
DECODED = (*_SIZED, "image/tiff", "image/avif", "image/heic")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What an image is.

    Attributes:
        width: In pixels, as shown: turned as EXIF says. None where it can't be read.
        height: The same.
        is_cmyk: Whether its colours are those of print.
        peculiar: What else sets it apart from 8-bit colours that are shown as stored, in words:
            `a palette`, `16 bits a colour`, `several frames`, `turned by EXIF`.
    """

    width: int | None = None
    height: int | None = None
    is_cmyk: bool = False
    peculiar: tuple[str, ...] = ()


def read_picture(data: bytes, mime_type: str) -> Picture:
    """Return what an image is. Nothing is decoded.

    Args:
        data: The whole file.
        mime_type: As `media_types.types_of` found it.
    """
    width, height, rotation = _size(io.BytesIO(data), mime_type)
    is_cmyk, peculiar = False, []
    if mime_type == "image/png":
        kinds = {kind for kind, _, _ in _png_chunks(data)}
        peculiar += ["a palette"] if data[25:26] == b"\x03" else []
        depth = data[24] if len(data) > 24 else 8
        peculiar += [f"{depth} bits a colour"] if depth != 8 and not peculiar else []
        peculiar += ["several frames"] if b"acTL" in kinds else []
    elif mime_type == "image/jpeg":
        frame = next((at for marker, at, _ in _jpeg_segments(data) if marker in _JPEG_FRAMES), None)
        if frame is not None:
            is_cmyk = data[frame + 5 : frame + 6] == b"\x04"
            peculiar += ["12 bits a colour"] if data[frame : frame + 1] == b"\x0c" else []
    elif mime_type == "image/webp":
        animated = data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & 2)
        peculiar += ["several frames"] if animated else []
    if rotation not in (-1, 1):
        peculiar.append("turned by EXIF")
    return Picture(width=width, height=height, is_cmyk=is_cmyk, peculiar=tuple(peculiar))


def why_not_whole(data: bytes, mime_type: str) -> str | None:
    """Return why an image is cut or damaged, or None where it is whole as far as is known.

    Its structure is checked; where the extra `media` is installed, it is decoded too. Bytes behind
    its end count for nothing.
    """
    if mime_type not in DECODED:
        return None
    verdict = whole_image(data)
    if verdict.wholeness is Wholeness.CUT:
        return f"it {verdict.reason}"
    return _why_not_decoded(data, mime_type)


def _why_not_decoded(data: bytes, mime_type: str) -> str | None:
    """Return why Pillow can't decode an image; None where it can or is not installed."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        return None
    width, height, _ = _size(io.BytesIO(data), mime_type)
    pixels = (width or 0) * (height or 0)
    if mime_type == "image/png" and pixels > _MOST_PIXELS_A_BYTE * len(data):
        return f"its header says {width}×{height} pixels, more than {len(data)} bytes can hold"
    if mime_type not in _SIZED or pixels > MOST_DECODED_PIXELS:
        return None  # HEIC and AVIF are decoded when they are converted
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("L", (1, 1))  # a JPEG is read to its end, but at an eighth of its size
            image.load()
    except UnidentifiedImageError:
        return "its header can't be read"
    except Image.DecompressionBombError:
        return None if pixels else "its header can't be read"  # too many to decode, not damaged
    except Exception as error:  # noqa: BLE001  # decoders raise whatever they like at damaged data
        return f"it can't be decoded ({type(error).__name__})"
    return None


def displayed_size(file: BinaryIO) -> tuple[int, int] | None:
    """Return the width and height of an image as shown, turned as EXIF says.

    Only its head is read. Some types need the extra `media`.

    Args:
        file: Open, at its beginning.

    Returns:
        None where they can't be read.
    """
    mime_type = next(iter(types_of(file.read(_HEAD))), "")
    file.seek(0)
    width, height, _ = _size(file, mime_type)
    is_small = (width or 0) * (height or 0) <= MOST_DECODED_PIXELS
    if mime_type in _TURNED_BY_PILLOW and is_small:
        file.seek(0)
        found = _size_by_pillow(file, mime_type)
        width, height = (width, height) if None in found else found
    return None if width is None or height is None else (width, height)


def _size_by_pillow(file: BinaryIO, mime_type: str) -> tuple[int | None, int | None]:
    try:
        from PIL import Image, ImageFile

        if mime_type == "image/heic":
            from pillow_heif import HeifImageFile

            image: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call]
        else:
            image = Image.open(file)
        with image:
            across, down = image.size
            # Of a TIFF it gives the size as shown already.
            is_turned = image.format != "TIFF" and image.getexif().get(_ORIENTATION) in _TURNED
            return (down, across) if is_turned else (across, down)
    except Exception:  # noqa: BLE001  # not installed, or a damaged header, which may raise anything
        return None, None


def _size(file: BinaryIO, mime_type: str) -> tuple[int | None, int | None, int]:
    """Return width and height as shown, and the EXIF orientation; -1 where it has none."""
    if mime_type not in _SIZED:
        return None, None, -1
    import imagesize  # type: ignore[import-untyped]  # loaded when an image is first read

    try:
        info = imagesize.get_info(file, dpi=False, colors=False, channels=False)
    except Exception:  # noqa: BLE001  # a damaged header may raise anything; then it is unknown
        return None, None, -1
    if not (0 < info.width <= _LONGEST_SIDE and 0 < info.height <= _LONGEST_SIDE):
        return None, None, info.rotation
    return int(info.width), int(info.height), info.rotation


def _png_chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    """Return the chunks of a PNG: type, begin of the content, and end with the checksum."""
    chunks: list[tuple[bytes, int, int]] = []
    start = len(_PNG)
    while start + 8 <= len(data):
        size, kind = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8]
        chunks.append((kind, start + 8, start + size + 12))
        if kind == b"IEND":
            break
        start += size + 12
    return chunks


def _jpeg_segments(data: bytes) -> list[tuple[int, int, int]]:
    """Return the segments of a JPEG: marker, and begin and end of the content."""
    segments: list[tuple[int, int, int]] = []
    start = 2
    while found := _JPEG_MARKER.search(data, start):  # passes over the coded picture
        marker, at = data[found.end() - 1], found.end()
        if marker == 0xD9:
            segments.append((marker, at, at))
            break
        if marker in _WITHOUT_CONTENT:
            start = at
            continue
        size = int.from_bytes(data[at : at + 2])
        if at + 2 > len(data) or size < 2:
            break
        segments.append((marker, at + 2, at + size))
        start = at + size
    return segments
