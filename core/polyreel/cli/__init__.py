"""The command line. Only this package imports typer and rich."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_INTERRUPTED = 130  # as in exit_codes, whose imports take as long as those that are guarded here


def main() -> None:
    """Run the `polyreel` command."""
    with _quiet_interrupts():
        _prepare_surroundings()
        from .app import build_app

        app = build_app()
    app()


@contextmanager
def _quiet_interrupts() -> Iterator[None]:
    """End at once at Ctrl-C: while modules are imported nothing has begun that must be ended.

    An exception would arise inside of whatever is imported, which may catch or print it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # in the background a shell has SIGINT ignored
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _prepare_surroundings() -> None:
    """Make up for streams and settings that would end every command."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # whoever started this closed it
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115  # open to the end
            setattr(sys, name, nowhere)
    for stream in (sys.stdout, sys.stderr):
        # Without UTF-8 a character that can't be printed becomes a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if os.environ.get("COLUMNS", "").strip() == "0":
        del os.environ["COLUMNS"]  # in no columns rich prints nothing
