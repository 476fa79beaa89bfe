"""Harbor under the whole kit."""

from pathlib import Path

from polyreel_conformance import AdapterConformance

from toys.harbor.adapter import HarborAdapter
from toys.harbor.stand_in import HarborStandIn


class TestHarbor(AdapterConformance):
    adapter = HarborAdapter
    stand_in = HarborStandIn
    examples = Path(__file__).parent / "harbor" / "examples"
