"""Quick polls, and commands in processes of their own, against stand-ins."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import IO, Any

import pytest
from polyreel.adapters import Adapter, PollTiming, Registry
from polyreel_sandbox import Pace

QUICK = PollTiming(first=0.05, gap=0.05, floor=0.01)
START_QUICKLY = """\
import signal
from polyreel.adapters import PollTiming, Registry
from polyreel.cli import main
for installed in Registry.installed().adapters.values():
    installed.adapter.poll_timing = PollTiming(first=0.05, gap=0.05, floor=0.01)
# A process inherits that interrupts are ignored, e.g. from tests that run in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
ENDLESS = Pace(queued=0.0, running=600.0)
LONGEST = 90.0
"""Seconds after which a command that a test started is killed, so that no test waits for ever."""


def end_retention(patch: pytest.MonkeyPatch, *adapters: type[Adapter]) -> None:
    """Let vendors store no video after a job's end; those that are installed by default."""
    installed = [each.adapter for each in Registry.installed().adapters.values()]
    for adapter in adapters or installed:
        models = tuple(replace(spec, result_retention=timedelta(0)) for spec in adapter.models)
        patch.setattr(adapter, "models", models)


@contextlib.contextmanager
def started(*arguments: str, before: str = "", **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own, which never outlives the test.

    Args:
        before: Code that runs in it first.
        options: More of `Popen`.
    """
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", before + START_QUICKLY, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    limit = threading.Timer(LONGEST, process.kill)
    limit.daemon = True
    limit.start()
    with process:
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def read_until(word: str, stream: IO[str] | None) -> str:
    """Read lines until one holds the word, and return them all."""
    assert stream is not None
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError(f"{word!r} was never said:\n{''.join(lines)}")
