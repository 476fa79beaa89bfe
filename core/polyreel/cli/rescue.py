"""jobs rescue: a new journal of what can be read of a damaged one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..client import Client
from ..config import journal_file
from ..errors import UsageError
from ..jobs.journal.rescue import rescue as write_rescued
from .output import AsJson, command, print_json, say


@command
def rescue(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="The new journal. Default: beside the old one."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a new journal of what can be read of a damaged one; the old file stays."""
    with Client() as client:
        damaged = journal_file(client.config, client.planner.environment)
    if damaged is None:
        raise UsageError("the config switches the journal off, so there is nothing to rescue")
    done = write_rescued(damaged, to or damaged.with_name(f"{damaged.stem}.rescued.sqlite3"))
    if as_json:
        print_json(
            {
                "journal": str(done.path),
                "jobs": done.jobs,
                "lost": list(done.lost),
                "lost_without_id": done.lost_without_id,
                "may_have_more": done.may_have_more,
            }
        )
        return
    say(f"{done.path} has {done.jobs} jobs; {damaged} is as it was.")
    lost = [*done.lost]
    if done.lost_without_id:
        lost.append(f"{done.lost_without_id} more, whose ids can't be read either")
    if lost:
        say(
            "These jobs could not be read. Their tasks may exist; check the provider's console:\n"
            + "\n".join(f"  {each}" for each in lost)
        )
    if done.may_have_more:
        say("There may have been more jobs: nothing that can be read names them.")
    say(
        "To use it: end every process that uses polyreel, move the damaged file away, then rename "
        f"{done.path.name} to {damaged.name}."
    )
