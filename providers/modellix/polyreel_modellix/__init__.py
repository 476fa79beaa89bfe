"""Modellix for polyreel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polyreel

if TYPE_CHECKING:
    from polyreel import Adapter
    from polyreel.sandbox import StandIn


@polyreel.hookimpl
def polyreel_adapters() -> Iterable[type[Adapter]]:
    """Offer the adapter."""
    from .adapter import ModellixAdapter

    return [ModellixAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> Iterable[type[StandIn]]:
    """Offer the local double."""
    from .stand_in import ModellixStandIn

    return [ModellixStandIn]
