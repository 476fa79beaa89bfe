"""Lantern under the whole kit: two videos a task, each behind the key."""

from pathlib import Path

from polyreel_conformance import AdapterConformance

from toys.lantern.adapter import BuiltLanternAdapter, LanternAdapter
from toys.lantern.stand_in import LanternStandIn


class TestLantern(AdapterConformance):
    adapter = LanternAdapter
    stand_in = LanternStandIn
    examples = Path(__file__).parent / "lantern" / "examples"
