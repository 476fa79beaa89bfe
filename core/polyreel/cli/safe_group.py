"""SafeGroup: what the library prints by itself is safe, and ends well where it can't be printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from ..characters import clean
from .output import end_without_output


class SafeGroup(TyperGroup):
    """A group of commands that cleans what the library says of wrong arguments."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command, and end; with the usual code also where an error can't be printed."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            cause: BaseException | None = error
            while cause is not None:
                code = getattr(cause, "exit_code", None)
                if code is not None:
                    sys.exit(code)
                cause = cause.__context__
            raise

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the group's own arguments."""
        with _clean_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Read the arguments of the command, and run it."""
        with _clean_errors():
            return super().invoke(ctx)


@contextmanager
def _clean_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # the library prints help and the version by itself
        end_without_output(error)
    except Exception as error:
        if hasattr(error, "format_message"):  # the library's own errors; others pass as they are
            for name, value in vars(error).items():
                if isinstance(value, str):
                    setattr(error, name, clean(value))
        raise
