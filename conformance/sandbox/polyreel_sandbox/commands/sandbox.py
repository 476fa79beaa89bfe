"""sandbox: the vendors' stand-ins over real HTTP, for any client."""

from __future__ import annotations

import threading
from typing import Annotated

import typer
from polyreel import UsageError
from polyreel.adapters import Registry
from polyreel.cli.output import AsJson, command, out, print_json, say, styled

from ..faults import Fault
from ..installed import installed_stand_ins
from ..server import Sandbox
from ..task import Pace


@command
def sandbox(
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="The port; 0 for any free one.")
    ] = 8620,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME",
            help="A fault to simulate; repeatable. An unknown name lists all faults.",
        ),
    ] = None,
    queued: Annotated[float, typer.Option("--queued", help="Seconds in the queue.")] = 1.0,
    running: Annotated[float, typer.Option("--running", help="Seconds of work.")] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Serve the vendors' stand-ins on this machine until interrupted."""
    known = {str(each): each for each in Fault}
    for name in fault or []:
        if name not in known:
            raise UsageError(f"unknown fault {name!r}; use one of these: {_by_phase()}")
    registry = Registry.installed()
    try:
        server = Sandbox(
            installed_stand_ins(registry),
            port=port,
            faults=[known[name] for name in fault or []],
            pace=Pace(queued=queued, running=running),
        )
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a port must be from 0 to 65535"
        raise UsageError(f"can't serve on port {port}: {reason}. Try --port 0") from None
    with server:
        if as_json:
            print_json({"address": server.address, "base_urls": server.base_urls})
        else:
            for provider, base_url in server.base_urls.items():
                adapter = registry.adapter(provider)
                out().print(
                    styled(
                        f"export {adapter.base_url_variable}={base_url} "
                        f"{adapter.key_variable}=sandbox"
                    ),
                    soft_wrap=True,
                )
            say(f"Serving at {server.address}; any key is accepted. Press Ctrl-C to stop.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            say(
                "Tasks created: "
                + ", ".join(f"{name} {facts['tasks']}" for name, facts in server.summary().items())
            )


def _by_phase() -> str:
    """Return the names of all faults, by the calls that they affect."""
    phases: dict[str, list[str]] = {}
    for each in Fault:
        phases.setdefault(each.phase, []).append(str(each))
    return "; ".join(f"on {phase}: {', '.join(names)}" for phase, names in phases.items())
