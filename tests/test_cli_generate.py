"""generate: from a request on the command line to a video on disk, at both vendors' stand-ins.

Most cases run in this process. Those about signals, terminals and `kill -9` run a process of
their own, started through a few lines that only make the polls quick.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from polyreel import Client, VideoRequest
from polyreel.cli.app import build_app
from polyreel.request import probe
from polyreel_sandbox import Fault, Pace, Sandbox, StandIn, Task, draw_picture
from quick import ENDLESS, START_QUICKLY, read_until, started
from trusted import write_trusted
from typer.testing import CliRunner

VENDORS = ("jimmy", "modellix")
TEXT_MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-t2v"}
IMAGE_MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-i2v"}


def run(*arguments: str, stdin: str | None = None) -> Any:
    """Run a command in this process, with nobody at a terminal."""
    return CliRunner().invoke(build_app(), list(arguments), input=stdin)


def generate(*arguments: str, vendor: str = "jimmy", stdin: str | None = None) -> Any:
    """Run `generate` for a video from text, with consent given; later options win."""
    usual = (
        "generate",
        "-o",
        "video.mp4",
        "-p",
        "A paper boat",
        "-m",
        TEXT_MODELS[vendor],
        "--yes",
    )
    return run(*usual, *arguments, stdin=stdin)


def tasks(served: Sandbox) -> dict[str, int]:
    """Return the number of tasks that each stand-in made."""
    return {name: len(stand_in.tasks) for name, stand_in in served.stand_ins.items()}


def body_of_create(stand_in: StandIn) -> dict[str, Any]:
    """Return the body of the one create that arrived."""
    (call,) = [
        call for call in stand_in.calls if call.method == "POST" and "upload" not in call.path
    ]
    value: dict[str, Any] = json.loads(call.body)
    return value


def resume_command(printed: str) -> list[str]:
    """Return the arguments of the resume command that was printed, as a shell would read it."""
    (line,) = [line for line in printed.splitlines() if "polyreel jobs wait" in line]
    program, *arguments = shlex.split(line)
    assert program == "polyreel"
    return arguments


def settle_command(printed: str) -> list[str]:
    """Return the arguments of the one settle command that was printed."""
    (found,) = set(re.findall(r"polyreel (jobs settle \w+)", printed))
    arguments: list[str] = found.split()
    return arguments


def listed(*filters: str) -> list[dict[str, Any]]:
    """Return the jobs that `jobs list` shows, the newest first."""
    jobs: list[dict[str, Any]] = json.loads(run("jobs", "list", *filters, "--json").stdout)
    return jobs


def unfinished(video: str, *arguments: str, served: Sandbox) -> list[str]:
    """Leave a job that goes on for ever, and return the command that takes it up."""
    served.stand_ins["jimmy"].pace = ENDLESS
    done = generate("-o", video, *arguments, "--timeout", "0")
    assert done.exit_code == 5, done.output
    return resume_command(done.stderr)


def let_all_end(served: Sandbox) -> None:
    """Let every task at the stand-ins be done from now on."""
    for stand_in in served.stand_ins.values():
        stand_in.pace = Pace(queued=0, running=0)


# every field is an option, and reaches the wire

IMAGE, VIDEO, AUDIO = (f"https://cdn.example/one.{end}" for end in ("png", "mp4", "mp3"))
LAST = "https://cdn.example/last.png"


class Case(NamedTuple):
    """How a field is given on the command line, and what a vendor is then sent.

    `sent` is None where no model of the vendor has the setting: then it must be refused.
    """

    options: tuple[str, ...]
    model: str
    sent: Mapping[str, Any] | None


def _cases() -> dict[tuple[str, str], Case]:
    std, mini = "jimmy/seedance2.0-std", "jimmy/seedance2.0-mini"
    i2v, t2v = "modellix/seedance-2.0-fast-i2v", "modellix/seedance-2.0-fast-t2v"
    v2v = "modellix/seedance-2.0-fast-v2v"
    frames = ("--first-frame", IMAGE, "--last-frame", LAST)
    images = ("--reference-image", IMAGE, "--reference-image", LAST)
    audios = ("--reference-image", IMAGE, "--reference-audio", AUDIO)
    videos = ("--reference-video", VIDEO)
    return {
        ("jimmy", "prompt"): Case(("-p", "Rain"), std, {"prompt": "Rain"}),
        ("jimmy", "duration"): Case(("--duration", "7"), std, {"duration": 7}),
        ("jimmy", "aspect_ratio"): Case(("--aspect-ratio", "9:16"), std, {"ratio": "9:16"}),
        ("jimmy", "resolution"): Case(("--resolution", "480p"), mini, {"resolution": "480p"}),
        ("jimmy", "first_frame"): Case(frames, std, {"first_image": IMAGE}),
        ("jimmy", "last_frame"): Case(frames, std, {"last_image": LAST}),
        ("jimmy", "reference_images"): Case(images, std, {"images": [IMAGE, LAST]}),
        ("jimmy", "reference_videos"): Case(videos, std, {"reference_videos": [VIDEO]}),
        ("jimmy", "reference_audios"): Case(audios, std, {"reference_audios": [AUDIO]}),
        ("jimmy", "audio"): Case(("--no-audio",), std, None),
        ("jimmy", "seed"): Case(("--seed", "0"), std, None),
        ("jimmy", "camera_fixed"): Case(("--camera-fixed",), std, None),
        ("jimmy", "watermark"): Case(("--no-watermark",), std, None),
        ("jimmy", "return_last_frame"): Case(("--return-last-frame",), std, None),
        ("jimmy", "expires_after"): Case(("--expires-after", "7200"), std, None),
        ("jimmy", "negative_prompt"): Case(("--negative-prompt", "rain"), std, None),
        ("jimmy", "provider_options"): Case(("--provider-option", "jimmy.x=1"), std, None),
        ("modellix", "prompt"): Case(("-p", "Rain"), t2v, {"prompt": "Rain"}),
        ("modellix", "duration"): Case(("--duration", "7"), t2v, {"duration": 7}),
        ("modellix", "aspect_ratio"): Case(("--aspect-ratio", "9:16"), t2v, {"ratio": "9:16"}),
        ("modellix", "resolution"): Case(("--resolution", "480p"), t2v, {"resolution": "480p"}),
        ("modellix", "first_frame"): Case(frames, i2v, {"first_frame_image": IMAGE}),
        ("modellix", "last_frame"): Case(frames, i2v, {"last_frame_image": LAST}),
        ("modellix", "reference_images"): Case(images, i2v, {"reference_images": [IMAGE, LAST]}),
        ("modellix", "reference_videos"): Case(videos, v2v, {"video_urls": [VIDEO]}),
        ("modellix", "reference_audios"): Case(audios, i2v, {"audio_urls": [AUDIO]}),
        ("modellix", "audio"): Case(("--no-audio",), t2v, {"generate_audio": False}),
        ("modellix", "seed"): Case(("--seed", "0"), t2v, {"seed": 0}),
        ("modellix", "camera_fixed"): Case(("--no-camera-fixed",), t2v, {"camera_fixed": False}),
        ("modellix", "watermark"): Case(("--watermark",), t2v, None),
        ("modellix", "return_last_frame"): Case(
            ("--return-last-frame",), t2v, {"return_last_frame": True}
        ),
        ("modellix", "expires_after"): Case(
            ("--expires-after", "7200"), t2v, {"execution_expires_after": 7200}
        ),
        ("modellix", "negative_prompt"): Case(("--negative-prompt", "rain"), t2v, None),
        ("modellix", "provider_options"): Case(
            # It changes the path, which is looked at in a test of its own.
            ("--provider-option", "modellix.async_suffix=false"),
            t2v,
            {},
        ),
    }


CASES = _cases()
FIELDS = sorted(VideoRequest.model_fields)


def test_every_field_of_a_request_is_an_option() -> None:
    group: Any = typer.main.get_command(build_app())
    options = {each.name for each in group.commands["generate"].params if each.opts}
    assert set(FIELDS) - options == set()


@pytest.mark.parametrize(("vendor", "field"), list(itertools.product(VENDORS, FIELDS)))
def test_a_field_given_as_an_option_reaches_the_vendor_or_is_refused_by_name(
    vendor: str, field: str, sandbox: Sandbox
) -> None:
    case = CASES[vendor, field]
    stand_in = sandbox.stand_ins[vendor]
    stand_in.faults = {Fault.CREATE_429}  # what arrived can be read, and no video is drawn
    done = generate("-m", case.model, *case.options, "--json", vendor=vendor)
    if case.sent is None:
        named = json.loads(done.stdout)["error"]["message"]
        assert (done.exit_code, stand_in.calls) == (2, []), done.output
        assert (field in named) or (field == "provider_options" and "options of" in named)
    else:
        assert done.exit_code == 3, done.output
        body = body_of_create(stand_in)
        assert {name: body.get(name) for name in case.sent} == case.sent


def test_a_provider_option_reaches_the_vendor(sandbox: Sandbox) -> None:
    sandbox.stand_ins["modellix"].faults = {Fault.CREATE_429}
    generate("--provider-option", "modellix.async_suffix=false", vendor="modellix")
    paths = [call.path for call in sandbox.stand_ins["modellix"].calls]
    assert paths == ["/bytedance/seedance-2.0-fast-t2v"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_local_picture_reaches_the_vendor_whole(
    vendor: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    picture = draw_picture("bay", 320, 320)
    (tmp_path / "bay.png").write_bytes(picture)
    stand_in = sandbox.stand_ins[vendor]
    stand_in.faults = {Fault.CREATE_429}
    generate("-m", IMAGE_MODELS[vendor], "--first-frame", "bay.png")
    body = body_of_create(stand_in)
    sent = body["first_image" if vendor == "jimmy" else "first_frame_image"]
    assert stand_in.picture("first frame", sent).data == picture


def test_options_replace_the_files_fields_and_leave_the_others(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    fields = {"prompt": "Snow", "duration": 5, "aspect_ratio": "9:16"}
    (tmp_path / "request.json").write_text(json.dumps(fields), encoding="utf-8")
    sandbox.stand_ins["jimmy"].faults = {Fault.CREATE_429}
    generate("request.json", "-p", "Rain", "--duration", "7")
    body = body_of_create(sandbox.stand_ins["jimmy"])
    assert (body["prompt"], body["duration"], body["ratio"]) == ("Rain", 7, "9:16")


def test_a_request_can_be_piped_in(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.CREATE_429}
    text = json.dumps({"prompt": "Snow", "duration": 8})
    run(
        *("generate", "-", "-o", "video.mp4", "-m", TEXT_MODELS["jimmy"], "--yes"),
        stdin=text,
    )
    assert body_of_create(sandbox.stand_ins["jimmy"])["duration"] == 8


# a video


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_video_is_saved_and_only_its_path_is_printed(
    vendor: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    done = generate(vendor=vendor)
    assert (done.exit_code, done.stdout) == (0, "video.mp4\n"), done.output
    video = probe(tmp_path / "video.mp4")
    assert (video.width, video.height, round(video.seconds)) == (1280, 720, 5)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_video_leaves_nothing_but_itself(vendor: str, sandbox: Sandbox, tmp_path: Path) -> None:
    generate("-o", str(tmp_path / "video.mp4"), vendor=vendor)
    assert _files_but_the_journal(tmp_path) == ["video.mp4"]


def test_json_reports_the_job_the_file_and_how_long_it_took(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    facts = json.loads(generate("--json").stdout)
    assert (facts["model"], facts["stage"], facts["file"]) == (
        "jimmy/seedance2.0-std",
        "downloaded",
        str(tmp_path / "video.mp4"),
    )
    assert facts["job"]["task_id"] in sandbox.stand_ins["jimmy"].tasks
    assert facts["status"]["state"] == "succeeded"
    assert facts["seconds"]["total"] > 0


def test_json_reports_what_the_journal_keeps_of_the_job(sandbox: Sandbox, tmp_path: Path) -> None:
    facts = json.loads(generate("--idempotency-key", "order-7", "--json").stdout)
    assert facts["request"]["prompt"] == "A paper boat"
    assert (facts["idempotency_key"], facts["target"]) == ("order-7", str(tmp_path / "video.mp4"))
    assert {"created_at", "submitted_at", "accepted_at", "downloaded_at"} <= set(facts["times"])
    (kept,) = listed()
    assert {name: kept[name] for name in ("id", "times", "expires_at", "note")} == {
        name: facts[name] for name in ("id", "times", "expires_at", "note")
    }


def test_json_is_all_that_standard_output_applies(sandbox: Sandbox) -> None:
    assert isinstance(json.loads(generate("--json").stdout), dict)


def test_a_file_name_is_printed_as_it_is(sandbox: Sandbox) -> None:
    assert generate("-o", "[red] :star: video.mp4").stdout == "[red] :star: video.mp4\n"


def test_the_last_frame_is_saved_beside_the_video_when_asked_for(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    done = generate("--return-last-frame", "--json", vendor="modellix")
    picture = Path(json.loads(done.stdout)["last_frame_file"])
    assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_a_person_is_reported_where_the_last_frame_is(sandbox: Sandbox) -> None:
    assert "video.last-frame.png" in generate("--return-last-frame", vendor="modellix").output


def test_a_target_of_the_config_makes_the_video(sandbox: Sandbox, tmp_path: Path) -> None:
    config = f'[targets.cheap]\nmodel = "{TEXT_MODELS["modellix"]}"\n'
    write_trusted(config, tmp_path)
    done = run("generate", "-o", "video.mp4", "-p", "Rain", "-t", "cheap", "--yes")
    assert (done.exit_code, tasks(sandbox)) == (0, {"jimmy": 0, "modellix": 1})


@pytest.mark.parametrize("fault", [Fault.BAD_POLL, Fault.UNKNOWN_STATUS, Fault.CUT_DOWNLOAD])
def test_a_passing_trouble_still_ends_in_one_paid_video(fault: Fault, sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {fault}
    assert (generate().exit_code, tasks(sandbox)["jimmy"]) == (0, 1)


def test_each_change_of_state_is_reported_when_nobody_watches_a_bar(sandbox: Sandbox) -> None:
    reported = [line.rpartition(": ")[2] for line in generate().stderr.splitlines()]
    assert [
        word for word in reported if word in ("sending", "accepted", "downloading", "done")
    ] == [
        "sending",
        "accepted",
        "downloading",
        "done",
    ]


# exit codes


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("fault", "code", "kind", "made"),
    [
        (Fault.FAILED, 1, "JobFailed", 1),
        (Fault.CANCELED, 1, "JobCanceled", 1),
        (Fault.CREATE_429, 3, "RateLimited", 0),
        (Fault.ACCEPTED_THEN_DROPPED, 4, "SubmitUnknown", 1),
        (Fault.CREATE_500, 4, "SubmitUnknown", 1),
        (Fault.NOT_JSON, 4, "SubmitUnknown", 1),
        (Fault.MISSING_ID, 4, "SubmitUnknown", 1),
        (Fault.NO_VIDEO, 5, "BadResponse", 1),
        (Fault.FILE_URL, 5, "DownloadError", 1),
        (Fault.EXPIRED_RESULT, 1, "ResultExpired", 1),
        (Fault.VIDEO_403, 1, "ResultExpired", 1),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
@pytest.mark.usefixtures("retention_over")
def test_the_exit_code_reports_what_happened_to_the_money(
    vendor: str, fault: Fault, code: int, kind: str, made: int, sandbox: Sandbox
) -> None:
    sandbox.stand_ins[vendor].faults = {fault}
    done = generate("--json", vendor=vendor)
    assert (done.exit_code, json.loads(done.stdout)["error"]["type"]) == (code, kind)
    assert tasks(sandbox)[vendor] == made


def test_an_unknown_outcome_warns_against_sending_again(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.ACCEPTED_THEN_DROPPED}
    message = generate().stderr
    assert "may be charged" in message
    assert "It will not be sent again. Look in Jimmy AI's console" in message
    assert run(*settle_command(message), "--not-created").exit_code == 0


def test_the_message_of_an_unknown_outcome_is_made_of_whole_sentences(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.MISSING_ID}
    assert "the answer holds no task id." in generate().stderr


def test_an_unknown_outcome_keeps_a_second_request_from_its_file(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.ACCEPTED_THEN_DROPPED}
    command = settle_command(generate().stderr)
    sandbox.set_faults()
    done = generate()
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)
    assert settle_command(done.stderr) == command


def test_a_failed_job_leaves_nothing_to_take_up(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.FAILED}
    done = generate()
    assert "jobs wait" not in done.stderr
    assert listed("--open") == []
    assert _files_but_the_journal(tmp_path) == []


def test_a_refused_job_leaves_nothing_to_take_up(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.CREATE_400}
    done = generate()
    assert ("polyreel jobs" in done.stderr, listed("--open")) == (False, [])


def test_the_file_of_a_job_that_failed_is_free_again(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.FAILED}
    generate()
    sandbox.set_faults()
    assert (generate().exit_code, tasks(sandbox)["jimmy"]) == (0, 2)


def test_a_timeout_is_reported_as_resumable(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    done = generate("--timeout", "0.2", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["type"]) == (5, "WaitTimeout")
    (kept,) = listed("--open")
    assert (kept["id"], kept["job"]) == (error["job_id"], error["job"])
    assert kept["target"] == str(tmp_path / "video.mp4")


def test_the_printed_command_finishes_the_video_and_pays_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    command = unfinished("video.mp4", served=sandbox)
    let_all_end(sandbox)
    done = run(*command)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'video.mp4'}\n"), done.output
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert tasks(sandbox) == {"jimmy": 1, "modellix": 0}


def test_the_printed_command_finishes_a_video_that_could_not_be_saved(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.FILE_URL}
    command = resume_command(generate().stderr)
    sandbox.set_faults()
    assert run(*command).exit_code == 0
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert tasks(sandbox)["jimmy"] == 1


def test_the_printed_command_names_the_job_by_the_beginning_of_its_id(sandbox: Sandbox) -> None:
    jobs, wait, name = unfinished("video.mp4", served=sandbox)
    assert (jobs, wait, name) == ("jobs", "wait", listed()[0]["id"][:8])


def test_the_printed_command_works_for_a_path_with_spaces(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "my videos").mkdir()
    command = unfinished("my videos/the boat.mp4", served=sandbox)
    let_all_end(sandbox)
    done = run(*command)
    video = tmp_path / "my videos" / "the boat.mp4"
    assert (done.exit_code, done.stdout) == (0, f"{video}\n"), done.output
    assert video.is_file()


def test_the_printed_command_works_from_another_folder(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = unfinished("video.mp4", served=sandbox)
    let_all_end(sandbox)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run(*command).exit_code == 0
    assert (tmp_path / "video.mp4").is_file()


def test_a_finished_video_leaves_nothing_to_take_up(sandbox: Sandbox, tmp_path: Path) -> None:
    command = unfinished("video.mp4", served=sandbox)
    let_all_end(sandbox)
    run(*command)
    assert listed("--open") == []
    assert _files_but_the_journal(tmp_path) == ["video.mp4"]


def test_a_video_that_is_saved_is_not_downloaded_twice(sandbox: Sandbox, tmp_path: Path) -> None:
    command = unfinished("video.mp4", served=sandbox)
    let_all_end(sandbox)
    run(*command)
    before = len(sandbox.stand_ins["jimmy"].calls)
    done = run(*command)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'video.mp4'}\n")
    assert len(sandbox.stand_ins["jimmy"].calls) == before


def test_a_resume_that_times_out_can_be_repeated(sandbox: Sandbox) -> None:
    command = unfinished("video.mp4", served=sandbox)
    assert run(*command, "--timeout", "0.2").exit_code == 5
    assert [each["id"][:8] for each in listed("--open")] == command[-1:]
    let_all_end(sandbox)
    assert run(*command).exit_code == 0


def test_a_resumed_job_that_failed_is_not_offered_again(sandbox: Sandbox) -> None:
    command = unfinished("video.mp4", served=sandbox)
    let_all_end(sandbox)
    sandbox.stand_ins["jimmy"].faults = {Fault.FAILED}
    done = run(*command)
    assert (done.exit_code, "jobs wait" in done.stderr) == (1, False)
    assert listed("--open") == []


def test_a_new_job_does_not_make_an_unfinished_one_be_lost(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The first job is paid for, so a second run to the same file is told how to take it up."""
    command = unfinished("video.mp4", served=sandbox)
    done = generate("--timeout", "0")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)
    assert str(tmp_path / "video.mp4") in done.stderr
    assert resume_command(done.stderr) == command
    let_all_end(sandbox)
    assert run(*command).exit_code == 0


def test_a_new_job_with_another_name_for_the_same_file_is_refused_too(sandbox: Sandbox) -> None:
    unfinished("video.mp4", served=sandbox)
    done = generate("-o", str(Path.cwd() / "video.mp4"), "--timeout", "0")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)


def test_a_new_job_to_another_file_goes_beside_an_unfinished_one(sandbox: Sandbox) -> None:
    first = unfinished("one.mp4", served=sandbox)
    second = unfinished("two.mp4", served=sandbox)
    assert [each["id"][:8] for each in listed("--open")] == [second[-1], first[-1]]


def test_a_refused_file_is_reported_before_the_question(sandbox: Sandbox) -> None:
    unfinished("video.mp4", served=sandbox)
    assert "paid request" not in generate().stderr


def test_taking_one_job_up_neither_ends_nor_overwrites_another(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    one = unfinished("one.mp4", "--duration", "5", served=sandbox)
    two = unfinished("two.mp4", "--duration", "8", served=sandbox)
    let_all_end(sandbox)
    assert run(*one).exit_code == 0
    assert [each["id"][:8] for each in listed("--open")] == two[-1:]
    assert run(*two).exit_code == 0
    lengths = [round(probe(tmp_path / name).seconds) for name in ("one.mp4", "two.mp4")]
    assert lengths == [5, 8]


# the caller's own name for a call


def test_the_same_call_under_its_key_is_paid_once(sandbox: Sandbox) -> None:
    first = generate("--idempotency-key", "order-7")
    second = generate("--idempotency-key", "order-7")
    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    assert first.stdout == second.stdout == "video.mp4\n"
    assert tasks(sandbox)["jimmy"] == len(listed()) == 1


def test_the_same_call_under_its_key_goes_on_with_an_unfinished_job(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    unfinished("video.mp4", "--idempotency-key", "order-7", served=sandbox)
    let_all_end(sandbox)
    done = generate("--idempotency-key", "order-7")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (0, 1), done.output
    assert round(probe(tmp_path / "video.mp4").seconds) == 5


def test_two_keys_are_two_calls(sandbox: Sandbox) -> None:
    for key in ("order-7", "order-8"):
        generate("-o", f"{key}.mp4", "--idempotency-key", key)
    assert tasks(sandbox)["jimmy"] == 2


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (("--duration", "8"), "duration"),
        (("-p", "A paper kite"), "prompt"),
        (("-m", TEXT_MODELS["modellix"]), "target"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_another_request_under_the_same_key_is_refused_and_named(
    other: tuple[str, str], difference: str, sandbox: Sandbox
) -> None:
    generate("--idempotency-key", "order-7")
    done = generate(*other, "-o", "other.mp4", "--idempotency-key", "order-7", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["type"]) == (2, "IdempotencyConflict")
    assert "'order-7'" in error["message"]
    assert difference in error["message"]
    assert tasks(sandbox) == {"jimmy": 1, "modellix": 0}


def test_a_refused_call_can_be_made_again_under_its_key(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.CREATE_400}
    assert generate("--idempotency-key", "order-7").exit_code == 3
    sandbox.set_faults()
    assert generate("--idempotency-key", "order-7").exit_code == 0
    assert tasks(sandbox)["jimmy"] == 1


def test_a_call_of_unknown_outcome_is_not_made_again_under_its_key(sandbox: Sandbox) -> None:
    sandbox.stand_ins["jimmy"].faults = {Fault.ACCEPTED_THEN_DROPPED}
    first = generate("--idempotency-key", "order-7")
    sandbox.set_faults()
    second = generate("--idempotency-key", "order-7")
    assert (first.exit_code, second.exit_code, tasks(sandbox)["jimmy"]) == (4, 4, 1)
    assert settle_command(second.stderr) == settle_command(first.stderr)


@pytest.mark.parametrize("key", ["", " ", "k" * 256])
def test_a_key_that_is_no_name_is_refused_before_anything_is_paid(
    key: str, sandbox: Sandbox
) -> None:
    done = generate("--idempotency-key", key)
    assert (done.exit_code, "idempotency key" in done.stderr) == (2, True)
    assert tasks(sandbox)["jimmy"] == 0


# where the jobs are kept


def test_the_config_names_the_journals_file(sandbox: Sandbox, tmp_path: Path) -> None:
    write_trusted('journal = "kept/jobs.db"\n', tmp_path)
    command = unfinished("video.mp4", served=sandbox)
    assert (tmp_path / "kept" / "jobs.db").is_file()
    assert not (tmp_path / "polyreel-home").exists()
    let_all_end(sandbox)
    assert run(*command).exit_code == 0


def test_without_a_journal_the_handle_is_printed_and_finishes_the_video(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted("journal = false\n", tmp_path)
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    reported = generate("--timeout", "0").stderr
    assert "polyreel jobs wait" not in reported
    (handle,) = [line for line in reported.splitlines() if line.lstrip().startswith("{")]
    let_all_end(sandbox)
    with Client() as client:
        client.job(handle.strip()).finish(tmp_path / "video.mp4")
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert tasks(sandbox)["jimmy"] == 1


def test_without_a_journal_nothing_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    write_trusted("journal = false\n", tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    assert generate().exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} - before == {"video.mp4"}


# where the video can't be put


@pytest.mark.skipif(sys.platform == "win32", reason="limits of names differ there")
@pytest.mark.parametrize("length", [250, 300])
def test_a_file_name_that_the_disk_does_not_take_is_refused_before_anything_is_paid(
    length: int, sandbox: Sandbox
) -> None:
    """At 250 characters the video would fit, and a name made from it by adding to it would not."""
    done = generate("-o", "n" * (length - 4) + ".mp4")
    refused, made = (2, 0), (0, 1)
    assert (done.exit_code, tasks(sandbox)["jimmy"]) in (refused, made), done.exception


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc")
def test_a_folder_that_takes_no_files_is_refused_before_anything_is_paid(
    sandbox: Sandbox,
) -> None:
    """Root may write to /proc, and yet no file can be made there."""
    done = generate("-o", "/proc/video.mp4")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 0)


def test_a_video_whose_folder_went_away_is_reported_as_resumable(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()

    def remove_the_folder(stand_in: StandIn, task: Task) -> str:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        return f"{stand_in.address}/stand-in/{task.id}.mp4"

    monkeypatch.setattr(type(sandbox.stand_ins["jimmy"]), "video_url", remove_the_folder)
    done = generate("-o", "videos/video.mp4")
    assert isinstance(done.exception, SystemExit), done.exception
    (task_id,) = sandbox.stand_ins["jimmy"].tasks
    assert (done.exit_code, task_id in done.stderr) == (5, True)


# fallbacks and what is left out

FALLBACK = """\
default = "first"
[targets.first]
model = "jimmy/seedance2.0-std"
fallbacks = ["second"]
[targets.second]
model = "modellix/seedance-2.0-fast-t2v"
"""
GENERATE_DEFAULT = ("generate", "-o", "video.mp4", "-p", "A paper boat", "--yes")


@pytest.mark.parametrize("fault", [Fault.CREATE_429, Fault.FAILED, Fault.CANCELED])
def test_a_refusal_or_failure_goes_on_to_the_fallback(
    fault: Fault, sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted(FALLBACK, tmp_path)
    sandbox.stand_ins["jimmy"].faults = {fault}
    done = run(*GENERATE_DEFAULT)
    assert (done.exit_code, tasks(sandbox)["modellix"]) == (0, 1), done.output
    assert "jimmy/seedance2.0-std was tried first" in done.stderr


@pytest.mark.parametrize("fault", [Fault.ACCEPTED_THEN_DROPPED, Fault.EXPIRED_RESULT])
@pytest.mark.usefixtures("retention_over")
def test_what_may_have_cost_money_never_goes_on_to_the_fallback(
    fault: Fault, sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted(FALLBACK, tmp_path)
    sandbox.stand_ins["jimmy"].faults = {fault}
    run(*GENERATE_DEFAULT)
    assert tasks(sandbox) == {"jimmy": 1, "modellix": 0}


def test_a_timeout_never_goes_on_to_the_fallback(sandbox: Sandbox, tmp_path: Path) -> None:
    write_trusted(FALLBACK, tmp_path)
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    run(*GENERATE_DEFAULT, "--timeout", "0.2")
    assert tasks(sandbox) == {"jimmy": 1, "modellix": 0}


def test_json_reports_what_was_tried_before_the_fallback(sandbox: Sandbox, tmp_path: Path) -> None:
    write_trusted(FALLBACK, tmp_path)
    sandbox.stand_ins["jimmy"].faults = {Fault.CREATE_429}
    facts = json.loads(run(*GENERATE_DEFAULT, "--json").stdout)
    assert facts["model"] == "modellix/seedance-2.0-fast-t2v"
    assert [(each["model"], each["error"]["type"]) for each in facts["attempts"]] == [
        ("jimmy/seedance2.0-std", "RateLimited")
    ]


def test_when_the_fallback_is_refused_too_both_reasons_are_reported(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted(FALLBACK, tmp_path)
    for stand_in in sandbox.stand_ins.values():
        stand_in.faults = {Fault.CREATE_429}
    done = run(*GENERATE_DEFAULT)
    assert ("Jimmy AI answered" in done.stderr, "Modellix answered" in done.stderr) == (True, True)


def test_what_will_be_tried_after_a_refusal_is_shown_before_paying(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    write_trusted(FALLBACK, tmp_path)
    done = run("generate", "-o", "video.mp4", "-p", "A paper boat")
    assert "refusal or failure: modellix/seedance-2.0-fast-t2v" in done.stderr


def test_drop_says_what_was_left_out(sandbox: Sandbox) -> None:
    done = generate("--seed", "7", "--drop")
    assert (done.exit_code, "left out: seed" in done.stderr) == (0, True), done.output


def test_drop_reports_a_program_what_was_left_out(sandbox: Sandbox) -> None:
    facts = json.loads(generate("--seed", "7", "--drop", "--json").stdout)
    assert [(each["field"], each["asked"]) for each in facts["adjustments"]] == [("seed", "7")]


def test_without_drop_nothing_is_left_out(sandbox: Sandbox) -> None:
    done = generate("--seed", "7")
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 0)


# processes, signals and terminals


WAITING = ("generate", "-o", "video.mp4", "-p", "A boat", "-m", TEXT_MODELS["jimmy"], "--yes")


def test_an_interrupt_while_waiting_is_130_and_the_printed_command_finishes_the_video(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    with started(*WAITING) as process:
        read_until("running", process.stderr)
        process.send_signal(signal.SIGINT)
        _, reported = process.communicate(timeout=60)
    assert process.returncode == 130, reported
    assert not (tmp_path / "video.mp4").exists()
    let_all_end(sandbox)
    assert run(*resume_command(reported)).exit_code == 0
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert tasks(sandbox)["jimmy"] == 1


def test_a_command_is_interrupted_also_where_the_tests_themselves_ignore_interrupts(
    sandbox: Sandbox,
) -> None:
    """A shell starts what runs in the background so."""
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with started(*WAITING) as process:
            read_until("running", process.stderr)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert process.returncode == 130


def test_a_job_survives_kill_9_during_the_wait_and_is_not_paid_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    with started(*WAITING) as process:
        read_until("running", process.stderr)
        process.kill()
        process.wait(timeout=60)
    let_all_end(sandbox)
    (kept,) = listed("--open")
    done = run("jobs", "wait", kept["id"][:8])
    assert done.exit_code == 0, done.output
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert tasks(sandbox) == {"jimmy": 1, "modellix": 0}


def test_after_kill_9_during_the_wait_a_second_run_names_the_command_and_pays_nothing(
    sandbox: Sandbox,
) -> None:
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    with started(*WAITING) as process:
        read_until("running", process.stderr)
        process.kill()
        process.wait(timeout=60)
    let_all_end(sandbox)
    done = run(*WAITING)
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)
    assert run(*resume_command(done.stderr)).exit_code == 0


def test_after_kill_9_during_the_wait_the_same_call_under_its_key_finishes_the_video(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.stand_ins["jimmy"].pace = ENDLESS
    with started(*WAITING, "--idempotency-key", "order-7") as process:
        read_until("running", process.stderr)
        process.kill()
        process.wait(timeout=60)
    let_all_end(sandbox)
    assert run(*WAITING, "--idempotency-key", "order-7").exit_code == 0
    assert round(probe(tmp_path / "video.mp4").seconds) == 5
    assert tasks(sandbox)["jimmy"] == 1


@pytest.fixture
def slow_answer(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold back the answer to the paid request; the event tells that it has arrived."""
    arrived, may_answer = threading.Event(), threading.Event()
    stand_in = sandbox.stand_ins["jimmy"]
    answer = stand_in.created

    def answer_late(task: Task) -> Mapping[str, Any]:
        arrived.set()
        may_answer.wait(60)
        return answer(task)

    monkeypatch.setattr(stand_in, "created", answer_late)
    yield arrived
    may_answer.set()


def test_an_interrupt_while_the_paid_request_is_on_its_way_is_an_unknown_outcome(
    slow_answer: threading.Event,
) -> None:
    with started(*WAITING) as process:
        assert slow_answer.wait(60)
        process.send_signal(signal.SIGINT)
        _, reported = process.communicate(timeout=60)
    assert (process.returncode, "may be charged" in reported) == (4, True), reported
    (kept,) = listed("--state", "unknown")
    assert settle_command(reported) == ["jobs", "settle", kept["id"][:8]]


def test_kill_9_while_the_paid_request_is_on_its_way_is_an_unknown_outcome(
    slow_answer: threading.Event, sandbox: Sandbox
) -> None:
    with started(*WAITING) as process:
        assert slow_answer.wait(60)
        process.kill()
        process.wait(timeout=60)
    assert [each["stage"] for each in listed()] == ["unknown"]
    done = run(*WAITING)
    assert (done.exit_code, tasks(sandbox)["jimmy"]) == (2, 1)
    assert settle_command(done.stderr) == ["jobs", "settle", listed()[0]["id"][:8]]


CTRL_C = b"\x03"
# A session's first terminal becomes the one whose keys send signals.
TAKE_THE_TERMINAL = "import os; os.close(os.open(os.ttyname(0), os.O_RDWR))\n"


def answer_at_a_terminal(question: str, answer: bytes, *arguments: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal, type an answer to its question once, and watch it end."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a Unix thing")
    ours, theirs = pty.openpty()
    printed, deadline = b"", time.monotonic() + 60
    with (
        os.fdopen(ours, "r+b", buffering=0) as screen,
        subprocess.Popen(
            [sys.executable, "-c", TAKE_THE_TERMINAL + START_QUICKLY, *arguments],
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process,
    ):
        os.close(theirs)
        is_answered = False
        # Linux tells by an error that the other end is closed.
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:
                silent = not select.select([screen], [], [], 0.5)[0]
                chunk = b"" if silent else screen.read(65536)
                if not (silent or chunk):
                    break
                printed += chunk
                if not is_answered and question.encode() in printed:
                    is_answered = True
                    screen.write(answer)
                elif is_answered and silent and answer == CTRL_C:
                    # Ctrl-C after the question is shown and before it is read counts when the
                    # reading ends. Enter ends it, and is nothing to a process that ends already;
                    # a second Ctrl-C would interrupt that process at its end.
                    screen.write(b"\n")
        if time.monotonic() >= deadline:
            process.kill()
        code = process.wait(timeout=60)
    assert is_answered, printed.decode()
    return code, printed.decode()


CONSENT = ("generate", "-o", "video.mp4", "-p", "A boat", "-m", TEXT_MODELS["jimmy"])


def test_what_will_be_sent_is_shown_before_the_question(sandbox: Sandbox) -> None:
    _, printed = answer_at_a_terminal("[y/N]", b"n\n", *CONSENT, "--duration", "7")
    shown = printed.partition("[y/N]")[0]
    for part in ("jimmy/seedance2.0-std", sandbox.base_urls["jimmy"], "7 s", "16:9", "A boat"):
        assert part in shown


def test_no_at_the_question_sends_nothing(sandbox: Sandbox) -> None:
    code, printed = answer_at_a_terminal("[y/N]", b"n\n", *CONSENT)
    assert (code, sandbox.stand_ins["jimmy"].calls) == (2, []), printed


def test_enter_at_the_question_sends_nothing(sandbox: Sandbox) -> None:
    code, printed = answer_at_a_terminal("[y/N]", b"\n", *CONSENT)
    assert (code, sandbox.stand_ins["jimmy"].calls) == (2, []), printed


def test_yes_at_the_question_makes_the_video(sandbox: Sandbox, tmp_path: Path) -> None:
    code, printed = answer_at_a_terminal("[y/N]", b"y\n", *CONSENT)
    assert code == 0, printed
    assert round(probe(tmp_path / "video.mp4").seconds) == 5


def test_ctrl_c_at_the_question_is_an_interrupt_that_sends_nothing(sandbox: Sandbox) -> None:
    code, printed = answer_at_a_terminal("[y/N]", CTRL_C, *CONSENT)
    assert (code, sandbox.stand_ins["jimmy"].calls) == (130, []), printed


def test_the_end_of_input_at_the_question_is_no_failed_job(sandbox: Sandbox) -> None:
    """1 would say that a job failed; nothing was sent."""
    code, printed = answer_at_a_terminal("[y/N]", b"\x04", *CONSENT)
    assert (code in (2, 130), sandbox.stand_ins["jimmy"].calls) == (True, []), printed


def test_a_terminal_sees_a_bar_with_the_percentage_that_the_vendor_gives(
    sandbox: Sandbox,
) -> None:
    sandbox.stand_ins["jimmy"].pace = Pace(queued=0.0, running=1.5)
    _, printed = answer_at_a_terminal("[y/N]", b"y\n", *CONSENT)
    assert "━" in printed
    assert "running" in printed
    assert "%" in printed


def _files_but_the_journal(folder: Path) -> list[str]:
    """Return what lies in the folder, hidden files too, without the journal's own folder."""
    return sorted(path.name for path in folder.iterdir() if path.name != "polyreel-home")
