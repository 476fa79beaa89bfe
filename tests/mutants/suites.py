"""Each mutant under the whole kit. pytest does not collect a module of this name by itself."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

from polyreel_conformance import AdapterConformance
from polyreel_sandbox import StandIn

from mutants.all_mutants import MUTANTS


def _vendor(package: str) -> dict[str, Any]:
    """Return the stand-in and the examples of a toy vendor."""
    module = importlib.import_module(f"{package}.stand_in")
    (stand_in,) = [
        each
        for each in vars(module).values()
        if inspect.isclass(each)
        and issubclass(each, StandIn)
        and each.__module__ == module.__name__
    ]
    assert module.__file__ is not None
    return {"stand_in": stand_in, "examples": Path(module.__file__).parent / "examples"}


for _each in MUTANTS:
    globals()[_each.test_class] = type(
        _each.test_class,
        (AdapterConformance,),
        {"adapter": _each.adapter, **_vendor(_each.of)},
    )
