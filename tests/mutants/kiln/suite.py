"""Kiln under the whole suite. Its name keeps it out of the ordinary run; a test runs it."""

from polyreel_conformance import AdapterConformance, examples_folder

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.stand_in import KilnStandIn


class TestKiln(AdapterConformance):
    adapter = KilnAdapter
    stand_in = KilnStandIn
    examples = examples_folder(__file__)
