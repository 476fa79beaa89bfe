"""What the engine makes of a status that an adapter read badly: the job goes on, and ends well."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from polyreel import JobRef
from polyreel.adapters import Charge, Flow, JobStatus, Output, State, WireRequest
from polyreel.client.drivers import drive
from polyreel.engine.context import LiveJob
from polyreel.engine.wait import poll, wait
from polyreel.jobs import Stage
from polyreel.jobs.journal.rows import dump_record, load_record
from toy_adapter import KEY, Script, ToyAdapter, account_at, answer, context_at, resumed_job

URL = "https://videos.toy.example/1.mp4"
FINE = JobStatus(
    state=State.SUCCEEDED,
    raw_state="done",
    progress=0.5,
    outputs=(Output(url=URL, width=1280, height=720),),
    charge=Charge(amount=Decimal("0.24"), unit="USD"),
    expires_at=datetime(2026, 8, 17, tzinfo=UTC),
)
NAN = float("nan")


class Says(ToyAdapter):
    """Returns what it is given."""

    contract_version = 3

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.status = replace(FINE, **fields)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        yield WireRequest(method="GET", path="/videos")
        return self.status


def polled(live: LiveJob | None = None, **fields: Any) -> JobStatus:
    """Return what the engine makes of a status."""
    script = Script(then=answer())
    job = live or resumed_job()
    return drive(poll(context_at(script.clock), Says(**fields), account_at(), job), script)


def test_a_status_that_makes_sense_is_kept() -> None:
    assert polled() == FINE


ODD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "progress NaN": ({"progress": NAN}, {"progress": None}),
    "progress in percent": ({"progress": 40}, {"progress": None}),
    "progress as text": ({"progress": "done"}, {"progress": None}),
    "progress below 0": ({"progress": -0.5}, {"progress": None}),
    "a negative charge": ({"charge": Charge(amount=Decimal(-1), unit="USD")}, {"charge": None}),
    "a charge of NaN": ({"charge": Charge(amount=Decimal("NaN"), unit="USD")}, {"charge": None}),
    "an endless charge": (
        {"charge": Charge(amount=Decimal("Infinity"), unit="USD")},
        {"charge": None},
    ),
    "a charge as text": ({"charge": "0.24 USD"}, {"charge": None}),
    "a charge in nothing": ({"charge": Charge(amount=Decimal(1), unit="")}, {"charge": None}),
    "a time without a zone": ({"expires_at": datetime(2026, 8, 17)}, {"expires_at": None}),
    "a time as a number": ({"expires_at": 1787000000}, {"expires_at": None}),
    "a reason that is no value": ({"failure": {1}}, {"failure": None}),
    "a code that is no value": ({"failure_code": {1}}, {"failure_code": None}),
}


@pytest.mark.parametrize(("said", "expected"), ODD.values(), ids=list(ODD))
def test_a_value_that_makes_no_sense_is_unknown(
    said: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert polled(**said) == replace(FINE, **expected, unread=tuple(expected))


def test_a_little_more_than_all_is_all() -> None:
    assert polled(progress=1.5).progress == 1.0


@pytest.mark.parametrize("side", [0, -1280, NAN, "1280px", 10**20, True], ids=str)
def test_a_size_that_makes_no_sense_is_unknown(side: Any) -> None:
    status = polled(outputs=(Output(url=URL, width=side, height=side),))
    assert (status.outputs, status.unread) == ((Output(url=URL),), ("width", "height"))


@pytest.mark.parametrize("odd", [None, "no output", Output(url=""), Output(url=7)])  # type: ignore[arg-type]
def test_an_output_without_an_address_is_left_out(odd: Any) -> None:
    status = polled(outputs=[odd, *FINE.outputs])
    assert (status.outputs, status.unread) == (FINE.outputs, ("outputs",))


@pytest.mark.parametrize("outputs", [None, 7, "none"])
def test_outputs_that_are_none_leave_the_job_open(outputs: Any) -> None:
    live = resumed_job()
    assert polled(live, outputs=outputs).video is None
    assert (live.record.stage, live.record.is_open) == (Stage.FINISHED, True)


@pytest.mark.parametrize(
    ("failure", "shown"), [(["a", 7], '["a", 7]'), ({"key": KEY}, '{"key": "[key]"}'), (7, "7")]
)
def test_a_reason_that_is_not_text_is_shown_as_json(failure: Any, shown: str) -> None:
    assert polled(state=State.FAILED, failure=failure).failure == shown


def test_a_long_reason_is_cut() -> None:
    failure = polled(state=State.FAILED, failure=["why " * 1000]).failure
    assert failure is not None
    assert len(failure) <= 600


def test_a_status_that_made_no_sense_is_saved() -> None:
    live = resumed_job()
    polled(live, progress=NAN, failure="half \ud83c", raw_state=7)
    read = load_record(dump_record(live.record))
    assert read.status is not None
    json.dumps(read.facts(), allow_nan=False)
    assert dump_record(live.record).encode()
    assert (read.status.raw_state, read.status.unread) == ("7", ("progress",))


def test_a_row_from_before_this_field_is_read() -> None:
    live = resumed_job()
    polled(live)
    row = json.loads(dump_record(live.record))
    del row["status"]["unread"]
    assert load_record(json.dumps(row)).status == replace(FINE, outputs=())


def test_each_field_is_warned_of_once_and_without_its_value(
    caplog: pytest.LogCaptureFixture,
) -> None:
    live = resumed_job()
    for _ in range(3):
        polled(live, state=State.RUNNING, progress="sk-odd", unread=("cost", "result.width"))
    warnings = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    names = ["cost", "result.width", "progress"]
    assert [name for each, name in zip(warnings, names, strict=True) if f" {name} in" in each] == (
        names
    )
    assert "sk-odd" not in "".join(warnings)


def test_a_wait_ends_with_the_video_all_the_same() -> None:
    script = Script(then=answer())
    adapter = Says(progress=NAN, charge="free", expires_at="soon")
    program = wait(context_at(script.clock), adapter, account_at(), resumed_job(), 60.0)
    assert drive(program, script).video == FINE.video
