"""What commands print: tables in a terminal, plain lines in a pipe, JSON on request.

Nothing here prints a control character, and nothing that is not ours is read as rich's markup.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..characters import clean, clean_line
from ..errors import PolyreelError
from ..text.csv_cells import csv_cell
from ..text.json_text import json_text
from .exit_codes import INTERRUPTED, RESUMABLE, exit_code

P = ParamSpec("P")
R = TypeVar("R")

_WIDE = 100  # from this many columns on, names are not folded

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV on standard output.")]


def out() -> Console:
    """Return the console for results."""
    return Console(highlight=False, emoji=False)


def notes() -> Console:
    """Return the console for everything else: standard error."""
    return Console(stderr=True, highlight=False, emoji=False)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Return text for a console: each part is safe to show, and has its style where it has one."""
    return Text.assemble(
        *(clean(each) if isinstance(each, str) else (clean(each[0]), each[1]) for each in parts)
    )


def print_json(value: object) -> None:
    """Print a value as JSON, for programs; every text in it is exact."""
    only_ascii = not (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json_text(value, indent=2, only_ascii=only_ascii) + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows: a table in a terminal, tab-separated lines in a pipe."""
    console = out()
    columns = [clean_line(column) for column in columns]
    texts = [["–" if cell is None else clean_line(str(cell)) for cell in row] for row in rows]
    if not console.is_terminal:
        for line in (columns, *texts):
            sys.stdout.write("\t".join(line) + "\n")
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        wide = index == 0 and console.width >= _WIDE
        table.add_column(Text(column), overflow="fold", no_wrap=wide, min_width=len(column))
    for row in texts:
        table.add_row(*map(Text, row))
    console.print(table)


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as CSV, for spreadsheets; a cell without a value is empty."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([columns, *([csv_cell(cell) for cell in row] for row in rows)])
    sys.stdout.flush()


def print_side_by_side(
    heading: str, items: Sequence[tuple[str, Mapping[str, object]]], across: int = 3
) -> None:
    """Print items as columns in a terminal, a few at a time; as rows in a pipe."""
    names = list(items[0][1]) if items else []
    if not out().is_terminal:
        print_table([heading, *names], [[name, *facts.values()] for name, facts in items])
        return
    for start in range(0, len(items), across):
        chunk = items[start : start + across]
        print_table(
            [heading, *(name for name, _ in chunk)],
            [[name, *(facts[name] for _, facts in chunk)] for name in names],
        )


def print_line(text: str) -> None:
    """Print a line of the result, as it is but for control characters."""
    sys.stdout.write(clean_line(text) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Print a line for the person at the terminal, on standard error."""
    _note(styled(text))


class _Said(logging.Handler):
    """Prints log records as notes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        say(record.getMessage())


def say_ignored_config() -> None:
    """From now on print what a client ignores of a config file."""
    logger = logging.getLogger("polyreel.config")
    if not any(isinstance(each, _Said) for each in logger.handlers):
        logger.addHandler(_Said())


def say_error(error: PolyreelError, as_json: bool) -> None:
    """Print an error: a message on standard error and, with `as_json`, JSON on standard output."""
    _say_wrong(error.message)
    if as_json:
        print_json({"error": error.facts()})


def _say_wrong(message: str) -> None:
    _note(styled(("Error", "bold red"), f" {message}"))


def _note(text: Text) -> None:
    with contextlib.suppress(OSError):  # progress that can't be read must not stop a job
        notes().print(text, soft_wrap=True)


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make a command end after a `PolyreelError` with one message and its exit code."""

    @functools.wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            result = function(*arguments, **options)
            sys.stdout.flush()  # at the exit of Python an error of it can't be handled
        except PolyreelError as error:
            say_error(error, bool(options.get("as_json")))
            raise typer.Exit(exit_code(error)) from None
        except KeyboardInterrupt:
            say("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        except OSError as error:
            end_without_output(error)
        return result

    return run


_NOTHING_LOST = "Accepted jobs continue, and saved videos are saved; see polyreel jobs list"


def end_without_output(error: OSError, kept: str = _NOTHING_LOST) -> NoReturn:
    """End a command whose output can't be written, or that was refused another file.

    When the reader has closed the pipe, nobody reads a message. Nothing is known of a job here:
    accepted ones continue and can be resumed, and a saved video is saved.

    Args:
        error: What the system says.
        kept: What came of the jobs, and where to see them, as a sentence without its full stop.
    """
    if not isinstance(error, BrokenPipeError):
        what = error.filename or "the output"
        _say_wrong(f"can't use {what}: {error.strerror}. {kept}.")
    _close_unwritable_output()
    raise typer.Exit(RESUMABLE) from None


def _close_unwritable_output() -> None:
    """Make sure that what can't be printed is not tried again at the exit of Python."""
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # open to the end


def yes_no(value: bool | None) -> str:
    """Return yes or no for a person; None is unknown, never no."""
    return "unknown" if value is None else "yes" if value else "no"


def seconds_text(value: float | None) -> str | None:
    """Return a duration for a person."""
    return None if value is None else f"{value:.1f} s"


def describe(value: Any) -> str:
    """Return a JSON value for a person, on one line."""
    return value if isinstance(value, str) else json_text(value)
