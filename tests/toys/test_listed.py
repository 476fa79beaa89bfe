"""Listed under the whole kit: a task is found again, by its reference or by a list alone."""

from pathlib import Path

from polyreel_conformance import AdapterConformance
from polyreel_conformance.laws.found_again import FoundAgain

from toys.listed.adapter import ListedAdapter, UnnamedAdapter
from toys.listed.stand_in import ListedStandIn

EXAMPLES = Path(__file__).parent / "listed" / "examples"


class TestListed(AdapterConformance):
    adapter = ListedAdapter
    stand_in = ListedStandIn
    examples = EXAMPLES


class TestUnnamed(FoundAgain):
    adapter = UnnamedAdapter
    stand_in = ListedStandIn
    examples = EXAMPLES
