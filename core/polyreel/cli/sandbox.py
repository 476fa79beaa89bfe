"""sandbox: the vendors' stand-ins over real HTTP, for use with any client."""

from __future__ import annotations

import threading
from types import ModuleType
from typing import Annotated

import typer

from ..errors import UsageError
from ..registry import Registry
from .output import AsJson, command, out, print_json, say


@command
def sandbox(
    port: Annotated[int, typer.Option("--port", metavar="N", help="0 takes any free one.")] = 8620,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME",
            help="What is to go wrong; repeatable. A wrong name lists all.",
        ),
    ] = None,
    queued: Annotated[float, typer.Option("--queued", help="Seconds in the queue.")] = 1.0,
    running: Annotated[float, typer.Option("--running", help="Seconds of work.")] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Serve the vendors' stand-ins on this machine until interrupted."""
    kit = load_sandbox()
    known = [str(each) for each in kit.Fault]
    for name in fault or []:
        if name not in known:
            raise UsageError(f"no fault is named {name!r}; known are {_by_phase(kit)}")
    registry = Registry.installed()
    try:
        server = kit.Sandbox(
            registry.stand_ins(),
            port=port,
            faults=[kit.Fault(name) for name in fault or []],
            pace=kit.Pace(queued=queued, running=running),
        )
    except (OSError, OverflowError) as error:
        said = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        raise UsageError(f"can't serve on port {port}: {said}. Try --port 0") from None
    with server:
        if as_json:
            print_json({"address": server.address, "base_urls": server.base_urls})
        else:
            for provider, base_url in server.base_urls.items():
                adapter = registry.adapter(provider)
                out().print(
                    f"export {adapter.base_url_variable}={base_url} {adapter.key_variable}=sandbox",
                    markup=False,
                    soft_wrap=True,
                )
            say(f"Serving at {server.address}; any key is accepted. Ctrl-C ends it.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            say(
                "Tasks made: "
                + ", ".join(f"{name} {facts['tasks']}" for name, facts in server.summary().items())
            )


def _by_phase(kit: ModuleType) -> str:
    """Return the names of all faults, by what they happen to."""
    phases: dict[str, list[str]] = {}
    for each in kit.Fault:
        phases.setdefault(each.phase, []).append(str(each))
    return "; ".join(f"on {phase}: {', '.join(names)}" for phase, names in phases.items())


def load_sandbox() -> ModuleType:
    """Return the sandbox package.

    Raises:
        UsageError: When what it needs is not installed.
    """
    try:
        from polyreel import sandbox as kit
    except ImportError as error:
        raise UsageError(
            f"the sandbox needs {error.name}, which is not installed. "
            "Install it with: pip install 'polyreel[sandbox]'"
        ) from None
    return kit
