"""Modellix's adapter under the conformance kit."""

from polyreel_conformance import AdapterConformance, examples_folder
from polyreel_modellix.adapter import ModellixAdapter
from polyreel_modellix.stand_in import ModellixStandIn


class TestModellix(AdapterConformance):
    adapter = ModellixAdapter
    stand_in = ModellixStandIn
    examples = examples_folder(__file__)
