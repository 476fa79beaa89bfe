"""Lantern under the whole kit: two videos a task, each behind the key."""

import json
from pathlib import Path

from polyreel.adapters import JobStatus
from polyreel_conformance import AdapterConformance
from polyreel_conformance.tools.flows import answered

from toys.lantern.adapter import BuiltLanternAdapter, LanternAdapter
from toys.lantern.stand_in import LanternStandIn

EXAMPLES = Path(__file__).parent / "lantern" / "examples"


class TestLantern(AdapterConformance):
    adapter = LanternAdapter
    stand_in = LanternStandIn
    examples = EXAMPLES


class TestBuiltLantern(AdapterConformance):
    adapter = BuiltLanternAdapter
    stand_in = LanternStandIn
    examples = EXAMPLES


def completed(adapter: LanternAdapter) -> JobStatus:
    """Return what an adapter reads in the documented status of a finished task."""
    content = json.loads((EXAMPLES / "status-completed.json").read_text(encoding="utf-8"))
    job = adapter.job("Nx81", adapter.models[0])
    return answered(adapter.poll(job), 200, json.dumps(content["answer"]).encode())


def test_each_address_of_the_answer_is_a_video_behind_the_key() -> None:
    found = completed(LanternAdapter()).videos
    page = "https://lantern.example/api/v1/videos/Nx81/content?index="
    assert [(each.url, each.needs_key) for each in found] == [(page + n, True) for n in "01"]


def test_an_address_can_be_built_below_the_adapters_own() -> None:
    found = completed(BuiltLanternAdapter()).videos
    assert [each.url for each in found] == [f"/videos/Nx81/content?index={n}" for n in "01"]
    assert {each.relative_to for each in found} == {"address"}
