"""Reading a file at given places, with bounded memory and a bounded number of steps."""

from __future__ import annotations

import io
import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Source = str | os.PathLike[str] | bytes | BinaryIO
"""A local file, its bytes, or an open file."""

STEPS = 1_000_000
"""The most reads for one file. An hour of WebM has about a third of them."""
LARGEST_TABLE = 4_000_000
"""The most entries of one table: a day of video has about as many pictures."""

_HEAD = 64
_NUMBERS_A_STEP = 8


class TooManyParts(Exception):
    """A file has more parts than are checked."""


class Reader:
    """Reads a file at given places.

    Attributes:
        size: Bytes in the file.
    """

    def __init__(self, file: BinaryIO, size: int, steps: int = STEPS) -> None:
        """Read an open file.

        Args:
            file: The file; its position changes.
            size: Its size in bytes.
            steps: The most reads before `TooManyParts`.
        """
        self.size = size
        self._file = file
        self._steps = steps

    def at(self, offset: int, length: int) -> bytes:
        """Return the bytes at a place: fewer than asked for at the file's end.

        Raises:
            TooManyParts: When there were too many reads.
        """
        self._steps -= 1
        if self._steps < 0:
            raise TooManyParts
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        self._file.seek(offset)
        return self._file.read(length)

    def number(self, offset: int, width: int) -> int:
        """Return a big-endian number; bytes after the file's end are missing."""
        return int.from_bytes(self.at(offset, width), "big")

    def numbers(self, offset: int, count: int, width: int) -> array[int]:
        """Return big-endian numbers of 4 or 8 bytes; those after the file's end are missing.

        Raises:
            TooManyParts: When they are more than `LARGEST_TABLE`.
        """
        if min(count * width, self.size - offset) > LARGEST_TABLE * width:
            raise TooManyParts
        self._steps -= count // _NUMBERS_A_STEP
        data = self.at(offset, count * width)
        found = array("I" if width == 4 else "Q", data[: len(data) // width * width])
        if sys.byteorder == "little":
            found.byteswap()
        return found

    def head(self) -> bytes:
        """Return the first bytes."""
        return self.at(0, _HEAD)


@contextmanager
def reader(source: Source, size: int | None = None) -> Iterator[Reader]:
    """Open a file to read at given places.

    Args:
        source: A local file, its bytes, or an open file, which stays open.
        size: Its size; None to ask the file.

    Raises:
        OSError: When the file can't be read.
    """
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            yield Reader(file, _size_of(file) if size is None else size)
        return
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    yield Reader(opened, _size_of(opened) if size is None else size)


def _size_of(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
