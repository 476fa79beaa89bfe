"""Writing the files of a report, and checking before that it is possible."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...errors import UsageError
from .videos import EMBED_LIMIT, find_videos


def check_page_can_be_made() -> None:
    """Check, before anything is paid, that the page's template engine is installed.

    Raises:
        UsageError: When jinja2 is missing.
    """
    if find_spec("jinja2") is None:
        raise UsageError(
            'an HTML page needs jinja2. Install it with: pip install "polyreel[report]"'
        )


def write_page(facts: Mapping[str, Any], path: Path, *, embed_limit: int = EMBED_LIMIT) -> None:
    """Write the report as one page that needs no network.

    Args:
        facts: From `report_facts`.
        path: The page's file.
        embed_limit: Videos that together have more bytes are linked, not put into the page.

    Raises:
        UsageError: When jinja2 is missing or the file can't be written.
    """
    check_page_can_be_made()
    from .as_html import render  # this loads the template engine

    write_text(path, render(facts, find_videos(facts["rows"], path, embed_limit)))


def write_text(path: Path, text: str) -> None:
    """Write a whole file, or nothing.

    Raises:
        UsageError: When the system refuses.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"can't write {path}: {error.strerror}") from None
