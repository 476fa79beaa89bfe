"""The plugin `otel`: reports the jobs of every client to OpenTelemetry's global providers.

It is part of polyreel itself, so it is installed without the extra too; then it does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..adapters import hookimpl
from ..errors import UsageError

if TYPE_CHECKING:
    from ..jobs.records import JobRecord

_made: list[Callable[[JobRecord], None]] = []
_making = threading.Lock()


@hookimpl
def polyreel_job_changed(job: JobRecord) -> None:
    """Report a job when it has ended."""
    _observer()(job)


def _observer() -> Callable[[JobRecord], None]:
    """Return the one observer of this process; it is created for the first job."""
    with _making:  # a second one would not know the jobs of the first
        if not _made:
            _made.append(_new_observer())
        return _made[0]


def _new_observer() -> Callable[[JobRecord], None]:
    from . import observer

    try:
        return observer()
    except UsageError:  # the extra is not installed
        return _do_nothing


def _do_nothing(job: JobRecord) -> None:
    """Ignore a job."""
