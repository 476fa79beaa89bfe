"""Jimmy AI for polyreel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polyreel

if TYPE_CHECKING:
    from polyreel.adapters import Adapter, StandIn


@polyreel.hookimpl
def polyreel_adapters() -> Iterable[type[Adapter]]:
    """Return the adapter."""
    from .adapter import JimmyAdapter

    return [JimmyAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> Iterable[type[StandIn]]:
    """Return the stand-in."""
    from .stand_in import JimmyStandIn

    return [JimmyStandIn]
