"""The hooks that plugins may implement, each with the reason it exists.

Hooks find plugins and observe jobs; everything else is ordinary method calls. A plugin is a
distribution with an entry point in the group `polyreel` that names a module with
`@polyreel.hookimpl` functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from ..jobs.records import JobRecord
    from .adapter import Adapter
    from .stand_in import StandIn

ENTRY_POINT_GROUP = "polyreel"

hookspec = pluggy.HookspecMarker("polyreel")
hookimpl = pluggy.HookimplMarker("polyreel")
"""Marks a plugin's function as the implementation of a hook."""


@hookspec
def polyreel_adapters() -> Iterable[type[Adapter]]:  # type: ignore[empty-body]
    """Return the adapters that the plugin offers, so that a new vendor needs no edit here."""


@hookspec
def polyreel_stand_ins() -> Iterable[type[StandIn]]:  # type: ignore[empty-body]
    """Return the vendors' local doubles, so that demo, sandbox and tests can serve them."""


@hookspec
def polyreel_job_changed(job: JobRecord) -> None:
    """Receive every change of a job, to log, measure or show it."""


@hookspec
def polyreel_commands(app: typer.Typer) -> None:
    """Add commands to the command line, so that a plugin can bring its own tools."""
