"""The command line's commands, put together."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from ..registry import Registry
from . import compare, demo, generate, init, inspect, sandbox

_EPILOG = (
    "Exit codes: 0 done · 1 the job failed · 2 the call or config is wrong, or no model can do it "
    "· 3 the provider refused or was not reached · 4 the submit's outcome is unknown · 5 not done "
    "in time or not saved, resumable · 130 interrupted, resumable"
)


def build_app() -> typer.Typer:
    """Return the command line with the installed plugins' own commands."""
    app = typer.Typer(
        name="polyreel",
        help="One video request, many AI-video vendors.",
        epilog=_EPILOG,
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,  # locals may hold keys
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_main)
    app.command()(demo.demo)
    app.command()(inspect.providers)
    app.command()(inspect.models)
    app.command()(inspect.check)
    app.command()(inspect.wire)
    app.command(epilog=_EPILOG)(generate.generate)
    app.command(epilog=_EPILOG)(compare.compare)
    app.command()(sandbox.sandbox)
    app.command()(init.init)
    Registry.installed().hooks.polyreel_commands(app=app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"polyreel {version('polyreel')}")
        raise typer.Exit


def _main(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """One video request, many AI-video vendors."""
