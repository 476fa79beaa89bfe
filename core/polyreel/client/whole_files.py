"""Checking files on this disk: whether a video or an image is whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..containers import Wholeness, whole_image, whole_video
from ..engine.effects import Checked, FileKind


def check_file(path: Path, kind: FileKind, *, with_digest: bool) -> Checked:
    """Return whether a file is whole.

    Args:
        path: The file.
        kind: What it must be.
        with_digest: Whether to read all bytes of an open-ended file, for a comparison.

    Raises:
        OSError: When it can't be read.
    """
    verdict = whole_video(path) if kind == "video" else whole_image(path)
    if not with_digest or verdict.wholeness is not Wholeness.OPEN_ENDED:
        return Checked(verdict=verdict)
    with path.open("rb") as file:
        return Checked(verdict=verdict, digest=hashlib.file_digest(file, "sha256").hexdigest())
