"""The scaffold: `polyreel new-provider NAME` writes the folder of a new vendor.

This module is an entry point of polyreel: every command and every client imports it. So it loads
nothing until the command line is built.
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
