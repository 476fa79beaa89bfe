"""Writing a report's files, and being sure beforehand that they can be made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .films import EMBED_LIMIT, find_films


def check_page_can_be_made() -> None:
    """Make sure, before anything is paid, that the page's template engine is there.

    Raises:
        UsageError: Says what to install.
    """
    if find_spec("jinja2") is None:
        raise UsageError(
            'an HTML page needs jinja2. Install it with: pip install "polyreel[report]"'
        )


def write_page(facts: Mapping[str, Any], path: Path, *, embed_limit: int = EMBED_LIMIT) -> None:
    """Write the report as one page that needs no network.

    Args:
        facts: From `report_facts`.
        path: The page.
        embed_limit: Films that have more bytes together are linked, not put into the page.

    Raises:
        UsageError: When jinja2 is missing or the file can't be written.
    """
    check_page_can_be_made()
    from .as_html import render  # it loads the template engine

    write_text(path, render(facts, find_films(facts["rows"], path, embed_limit)))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

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
