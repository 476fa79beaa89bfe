"""Kiln under the whole kit. pytest does not collect a file of this name; a test runs it."""

from polyreel_conformance import AdapterConformance, examples_folder

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.stand_in import KilnStandIn


class TestKiln(AdapterConformance):
    adapter = KilnAdapter
    stand_in = KilnStandIn
    examples = examples_folder(__file__)
