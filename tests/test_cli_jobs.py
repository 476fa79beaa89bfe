"""jobs: what the journal keeps, as a user lists, finishes and settles it at both stand-ins.

A job is left unfinished by a `generate` that waits no time, and made without a file by a
client from Python. Nothing here may ever make a second task of one job.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, InvalidRequest
from polyreel.cli.app import build_app
from polyreel.request import probe
from polyreel_sandbox import Fault, Pace, Sandbox, StandIn, Task, draw_picture
from quick import ENDLESS, read_until, started
from trusted import write_trusted
from typer.testing import CliRunner

VENDORS = ("jimmy", "modellix")
TEXT_MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-t2v"}
TITLES = {"jimmy": "Jimmy AI", "modellix": "Modellix"}
COLUMNS = ["id", "age", "model", "state", "took", "charged", "video"]


def run(*arguments: str) -> Any:
    """Run a command in this process, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), list(arguments))


def generate(video: str, *options: str, vendor: str = "jimmy") -> Any:
    """Run `generate` for a video from text, with consent given; later options win."""
    usual = ("-p", "A paper boat", "-m", TEXT_MODELS[vendor], "--yes")
    return run("generate", "-o", video, *usual, *options)


def listed(*filters: str) -> list[dict[str, Any]]:
    """Return the jobs that `jobs list` shows, the newest first."""
    jobs: list[dict[str, Any]] = json.loads(run("jobs", "list", *filters, "--json").stdout)
    return jobs


def videos(*filters: str) -> list[str]:
    """Return the names of the videos of the jobs that are listed, the newest first."""
    return [Path(each["target"]).name for each in listed(*filters)]


def table(printed: str) -> list[dict[str, str]]:
    """Return a piped table's rows by column."""
    heading, *lines = (line.split("\t") for line in printed.splitlines())
    return [dict(zip(heading, line, strict=True)) for line in lines]


def unfinished(served: Sandbox, video: str, *options: str, vendor: str = "jimmy") -> str:
    """Leave a job that goes on for ever, and return the beginning of its id."""
    served.stand_ins[vendor].pace = ENDLESS
    done = generate(video, *options, "--timeout", "0", vendor=vendor)
    assert done.exit_code == 5, done.output
    return str(listed()[0]["id"][:8])


def unknown(served: Sandbox, video: str, vendor: str = "jimmy") -> str:
    """Leave a job whose outcome is unknown; in truth its task was created."""
    before = served.stand_ins[vendor].faults
    served.stand_ins[vendor].faults = {Fault.ACCEPTED_THEN_DROPPED}
    done = generate(video, vendor=vendor)
    served.stand_ins[vendor].faults = before
    assert done.exit_code == 4, done.output
    return str(listed()[0]["id"][:8])


def unsaved(served: Sandbox, video: str, vendor: str = "jimmy") -> str:
    """Leave a job that succeeded and whose video could not be saved."""
    served.stand_ins[vendor].faults = {Fault.FILE_URL}
    done = generate(video, vendor=vendor)
    served.stand_ins[vendor].faults = set()
    assert done.exit_code == 5, done.output
    return str(listed()[0]["id"][:8])


def submitted(vendor: str) -> str:
    """Submit a job from Python, without saying where its video goes."""
    with Client() as client:
        return client.submit("A paper boat", TEXT_MODELS[vendor]).id[:8]


def let_all_end(served: Sandbox) -> None:
    """Let every task at the stand-ins be done from now on."""
    for stand_in in served.stand_ins.values():
        stand_in.pace = Pace(queued=0, running=0)


def tasks(served: Sandbox) -> dict[str, int]:
    """Return the number of tasks that each stand-in made."""
    return {name: len(stand_in.tasks) for name, stand_in in served.stand_ins.items()}


def calls(served: Sandbox) -> int:
    """Return the number of calls that arrived at all stand-ins."""
    return sum(len(stand_in.calls) for stand_in in served.stand_ins.values())


# list


def test_an_empty_journal_is_an_empty_list(tmp_path: Path) -> None:
    done = run("jobs")
    assert (done.exit_code, done.stdout) == (0, "")
    assert str(tmp_path / "polyreel-home" / "journal.sqlite3") in done.stderr


def test_an_empty_journal_is_an_empty_list_for_a_program_too() -> None:
    assert (listed(), json.loads(run("jobs", "--json").stdout)) == ([], [])


def test_jobs_without_a_command_lists_them(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    assert [row["id"] for row in table(run("jobs").stdout)] == [job_id]
    assert [each["id"][:8] for each in json.loads(run("jobs", "--json").stdout)] == [job_id]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_finished_job_is_listed_with_its_video(
    vendor: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    generate("video.mp4", vendor=vendor)
    (row,) = table(run("jobs", "list").stdout)
    assert list(row) == COLUMNS
    assert (row["model"], row["state"]) == (TEXT_MODELS[vendor], "downloaded")
    assert row["video"] == str(tmp_path / "video.mp4")
    assert re.fullmatch(r"\d+ s", row["age"])
    assert re.fullmatch(r"\d+\.\d s", row["took"])


def test_an_unfinished_job_is_listed_with_where_its_video_will_go(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    unfinished(sandbox, "video.mp4")
    (row,) = table(run("jobs", "list").stdout)
    assert (row["state"], row["took"], row["video"]) == (
        "accepted",
        "–",
        str(tmp_path / "video.mp4"),
    )


def test_a_charge_that_nobody_said_is_unknown_and_never_zero(sandbox: Sandbox) -> None:
    generate("video.mp4")
    sandbox.set_faults(Fault.CREATE_400)
    generate("refused.mp4")
    rows = table(run("jobs", "list").stdout)
    assert [(row["state"], row["charged"]) for row in rows] == [
        ("rejected", "–"),
        ("downloaded", "unknown"),
    ]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault.FAILED, "failed"),
        (Fault.CANCELED, "canceled"),
        (Fault.CREATE_400, "rejected"),
        (Fault.ACCEPTED_THEN_DROPPED, "unknown"),
        (Fault.FILE_URL, "succeeded"),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_list_reports_in_one_word_how_a_job_stands(
    vendor: str, fault: Fault, state: str, sandbox: Sandbox
) -> None:
    sandbox.set_faults(fault)
    generate("video.mp4", vendor=vendor)
    assert [row["state"] for row in table(run("jobs", "list").stdout)] == [state]


def test_a_list_that_is_piped_is_plain(sandbox: Sandbox) -> None:
    unknown(sandbox, "video.mp4")
    done = run("jobs")
    assert re.search("[\x1b\u2500-\u259f]", done.stdout + done.stderr) is None
    assert len(done.stdout.splitlines()) == 2


def test_the_newest_job_comes_first(sandbox: Sandbox) -> None:
    for video in ("one.mp4", "two.mp4", "three.mp4"):
        unfinished(sandbox, video)
    assert videos() == ["three.mp4", "two.mp4", "one.mp4"]


def test_a_program_is_reported_everything_of_each_job(sandbox: Sandbox, tmp_path: Path) -> None:
    unfinished(sandbox, "video.mp4", "--idempotency-key", "order-7", "--duration", "7")
    (job,) = listed()
    assert (job["model"], job["stage"]) == ("jimmy/seedance2.0-std", "accepted")
    assert job["idempotency_key"] == "order-7"
    assert (job["request"]["prompt"], job["request"]["duration"]) == ("A paper boat", 7)
    assert job["job"]["task_id"] in sandbox.stand_ins["jimmy"].tasks
    assert job["target"] == str(tmp_path / "video.mp4")
    assert {"created_at", "submitted_at", "accepted_at"} <= set(job["times"])
    assert job["file"] is job["error"] is job["note"] is None


def test_a_list_asks_no_vendor(sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    before = calls(sandbox)
    run("jobs")
    assert calls(sandbox) == before


def test_a_list_needs_no_key(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished(sandbox, "video.mp4")
    monkeypatch.delenv("JIMMY_API_KEY")
    assert (run("jobs").exit_code, videos()) == (0, ["video.mp4"])


def test_an_unknown_job_is_listed_with_what_to_do(sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    done = run("jobs")
    assert (done.exit_code, f"polyreel jobs settle {job_id}" in done.stderr) == (0, True)


# list, narrowed down


@pytest.fixture
def many(sandbox: Sandbox) -> dict[str, str]:
    """Leave jobs of every kind, and return the beginnings of their ids by video."""
    ids = {"unsaved": unsaved(sandbox, "unsaved.mp4", vendor="modellix")}
    generate("saved.mp4", "--idempotency-key", "order-7")
    ids["saved"] = listed()[0]["id"][:8]
    sandbox.set_faults(Fault.FAILED)
    generate("failed.mp4")
    ids["failed"] = listed()[0]["id"][:8]
    sandbox.set_faults(Fault.CREATE_400)
    generate("refused.mp4")
    ids["refused"] = listed()[0]["id"][:8]
    sandbox.set_faults()
    ids["unknown"] = unknown(sandbox, "unknown.mp4", vendor="modellix")
    ids["waiting"] = unfinished(sandbox, "waiting.mp4")
    return ids


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ((), ["waiting", "unknown", "refused", "failed", "saved", "unsaved"]),
        (("--open",), ["waiting", "unknown", "unsaved"]),
        (("--state", "failed"), ["failed"]),
        (("--state", "Succeeded"), ["unsaved"]),
        (("--state", "unknown"), ["unknown"]),
        (("--provider", "modellix"), ["unknown", "unsaved"]),
        (("-p", "modellix", "--state", "unknown"), ["unknown"]),
        (("--model", TEXT_MODELS["jimmy"]), ["waiting", "refused", "failed", "saved"]),
        (("-m", TEXT_MODELS["jimmy"], "--open"), ["waiting"]),
        (("--idempotency-key", "order-7"), ["saved"]),
        (("--limit", "2"), ["waiting", "unknown"]),
        (("--open", "--limit", "1"), ["waiting"]),
        (("--state", "expired"), []),
        (("-p", "nobody"), []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_list_can_be_narrowed_down(
    filters: tuple[str, ...], wanted: list[str], many: dict[str, str]
) -> None:
    rows = table(run("jobs", "list", *filters).stdout) if wanted else []
    assert [row["id"] for row in rows] == [many[name] for name in wanted]
    assert videos(*filters) == [f"{name}.mp4" for name in wanted]
    # Without a command the same options do the same.
    without = run("jobs", *filters, "--json")
    assert (without.exit_code, json.loads(without.stdout)) == (0, listed(*filters))
    assert [line.split("\t")[0] for line in run("jobs", *filters).stdout.splitlines()[1:]] == [
        row["id"] for row in rows
    ]


def test_a_limit_says_that_it_leaves_some_out_and_how_to_see_them(sandbox: Sandbox) -> None:
    for video in ("one.mp4", "two.mp4", "three.mp4"):
        unfinished(sandbox, video)
    done = run("jobs", "list", "--limit", "2")
    assert len(table(done.stdout)) == 2
    (more,) = re.findall(r"not shown.*--limit (\d+)", done.stderr)
    shown = run("jobs", "list", "--limit", more)
    assert (len(table(shown.stdout)), shown.stderr) == (3, "")


# videos that will be deleted


@pytest.mark.parametrize(("vendor", "kept"), [("jimmy", 3), ("modellix", 7)])
def test_a_list_warns_of_videos_that_will_be_deleted(
    vendor: str, kept: int, sandbox: Sandbox
) -> None:
    unsaved(sandbox, "video.mp4", vendor=vendor)
    warned = run("jobs").stderr
    (moment,) = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", warned)
    deleted = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert timedelta(0) <= datetime.now(UTC) + timedelta(days=kept) - deleted < timedelta(minutes=2)
    assert "1 finished video is not saved" in warned
    assert "polyreel jobs download --all-finished" in warned


def test_generate_warns_of_videos_that_earlier_jobs_left(sandbox: Sandbox) -> None:
    unsaved(sandbox, "one.mp4")
    unsaved(sandbox, "two.mp4")
    done = generate("three.mp4")
    assert (done.exit_code, "2 finished videos are not saved" in done.stderr) == (0, True)


def test_the_warned_of_videos_are_saved_by_the_command_that_is_named(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    for vendor in VENDORS:
        unsaved(sandbox, f"{vendor}.mp4", vendor=vendor)
    assert run("jobs", "download", "--all-finished").exit_code == 0
    assert [round(probe(tmp_path / f"{vendor}.mp4").seconds) for vendor in VENDORS] == [5, 5]
    assert run("jobs").stderr == ""


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.EXPIRED_RESULT, Fault.CREATE_400])
@pytest.mark.usefixtures("retention_over")
def test_nothing_is_warned_of_where_no_video_can_be_saved(fault: Fault, sandbox: Sandbox) -> None:
    sandbox.set_faults(fault)
    done = generate("video.mp4")
    assert "not saved" not in done.stderr + run("jobs").stderr


def test_a_warning_is_in_no_output_for_programs(sandbox: Sandbox) -> None:
    unsaved(sandbox, "video.mp4")
    assert len(listed()) == 1


# show


@pytest.mark.parametrize("length", [4, 8, 32])
def test_a_job_is_shown_by_any_beginning_of_its_id(length: int, sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    job_id = listed()[0]["id"]
    for name in (job_id[:length], job_id[:length].upper(), f" {job_id[:length]} "):
        assert json.loads(run("jobs", "show", name, "--json").stdout)["id"] == job_id


def test_a_person_is_shown_what_was_asked_where_it_is_and_when(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unfinished(sandbox, "video.mp4", "--idempotency-key", "order-7", vendor="modellix")
    shown = {row["what"]: row["value"] for row in table(run("jobs", "show", job_id).stdout)}
    (task_id,) = sandbox.stand_ins["modellix"].tasks
    assert shown["id"].startswith(job_id)
    assert (shown["state"], shown["model"]) == ("accepted", TEXT_MODELS["modellix"])
    assert (shown["idempotency_key"], shown["task at the provider"]) == ("order-7", task_id)
    assert shown["address"] == sandbox.base_urls["modellix"]
    assert (shown["request: prompt"], shown["request: duration"]) == ("A paper boat", "5")
    assert shown["video"] == str(tmp_path / "video.mp4")
    assert {"created", "submitted", "accepted"} <= set(shown)


def test_a_job_that_failed_is_shown_with_the_vendors_reason(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.FAILED)
    generate("video.mp4", vendor="modellix")
    printed = run("jobs", "show", listed()[0]["id"]).stdout
    assert "content policy" in printed


def test_a_job_that_was_refused_is_shown_with_the_vendors_words(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.CREATE_400)
    generate("video.mp4")
    assert "refused by the fault create-400" in run("jobs", "show", listed()[0]["id"]).stdout


def test_an_unknown_job_is_shown_with_what_to_do(sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    assert f"polyreel jobs settle {job_id}" in run("jobs", "show", job_id).stderr


def test_a_beginning_that_fits_no_job_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    other = "0" if job_id[0] != "0" else "1"
    done = run("jobs", "show", other)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"no job begins with '{other}'" in done.stderr
    assert str(tmp_path / "polyreel-home" / "journal.sqlite3") in done.stderr


@pytest.mark.parametrize("action", ["show", "wait", "download", "cancel", "settle"])
def test_a_beginning_that_fits_several_jobs_is_reported_and_nothing_is_done(
    action: str, sandbox: Sandbox
) -> None:
    sandbox.set_faults(Fault.CREATE_400)
    with Client() as client:
        for _ in range(17):  # of 17 ids two must begin with the same of 16 digits
            with pytest.raises(InvalidRequest):
                client.submit("A paper boat", TEXT_MODELS["jimmy"])
    digits = [each["id"][0] for each in listed()]
    several = next(digit for digit in digits if digits.count(digit) > 1)
    before = listed()
    done = run("jobs", action, several)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"several jobs begin with '{several}'" in done.stderr
    assert "more of the id" in done.stderr
    assert listed() == before


# wait


@pytest.mark.parametrize("vendor", VENDORS)
def test_wait_saves_the_video_where_it_was_to_go_and_prints_its_path(
    vendor: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unfinished(sandbox, "video.mp4", vendor=vendor)
    let_all_end(sandbox)
    done = run("jobs", "wait", job_id)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'video.mp4'}\n"), done.output
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert sum(tasks(sandbox).values()) == 1


def test_wait_waits_until_the_job_ends(sandbox: Sandbox, tmp_path: Path) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    sandbox.stand_ins["jimmy"].pace = Pace(queued=0, running=1.5)
    assert run("jobs", "wait", job_id).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


def test_wait_reports_how_the_job_comes_on(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    let_all_end(sandbox)
    reported = [
        line.rpartition(": ")[2] for line in run("jobs", "wait", job_id).stderr.splitlines()
    ]
    assert reported == ["succeeded", "downloading", "done"]


def test_several_jobs_can_be_waited_for_by_name(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = [unfinished(sandbox, f"{vendor}.mp4", vendor=vendor) for vendor in VENDORS]
    unfinished(sandbox, "other.mp4")
    let_all_end(sandbox)
    done = run("jobs", "wait", *ids)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [str(tmp_path / f"{vendor}.mp4") for vendor in VENDORS]
    assert videos("--open") == ["other.mp4"]


def test_every_job_can_be_waited_for_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    names = [f"{number}-{vendor}.mp4" for number in range(2) for vendor in VENDORS]
    for name in names:
        unfinished(sandbox, name, vendor=name[2:-4])
    let_all_end(sandbox)
    done = run("jobs", "wait", "--all")
    assert done.exit_code == 0, done.output
    assert sorted(done.stdout.splitlines()) == [str(tmp_path / name) for name in names]
    assert (videos("--open"), tasks(sandbox)) == ([], {"jimmy": 2, "modellix": 2})


def test_where_no_job_waits_all_is_well() -> None:
    done = run("jobs", "wait", "--all")
    assert (done.exit_code, done.stdout, "No job is unfinished" in done.stderr) == (0, "", True)


def test_all_leaves_jobs_alone_that_are_over(many: dict[str, str], sandbox: Sandbox) -> None:
    let_all_end(sandbox)
    printed = run("jobs", "wait", "--all").stdout
    assert {Path(line).name for line in printed.splitlines()} == {"waiting.mp4", "unsaved.mp4"}


def test_a_wait_that_times_out_is_resumable(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "wait", job_id, "--timeout", "0.2")
    assert (done.exit_code, "continues at the provider" in done.stderr) == (5, True)
    let_all_end(sandbox)
    assert run("jobs", "wait", job_id).exit_code == 0


def test_one_failure_stops_none_of_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    for vendor in VENDORS:
        unfinished(sandbox, f"{vendor}.mp4", vendor=vendor)
    let_all_end(sandbox)
    sandbox.stand_ins["modellix"].faults = {Fault.FAILED}
    done = run("jobs", "wait", "--all")
    assert (done.exit_code, done.stdout) == (1, f"{tmp_path / 'jimmy.mp4'}\n")
    assert "content policy" in done.stderr


@pytest.mark.parametrize(
    ("jimmy", "modellix", "code"),
    [
        (None, Fault.FAILED, 1),
        (None, Fault.EXPIRED_RESULT, 1),
        (None, Fault.FILE_URL, 5),
        (Fault.FAILED, Fault.EXPIRED_RESULT, 1),
        (Fault.FAILED, Fault.FILE_URL, 5),
        (Fault.NO_VIDEO, Fault.CANCELED, 5),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
@pytest.mark.usefixtures("retention_over")
def test_the_exit_code_of_a_wait_is_that_of_its_gravest_failure(
    jimmy: Fault | None, modellix: Fault, code: int, sandbox: Sandbox
) -> None:
    for vendor in VENDORS:
        unfinished(sandbox, f"{vendor}.mp4", vendor=vendor)
    let_all_end(sandbox)
    sandbox.stand_ins["jimmy"].faults = set() if jimmy is None else {jimmy}
    sandbox.stand_ins["modellix"].faults = {modellix}
    done = run("jobs", "wait", "--all")
    assert done.exit_code == code, done.output
    assert done.stderr.count("Error ") == (1 if jimmy is None else 2)


def test_all_lists_the_unknown_ones_and_finishes_the_others(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    lost = unknown(sandbox, "unknown.mp4", vendor="modellix")
    unfinished(sandbox, "video.mp4")
    let_all_end(sandbox)
    done = run("jobs", "wait", "--all")
    assert (done.exit_code, done.stdout) == (4, f"{tmp_path / 'video.mp4'}\n")
    assert f"polyreel jobs settle {lost}" in done.stderr


@pytest.mark.parametrize("action", ["wait", "download", "cancel"])
def test_an_unknown_job_that_is_named_is_answered_with_what_to_do(
    action: str, sandbox: Sandbox
) -> None:
    job_id = unknown(sandbox, "video.mp4")
    before = calls(sandbox)
    done = run("jobs", action, job_id)
    assert (done.exit_code, calls(sandbox)) == (4, before)
    assert f"polyreel jobs settle {job_id}" in done.stderr


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault.FAILED, 1, "PROVIDER_MODERATION_ERROR"),
        (Fault.CREATE_400, 3, "refused by the fault create-400"),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
def test_waiting_for_a_job_that_is_over_reports_how_it_ended(
    fault: Fault, code: int, words: str, sandbox: Sandbox
) -> None:
    sandbox.set_faults(fault)
    generate("video.mp4")
    before = calls(sandbox)
    done = run("jobs", "wait", listed()[0]["id"])
    assert (done.exit_code, calls(sandbox)) == (code, before)
    assert words in done.stderr


def test_a_video_that_was_saved_and_deleted_since_is_downloaded_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    generate("video.mp4")
    (tmp_path / "video.mp4").unlink()
    assert run("jobs", "wait", listed()[0]["id"]).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()
    assert tasks(sandbox)["jimmy"] == 1


def test_wait_needs_the_key(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    monkeypatch.delenv("JIMMY_API_KEY")
    done = run("jobs", "wait", job_id)
    assert "JIMMY_API_KEY" in done.stderr
    monkeypatch.setenv("JIMMY_API_KEY", "sk-again")
    let_all_end(sandbox)
    assert run("jobs", "wait", job_id).exit_code == 0


def test_a_program_is_reported_how_each_job_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    for vendor in VENDORS:
        unfinished(sandbox, f"{vendor}.mp4", vendor=vendor)
    let_all_end(sandbox)
    sandbox.stand_ins["modellix"].faults = {Fault.FAILED}
    printed = run("jobs", "wait", "--all", "--json").stdout
    reported = {each["model"]: each for each in json.loads(printed)}
    jimmy, modellix = (reported[TEXT_MODELS[vendor]] for vendor in VENDORS)
    assert (jimmy["stage"], jimmy["error"]) == ("downloaded", None)
    assert jimmy["file"] == str(tmp_path / "jimmy.mp4")
    assert (modellix["file"], modellix["error"]["type"]) == (None, "JobFailed")
    assert modellix["status"]["state"] == "failed"


def test_a_program_is_reported_of_a_job_that_goes_on(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "wait", job_id, "--timeout", "0", "--json")
    (reported,) = json.loads(done.stdout)
    assert (done.exit_code, reported["id"][:8]) == (5, job_id)
    assert reported["error"]["type"] == "WaitTimeout"


# jobs that were given no file


@pytest.mark.parametrize("action", [("wait", "--all"), ("download", "--all-finished")])
def test_videos_without_a_file_go_to_the_folder_that_is_named(
    action: tuple[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    ids = {vendor: submitted(vendor) for vendor in VENDORS}
    let_all_end(sandbox)
    done = run("jobs", *action, "-o", "new/videos")
    assert done.exit_code == 0, done.output
    kept = sorted(path.name for path in (tmp_path / "new" / "videos").iterdir())
    assert kept == [
        f"{TEXT_MODELS[vendor].replace('/', '-')}-{ids[vendor]}.mp4" for vendor in VENDORS
    ]
    assert sorted(Path(line).name for line in done.stdout.splitlines()) == kept


def test_videos_without_a_file_go_to_the_working_folder_unless_one_is_named(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = submitted("jimmy")
    let_all_end(sandbox)
    done = run("jobs", "wait", job_id)
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"jimmy-seedance2.0-std-{job_id}.mp4").is_file()


def test_a_video_with_a_file_does_not_go_to_the_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    let_all_end(sandbox)
    run("jobs", "wait", job_id, "-o", "videos")
    assert (tmp_path / "video.mp4").is_file()
    assert not (tmp_path / "videos").exists()


def test_a_folder_that_cannot_be_made_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    submitted("jimmy")
    (tmp_path / "videos").write_text("a file", encoding="utf-8")
    done = run("jobs", "wait", "--all", "-o", "videos")
    assert (done.exit_code, "videos" in done.stderr) == (2, True)
    assert isinstance(done.exception, SystemExit)


# download


@pytest.mark.parametrize("vendor", VENDORS)
def test_download_saves_the_video_of_a_finished_job(
    vendor: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unsaved(sandbox, "video.mp4", vendor=vendor)
    done = run("jobs", "download", job_id)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'video.mp4'}\n"), done.output
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert (videos("--open"), sum(tasks(sandbox).values())) == ([], 1)


def test_download_does_not_wait_for_a_job_that_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "download", job_id)
    assert (done.exit_code, "there is no video yet" in done.stderr) == (5, True)
    assert (videos("--open"), (tmp_path / "video.mp4").exists()) == (["video.mp4"], False)


def test_all_finished_saves_the_finished_and_leaves_the_running(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    running = unfinished(sandbox, "running.mp4")
    unsaved(sandbox, "unsaved.mp4", vendor="modellix")
    unfinished(sandbox, "ended.mp4", vendor="modellix")
    sandbox.stand_ins["modellix"].pace = Pace(queued=0, running=0)
    done = run("jobs", "download", "--all-finished")
    assert done.exit_code == 0, done.output
    assert sorted(done.stdout.splitlines()) == [
        str(tmp_path / "ended.mp4"),
        str(tmp_path / "unsaved.mp4"),
    ]
    assert f"job {running} is still running" in done.stderr
    assert videos("--open") == ["running.mp4"]


def test_all_finished_reports_a_job_that_failed_once(sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    let_all_end(sandbox)
    sandbox.set_faults(Fault.FAILED)
    assert run("jobs", "download", "--all-finished").exit_code == 1
    assert run("jobs", "download", "--all-finished").exit_code == 0


@pytest.mark.usefixtures("retention_over")
def test_a_video_that_is_gone_is_reported_and_not_asked_for_again(sandbox: Sandbox) -> None:
    unsaved(sandbox, "video.mp4")
    sandbox.set_faults(Fault.EXPIRED_RESULT)
    done = run("jobs", "download", "--all-finished")
    assert (done.exit_code, "no longer offered" in done.stderr) == (1, True)
    before = calls(sandbox)
    assert run("jobs", "download", "--all-finished").exit_code == 0
    assert run("jobs", "wait", "--all").exit_code == 0
    assert calls(sandbox) == before


@pytest.mark.usefixtures("retention_over")
def test_a_video_that_is_gone_may_be_asked_for_by_name(sandbox: Sandbox, tmp_path: Path) -> None:
    """The provider may have been asked to bring it back."""
    job_id = unsaved(sandbox, "video.mp4")
    sandbox.set_faults(Fault.EXPIRED_RESULT)
    run("jobs", "download", job_id)
    sandbox.set_faults()
    assert run("jobs", "download", job_id).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


# cancel


@pytest.mark.parametrize("vendor", VENDORS)
def test_cancel_says_that_the_vendor_cannot_and_that_the_job_is_billed(
    vendor: str, sandbox: Sandbox
) -> None:
    job_id = unfinished(sandbox, "video.mp4", vendor=vendor)
    before = calls(sandbox)
    done = run("jobs", "cancel", job_id)
    assert (done.exit_code, done.stdout, calls(sandbox)) == (3, "", before)
    assert f"{TITLES[vendor]} can't cancel jobs; the job continues and is billed" in done.stderr
    assert f"polyreel jobs wait {job_id}" in done.stderr


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_program_is_reported_what_came_of_a_cancel(vendor: str, sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4", vendor=vendor)
    done = run("jobs", "cancel", job_id, "--json")
    reported = json.loads(done.stdout)
    assert (done.exit_code, reported["id"][:8], reported["outcome"]) == (3, job_id, "not offered")


def test_a_job_that_cannot_be_canceled_can_still_be_finished(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    run("jobs", "cancel", job_id)
    let_all_end(sandbox)
    assert run("jobs", "wait", job_id).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


def test_cancel_after_the_end_is_too_late(sandbox: Sandbox) -> None:
    generate("video.mp4")
    done = run("jobs", "cancel", listed()[0]["id"])
    assert (done.exit_code, "Too late" in done.stderr) == (3, True)


def test_a_job_that_was_refused_cannot_be_canceled(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.CREATE_400)
    generate("video.mp4")
    before = calls(sandbox)
    done = run("jobs", "cancel", listed()[0]["id"])
    assert (done.exit_code, calls(sandbox)) == (3, before)
    assert "billed" not in done.stderr


# settle


@pytest.mark.parametrize("vendor", VENDORS)
def test_settle_alone_reports_where_to_poll_and_how_to_say_it(
    vendor: str, sandbox: Sandbox
) -> None:
    job_id = unknown(sandbox, "video.mp4", vendor=vendor)
    before = calls(sandbox)
    done = run("jobs", "settle", job_id)
    assert (done.exit_code, calls(sandbox)) == (2, before)
    sent = datetime.fromisoformat(listed()[0]["times"]["submitted_at"]).astimezone(UTC)
    for part in (
        f"{TITLES[vendor]}'s console",
        sandbox.base_urls[vendor],
        f"{sent:%Y-%m-%d %H:%M:%S} UTC",
        "'A paper boat'",
        f"polyreel jobs settle {job_id} --not-created",
        f"polyreel jobs settle {job_id} --task-id TASK",
    ):
        assert part in done.stderr
    assert [each["stage"] for each in listed()] == ["unknown"]


def test_a_job_that_was_not_created_waits_for_nothing(sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    done = run("jobs", "settle", job_id, "--not-created")
    assert (done.exit_code, "This job is over" in done.stderr) == (0, True)
    assert listed("--open") == []
    assert run("jobs", "wait", "--all").exit_code == 0


def test_a_job_that_was_not_created_frees_its_file(sandbox: Sandbox, tmp_path: Path) -> None:
    job_id = unknown(sandbox, "video.mp4")
    run("jobs", "settle", job_id, "--not-created")
    assert generate("video.mp4").exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


def test_a_job_that_was_not_created_may_be_sent_again_under_its_key(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.ACCEPTED_THEN_DROPPED)
    generate("video.mp4", "--idempotency-key", "order-7")
    sandbox.set_faults()
    run("jobs", "settle", listed()[0]["id"], "--not-created")
    assert generate("video.mp4", "--idempotency-key", "order-7").exit_code == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_task_that_was_found_brings_its_video(
    vendor: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unknown(sandbox, "video.mp4", vendor=vendor)
    (task_id,) = sandbox.stand_ins[vendor].tasks
    before = calls(sandbox)
    settled = run("jobs", "settle", job_id, "--task-id", task_id)
    # The one call looks whether the vendor knows the task.
    assert (settled.exit_code, calls(sandbox)) == (0, before + 1), settled.output
    assert f"polyreel jobs wait {job_id}" in settled.stderr
    let_all_end(sandbox)
    done = run("jobs", "wait", job_id)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'video.mp4'}\n"), done.output
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert sum(tasks(sandbox).values()) == 1


def test_a_program_is_reported_what_was_settled(sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    (task_id,) = sandbox.stand_ins["jimmy"].tasks
    reported = json.loads(run("jobs", "settle", job_id, "--task-id", task_id, "--json").stdout)
    assert (reported["stage"], reported["job"]["task_id"]) == ("accepted", task_id)
    assert "by hand" in reported["note"]


def test_both_answers_at_once_settle_nothing(sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    done = run("jobs", "settle", job_id, "--task-id", "vid_000001", "--not-created")
    assert done.exit_code == 2
    assert [each["stage"] for each in listed()] == ["unknown"]


@pytest.mark.parametrize("task_id", ["", " "])
def test_a_task_without_a_name_settles_nothing(task_id: str, sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    done = run("jobs", "settle", job_id, "--task-id", task_id)
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code != 0
    assert [each["stage"] for each in listed()] == ["unknown"]


@pytest.mark.parametrize("answer", [("--not-created",), ("--task-id", "vid_000009")])
@pytest.mark.parametrize("name", ["waiting", "saved", "unsaved", "failed", "refused"])
def test_a_job_whose_outcome_is_known_is_not_settled(
    name: str, answer: tuple[str, ...], many: dict[str, str]
) -> None:
    before = listed()
    done = run("jobs", "settle", many[name], *answer)
    assert (done.exit_code, "only a job whose outcome is unknown" in done.stderr) == (2, True)
    assert listed() == before


@pytest.mark.parametrize("name", ["waiting", "unsaved"])
def test_a_job_that_is_lost_is_waited_for_no_more(name: str, many: dict[str, str]) -> None:
    assert run("jobs", "settle", many[name], "--lost").exit_code == 0
    assert f"{name}.mp4" not in videos("--open")


def test_a_job_that_is_lost_frees_its_file(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    run("jobs", "settle", job_id, "--lost")
    let_all_end(sandbox)
    assert generate("video.mp4").exit_code == 0


@pytest.mark.parametrize("name", ["saved", "refused", "unknown"])
def test_a_job_that_nobody_waits_for_cannot_be_lost(name: str, many: dict[str, str]) -> None:
    before = listed()
    done = run("jobs", "settle", many[name], "--lost")
    assert (done.exit_code, "only an accepted job" in done.stderr) == (2, True)
    assert listed() == before


# a journal that can't be read


def _garbage(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"This is no database. " * 500)


def _torn(path: Path) -> None:
    """Damage the pages that hold the jobs; the file still looks like a journal."""
    run("jobs")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def _newer(path: Path) -> None:
    run("jobs")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def _of_another_program(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY)")


DAMAGES = {
    "garbage": (_garbage, "damaged"),
    "torn": (_torn, "damaged"),
    "newer": (_newer, "newer polyreel"),
    "of another program": (_of_another_program, "another program"),
}
COMMANDS = {
    "generate": ("generate", "-o", "video.mp4", "-p", "Rain", "-m", TEXT_MODELS["jimmy"], "--yes"),
    "compare": ("compare", "request.json", "-m", TEXT_MODELS["jimmy"], "--yes"),
    "list": ("jobs",),
    "show": ("jobs", "show", "0a1b2c3d"),
    "wait": ("jobs", "wait", "--all"),
    "download": ("jobs", "download", "--all-finished"),
    "cancel": ("jobs", "cancel", "0a1b2c3d"),
    "settle": ("jobs", "settle", "0a1b2c3d", "--not-created"),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("how", DAMAGES)
def test_a_journal_that_cannot_be_read_is_one_clear_message_and_nothing_is_sent(
    how: str, name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    journal = tmp_path / "polyreel-home" / "journal.sqlite3"
    damage, word = DAMAGES[how]
    damage(journal)
    before = journal.read_bytes()
    (tmp_path / "request.json").write_text('{"prompt": "Rain"}', encoding="utf-8")
    done = run(*COMMANDS[name])
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.stdout, calls(sandbox)) == (2, "", 0)
    (reported,) = [line for line in done.stderr.splitlines() if line.startswith("Error ")]
    assert str(journal) in reported
    assert word in reported
    assert journal.read_bytes() == before


def test_a_program_is_reported_that_the_journal_cannot_be_read(tmp_path: Path) -> None:
    _garbage(tmp_path / "polyreel-home" / "journal.sqlite3")
    done = run("jobs", "list", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["type"]) == (2, "JournalError")


def test_a_journal_that_cannot_be_read_hinders_nothing_that_needs_none(tmp_path: Path) -> None:
    _garbage(tmp_path / "polyreel-home" / "journal.sqlite3")
    (tmp_path / "request.json").write_text('{"prompt": "Rain"}', encoding="utf-8")
    for arguments in (("models",), ("wire", "request.json", "-m", TEXT_MODELS["jimmy"])):
        assert run(*arguments).exit_code == 0


# what the journal's file must not hold

KEY = "sk-JOURNAL-4c1d9e77aa"
SIGNED = "https://cdn.example/bay.png?Signature=INPUT-5ab0&Expires=99"


@pytest.mark.parametrize(
    "ending", [None, Fault.FAILED, Fault.FILE_URL, Fault.ACCEPTED_THEN_DROPPED, Fault.CREATE_400]
)
@pytest.mark.parametrize(
    ("vendor", "model"),
    [("jimmy", "jimmy/seedance2.0-std"), ("modellix", "modellix/seedance-2.0-fast-i2v")],
    ids=VENDORS,
)
def test_the_journal_applies_no_key_no_signed_query_and_no_media(
    vendor: str,
    model: str,
    ending: Fault | None,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"{vendor.upper()}_API_KEY", KEY)
    picture = draw_picture("bay", 320, 320)
    inline = base64.b64encode(picture).decode()
    (tmp_path / "shore.png").write_bytes(draw_picture("shore", 320, 320))
    request = {
        "prompt": "A paper boat",
        "reference_images": [f"data:image/png;base64,{inline}", "shore.png", SIGNED],
    }
    (tmp_path / "request.json").write_text(json.dumps(request), encoding="utf-8")
    sandbox.stand_ins[vendor].faults = set() if ending is None else {ending}
    run("generate", "request.json", "-o", "video.mp4", "-m", model, "--yes")
    arrived = sandbox.stand_ins[vendor].calls
    assert any(KEY in value for call in arrived for value in call.headers.values())
    assert any(SIGNED.encode() in call.body for call in arrived)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "polyreel-home").iterdir())
    assert b"A paper boat" in kept
    assert b"image/png" in kept
    secrets = [KEY, "Signature", "INPUT-5ab0", "secret", inline[200:260], inline[-60:-20]]
    for secret in secrets:
        assert secret.encode() not in kept, secret
    assert picture[100:160] not in kept


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another thing there")
def test_nobody_else_may_read_the_journal(sandbox: Sandbox, tmp_path: Path) -> None:
    unfinished(sandbox, "video.mp4")
    home = tmp_path / "polyreel-home"
    modes = {path.name: path.stat().st_mode & 0o077 for path in (home, *home.iterdir())}
    assert modes["journal.sqlite3"] == 0
    assert set(modes.values()) == {0}, modes


# several processes, and signals


def test_an_interrupted_wait_is_130_and_the_job_can_be_waited_for_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    with started("jobs", "wait", job_id) as process:
        read_until("running", process.stderr)
        process.send_signal(signal.SIGINT)
        _, reported = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in reported) == (130, False), reported
    let_all_end(sandbox)
    assert run("jobs", "wait", job_id).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


def test_a_job_that_another_process_works_on_is_followed_and_left_to_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    with started("jobs", "wait", job_id) as process:
        read_until("running", process.stderr)
        done = run("jobs", "wait", job_id, "--timeout", "0.2")
        assert (done.exit_code, "another process" in done.stderr) == (5, True)
        let_all_end(sandbox)
        followed = run("jobs", "wait", job_id)
        process.communicate(timeout=60)
    assert (process.returncode, followed.exit_code) == (0, 0), followed.output
    assert followed.stdout == f"{tmp_path / 'video.mp4'}\n"
    (task,) = sandbox.stand_ins["jimmy"].tasks.values()
    assert task.downloads == 1


def test_a_wait_takes_over_from_a_process_that_was_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    with started("jobs", "wait", job_id) as process:
        read_until("running", process.stderr)
        process.kill()
        process.wait(timeout=60)
    let_all_end(sandbox)
    assert run("jobs", "wait", job_id).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


# what a user stumbled over once


def test_a_journal_that_breaks_after_paying_hides_no_video(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(sandbox.stand_ins["jimmy"])
    video_url = kind.video_url

    def apply_fault(stand_in: StandIn, task: Task) -> str:
        path = tmp_path / "polyreel-home" / "journal.sqlite3"
        path.write_bytes(b"This is no database. " * 500)
        return video_url(stand_in, task)

    monkeypatch.setattr(kind, "video_url", apply_fault)
    done = generate("video.mp4")
    assert (tmp_path / "video.mp4").is_file()
    assert (done.exit_code, done.stdout) == (0, "video.mp4\n")


def test_a_job_under_a_key_does_not_take_the_file_of_another(sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    done = generate("video.mp4", "--timeout", "0", "--idempotency-key", "order-7")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)


def test_a_roundabout_path_does_not_take_the_file_of_another(sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    done = generate(str(Path("..") / Path.cwd().name / "video.mp4"), "--timeout", "0")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)


def test_one_job_named_twice_is_one_job(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    let_all_end(sandbox)
    done = run("jobs", "wait", job_id[:7], job_id)
    (task,) = sandbox.stand_ins["jimmy"].tasks.values()
    assert (done.exit_code, len(done.stdout.splitlines()), task.downloads) == (0, 1, 1)


def test_download_does_not_wait_for_another_process(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    with started("jobs", "wait", job_id) as worker:
        read_until("running", worker.stderr)
        with started("jobs", "download", job_id) as process:
            try:
                process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                pytest.fail("it still waits")
    assert process.returncode == 5


def test_a_task_id_that_its_provider_does_not_know_can_be_put_right(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    job_id = unknown(sandbox, "video.mp4")
    (task_id,) = sandbox.stand_ins["jimmy"].tasks
    typo = run("jobs", "settle", job_id, "--task-id", "vid_typo")
    assert (typo.exit_code, "vid_typo" in typo.stderr) == (2, True)
    assert run("jobs", "settle", job_id, "--task-id", task_id).exit_code == 0
    let_all_end(sandbox)
    assert run("jobs", "wait", job_id).exit_code == 0


@pytest.mark.usefixtures("retention_over")
def test_a_video_that_is_gone_is_not_offered_as_resumable(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.EXPIRED_RESULT)
    assert "polyreel jobs wait" not in generate("video.mp4").stderr


@pytest.mark.usefixtures("retention_over")
def test_the_file_of_a_video_that_is_gone_can_be_used_again_as_advised(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.EXPIRED_RESULT)
    generate("video.mp4")
    job_id = listed()[0]["id"][:8]
    sandbox.set_faults()
    done = generate("video.mp4")
    assert done.exit_code == 0 or f"polyreel jobs settle {job_id} --lost" in done.stderr


@pytest.mark.parametrize("other", [("--not-created",), ("--task-id", "vid_000001")])
def test_lost_and_another_answer_at_once_settle_nothing(
    other: tuple[str, ...], sandbox: Sandbox
) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "settle", job_id, "--lost", *other)
    assert (done.exit_code, videos("--open")) == (2, ["video.mp4"])


def test_settle_alone_advises_nothing_that_is_then_refused(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "settle", job_id)
    assert (done.exit_code, "--not-created" in done.stderr) == (2, False)


def test_json_may_stand_before_the_command(sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    done = run("jobs", "--json", "list")
    assert done.exit_code == 2 or len(json.loads(done.stdout)) == 1


@pytest.mark.parametrize(
    ("options", "name", "correct"),
    [
        (("--json",), "show", "polyreel jobs show --json"),
        (("--open",), "list", "polyreel jobs list --open"),
        (("-p", "jimmy", "--json"), "list", "polyreel jobs list --provider --json"),
        (("--open",), "wait", "polyreel jobs list --open"),
        (("--limit", "1"), "download", "polyreel jobs list --limit"),
    ],
)
def test_an_option_of_the_list_before_a_command_is_never_ignored(
    options: tuple[str, ...], name: str, correct: str, sandbox: Sandbox
) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    before = calls(sandbox)
    done = run("jobs", *options, name, *([] if name == "list" else [job_id]))
    assert (done.exit_code, done.stdout, calls(sandbox)) == (2, "", before)
    assert done.stderr.strip().endswith(f"after the command: {correct}")


def test_an_error_of_the_list_without_a_command_is_json_too(tmp_path: Path) -> None:
    journal = tmp_path / "polyreel-home" / "journal.sqlite3"
    run("jobs")
    journal.write_bytes(b"not a journal" * 1000)
    done = run("jobs", "--open", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["type"]) == (2, "JournalError")


def test_the_state_that_the_help_names_as_an_example_finds_such_jobs(sandbox: Sandbox) -> None:
    unfinished(sandbox, "video.mp4")
    assert videos("--state", "accepted") == ["video.mp4"]


def test_a_wait_that_times_out_prints_the_command_again(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "wait", job_id, "--timeout", "0")
    assert f"polyreel jobs wait {job_id}" in done.stderr


def test_a_person_is_reported_an_error_beside_the_json(sandbox: Sandbox) -> None:
    job_id = unfinished(sandbox, "video.mp4")
    done = run("jobs", "wait", job_id, "--timeout", "0", "--json")
    assert "Error " in done.stderr


def test_a_program_is_reported_which_jobs_are_unknown(sandbox: Sandbox) -> None:
    job_id = unknown(sandbox, "video.mp4")
    done = run("jobs", "wait", "--all", "--json")
    assert (done.exit_code, job_id in done.stdout) == (4, True)


def test_cancel_does_not_say_that_a_failed_job_is_billed(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.FAILED)
    generate("video.mp4")
    assert "billed" not in run("jobs", "cancel", listed()[0]["id"]).stderr


@pytest.mark.parametrize("fault", [Fault.ACCEPTED_THEN_DROPPED, Fault.MISSING_ID])
def test_without_a_journal_no_command_is_advised_that_cannot_work(
    fault: Fault, sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted("journal = false\n", tmp_path)
    sandbox.set_faults(fault)
    done = generate("video.mp4")
    assert (done.exit_code, "polyreel jobs settle" in done.stderr) == (4, False)


def test_a_call_that_is_refused_under_its_key_is_not_said_to_go_on(sandbox: Sandbox) -> None:
    generate("video.mp4", "--idempotency-key", "order-7")
    done = generate("video.mp4", "--idempotency-key", "order-7", "--duration", "8")
    assert (done.exit_code, "Goes on with job" in done.stderr) == (2, False)


def test_a_state_that_no_job_can_have_is_refused_with_the_ones_it_can() -> None:
    done = run("jobs", "--state", "downloadd")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean 'downloaded'?" in done.stderr


def test_nothing_to_download_is_said_so(sandbox: Sandbox) -> None:
    done = run("jobs", "download", "--all-finished")
    assert (done.exit_code, done.stderr.strip()) == (0, "No video is left to download.")


# A damaged journal, and a video that is not there any more


def test_a_damaged_journal_is_rescued_by_a_command(sandbox: Sandbox, tmp_path: Path) -> None:
    with Client() as client:
        kept = [client.submit("A paper boat", "jimmy/seedance2.0-std").id for _ in range(3)]
    journal = tmp_path / "polyreel-home" / "journal.sqlite3"
    done = run("jobs", "rescue")
    new = journal.with_name("journal.rescued.sqlite3")
    assert done.exit_code == 0
    assert "has 3 jobs" in done.output
    with Client(journal=new) as client:
        assert {each.id for each in client.history.jobs()} == set(kept)
    assert run("jobs", "rescue").exit_code != 0  # it replaces nothing
    facts = json.loads(run("jobs", "rescue", "--to", "other.sqlite3", "--json").stdout)
    assert facts == {
        "journal": "other.sqlite3",
        "jobs": 3,
        "lost": [],
        "lost_without_id": 0,
        "may_have_more": False,
    }


def test_one_damaged_row_hides_no_other_job(sandbox: Sandbox, tmp_path: Path) -> None:
    with Client() as client:
        lost, kept = (client.submit("A paper boat", "jimmy/seedance2.0-std") for _ in range(2))
    path = tmp_path / "polyreel-home" / "journal.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as journal, journal:
        journal.execute("UPDATE jobs SET document = '{}' WHERE id = ?", (lost.id,))
    listed = run("jobs", "list", "--json")
    assert [each["id"] for each in json.loads(listed.stdout)] == [kept.id]
    waited = run("jobs", "wait", "--all")
    assert Path(waited.stdout.strip()).is_file()
    assert waited.exit_code == 2  # so that nobody takes this for the end of all
    for command in ("show", "wait", "download", "cancel", "settle"):
        done = run("jobs", command, lost.id)
        assert done.exit_code == 2
        assert lost.id in done.stderr
        assert "polyreel jobs rescue" in done.stderr
    for command in ("stats", "spend"):
        assert run(command).exit_code == 0


def test_a_video_that_is_not_there_any_more_is_marked(sandbox: Sandbox, tmp_path: Path) -> None:
    with Client() as client:
        video = client.generate("A paper boat", tmp_path / "v.mp4", "jimmy/seedance2.0-std")
    assert "(missing)" not in run("jobs").output
    video.file.unlink()
    assert "(missing)" in " ".join(run("jobs").output.split())
    assert "(missing)" in " ".join(run("jobs", "show", video.job.short_id).output.split())
