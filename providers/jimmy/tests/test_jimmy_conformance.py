"""Jimmy keeps the laws that every adapter keeps."""

from polyreel_conformance import AdapterConformance, examples_folder
from polyreel_jimmy.adapter import JimmyAdapter
from polyreel_jimmy.stand_in import JimmyStandIn


class TestJimmy(AdapterConformance):
    adapter = JimmyAdapter
    stand_in = JimmyStandIn
    examples = examples_folder(__file__)
