"""The command line. Only this package knows typer and rich."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the `polyreel` command."""
    from .app import build_app

    for stream in (sys.stdout, sys.stderr):
        # A system without UTF-8 gets a question mark for what it lacks, not a crash.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    build_app()()
