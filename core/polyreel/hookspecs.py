"""The hooks that plugins may implement, each with the reason it exists.

Hooks find and observe; the work is ordinary method calls. A plugin is a distribution with
an entry point in the group `polyreel` that names a module with `@polyreel.hookimpl`
functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from .adapter import Adapter
    from .records import JobRecord
    from .sandbox.stand_in import StandIn

ENTRY_POINT_GROUP = "polyreel"

hookspec = pluggy.HookspecMarker("polyreel")
hookimpl = pluggy.HookimplMarker("polyreel")


@hookspec
def polyreel_adapters() -> Iterable[type[Adapter]]:  # type: ignore[empty-body]
    """Return the adapters that the plugin offers, so that vendors need no edit here."""


@hookspec
def polyreel_stand_ins() -> Iterable[type[StandIn]]:  # type: ignore[empty-body]
    """Return the vendors' local doubles, so that demo, sandbox and tests can serve them."""


@hookspec
def polyreel_job_changed(job: JobRecord) -> None:
    """See every change in a job's life, so that it can be logged, measured or shown."""


@hookspec
def polyreel_commands(app: typer.Typer) -> None:
    """Add commands to the command line, so that a plugin's tools stand beside ours."""
