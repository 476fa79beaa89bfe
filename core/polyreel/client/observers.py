"""Observers: the caller's own and the plugins'; they are notified of every change of a job."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass

import pluggy

from ..adapters import Registry
from ..jobs import JobRecord
from .arguments import Observer

log = logging.getLogger("polyreel")


@dataclass(frozen=True)
class Observers:
    """Who is notified.

    Attributes:
        registry: Has the plugins that observe.
        on_change: The caller's own observer.
    """

    registry: Registry
    on_change: Observer | None = None

    def notify(self, record: JobRecord) -> None:
        """Notify every observer. An observer that fails is logged; the job continues."""
        hooks = self.registry.hooks.polyreel_job_changed.get_hookimpls()
        observers: list[Observer] = [] if self.on_change is None else [self.on_change]
        observers += [functools.partial(_call_hook, each) for each in hooks]
        for observer in observers:
            try:
                observer(record)
            except Exception:  # an observer may raise anything; a paid job must continue
                log.exception("an observer of %s failed", record.model)


def _call_hook(implementation: pluggy.HookImpl, record: JobRecord) -> None:
    """Call one plugin's observer with the arguments that it declares."""
    wanted = {"job": record} if "job" in implementation.argnames else {}
    implementation.function(**wanted)
