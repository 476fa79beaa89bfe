"""The plugin `otel`: reports the jobs of every client to OpenTelemetry's global providers.

It is part of polyreel itself, so it is installed without the extra too; then it does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..adapters import hookimpl
from ..errors import UsageError
from ..forks import renew_in_children

if TYPE_CHECKING:
    from ..jobs.records import JobRecord


class _Made:
    """The one observer of this process; a second one would not know the jobs of the first."""

    def __init__(self) -> None:
        self.renew_after_fork()
        renew_in_children(self)

    def renew_after_fork(self) -> None:
        """Start with no observer, and a lock that no thread of a parent has taken."""
        self._observer: Callable[[JobRecord], None] | None = None
        self._making = threading.Lock()

    def observer(self) -> Callable[[JobRecord], None]:
        """Return the observer; it is created for the first job."""
        with self._making:
            if self._observer is None:
                self._observer = _new_observer()
            return self._observer


_made = _Made()


@hookimpl
def polyreel_job_changed(job: JobRecord) -> None:
    """Report a job when it has ended."""
    _made.observer()(job)


def _new_observer() -> Callable[[JobRecord], None]:
    from . import observer

    try:
        return observer()
    except UsageError:  # the extra is not installed
        return _do_nothing


def _do_nothing(job: JobRecord) -> None:
    """Ignore a job."""
