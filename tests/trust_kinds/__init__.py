"""What breaks around a payment, kind by kind: what is tried, by whom, and what comes of it.

Each module here has `KINDS`. `tests/trust_table.py` runs every kind as the command line, as the
blocking client and as the async client, and writes what came of it on the core's page.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from .kind import CALLERS, Caller, Kind, Surroundings

__all__ = ["CALLERS", "Caller", "Kind", "Surroundings", "every_kind"]


def every_kind() -> list[Kind]:
    """Return every kind, by its number and then in the order of its module."""
    kinds: list[Kind] = []
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        module = importlib.import_module(f"{__name__}.{found.name}")
        listed: Sequence[Kind] = getattr(module, "KINDS", ())
        kinds += listed
    return sorted(kinds, key=lambda kind: kind.number)
