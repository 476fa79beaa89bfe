"""The commands `demo` and `sandbox`, from the distribution polyreel-sandbox."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from ..errors import UsageError
from .output import command


def add_sandbox_commands(app: typer.Typer) -> None:
    """Add both commands; if the sandbox is not installed, they print how to install it."""
    if find_spec("polyreel_sandbox") is None:
        for name in ("demo", "sandbox"):
            app.command(name, context_settings=_ANY_ARGUMENTS)(_not_installed)
        return
    from polyreel_sandbox.commands import demo, sandbox

    app.command()(demo)
    app.command()(sandbox)


_ANY_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}


@command
def _not_installed() -> None:
    r"""Needs: pip install 'polyreel\[sandbox]'."""
    raise UsageError(
        "the sandbox is not installed. Install it with: pip install 'polyreel[sandbox]'"
    )
