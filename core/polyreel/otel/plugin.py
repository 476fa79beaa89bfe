"""The plugin `otel`: every client's jobs, to the global providers of OpenTelemetry.

It comes with polyreel itself, so it is there without the extra, too; then it does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..hookspecs import hookimpl

if TYPE_CHECKING:
    from ..records import JobRecord

_made: list[Callable[[JobRecord], None]] = []
_making = threading.Lock()


@hookimpl
def polyreel_job_changed(job: JobRecord) -> None:
    """Report a job, once it has ended."""
    _observer()(job)


def _observer() -> Callable[[JobRecord], None]:
    """Return the one observer of this process; it is made for the first job, not before."""
    with _making:  # a second one would not know what the first has seen
        if not _made:
            _made.append(_new_observer())
        return _made[0]


def _new_observer() -> Callable[[JobRecord], None]:
    from . import observer

    try:
        return observer()
    except UsageError:  # the extra is not installed, and nobody asked for it
        return _see_nothing


def _see_nothing(job: JobRecord) -> None:
    """Do nothing."""
