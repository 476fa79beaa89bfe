"""Each mutant under the whole suite. The module's name keeps it out of the ordinary run."""

from __future__ import annotations

from pathlib import Path

from polyreel_conformance import AdapterConformance

from mutants.all_of_them import MUTANTS
from mutants.kiln.stand_in import KilnStandIn

EXAMPLES = Path(__file__).parent / "kiln" / "examples"

for _each in MUTANTS:
    _under_test = {
        "adapter": _each.adapter,
        "stand_in": KilnStandIn,
        "examples": EXAMPLES,
    }
    globals()[_each.test_class] = type(_each.test_class, (AdapterConformance,), _under_test)
