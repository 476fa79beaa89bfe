"""Keyed under the whole kit: an idempotency key, and documented refusals."""

from pathlib import Path

from polyreel_conformance import AdapterConformance

from toys.keyed.adapter import KeyedAdapter
from toys.keyed.stand_in import KeyedStandIn


class TestKeyed(AdapterConformance):
    adapter = KeyedAdapter
    stand_in = KeyedStandIn
    examples = Path(__file__).parent / "keyed" / "examples"
