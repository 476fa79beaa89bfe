"""Relay under the whole kit: a poll is the status, and then the result."""

from pathlib import Path

from polyreel_conformance import AdapterConformance

from toys.relay.adapter import RelayAdapter
from toys.relay.stand_in import RelayStandIn


class TestRelay(AdapterConformance):
    adapter = RelayAdapter
    stand_in = RelayStandIn
    examples = Path(__file__).parent / "relay" / "examples"
