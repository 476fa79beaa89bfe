from polyreel_acme.adapter import AcmeAdapter
from polyreel_acme.stand_in import AcmeStandIn
from polyreel_conformance import AdapterConformance, examples_folder


class TestAcme(AdapterConformance):
    adapter = AcmeAdapter
    stand_in = AcmeStandIn
    examples = examples_folder(__file__)
