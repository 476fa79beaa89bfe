"""The films of a page: put into it while they are small, beside it when they are not."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

EMBED_LIMIT = 60_000_000
"""Bytes of all films together. As base64 in a page they are a third larger."""


@dataclass(frozen=True, kw_only=True)
class PageFilms:
    """Where a page finds its films.

    Attributes:
        are_inside: Whether they are in the page itself.
        sources: By the film's file as the facts name it: what a `video` element is given.
    """

    are_inside: bool
    sources: Mapping[str, str] = field(repr=False)


def find_films(rows: Sequence[Mapping[str, Any]], page: Path, limit: int) -> PageFilms:
    """Return where a page finds the films of its rows. A film that is gone has no source.

    Args:
        rows: The runs' facts.
        page: The page's own file.
        limit: Bytes of all films together that may stand in the page.
    """
    files = [row["file"] for row in rows if row["file"] and Path(row["file"]).is_file()]
    are_inside = sum(Path(file).stat().st_size for file in files) <= limit
    make = _inside if are_inside else lambda file: _beside(file, page)
    return PageFilms(are_inside=are_inside, sources={file: make(file) for file in files})


def _inside(file: str) -> str:
    return f"data:video/mp4;base64,{base64.b64encode(Path(file).read_bytes()).decode('ascii')}"


def _beside(file: str, page: Path) -> str:
    try:
        return quote(Path(os.path.relpath(file, page.absolute().parent)).as_posix())
    except ValueError:  # another drive: there is no way from here to there
        return Path(file).absolute().as_uri()
