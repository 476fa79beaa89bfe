"""Files that are read whole: regular ones of limited size. A pipe or a device is refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_plain_file(path: Path, most: int) -> bytes:
    """Return the first bytes of a file.

    Args:
        path: The file.
        most: How many bytes at most.

    Raises:
        OSError: When it can't be read, or is not a regular file. Nothing waits for a pipe's writer.
    """
    with open(path, "rb", opener=_without_waiting) as file:  # a Path takes no opener
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
        return file.read(most)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
