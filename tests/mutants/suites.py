"""Each mutant under the whole kit. pytest does not collect a module of this name by itself."""

from __future__ import annotations

from pathlib import Path

from polyreel_conformance import AdapterConformance

from mutants.all_mutants import MUTANTS
from mutants.kiln.stand_in import KilnStandIn

EXAMPLES = Path(__file__).parent / "kiln" / "examples"

for _each in MUTANTS:
    _under_test = {
        "adapter": _each.adapter,
        "stand_in": KilnStandIn,
        "examples": EXAMPLES,
    }
    globals()[_each.test_class] = type(_each.test_class, (AdapterConformance,), _under_test)
