"""stats and spend: what the journal tells of time and money. Nothing is sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, JobRef, UsageError
from polyreel.adapters import Charge, JobStatus, PollTiming, Registry, State
from polyreel.cli.app import build_app
from polyreel.cli.since import parse_since
from polyreel.engine.context import new_id
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.jobs.journal.interface import Intent
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_sandbox import Fault, Sandbox
from trusted import write_trusted
from typer.testing import CliRunner

STD, FAST = "jimmy/seedance2.0-std", "modellix/seedance-2.0-fast-t2v"
NOW = datetime.now(UTC)
ADDRESSES = {
    name: installed.adapter.base_url for name, installed in Registry.installed().adapters.items()
}
BOTH = pytest.mark.parametrize("name", ["stats", "spend"])

Fill = Callable[..., None]


def run(*arguments: str) -> Any:
    """Run a command in this process, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), list(arguments))


def as_json(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def as_csv(*arguments: str) -> list[dict[str, str]]:
    done = run(*arguments, "--csv")
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout), strict=True))


def tables(printed: str) -> list[list[dict[str, str]]]:
    """Return piped tables' rows by column."""
    found: list[list[dict[str, str]]] = []
    for part in printed.split("\n\n"):
        heading, *lines = (line.split("\t") for line in part.splitlines())
        found.append([dict(zip(heading, line, strict=True)) for line in lines])
    return found


def a_job(
    model: str = STD,
    *,
    total: float = 30,
    days_ago: float = 0,
    charge: str | None = None,
    state: State = State.SUCCEEDED,
    **more: Any,
) -> JobRecord:
    """Return a job that ended; a video that succeeded was downloaded."""
    begun = NOW - timedelta(days=days_ago)
    is_video = state is State.SUCCEEDED
    end = begun + timedelta(seconds=total)
    provider, _, name = model.partition("/")
    amount, _, unit = (charge or "").partition(" ")
    fields: dict[str, Any] = {
        "id": new_id(),
        "model": model,
        "stage": Stage.DOWNLOADED if is_video else Stage.FINISHED,
        "request": {"prompt": "A kite", "duration": 5, "resolution": "720p"},
        "base_url": ADDRESSES.get(provider),
        "ref": JobRef(provider=provider, model=name, task_id=new_id()),
        "status": JobStatus(
            state=state,
            raw_state=str(state),
            charge=Charge(amount=Decimal(amount), unit=unit) if charge else None,
        ),
        "timeline": Timeline(
            created_at=begun,
            submitted_at=begun,
            accepted_at=begun + timedelta(seconds=1),
            finished_at=end,
            downloading_at=end if is_video else None,
            downloaded_at=end if is_video else None,
        ),
    }
    return JobRecord(**{**fields, **more})


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Give what writes jobs into the journal that the commands read."""
    folder = tmp_path / "polyreel-home"

    def write(*records: JobRecord) -> None:
        with closing(SqliteJournal(folder / "journal.sqlite3")) as journal:
            for record in records:
                journal.open_job(Intent(record=record, digest="d", place="p"))

    return write


# both


@BOTH
def test_an_empty_journal_is_no_error(name: str, tmp_path: Path) -> None:
    done = run(name)
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"No job yet in {tmp_path / 'polyreel-home' / 'journal.sqlite3'}" in done.stderr


@BOTH
def test_an_empty_journal_is_no_group(name: str) -> None:
    assert as_json(name)["groups"] == []
    assert as_csv(name) == []
    assert run(name, "--csv").stdout.count("\n") == 1


@BOTH
def test_without_a_journal_there_is_no_job(name: str, tmp_path: Path, fill: Fill) -> None:
    fill(a_job())
    write_trusted("journal = false\n", tmp_path)
    done = run(name)
    assert (done.exit_code, done.stdout, "No job yet" in done.stderr) == (0, "", True)
    assert as_json(name)["groups"] == []


@BOTH
def test_a_journal_that_cannot_be_read_is_one_clear_message(name: str, tmp_path: Path) -> None:
    journal = tmp_path / "polyreel-home" / "journal.sqlite3"
    journal.parent.mkdir()
    journal.write_bytes(b"This is no database. " * 500)
    done = run(name, "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["type"]) == (2, "JournalError")
    assert str(journal) in done.stderr


@BOTH
@pytest.mark.parametrize(
    "since", ["yesterday", "2026-13-01", "7", "0d", "-3d", "d", "", "7 days", "99999999999d"]
)
def test_a_bad_date_is_a_clear_error(name: str, since: str, tmp_path: Path) -> None:
    done = run(name, f"--since={since}")
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"--since {since!r} is not a valid time; use a date such as" in done.stderr
    assert not (tmp_path / "polyreel-home").exists()


@BOTH
@pytest.mark.parametrize("by", ["modell", "", "model,,duration", "prompt"])
def test_what_jobs_cannot_be_reported_apart_by_is_a_clear_error(name: str, by: str) -> None:
    done = run(name, f"--by={by}")
    assert (done.exit_code, "--by: " in done.stderr) == (2, True)


@BOTH
def test_two_forms_at_once_are_an_error(name: str) -> None:
    assert run(name, "--json", "--csv").exit_code == 2


@BOTH
def test_only_jobs_of_the_time_that_is_named_count(name: str, fill: Fill) -> None:
    fill(a_job(days_ago=10), a_job(FAST, days_ago=2), a_job(FAST))

    def counted(*options: str) -> int:
        groups = as_json(name, *options)["groups"]
        return sum(each.get("jobs", each.get("jobs_unknown")) for each in groups)

    day = f"{NOW - timedelta(days=5):%Y-%m-%d}"
    assert [counted(), counted("--since", "7d"), counted("--since", day)] == [3, 2, 2]
    assert [counted("--since", "1d"), counted("--since", "2999-01-01")] == [1, 0]


@BOTH
def test_no_job_since_then_is_not_no_job_at_all(name: str, fill: Fill) -> None:
    fill(a_job(days_ago=10))
    done = run(name, "--since", "7d")
    assert (done.exit_code, done.stdout, "No matching job" in done.stderr) == (0, "", True)


@BOTH
def test_nothing_is_sent_and_no_key_is_needed(
    name: str, fill: Fill, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JIMMY_API_KEY")
    fill(a_job(state=State.RUNNING, stage=Stage.ACCEPTED))
    assert run(name).exit_code == 0
    assert not any(stand_in.calls for stand_in in sandbox.stand_ins.values())


@BOTH
def test_a_job_of_a_provider_that_is_gone_is_reported_all_the_same(name: str, fill: Fill) -> None:
    fill(a_job("gone/video"))
    assert run(name).exit_code == 0
    assert "gone" in json.dumps(as_json(name)["groups"])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01", "2026-05-01T00:00:00+00:00"),
        (" 2026-05-01T09:30 ", "2026-05-01T09:30:00+00:00"),
        ("2026-05-01T09:30+09:00", "2026-05-01T00:30:00+00:00"),
        ("3d", "2026-05-07T12:00:00+00:00"),
    ],
)
def test_a_time_is_a_date_in_utc_or_so_many_days_ago(text: str, moment: str) -> None:
    now = datetime(2026, 5, 10, 12, tzinfo=UTC)
    assert parse_since(text, now).isoformat() == moment


def test_a_time_out_of_reach_is_no_time() -> None:
    with pytest.raises(UsageError):
        parse_since("0001-01-01T00:00+14:00", NOW)


# stats


def test_stats_report_outcomes_and_then_seconds(fill: Fill) -> None:
    fill(
        *(a_job(total=seconds) for seconds in (10, 20, 30)),
        a_job(state=State.FAILED),
        a_job(state=State.RUNNING, stage=Stage.ACCEPTED),
        a_job(stage=Stage.UNKNOWN, ref=None, status=None, timeline=Timeline(created_at=NOW)),
        a_job(stage=Stage.REJECTED, ref=None, status=None, timeline=Timeline(created_at=NOW)),
    )
    done = run("stats")
    (outcomes,), seconds = tables(done.stdout)
    today = f"{NOW:%Y-%m-%d}"
    assert list(outcomes) == [
        *("model", "resolution", "duration", "jobs", "succeeded", "others", "first", "last")
    ]
    assert list(outcomes.values()) == [
        *(STD, "720p", "5", "7", "3 of 4", "1 failed, 1 open, 1 unknown, 1 rejected"),
        *(today, today),
    ]
    (total,) = [row for row in seconds if row["seconds"] == "total"]
    assert list(total.values())[4:] == ["3", "20.0", "30.0", "30.0", "10.0", "30.0"]
    (queued,) = [row for row in seconds if row["seconds"] == "queued"]
    assert list(queued.values())[4:] == ["0", *"–––––"]


def test_stats_report_how_coarse_they_are(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = Registry.installed().adapter("jimmy")
    monkeypatch.setattr(adapter, "poll_timing", PollTiming(gap=6.5))
    fill(a_job(), a_job("gone/video"))
    reported = run("stats").stderr
    assert "jimmy: every 6.5 s" in reported
    assert "gone: unknown" in reported
    assert "nearest rank" in reported
    assert as_json("stats")["poll_gap_seconds"] == {"gone": None, "jimmy": 6.5}


@pytest.mark.parametrize(("count", "is_reported"), [(19, True), (20, False)])
def test_stats_report_where_a_percentile_is_of_few(
    count: int, is_reported: bool, fill: Fill
) -> None:
    fill(*(a_job(total=10 + number) for number in range(count)))
    assert ("the p95 is the maximum" in run("stats").stderr) is is_reported
    (group,) = as_json("stats")["groups"]
    assert (group["seconds"]["total"]["count"], group["seconds"]["total"]["is_small_sample"]) == (
        count,
        is_reported,
    )


def test_stats_report_what_they_leave_out(fill: Fill) -> None:
    job = a_job()
    downloaded_at = job.timeline.downloaded_at
    assert downloaded_at is not None
    line = {**vars(job.timeline), "downloading_at": downloaded_at + timedelta(hours=9)}
    fill(a_job(timeline=Timeline(**{**line, "downloaded_at": downloaded_at + timedelta(hours=10)})))
    assert "1 video is left out of total" in run("stats").stderr
    assert as_json("stats")["groups"][0]["left_out_of_total"] == 1


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), {STD, FAST}),
        (("-p", "jimmy"), {STD}),
        (("--provider", "modellix"), {FAST}),
        (("--model", STD), {STD}),
        (("-m", FAST, "-p", "modellix"), {FAST}),
        (("-p", "nobody"), set()),
    ],
)
def test_stats_can_be_narrowed_down(options: tuple[str, ...], wanted: set[str], fill: Fill) -> None:
    fill(a_job(), a_job(FAST))
    assert {each["model"] for each in as_json("stats", *options)["groups"]} == wanted


@pytest.mark.parametrize(
    ("by", "columns"),
    [
        ("model", ["model"]),
        ("duration,model", ["duration", "model"]),
        (" Resolution , resolution", ["resolution"]),
    ],
)
def test_stats_are_by_what_is_named(by: str, columns: list[str], fill: Fill) -> None:
    fill(a_job(), a_job(request={"duration": 9, "resolution": "720p"}))
    outcomes, seconds = tables(run("stats", "--by", by).stdout)
    assert list(outcomes[0])[: len(columns) + 1] == [*columns, "jobs"]
    assert list(seconds[0])[: len(columns) + 1] == [*columns, "seconds"]
    assert len(outcomes) == (2 if "duration" in columns else 1)


def test_stats_as_csv_are_what_they_are_as_json(fill: Fill) -> None:
    fill(a_job(total=12.5), a_job(FAST, state=State.FAILED))
    groups = {each["model"]: each for each in as_json("stats")["groups"]}
    rows = as_csv("stats")
    assert [row["model"] for row in rows] == [STD, FAST]
    for row in rows:
        group = groups[row["model"]]
        seconds = group["seconds"]["total"]
        assert float(row["success_rate"]) == group["success_rate"]
        assert row["total_p95"] == ("" if seconds["p95"] is None else str(seconds["p95"]))
        assert (row["total_count"], row["queued_count"]) == (str(seconds["count"]), "0")
        assert None not in row
        assert None not in row.values()
        provider = row["model"].partition("/")[0]
        assert (row["address"], row["whose"]) == (ADDRESSES[provider], "vendor")


def test_a_journal_of_refusals_has_outcomes_and_no_seconds(fill: Fill) -> None:
    fill(a_job(stage=Stage.REJECTED, ref=None, status=None, timeline=Timeline(created_at=NOW)))
    outcomes, seconds = tables(run("stats").stdout)
    assert ([row["succeeded"] for row in outcomes], seconds) == (["–"], [])


# spend


def test_spend_adds_up_each_unit_for_itself(fill: Fill) -> None:
    fill(
        a_job(charge="0.10 USD"),
        a_job(charge="0.20 USD"),
        a_job(charge="7 credit"),
        a_job(),
        a_job(FAST, charge="1.5 USD", state=State.FAILED),
    )
    done = run("spend")
    (rows,) = tables(done.stdout)
    assert [tuple(row.values()) for row in rows] == [
        ("jimmy", "0.30", "USD", "2"),
        ("jimmy", "7", "credit", "1"),
        ("jimmy", "unknown", "–", "1"),
        ("modellix", "1.5", "USD", "1"),
    ]
    assert (
        "Total, as reported by the providers: 1.80 USD, 7 credit, unknown for 1 job." in done.stderr
    )
    facts = as_json("spend")
    assert facts["groups"][0] == {
        "provider": "jimmy",
        "address": ADDRESSES["jimmy"],
        "whose": "vendor",
        "charged": [
            {"unit": "USD", "amount": "0.30", "jobs": 2},
            {"unit": "credit", "amount": "7", "jobs": 1},
        ],
        "jobs_charged": 3,
        "jobs_unknown": 1,
    }
    assert facts["total"]["charged"][0] == {"unit": "USD", "amount": "1.80", "jobs": 3}
    assert [tuple(row.values()) for row in as_csv("spend")][2] == (
        *("jimmy", "unknown", "", "1", ADDRESSES["jimmy"], "vendor"),
    )


def test_what_nobody_said_is_unknown_and_never_zero(fill: Fill) -> None:
    fill(a_job(), a_job())
    done = run("spend")
    assert "0" not in done.stdout
    assert "Total, as reported by the providers: unknown for 2 jobs." in done.stderr


def test_what_was_surely_not_made_costs_nothing(fill: Fill) -> None:
    fill(a_job(stage=Stage.REJECTED, ref=None, status=None))
    done = run("spend")
    assert (done.exit_code, done.stdout, "no job was charged" in done.stderr) == (0, "", True)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("provider", ["jimmy", "modellix"]),
        ("Model", [STD, FAST]),
        ("target", ["draft", None]),
        ("day", [f"{NOW - timedelta(days=3):%Y-%m-%d}", f"{NOW:%Y-%m-%d}"]),
    ],
)
def test_spend_is_by_what_is_named(by: str, names: list[str | None], fill: Fill) -> None:
    fill(a_job(named="draft", days_ago=3), a_job(FAST))
    facts = as_json("spend", "--by", by)
    assert (facts["by"], [each[by.lower()] for each in facts["groups"]]) == (by.lower(), names)
    (rows,) = tables(run("spend", "--by", by).stdout)
    assert [row[by.lower()] for row in rows] == [name or "–" for name in names]


# the name by which a video was asked for


TARGETS = f"""
[targets.draft]
model = "{STD}"
fallbacks = ["final"]

[targets.final]
model = "{FAST}"
"""


@pytest.mark.parametrize(("name", "wanted"), [("draft", {"draft"}), (STD, {STD})])
def test_the_name_by_which_a_video_was_asked_for_is_kept(
    name: str, wanted: set[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted(TARGETS, tmp_path)
    sandbox.stand_ins["jimmy"].faults = {Fault.FAILED}
    run("generate", "-o", "video.mp4", "-p", "A kite", "-m", name, "--yes")
    jobs = json.loads(run("jobs", "--json").stdout)
    assert {job["named"] for job in jobs} == wanted
    assert len(jobs) == (2 if name == "draft" else 1)  # the fallback's job is of the same call
    assert {each["target"] for each in as_json("spend", "--by", "target")["groups"]} == wanted
    assert name in run("jobs", "show", jobs[0]["id"]).stdout
    with Client() as client:
        assert {record.named for record in client.history.jobs()} == wanted
