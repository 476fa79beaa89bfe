"""The command line, made of its commands."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer

from ..adapters import Registry
from ..config.found import key_variables
from ..errors import PolyreelError
from ..text.redact import redact_message
from . import compare, doctor, generate, init, inspect, jobs, prices, spend, stats, trust
from .exit_codes import EXIT_CODES_IN_WORDS, exit_code
from .no_keys import check_no_key
from .output import say, say_error, say_ignored_config
from .safe_group import SafeGroup
from .sandbox import add_sandbox_commands


def build_app() -> typer.Typer:
    """Return the command line, with the commands of installed plugins."""
    in_terminal = sys.stdout.isatty() and sys.stderr.isatty()
    registry = Registry.installed()
    app = typer.Typer(
        name="polyreel",
        cls=_group_for({each.adapter.key_variable for each in registry.adapters.values()}),
        rich_markup_mode="rich" if in_terminal else None,
        help="One video request, many AI-video vendors.",
        epilog=EXIT_CODES_IN_WORDS,
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,  # local variables may have keys
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_main)
    app.command()(inspect.providers)
    app.command()(inspect.models)
    app.command()(inspect.check)
    app.command()(inspect.wire)
    app.command()(prices.quote)
    app.add_typer(prices.prices_app, name="prices")
    app.command(epilog=EXIT_CODES_IN_WORDS)(generate.generate)
    app.command(epilog=EXIT_CODES_IN_WORDS)(compare.compare)
    app.add_typer(jobs.jobs_app, name="jobs", epilog=EXIT_CODES_IN_WORDS)
    app.command()(stats.stats)
    app.command()(spend.spend)
    add_sandbox_commands(app)
    app.command()(init.init)
    app.command()(doctor.doctor)
    app.command()(trust.trust)
    _add_plugin_commands(app, registry)
    say_ignored_config()
    return app


def _group_for(key_variables: set[str]) -> type[SafeGroup]:
    """Return the commands' group, which refuses keys before it reads any argument."""

    class Group(SafeGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            try:
                check_no_key(args, key_variables | _variables_of_config())
            except PolyreelError as error:
                say_error(error, "--json" in args)
                raise typer.Exit(exit_code(error)) from None
            return super().parse_args(ctx, args)

    return Group


def _variables_of_config() -> set[str]:
    """Return the variables that the config names for keys; none where it can't be read."""
    try:
        return key_variables()
    except PolyreelError:
        return set()  # the command itself says what is wrong with it


def _add_plugin_commands(app: typer.Typer, registry: Registry) -> None:
    """Let plugins add commands. A plugin that fails is reported; other commands still work."""
    for implementation in registry.hooks.polyreel_commands.get_hookimpls():
        try:
            implementation.function(*(app for name in implementation.argnames if name == "app"))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin may raise anything
            message = redact_message(str(error))
            say(
                f"The commands of the plugin {implementation.plugin_name!r} are left out: "
                f"{type(error).__name__}: {message}"
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
