"""The command line. Only this package knows typer and rich."""

from __future__ import annotations


def main() -> None:
    """Run the `polyreel` command."""
    from .app import build_app

    build_app()()
