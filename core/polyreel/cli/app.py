"""The command line's commands, put together."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ..redact import redact_message
from ..registry import Registry
from . import compare, demo, generate, init, inspect, jobs, prices, sandbox, spend, stats
from .output import say

_EPILOG = (
    "Exit codes: 0 done · 1 the job failed · 2 the call or config is wrong, or no model can do it "
    "· 3 the provider refused or was not reached · 4 the submit's outcome is unknown · 5 not done "
    "in time or not saved, resumable · 130 interrupted, resumable"
)


def build_app() -> typer.Typer:
    """Return the command line with the installed plugins' own commands."""
    in_terminal = sys.stdout.isatty() and sys.stderr.isatty()
    app = typer.Typer(
        name="polyreel",
        rich_markup_mode="rich" if in_terminal else None,
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
    app.command()(prices.quote)
    app.add_typer(prices.prices_app, name="prices")
    app.command(epilog=_EPILOG)(generate.generate)
    app.command(epilog=_EPILOG)(compare.compare)
    app.add_typer(jobs.jobs_app, name="jobs", epilog=_EPILOG)
    app.command()(stats.stats)
    app.command()(spend.spend)
    app.command()(sandbox.sandbox)
    app.command()(init.init)
    _add_plugin_commands(app)
    return app


def _add_plugin_commands(app: typer.Typer) -> None:
    """Let plugins add commands; one that fails is told of and harms no other command."""
    for implementation in Registry.installed().hooks.polyreel_commands.get_hookimpls():
        try:
            implementation.function(*(app for name in implementation.argnames if name == "app"))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin may fail in any way
            said = redact_message(str(error))
            say(
                f"The commands of the plugin {implementation.plugin_name!r} are left out: "
                f"{type(error).__name__}: {said}"
            )


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
