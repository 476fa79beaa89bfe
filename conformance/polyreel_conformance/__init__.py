"""The conformance kit: a test suite that shows an adapter's author what is right and wrong.

Names are loaded on first use. pytest imports this package at its start, for the plugin in it,
and can rewrite the assertions only of modules that are imported later.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .outcomes import KnownGap as KnownGap
    from .requests.accepted import accepted_requests as accepted_requests
    from .requests.refused import refused_requests as refused_requests
    from .suite import AdapterConformance as AdapterConformance
    from .tools.flows import examples_folder as examples_folder
    from .tools.mount import ManualClock as ManualClock
    from .tools.mount import mounted as mounted

_MODULES = {
    "AdapterConformance": "suite",
    "KnownGap": "outcomes",
    "ManualClock": "tools.mount",
    "accepted_requests": "requests.accepted",
    "examples_folder": "tools.flows",
    "mounted": "tools.mount",
    "refused_requests": "requests.refused",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605  # pyright: ignore[reportUnsupportedDunderAll]  # one table, not two


def __getattr__(name: str) -> Any:
    """Load a public name from its module, once."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
