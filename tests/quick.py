"""Quick polls, and commands in processes of their own, against stand-ins."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

from polyreel import PollTiming
from polyreel.sandbox import Pace

QUICK = PollTiming(first=0.05, gap=0.05, floor=0.01)
START_QUICKLY = """\
from polyreel import PollTiming, Registry
from polyreel.cli import main
for installed in Registry.installed().adapters.values():
    installed.adapter.poll_timing = PollTiming(first=0.05, gap=0.05, floor=0.01)
main()
"""
ENDLESS = Pace(queued=0.0, running=600.0)


@contextlib.contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own, which never outlives the test."""
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", START_QUICKLY, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    with process:
        try:
            yield process
        finally:
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
