"""A journal, a saved job reference and an idempotency key of format 2 work as before."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, Config, DownloadError, ResultExpired, SubmitUnknown, VideoRequest
from polyreel.engine.plan import OnUnsupported
from polyreel.jobs import JobRecord
from polyreel.jobs.journal.schema import VERSION
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_conformance.tools.mount import PACE, ManualClock, mounted
from polyreel_sandbox import StandIn, installed_stand_ins

OLD = Path(__file__).parent / "old_journal"
EXPECTED: dict[str, Any] = json.loads((OLD / "expected.json").read_text(encoding="utf-8"))
JOBS: dict[str, Any] = EXPECTED["jobs"]
KEYS: dict[str, Any] = EXPECTED["keys"]
HANDLES: list[str] = json.loads((OLD / "handles.json").read_text(encoding="utf-8"))
ENDED = datetime.fromisoformat(EXPECTED["ended_at"])
RENAMED = {
    "fetching": "downloading",
    "fetched": "downloaded",
    "fetching_at": "downloading_at",
    "fetched_at": "downloaded_at",
    "FetchError": "DownloadError",
    "to_fetch": "to_download",
    "in_all": "total",
}
WAITED_FOR = ["accepted", "accepted-seen-queued", "accepted-uploaded", "settled", "finished"]


class Later(ManualClock):
    """A clock that starts some seconds after the old code stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._offset = self.monotonic() - seconds

    def now(self) -> datetime:
        return ENDED + timedelta(seconds=self.monotonic() - self._offset)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the old file, in a folder with the picture that its requests name."""
    for name in ("journal-v2.sqlite3", "kite.png", "prices.json"):
        shutil.copy(OLD / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "journal-v2.sqlite3"


@pytest.fixture
def clock() -> Later:
    """Return a clock at which the process that ended is known to have ended."""
    return Later(60)


@pytest.fixture
def stand_ins(clock: Later) -> Iterator[dict[str, StandIn]]:
    """Serve both vendors where they were when the old code used them, without any task."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                mounted(kind, clock=clock, pace=PACE, address=EXPECTED["addresses"][name])
            )
            for name, kind in installed_stand_ins().items()
        }


def client(journal: Path | None, clock: Later) -> Client:
    """Return a client as the old one was, on the old journal."""
    return Client(
        Config.model_validate(EXPECTED["config"]),
        api_keys=dict.fromkeys(EXPECTED["addresses"], "sk-fixture"),
        base_urls=EXPECTED["addresses"],
        environment={"POLYREEL_HOME": str(Path.cwd())},
        clock=clock,
        journal=journal,
    )


def renamed(value: Any) -> Any:
    """Return what the old code told of a job, in the names of today."""
    if isinstance(value, dict):
        return {RENAMED.get(name, name): renamed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [renamed(item) for item in value]
    return RENAMED.get(value, value) if isinstance(value, str) else value


def without_messages(facts: dict[str, Any]) -> dict[str, Any]:
    """Return a job's facts without the words of an error that is made today."""
    error = facts["error"]
    return {**facts, "error": None if error is None else {**error, "message": ""}}


def job(opened: Client, name: str) -> JobRecord:
    """Return one of the old jobs as it is today."""
    return opened.history.find(JOBS[name]["id"])


@pytest.mark.parametrize("name", JOBS)
def test_every_old_job_is_shown_as_before(name: str, journal: Path) -> None:
    # The old code took a refused video for gone at once; it is gone when its retention is over.
    later = 7 * 24 * 3600 if name == "result-expired" else 0
    kept = SqliteJournal(journal, now=Later(later).now)
    record = kept.job(JOBS[name]["id"])
    kept.close()
    assert record is not None
    # Facts that jobs have had since.
    expected = {**renamed(JOBS[name]["facts"]), "unwatched": []}
    for adjustment in expected["adjustments"]:
        adjustment["action"] = "left out"
    assert record.facts() == expected
    assert (record.is_open, record.is_unfinished) == (
        JOBS[name]["is_open"],
        JOBS[name]["is_unfinished"],
    )


def test_an_old_video_that_was_called_gone_too_early_is_open_again(journal: Path) -> None:
    found = {}
    for days in (0, 7):
        kept = SqliteJournal(journal, now=Later(days * 24 * 3600).now)
        record = kept.job(JOBS["result-expired"]["id"])
        kept.close()
        assert record is not None
        found[days] = (type(record.error), record.is_open, record.is_unfinished)
    assert found == {0: (DownloadError, True, True), 7: (ResultExpired, False, False)}


@pytest.mark.parametrize("name", [name for name, each in JOBS.items() if "recovered" in each])
def test_the_jobs_of_a_process_that_ended_are_recovered_as_before(
    name: str, journal: Path, clock: Later
) -> None:
    with client(journal, clock) as opened:
        found = job(opened, name).facts()
    expected = {**renamed(JOBS[name]["recovered"]["facts"]), "unwatched": []}
    assert without_messages(found) == without_messages(expected)


def test_no_old_name_is_left_in_the_file_and_no_text_of_a_user_is_changed(journal: Path) -> None:
    SqliteJournal(journal).jobs()
    with closing(sqlite3.connect(journal)) as connection, connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        rows = connection.execute("SELECT stage, document FROM jobs").fetchall()
        tables = "".join(
            text or "" for (text,) in connection.execute("SELECT sql FROM sqlite_master")
        )
    assert {stage for stage, _ in rows} & set(RENAMED) == set()
    for _, text in rows:
        document = json.loads(text)
        names = {document["stage"], *document["timeline"], (document["error"] or {}).get("type")}
        assert names & set(RENAMED) == set()
    assert not [name for name in ("beat_at", "held_until") if f" {name}" in tables]
    prompts = {json.loads(text)["request"]["prompt"] for _, text in rows}
    assert {each["facts"]["request"]["prompt"] for each in JOBS.values()} <= prompts


@pytest.mark.parametrize("key", KEYS)
def test_an_old_key_comes_to_what_it_came_to_before(
    key: str, journal: Path, clock: Later, stand_ins: dict[str, StandIn]
) -> None:
    call, again = KEYS[key], KEYS[key]["again"]
    with client(journal, clock) as opened:
        request = VideoRequest.model_validate(call["request"])
        on_unsupported: OnUnsupported = call.get("on_unsupported") or "error"
        try:
            came_to = opened.submit(
                request, call["model"], idempotency_key=key, on_unsupported=on_unsupported
            ).id
            outcome = "returns"
        except SubmitUnknown as unknown:
            came_to, outcome = str(unknown.job_id), "raises SubmitUnknown"
    assert (outcome, came_to) == (again["outcome"], again["job_id"])
    assert sum(len(each.tasks) for each in stand_ins.values()) == again["tasks_created"]


@pytest.mark.parametrize("name", WAITED_FOR)
def test_an_old_job_is_finished(
    name: str, journal: Path, clock: Later, stand_ins: dict[str, StandIn], tmp_path: Path
) -> None:
    with client(journal, clock) as opened:
        record = job(opened, name)
        assert record.ref is not None
        stand_in = stand_ins[record.provider]
        # The vendor's own memory of the task; the number counts from 1.
        text_model = {
            "jimmy": "jimmy/seedance2.0-std",
            "modellix": "modellix/seedance-2.0-fast-t2v",
        }[record.provider]
        with client(None, clock) as other:
            while record.ref.task_id not in stand_in.tasks:
                other.submit("A task of the vendor", text_model)
        clock.sleep(120)  # the vendor is done with it by now
        made = len(stand_in.tasks)
        file = opened.job(record.id).finish(tmp_path / "video.mp4")
        assert file.stat().st_size > 1000
        assert job(opened, name).facts()["stage"] == "downloaded"
        assert len(stand_in.tasks) == made


@pytest.mark.parametrize("handle", HANDLES)
def test_a_saved_reference_is_read(handle: str, journal: Path, clock: Later) -> None:
    with client(journal, clock) as opened:
        ref = opened.job(handle).ref
    assert json.loads(ref.model_dump_json()) == json.loads(handle)


def test_old_times_count_where_they_were_taken_and_old_prices_nowhere(
    journal: Path, clock: Later
) -> None:
    model = "jimmy/seedance2.0-mini"
    with client(journal, clock) as opened:
        known = opened.planner.known_prices(model)
        (offer,) = opened.quote("A boat", [model])
    old = [each for each in known if each.rule.origin == "catalogue"]
    assert old, "they are still shown"
    assert {(each.where, each.counts) for each in old} == {("address unknown", False)}
    assert offer.quote is not None
    assert offer.quote.rule is None or offer.quote.rule.origin != "catalogue"
    assert offer.usual is not None
