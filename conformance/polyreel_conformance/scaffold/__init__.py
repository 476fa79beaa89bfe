"""The scaffold: `polyreel new-provider NAME` makes a new vendor's folder to fill in.

This module is an entry point of polyreel, so every command and every client imports it: it
loads nothing until the command line is put together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polyreel

if TYPE_CHECKING:
    import typer


@polyreel.hookimpl
def polyreel_commands(app: typer.Typer) -> None:
    """Add `new-provider` to the command line."""
    from .command import new_provider

    app.command()(new_provider)
