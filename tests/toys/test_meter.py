"""Meter under the whole kit."""

from pathlib import Path

from polyreel_conformance import AdapterConformance

from toys import meter
from toys.meter.adapter import MeterAdapter
from toys.meter.stand_in import MeterStandIn


class TestMeter(AdapterConformance):
    adapter = MeterAdapter
    stand_in = MeterStandIn
    examples = Path(str(meter.__file__)).parent / "examples"
