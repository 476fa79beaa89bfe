"""compare with several runs: nothing that goes wrong in one of them is lost or hides the others."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import polyreel.comparing.report.writing
import pytest
from failing_runs import JIMMY, MODELLIX, add_failures
from polyreel import AsyncClient, UsageError
from polyreel import compare as compare_in_code
from polyreel.adapters import Charge, JobRef, JobStatus, Registry, State
from polyreel.cli.app import build_app
from polyreel.comparing.comparison import Comparison, Row, video_names
from polyreel.comparing.report.as_csv import render
from polyreel.comparing.report.facts import report_facts
from polyreel.jobs import Timeline
from polyreel.jobs.records import JobRecord, Stage
from polyreel.request.video_request import VideoRequest
from polyreel_sandbox import Pace, Sandbox, installed_stand_ins
from quick import QUICK
from typer.testing import CliRunner

OUTCOMES = {
    JIMMY: Counter({"succeeded": 2, "unknown": 1}),
    MODELLIX: Counter({"succeeded": 1, "failed": 1, "open": 1}),
}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


def compare(*options: str, models: tuple[str, ...] = (JIMMY, MODELLIX)) -> Any:
    named = [part for model in models for part in ("-m", model)]
    Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
    return run("compare", "request.json", "--yes", *named, *options)


@dataclass
class FailingRuns:
    """The outputs of one comparison with every kind of failing run, and of a second as a table.

    Attributes:
        exit_code: Of the first.
        facts: Its JSON.
        lines: Its CSV.
        page: Its HTML.
        table: The second's table.
        said: The second's other output.
        videos: The files in the first's folder.
        tasks: How many tasks each vendor has, of both.
    """

    exit_code: int
    facts: Any
    lines: list[dict[str, str]]
    page: str
    table: list[dict[str, str]]
    said: str
    videos: list[str]
    tasks: dict[str, int]


@pytest.fixture(scope="module")
def failing_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailingRuns]:
    """Compare two vendors with three runs each, twice: for programs, and for a person."""
    folder = tmp_path_factory.mktemp("failing_runs")
    registry = Registry.installed()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("POLYREEL_HOME", str(folder / "home"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "no-config"))
        for installed in registry.adapters.values():
            patch.setattr(installed.adapter, "poll_timing", QUICK)
        pace = Pace(queued=0.02, running=0.05)
        reported: list[Any] = []
        tasks: Counter[str] = Counter()
        for options in (
            ("-o", "one", "--json", "--csv", "one.csv", "--html", "one.html"),
            ("-o", "two"),
        ):
            with Sandbox(installed_stand_ins(registry), pace=pace, frames_per_second=2) as served:
                for name, url in served.base_urls.items():
                    patch.setenv(f"{name.upper()}_BASE_URL", url)
                    patch.setenv(f"{name.upper()}_API_KEY", f"sk-{name}-key")
                add_failures(served)
                reported.append(compare("--runs", "3", "--timeout", "4", *options))
                tasks.update({name: len(each.tasks) for name, each in served.stand_ins.items()})
        first, second = reported
        (folder / "one.json").write_text(first.stdout, encoding="utf-8")
        yield FailingRuns(
            exit_code=first.exit_code,
            facts=json.loads(first.stdout),
            lines=list(csv.DictReader(io.StringIO((folder / "one.csv").read_text("utf-8")))),
            page=(folder / "one.html").read_text(encoding="utf-8"),
            table=_table(second.stdout),
            said=second.stderr,
            videos=sorted(path.name for path in (folder / "one").iterdir()),
            tasks=dict(tasks),
        )


def _table(printed: str) -> list[dict[str, str]]:
    lines = [
        line.split("\t") for line in printed.splitlines() if line.startswith(("model", "j", "m"))
    ]
    lines = [line for line in lines if len(line) == len(lines[0])]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


# Every kind of failing run, in all four outputs


def test_a_failing_run_loses_no_other(failing_runs: FailingRuns) -> None:
    assert len(failing_runs.videos) == 3
    assert {Path(row["file"]).name for row in failing_runs.facts["rows"] if row["file"]} == set(
        failing_runs.videos
    )
    assert [(row["name"], row["run"]) for row in failing_runs.facts["rows"]] == [
        (name, number) for name in (JIMMY, MODELLIX) for number in (1, 2, 3)
    ]


def test_the_exit_code_is_that_of_the_gravest_run(failing_runs: FailingRuns) -> None:
    assert failing_runs.exit_code == 4


def test_no_run_is_sent_twice(failing_runs: FailingRuns) -> None:
    assert failing_runs.tasks == {"jimmy": 6, "modellix": 6}


def test_json_reports_how_every_run_ended(failing_runs: FailingRuns) -> None:
    reported: dict[str, Counter[str]] = {}
    for row in failing_runs.facts["rows"]:
        reported.setdefault(row["name"], Counter())[row["outcome"]] += 1
    assert reported == OUTCOMES
    assert {row["outcome"]: row["command"] for row in failing_runs.facts["rows"]} == {
        "succeeded": None,
        "failed": None,
        "unknown": f"polyreel jobs settle {_short(failing_runs, 'unknown')}",
        "open": f"polyreel jobs wait {_short(failing_runs, 'open')}",
    }


def _row(failing_runs: FailingRuns, outcome: str) -> Any:
    (row,) = [row for row in failing_runs.facts["rows"] if row["outcome"] == outcome]
    return row


def _short(failing_runs: FailingRuns, outcome: str) -> str:
    return str(_row(failing_runs, outcome)["id"])[:8]


def test_csv_reports_how_every_run_ended_in_a_line_of_its_own(failing_runs: FailingRuns) -> None:
    reported: dict[str, Counter[str]] = {}
    for line in failing_runs.lines:
        reported.setdefault(line["name"], Counter())[line["outcome"]] += 1
    assert reported == OUTCOMES
    lines = {line["outcome"]: line for line in failing_runs.lines}
    unknown, late = lines["unknown"], lines["open"]
    assert "It was not sent again" in unknown["meaning"]
    assert unknown["command"] == f"polyreel jobs settle {_short(failing_runs, 'unknown')}"
    assert late["command"] == f"polyreel jobs wait {_short(failing_runs, 'open')}"
    assert "content policy" in lines["failed"]["reason"]
    assert lines["succeeded"]["delivered pixels"] == "1280×720"


def test_the_page_reports_how_every_run_ended(failing_runs: FailingRuns) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", failing_runs.page))
    for said in ("1 unknown", "1 failed", "1 open", "content policy"):
        assert said in text
    assert "It was not sent again" in text
    assert f"polyreel jobs settle {_short(failing_runs, 'unknown')}" in text
    assert f"polyreel jobs wait {_short(failing_runs, 'open')}" in text
    assert failing_runs.page.count("<video") == 3


def test_the_table_reports_how_every_run_ended(failing_runs: FailingRuns) -> None:
    reported = Counter((row["model"], row["result"]) for row in failing_runs.table)
    assert reported == {
        (JIMMY, "done"): 2,
        (JIMMY, "SubmitUnknown"): 1,
        (MODELLIX, "done"): 1,
        (MODELLIX, "JobFailed"): 1,
        (MODELLIX, "WaitTimeout"): 1,
    }
    commands = {row["result"]: row["next step"] for row in failing_runs.table}
    assert commands["SubmitUnknown"].startswith("polyreel jobs settle ")
    assert commands["WaitTimeout"].startswith("polyreel jobs wait ")
    assert commands["JobFailed"] == commands["done"] == "–"


def test_a_person_is_reported_in_words_which_run_ended_how(failing_runs: FailingRuns) -> None:
    said = " ".join(failing_runs.said.split())
    for row in failing_runs.table:
        if row["result"] != "done":
            assert f"{row['model']}, run {row['run']}: " in said
    assert "It was not sent again" in said
    assert "continues at the provider" in said


def test_what_may_have_been_charged_is_unknown_and_never_zero(failing_runs: FailingRuns) -> None:
    charged = [row["charged"] for row in failing_runs.facts["rows"]]
    # Only the one video of the model that has a price was told of.
    assert sorted(charged) == ["0.6900 USD", *["unknown"] * 5]
    models = failing_runs.facts["models"]
    assert models[0]["charged"] == "unknown"
    assert [(each["total"], each["unit"]) for each in models[1]["charged"]] == [("0.6900", "USD")]
    assert [model["charges_unknown"] for model in models] == [3, 2]


# Runs


def test_every_model_runs_as_often_as_asked(sandbox: Sandbox) -> None:
    done = compare("--runs", "2", "-o", "videos", models=(JIMMY,))
    assert done.exit_code == 0, done.output
    names = sorted(path.name for path in Path("videos").iterdir())
    assert names == ["jimmy-seedance2.0-std-1.mp4", "jimmy-seedance2.0-std-2.mp4"]
    assert len(sandbox.stand_ins["jimmy"].tasks) == 2


def test_the_number_of_videos_is_shown_before_anything_is_paid(sandbox: Sandbox) -> None:
    shown = compare("--runs", "2", "-o", "videos").stderr.partition("preparing")[0]
    assert "This sends 4 paid requests for 4 videos" in shown
    assert f"2 × {JIMMY} at" in shown
    assert shown.count("video: videos/") == 4


def test_without_consent_no_run_is_sent(sandbox: Sandbox) -> None:
    Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
    done = run("compare", "request.json", "-m", JIMMY, "--runs", "3", "-o", "videos")
    assert done.exit_code == 2
    assert not sandbox.stand_ins["jimmy"].tasks


@pytest.mark.parametrize("runs", ["0", "-1", "many"])
def test_what_is_no_number_of_runs_is_refused(sandbox: Sandbox, runs: str) -> None:
    assert compare("--runs", runs).exit_code == 2
    assert not sandbox.stand_ins["jimmy"].tasks


def test_the_library_takes_runs_too(sandbox: Sandbox, tmp_path: Path) -> None:
    async def work(runs: int) -> Comparison:
        async with AsyncClient() as client:
            return await compare_in_code(client, "A boat", [JIMMY], tmp_path, runs=runs)

    result = anyio.run(work, 2)
    assert [(row.run, row.error) for row in result.rows] == [(1, None), (2, None)]
    with pytest.raises(UsageError):
        anyio.run(work, 0)


@pytest.mark.parametrize(
    ("names", "runs", "files"),
    [
        (["a/b"], 1, ["a-b.mp4"]),
        (["a/b"], 2, ["a-b-1.mp4", "a-b-2.mp4"]),
        (["a", "a"], 1, ["a.mp4", "a-2.mp4"]),
        (["a", "a"], 2, ["a-1.mp4", "a-2.mp4", "a-3.mp4", "a-4.mp4"]),
        (["a-2", "a", "a"], 1, ["a-2.mp4", "a.mp4", "a-3.mp4"]),
        (["a", "A"], 1, ["a.mp4", "A-2.mp4"]),
        (["a", "a-1"], 2, ["a-1.mp4", "a-2.mp4", "a-1-1.mp4", "a-1-2.mp4"]),
        (["..", "/"], 1, ["video.mp4", "video-2.mp4"]),
    ],
)
def test_no_two_videos_have_one_name(names: list[str], runs: int, files: list[str]) -> None:
    assert video_names(names, runs) == files


# Figures


def test_figures_of_several_runs_are_shown_for_each_model(sandbox: Sandbox) -> None:
    lines = compare("--runs", "3", "-o", "videos").stdout.splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.startswith("over all runs")]
    cells = lines[start + 1].split("\t")
    assert cells[:3] == [JIMMY, "3", "3"]
    assert re.fullmatch(r"\d+\.\d / \d+\.\d / \d+\.\d s", cells[7])
    assert cells[-1] == "unknown"


def test_figures_are_those_of_the_runs_that_report() -> None:
    rows = [_reported(1, 2.0, Charge(amount=Decimal("0.30"), unit="USD"))]
    rows += [_reported(2, 6.0, Charge(amount=Decimal("0.10"), unit="USD"))]
    rows += [
        _reported(3, None, None),
        _reported(4, 3.0, Charge(amount=Decimal("7"), unit="credits")),
    ]
    comparison = Comparison(request=VideoRequest(prompt="x"), rows=tuple(rows), runs=4)
    (figures,) = report_facts(comparison)["models"]
    assert figures["seconds"]["to_accept"] == {
        "count": 3,
        "minimum": 2.0,
        "median": 3.0,
        "maximum": 6.0,
    }
    assert figures["seconds"]["total"] is None
    assert figures["charged"] == [
        {
            "unit": "USD",
            "count": 2,
            "minimum": "0.10",
            "median": "0.20",
            "maximum": "0.30",
            "total": "0.40",
        },
        {
            "unit": "credits",
            "count": 1,
            "minimum": "7",
            "median": "7",
            "maximum": "7",
            "total": "7",
        },
    ]
    assert figures["charges_unknown"] == 1


def _reported(run: int, seconds: float | None, charge: Charge | None) -> Row:
    sent = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    accepted = None if seconds is None else sent + timedelta(seconds=seconds)
    record = JobRecord(
        id=f"{run:032x}",
        model="toy/a",
        stage=Stage.DOWNLOADED,
        ref=JobRef(provider="toy", model="a", task_id=str(run)),
        status=JobStatus(state=State.SUCCEEDED, raw_state="done", charge=charge),
        timeline=Timeline(submitted_at=sent, accepted_at=accepted),
    )
    return Row(name="toy/a", model="toy/a", run=run, record=record)


# Files


def test_a_missing_template_engine_is_reported_before_anything_is_paid(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polyreel.comparing.report.writing, "find_spec", lambda name: None)
    done = compare("--html", "page.html", "-o", "videos")
    assert done.exit_code == 2
    assert 'pip install "polyreel[report]"' in done.stderr.replace("\n", " ")
    assert "paid request" not in done.stderr
    assert not sandbox.stand_ins["jimmy"].tasks


@pytest.mark.parametrize("option", ["--csv", "--html"])
@pytest.mark.parametrize("path", ["nowhere/report", ".", "videos/jimmy-seedance2.0-std.mp4"])
def test_a_report_that_can_not_be_written_is_reported_before_anything_is_paid(
    sandbox: Sandbox, option: str, path: str
) -> None:
    assert compare(option, path, "-o", "videos").exit_code == 2
    assert not sandbox.stand_ins["jimmy"].tasks


def test_two_reports_do_not_take_each_others_place(sandbox: Sandbox) -> None:
    assert compare("--csv", "report", "--html", "./report", "-o", "videos").exit_code == 2
    assert not sandbox.stand_ins["jimmy"].tasks


def test_a_report_that_fails_after_all_does_not_hide_what_was_paid(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    done = compare("--csv", "report.csv", "--json", "-o", "videos")
    assert done.exit_code == 2
    assert "No space left" in done.stderr
    assert len(json.loads(done.stdout)["rows"]) == 2


def test_a_cell_of_the_csv_is_never_a_formula() -> None:
    row = _reported(1, 2.0, None)
    comparison = Comparison(
        request=VideoRequest(prompt="x"), rows=(Row(name="=1+1", model="toy/a", record=row.record),)
    )
    (line,) = csv.DictReader(io.StringIO(render(report_facts(comparison))))
    assert line["name"] == "'=1+1"
