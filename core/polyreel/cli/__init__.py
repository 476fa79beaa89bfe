"""The command line. Only this package imports typer and rich."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the `polyreel` command."""
    from .app import build_app

    for stream in (sys.stdout, sys.stderr):
        # Without UTF-8 a character that can't be printed becomes a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    build_app()()
