"""The videos of a page: inside the page if they are small, else in separate files."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

EMBED_LIMIT = 60_000_000
"""The most bytes of all videos together; as base64 in a page they are a third larger."""


@dataclass(frozen=True, kw_only=True)
class PageVideos:
    """Where a page finds its videos.

    Attributes:
        are_inside: Whether they are in the page itself.
        sources: The `src` of each `video` element, by the video's file in the facts.
    """

    are_inside: bool
    sources: Mapping[str, str] = field(repr=False)


def find_videos(rows: Sequence[Mapping[str, Any]], page: Path, limit: int) -> PageVideos:
    """Return where a page finds the videos of its rows. A missing file has no source.

    Args:
        rows: The facts of the runs.
        page: The page's own file.
        limit: The most bytes of all videos together that are put into the page.
    """
    files = [row["file"] for row in rows if row["file"] and Path(row["file"]).is_file()]
    are_inside = sum(Path(file).stat().st_size for file in files) <= limit
    make = _inside if are_inside else lambda file: _beside(file, page)
    return PageVideos(are_inside=are_inside, sources={file: make(file) for file in files})


def _inside(file: str) -> str:
    return f"data:video/mp4;base64,{base64.b64encode(Path(file).read_bytes()).decode('ascii')}"


def _beside(file: str, page: Path) -> str:
    try:
        path = Path(os.path.relpath(file, page.absolute().parent)).as_posix()
        return quote(os.fsencode(path))  # its bytes: a name need not be text
    except ValueError:  # another drive: no relative path exists
        return Path(file).absolute().as_uri()
