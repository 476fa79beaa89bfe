"""A client of the toy vendor Meter, whose stand-in is served under a mocked transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from polyreel import Client, Config
from polyreel_conformance import ManualClock
from polyreel_conformance.tools.mount import mounted
from polyreel_sandbox import Pace, Progress, StandIn, Task
from toy_adapter import registry_of
from toys.meter.adapter import MeterAdapter
from toys.meter.stand_in import MeterStandIn

METER = "meter/meter-one"
AT_ONCE = Pace(queued=0.0, running=0.0)
Change = Callable[[dict[str, Any]], Mapping[str, Any]]


def as_it_is(answer: dict[str, Any]) -> Mapping[str, Any]:
    return answer


def stand_in(created: Change = as_it_is, status: Change = as_it_is) -> type[MeterStandIn]:
    """Return a stand-in that changes its answers to creates and to polls."""

    class Changed(MeterStandIn):
        def created(self, task: Task) -> Mapping[str, Any]:
            return created(dict(super().created(task)))

        def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
            return status(dict(super().status(task, progress)))

    return Changed


@contextmanager
def metered(
    folder: Path,
    kind: type[StandIn] = MeterStandIn,
    *,
    config: Config | None = None,
    address: str | None = None,
) -> Iterator[Client]:
    """Return a client of Meter, with a journal in a folder.

    Args:
        folder: Where the journal is.
        kind: The stand-in.
        config: The user's config.
        address: Where the stand-in is served; None for the vendor's own address.
    """
    clock = ManualClock()
    options = client_options(folder, config, address, clock)
    with mounted(kind, clock=clock, pace=AT_ONCE, address=address), Client(**options) as client:
        yield client


def client_options(
    folder: Path,
    config: Config | None = None,
    address: str | None = None,
    clock: ManualClock | None = None,
) -> dict[str, Any]:
    """Return the options of such a client."""
    return {
        "config": config or Config(),
        "registry": registry_of(MeterAdapter),
        "api_keys": {"meter": "sk-meter-key-123456"},
        "base_urls": {} if address is None else {"meter": address},
        "journal": folder / "journal.sqlite3",
        "environment": {},
        "clock": clock or ManualClock(),
    }
