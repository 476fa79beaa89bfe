"""doctor: what polyreel finds around it, and what would stop a command. Needs no network."""

from __future__ import annotations

import os
from dataclasses import asdict

import typer

from .exit_codes import DONE, USAGE
from .findings import State, every_finding
from .output import AsJson, command, print_json, print_table, say


@command
def doctor(as_json: AsJson = False) -> None:
    """Show versions, plugins, keys, config, journal, proxies and certificates. Sends nothing.

    Shows no key and no password. The exit code is 2 when something would stop a command.
    """
    found = every_finding(os.environ)
    problems = [each for each in found if each.state is State.PROBLEM]
    if as_json:
        print_json({"findings": [asdict(each) for each in found], "problems": len(problems)})
    else:
        print_table(
            ("what", "name", "state", "details"),
            [(each.area, each.name, each.state, each.details) for each in found],
        )
        if problems:
            say(f"Found {len(problems)} that would stop a command; each says what to do.")
    raise typer.Exit(USAGE if problems else DONE)
