"""compare and demo: one request at several models, side by side; and swapping vendors.

The demo runs once, as a newcomer runs it: in a process of its own, without key or config.
"""

from __future__ import annotations

import difflib
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
from polyreel.cli.app import build_app
from polyreel.request import VideoFacts, probe
from polyreel_sandbox import Fault, Pace, Sandbox, draw_picture
from quick import ENDLESS, START_QUICKLY, started
from trusted import write_trusted
from typer.testing import CliRunner

JIMMY, MODELLIX = "jimmy/seedance2.0-std", "modellix/seedance-2.0-fast-t2v"
NEEDS_AN_IMAGE = "modellix/seedance-2.0-fast-i2v"


@pytest.fixture(autouse=True)
def _request_file(tmp_path: Path) -> None:
    """Write a request that leaves every setting to polyreel."""
    (tmp_path / "request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")


def run(*arguments: str) -> Any:
    """Run a command in this process, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), list(arguments))


def compare(*models: str, options: tuple[str, ...] = ()) -> Any:
    """Compare models with consent given; the videos go to the folder `videos`."""
    named = [part for model in models for part in ("-m", model)]
    return run("compare", "request.json", "-o", "videos", "--yes", *named, *options)


def compare_json(*models: str) -> dict[str, dict[str, Any]]:
    """Compare models and return the rows by name."""
    rows = json.loads(compare(*models, options=("--json",)).stdout)["rows"]
    return {row["name"]: row for row in rows}


def table(printed: str) -> dict[str, dict[str, str]]:
    """Return a piped table's rows by their first cell."""
    lines = [line.split("\t") for line in printed.splitlines() if "\t" in line]
    return {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[1:]}


# compare


def test_the_same_request_becomes_a_video_at_both_vendors(sandbox: Sandbox, tmp_path: Path) -> None:
    done = compare(JIMMY, MODELLIX)
    assert done.exit_code == 0, done.output
    rows = table(done.stdout)
    assert {name: row["result"] for name, row in rows.items()} == {JIMMY: "done", MODELLIX: "done"}
    for row in rows.values():
        assert round(probe(tmp_path / row["file"]).seconds) == 5


def test_a_request_without_settings_gives_the_same_shape_length_and_size_everywhere(
    sandbox: Sandbox,
) -> None:
    """Modellix's own default is 1:1, so a setting left out would show here."""
    videos = [probe(row["file"]) for row in compare_json(JIMMY, MODELLIX).values()]
    assert [_frame_and_length(video) for video in videos] == [(1280, 720, 5.0)] * 2


def test_the_table_reports_what_was_delivered_and_how_long_it_took(sandbox: Sandbox) -> None:
    # Only a look that falls into the work can time it.
    sandbox.stand_ins["modellix"].pace = Pace(queued=0.02, running=0.5)
    row = table(compare(JIMMY, MODELLIX).stdout)[MODELLIX]
    assert (row["video"], row["sound"]) == ("1280×720, 5.0 s", "yes")
    for name in ("to accept", "queued", "generating", "to download", "total"):
        assert row[name].endswith(" s")


def test_a_charge_that_the_vendor_does_not_report_is_unknown_and_never_zero(
    sandbox: Sandbox,
) -> None:
    assert table(compare(JIMMY).stdout)[JIMMY]["charged"] == "unknown"


def test_json_reports_what_was_asked_and_what_was_delivered(sandbox: Sandbox) -> None:
    reported = json.loads(compare(JIMMY, MODELLIX, options=("--json",)).stdout)
    assert reported["request"] == {
        "prompt": "A paper boat",
        "duration": 5,
        "aspect_ratio": "16:9",
        "resolution": "720p",
    }
    delivered = [row["video_facts"] for row in reported["rows"]]
    assert [(each["width"], each["height"], each["seconds"]) for each in delivered] == [
        (1280, 720, 5.0)
    ] * 2


def test_a_model_named_twice_makes_two_videos(sandbox: Sandbox, tmp_path: Path) -> None:
    assert compare(JIMMY, JIMMY).exit_code == 0
    assert len(sandbox.stand_ins["jimmy"].tasks) == len(list((tmp_path / "videos").iterdir())) == 2


def test_targets_can_be_compared_by_name(sandbox: Sandbox, tmp_path: Path) -> None:
    config = f'[targets.cheap]\nmodel = "{JIMMY}"\n[targets.good]\nmodel = "{MODELLIX}"\n'
    write_trusted(config, tmp_path)
    rows = compare_json("cheap", "good")
    assert {name: row["model"] for name, row in rows.items()} == {"cheap": JIMMY, "good": MODELLIX}


def test_the_videos_are_kept_and_nothing_else(sandbox: Sandbox, tmp_path: Path) -> None:
    compare(JIMMY, MODELLIX)
    kept = sorted(path.name for path in (tmp_path / "videos").iterdir())
    assert kept == ["jimmy-seedance2.0-std.mp4", "modellix-seedance-2.0-fast-t2v.mp4"]


def test_everything_that_will_be_paid_is_shown_first(sandbox: Sandbox) -> None:
    shown = compare(JIMMY, MODELLIX).stderr.partition("preparing")[0]
    assert "2 paid requests" in shown
    assert f"{JIMMY} at {sandbox.base_urls['jimmy']}" in shown
    assert f"{MODELLIX} at {sandbox.base_urls['modellix']}" in shown


def test_a_model_that_is_unable_is_reported_before_paying_and_keeps_its_row(
    sandbox: Sandbox,
) -> None:
    done = compare(JIMMY, NEEDS_AN_IMAGE)
    rows = table(done.stdout)
    assert (rows[JIMMY]["result"], rows[NEEDS_AN_IMAGE]["result"]) == ("done", "UnsupportedRequest")
    assert "makes videos from images" in done.stderr.partition("paid request")[0]
    assert len(sandbox.stand_ins["modellix"].tasks) == 0


def test_the_row_of_a_model_that_is_unable_says_why(sandbox: Sandbox) -> None:
    error = compare_json(JIMMY, NEEDS_AN_IMAGE)[NEEDS_AN_IMAGE]["error"]
    assert error["findings"][0]["field"] == "reference_images"
    assert error["findings"][0]["limit"] == "at least one image"


def test_a_failure_at_one_vendor_stops_none_of_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.stand_ins["modellix"].faults = {Fault.FAILED}
    done = compare(JIMMY, MODELLIX)
    rows = table(done.stdout)
    assert (rows[JIMMY]["result"], rows[MODELLIX]["result"]) == ("done", "JobFailed")
    assert probe(tmp_path / rows[JIMMY]["file"]).width == 1280
    assert "content policy" in done.stderr


def test_json_reports_a_failed_rows_error(sandbox: Sandbox) -> None:
    sandbox.stand_ins["modellix"].faults = {Fault.FAILED}
    rows = compare_json(JIMMY, MODELLIX)
    assert rows[JIMMY]["error"] is None
    assert rows[MODELLIX]["error"]["type"] == "JobFailed"
    assert rows[MODELLIX]["file"] is rows[MODELLIX]["video_facts"] is None


@pytest.mark.parametrize(
    ("jimmy", "modellix", "code"),
    [
        (None, Fault.FAILED, 1),
        (None, Fault.CREATE_429, 3),
        (None, Fault.ACCEPTED_THEN_DROPPED, 4),
        (None, Fault.EXPIRED_RESULT, 1),
        (None, Fault.FILE_URL, 5),
        (Fault.CREATE_429, Fault.FAILED, 1),
        (Fault.CREATE_429, Fault.EXPIRED_RESULT, 1),
        (Fault.FAILED, Fault.FILE_URL, 5),
        (Fault.EXPIRED_RESULT, Fault.FILE_URL, 5),
        (Fault.ACCEPTED_THEN_DROPPED, Fault.FILE_URL, 4),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
@pytest.mark.usefixtures("retention_over")
def test_the_exit_code_is_that_of_the_gravest_row(
    jimmy: Fault | None, modellix: Fault, code: int, sandbox: Sandbox
) -> None:
    sandbox.stand_ins["jimmy"].faults = set() if jimmy is None else {jimmy}
    sandbox.stand_ins["modellix"].faults = {modellix}
    assert compare(JIMMY, MODELLIX).exit_code == code


def test_a_model_that_is_unable_is_reported_by_the_exit_code_too(sandbox: Sandbox) -> None:
    assert compare(JIMMY, NEEDS_AN_IMAGE).exit_code == 2


def test_when_every_model_is_unable_nothing_is_asked_or_sent(sandbox: Sandbox) -> None:
    done = compare(NEEDS_AN_IMAGE, "modellix/seedance-2.0-i2v")
    assert (done.exit_code, "paid request" in done.output) == (2, False)
    assert sandbox.stand_ins["modellix"].calls == []


def test_a_timeout_leaves_a_command_that_finishes_the_video(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.stand_ins["modellix"].pace = ENDLESS
    done = compare(JIMMY, MODELLIX, options=("--timeout", "0.5"))
    assert done.exit_code == 5, done.output
    sandbox.stand_ins["modellix"].pace = Pace(queued=0, running=0)
    (command,) = _resume_commands(done.stderr)
    assert run(*command).exit_code == 0
    assert len(sandbox.stand_ins["modellix"].tasks) == 1
    assert len(list((tmp_path / "videos").glob("*.mp4"))) == 2


def test_ctrl_c_leaves_every_job_resumable(sandbox: Sandbox, tmp_path: Path) -> None:
    for stand_in in sandbox.stand_ins.values():
        stand_in.pace = ENDLESS
    arguments = ("compare", "request.json", "-o", "videos", "--yes", "-m", JIMMY, "-m", MODELLIX)
    with started(*arguments) as process:
        _read_until({f"{JIMMY}: running", f"{MODELLIX}: running"}, process.stderr)
        process.send_signal(signal.SIGINT)
        _, reported = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in reported) == (130, False), reported
    commands = _resume_commands(reported)
    assert len(commands) == 2
    for stand_in in sandbox.stand_ins.values():
        stand_in.pace = Pace(queued=0, running=0)
    assert [run(*command).exit_code for command in commands] == [0, 0]
    assert {name: len(each.tasks) for name, each in sandbox.stand_ins.items()} == {
        "jimmy": 1,
        "modellix": 1,
    }
    assert len(list((tmp_path / "videos").glob("*.mp4"))) == 2


def test_a_second_comparison_does_not_make_an_unfinished_job_be_lost(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The first job is paid for, so a second run to its folder is told how to take it up."""
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    (command,) = _resume_commands(compare(JIMMY, options=("--timeout", "0.2")).stderr)
    done = compare(JIMMY, MODELLIX)
    assert (done.exit_code, "paid request" in done.output) == (2, False)
    assert _resume_commands(done.stderr) == [command]
    assert {name: len(each.tasks) for name, each in sandbox.stand_ins.items()} == {
        "jimmy": 1,
        "modellix": 0,
    }
    sandbox.stand_ins["jimmy"].pace = Pace(queued=0, running=0)
    assert run(*command).exit_code == 0
    assert probe(tmp_path / "videos" / "jimmy-seedance2.0-std.mp4").width == 1280


def test_a_row_of_unknown_outcome_is_kept_from_being_paid_again(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.ACCEPTED_THEN_DROPPED}
    compare(JIMMY, MODELLIX)
    sandbox.set_faults()
    done = compare(JIMMY, MODELLIX)
    assert (done.exit_code, "polyreel jobs settle" in done.stderr) == (2, True)
    assert {name: len(each.tasks) for name, each in sandbox.stand_ins.items()} == {
        "jimmy": 1,
        "modellix": 1,
    }


def test_a_comparison_can_be_repeated_when_every_job_is_done(sandbox: Sandbox) -> None:
    assert [compare(JIMMY, MODELLIX).exit_code for _ in range(2)] == [0, 0]


def test_a_comparison_of_one_model_twice_is_two_jobs_in_the_journal(sandbox: Sandbox) -> None:
    rows = compare_json(JIMMY, JIMMY)
    kept = json.loads(run("jobs", "list", "--json").stdout)
    assert {Path(each["file"]).name for each in kept} == {
        "jimmy-seedance2.0-std.mp4",
        "jimmy-seedance2.0-std-2.mp4",
    }
    assert {row["id"] for row in rows.values()} <= {each["id"] for each in kept}


def test_drop_says_in_which_row_something_was_left_out(sandbox: Sandbox, tmp_path: Path) -> None:
    request = {"prompt": "A paper boat", "seed": 7}
    (tmp_path / "request.json").write_text(json.dumps(request), encoding="utf-8")
    done = compare(JIMMY, MODELLIX, options=("--drop",))
    assert done.exit_code == 0, done.output
    assert f"{JIMMY}: left out seed" in done.stderr
    assert f"{MODELLIX}: left out" not in done.stderr


# swapping vendors

SCRIPT = """\
from polyreel import Client, VideoRequest
from polyreel.adapters import PollTiming

request = VideoRequest(prompt="The boat of {image:1}", reference_images=["bay.png"])
with Client(poll_timing=PollTiming(first=0.05, gap=0.05, floor=0.01)) as client:
    print(client.generate(request, "video.mp4").job.model)
"""


def test_one_line_of_the_config_swaps_the_vendor(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "bay.png").write_bytes(draw_picture("bay", 320, 320))
    (tmp_path / "make.py").write_text(SCRIPT, encoding="utf-8")
    config = tmp_path / "polyreel.toml"
    assert run("init").exit_code == 0
    before = config.read_text(encoding="utf-8")
    assert _made_by_the_script(tmp_path) == ("jimmy/seedance2.0-fast-i2v", (1280, 720, 5.0))

    after = before.replace('default = "jimmy"', 'default = "modellix"')
    changes = difflib.ndiff(before.splitlines(), after.splitlines())
    assert len([line for line in changes if line.startswith("+ ")]) == 1
    config.write_text(after, encoding="utf-8")
    assert _made_by_the_script(tmp_path) == ("modellix/seedance-2.0-fast-i2v", (1280, 720, 5.0))
    assert {name: len(each.tasks) for name, each in sandbox.stand_ins.items()} == {
        "jimmy": 1,
        "modellix": 1,
    }


def test_one_option_swaps_the_vendor(sandbox: Sandbox) -> None:
    same = ("generate", "request.json", "-o", "video.mp4", "--yes", "--json")
    made = [json.loads(run(*same, "-m", model).stdout)["model"] for model in (JIMMY, MODELLIX)]
    assert made == [JIMMY, MODELLIX]


# demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Run the main job as a newcomer does: no key, no config, an empty folder."""
    folder = tmp_path_factory.mktemp("newcomer")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("POLYREEL_", "JIMMY_", "MODELLIX_"))
    }
    return subprocess.run(
        [sys.executable, "-c", "from polyreel.cli import main; main()", "demo", "--out", folder],
        cwd=folder,
        env={
            **kept,
            "XDG_CONFIG_HOME": str(folder),
            "POLYREEL_HOME": str(folder / "polyreel-home"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_demo_ends_well(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stderr


def test_the_demo_shows_both_vendors_in_its_table(demo: subprocess.CompletedProcess[str]) -> None:
    rows = table(demo.stdout)
    assert {name.partition("/")[0] for name in rows} == {"jimmy", "modellix"}
    assert {row["result"] for row in rows.values()} == {"done"}


def test_the_demo_makes_playable_videos_of_one_shape_length_and_size(
    demo: subprocess.CompletedProcess[str],
) -> None:
    videos = [probe(row["file"]) for row in table(demo.stdout).values()]
    assert [_frame_and_length(video) for video in videos] == [(1280, 720, 5.0)] * 2


def test_the_demo_writes_a_page_and_says_where(demo: subprocess.CompletedProcess[str]) -> None:
    (folder,) = {Path(row["file"]).parent for row in table(demo.stdout).values()}
    page = folder / "comparison.html"
    assert str(page) in demo.stderr
    assert page.read_text(encoding="utf-8").count("<video") == 2


def test_the_demo_says_where_the_videos_are_and_that_nothing_was_paid(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert "This costs nothing" in demo.stderr
    assert "The videos are in" in demo.stderr


def test_the_demo_keeps_its_jobs_to_itself(demo: subprocess.CompletedProcess[str]) -> None:
    """They end with its vendors; among a user's own jobs they would wait for ever."""
    (folder,) = {Path(row["file"]).parent for row in table(demo.stdout).values()}
    assert folder.is_dir()
    assert not (folder / "polyreel-home").exists()


def test_the_demo_shows_each_job_on_its_way(demo: subprocess.CompletedProcess[str]) -> None:
    names = list(table(demo.stdout))
    assert len(names) == 2
    for name in names:
        assert f"{name}: accepted" in demo.stderr
        assert f"{name}: done" in demo.stderr


ENDLESS_VENDORS = """\
from polyreel_sandbox import Pace, Sandbox

def start_slowly(sandbox, start=Sandbox.start):
    for stand_in in sandbox.stand_ins.values():
        stand_in.pace = Pace(queued=0.0, running=600.0)
    start(sandbox)

Sandbox.start = start_slowly
"""


def test_a_demo_that_is_interrupted_offers_nothing_to_take_up(tmp_path: Path) -> None:
    """Its vendors end with it, and a real vendor must not be asked for their tasks."""
    with started("demo", "--out", "videos", before=ENDLESS_VENDORS) as process:
        _read_until_accepted({"jimmy", "modellix"}, process.stderr)
        process.send_signal(signal.SIGINT)
        _, reported = process.communicate(timeout=60)
    assert (process.returncode, "polyreel jobs" in reported) == (130, False), reported
    assert not (tmp_path / "polyreel-home").exists()


INTERRUPTED_BY_ITS_VENDORS = """\
import os, signal, threading
from polyreel.adapters import Registry
from polyreel_sandbox import Sandbox

first, ended = threading.Lock(), threading.Event()

def created(stand_in, task):
    if first.acquire(blocking=False):  # a second interrupt would hit the end of the command
        os.kill(os.getpid(), signal.SIGINT)
    ended.wait(60)

def stop(sandbox, stop=Sandbox.stop):
    ended.set()
    stop(sandbox)

Sandbox.stop = stop
for kind in Registry.installed().stand_ins().values():
    kind.created = created
"""


def test_a_demo_that_is_interrupted_while_it_sends_speaks_of_no_charge() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_BY_ITS_VENDORS + START_QUICKLY, "demo", "-o", "videos"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Interrupted." in done.stderr
    assert "may be charged" not in done.stderr
    assert "polyreel jobs" not in done.stderr


def _frame_and_length(video: VideoFacts) -> tuple[int, int, float]:
    return video.width, video.height, round(video.seconds, 1)


def _made_by_the_script(folder: Path) -> tuple[str, tuple[int, int, float]]:
    """Run the script, and return the model that it used and what its video is."""
    done = subprocess.run(
        [sys.executable, "make.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    video = folder / "video.mp4"
    made = done.stdout.strip(), _frame_and_length(probe(video))
    video.unlink()
    return made


def _resume_commands(printed: str) -> list[list[str]]:
    """Return the arguments of each resume command that was printed, as a shell would read it."""
    lines = [line for line in printed.splitlines() if "polyreel jobs wait" in line]
    return [shlex.split(line)[1:] for line in lines]


def _read_until(words: set[str], stream: IO[str] | None) -> None:
    """Read lines until each of the words was said."""
    assert stream is not None
    missing, lines = set(words), []
    for line in stream:
        lines.append(line)
        missing -= {word for word in missing if word in line}
        if not missing:
            return
    raise AssertionError(f"{missing} were never said:\n{''.join(lines)}")


def _read_until_accepted(providers: set[str], stream: IO[str] | None) -> None:
    """Read lines until a job of each provider was accepted, so that none is being sent."""
    assert stream is not None
    missing = set(providers)
    for line in stream:
        if line.rstrip().endswith(": accepted"):
            missing.discard(line.partition("/")[0])
        if not missing:
            return
    raise AssertionError(f"no job was accepted at {missing}")
