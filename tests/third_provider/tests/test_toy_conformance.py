from polyreel_conformance import AdapterConformance, examples_folder
from polyreel_toy.adapter import ToyAdapter
from polyreel_toy.stand_in import ToyStandIn


class TestToy(AdapterConformance):
    adapter = ToyAdapter
    stand_in = ToyStandIn
    examples = examples_folder(__file__)
