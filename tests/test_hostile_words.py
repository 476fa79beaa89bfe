"""No control character and no secret reaches a terminal, a log, a CSV or a page.

Everything that comes from elsewhere is hostile at once: every text of the vendor's answers, its
task ids and headers, the prompt, the names of files and of the target, and the idempotency key.
Each command has to show what it shows without obeying it.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hostile import (
    CONTROLS,
    KEY,
    SHOWN,
    WORDS,
    assert_safe,
    assert_safe_in_a_terminal,
    hostile_kind,
)
from polyreel import AsyncClient, Client, PolyreelError, VideoRequest
from polyreel.adapters import Registry
from polyreel.cli.app import build_app
from polyreel_sandbox import Fault, Pace, Sandbox, installed_stand_ins
from quick import ENDLESS, QUICK
from test_cli_generate import answer_at_a_terminal
from typer.testing import CliRunner

VIDEO = f"a{CONTROLS}.mp4"
TARGET = f"t{CONTROLS}"
PROMPT = f"A boat{CONTROLS} sails"
MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-t2v"}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    registry = Registry.installed()
    for installed in registry.adapters.values():
        monkeypatch.setattr(installed.adapter, "poll_timing", QUICK)
    kinds = {name: hostile_kind(kind) for name, kind in installed_stand_ins(registry).items()}
    with Sandbox(kinds, pace=Pace(queued=0.02, running=0.05), frames_per_second=2) as sandbox:
        for name, url in sandbox.base_urls.items():
            monkeypatch.setenv(f"{name.upper()}_BASE_URL", url)
            monkeypatch.setenv(f"{name.upper()}_API_KEY", KEY)
        named = json.dumps(TARGET).replace("\x7f", "\\u007f")
        (tmp_path / "polyreel.toml").write_text(
            f'[targets.{named}]\nmodel = "{MODELS["jimmy"]}"\n', encoding="utf-8"
        )
        yield sandbox


def run(*arguments: str) -> Any:
    """Run a command in this process; every log line counts as printed."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("polyreel")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        ran = CliRunner().invoke(build_app(), list(arguments))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert_safe(ran.output + written.getvalue(), allowed="\t")
    return ran


def generate(video: str = VIDEO, *options: str, vendor: str = "jimmy") -> Any:
    """Run `generate` with everything hostile, and with consent given."""
    model = ("-m", MODELS[vendor]) if vendor != "jimmy" else ("-t", TARGET)
    return run("generate", "-o", video, "-p", PROMPT, *model, "--yes", *options)


def job_ids() -> list[str]:
    """Return the ids of all jobs, the newest first."""
    return [each["id"] for each in json.loads(run("jobs", "list", "--json").stdout)]


def read_jobs() -> None:
    """Run every command that reads the journal."""
    for job_id in job_ids():
        run("jobs", "show", job_id)
        run("jobs", "show", job_id, "--json")
    for command in (["jobs"], ["jobs", "--all"], ["stats", "--by", "model,address"], ["spend"]):
        for form in ([], ["--json"], ["--csv"]):
            run(*command, *form)


# What each command shows


@pytest.mark.parametrize("vendor", MODELS)
def test_a_video_is_made_and_nothing_of_it_is_obeyed(vendor: str, served: Sandbox) -> None:
    done = generate(VIDEO, "--idempotency-key", f"k{CONTROLS}", vendor=vendor)
    assert done.exit_code == 0, done.output
    assert Path(VIDEO).is_file()
    again = generate(VIDEO, "--idempotency-key", f"k{CONTROLS}", "--json", vendor=vendor)
    job = json.loads(again.stdout)
    assert job["file"] == str(Path(VIDEO).absolute()), "JSON has the exact name"
    assert job["idempotency_key"] == f"k{CONTROLS}"
    assert job["job"]["task_id"] in served.stand_ins[vendor].tasks, "and the exact id"
    assert len(served.stand_ins[vendor].tasks) == 1
    read_jobs()


@pytest.mark.parametrize("vendor", MODELS)
@pytest.mark.parametrize(
    "fault",
    [Fault.FAILED, Fault.CREATE_429, Fault.CREATE_500, Fault.UNKNOWN_STATUS, Fault.BAD_POLL],
)
def test_whatever_goes_wrong_is_reported_in_plain_words(
    vendor: str, fault: Fault, served: Sandbox
) -> None:
    served.stand_ins[vendor].faults = {fault}
    generate(vendor=vendor)
    if fault is not Fault.CREATE_429:  # a second call would wait
        generate("other.mp4", "--json", vendor=vendor)
    read_jobs()


def test_an_unknown_status_is_shown_in_plain_words(
    served: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = served.stand_ins["jimmy"]
    usual = stand_in.status

    def status(task: Any, progress: Any) -> dict[str, Any]:
        answer = dict(usual(task, progress))
        return {**answer, "data": {**answer["data"], "status": WORDS}}

    monkeypatch.setattr(stand_in, "status", status)
    done = generate(VIDEO, "--timeout", "0.3")
    assert (done.exit_code, SHOWN in done.stderr) == (5, True), done.output
    read_jobs()


def test_an_unknown_job_is_settled_in_plain_words(served: Sandbox) -> None:
    served.stand_ins["jimmy"].faults = {Fault.ACCEPTED_THEN_DROPPED}
    assert generate().exit_code == 4
    (job_id,) = job_ids()
    assert SHOWN in run("jobs", "settle", job_id).output
    (task_id,) = served.stand_ins["jimmy"].tasks
    run("jobs", "settle", job_id, "--task-id", task_id)
    served.stand_ins["jimmy"].faults = set()
    run("jobs", "wait", job_id)
    assert Path(VIDEO).is_file()


def test_a_comparison_and_its_reports_are_plain(served: Sandbox) -> None:
    served.stand_ins["modellix"].faults = {Fault.FAILED}
    Path("request.json").write_text(json.dumps({"prompt": PROMPT}), encoding="utf-8")
    where = ("-o", f"out{CONTROLS}", "--html", "page.html", "--csv", "runs.csv")
    models = ("-m", TARGET, "-m", MODELS["modellix"])
    for form in ((), ("--json",)):
        run("compare", "request.json", *models, "--yes", *where, *form)
        assert_safe(Path("page.html").read_text(encoding="utf-8"))
        assert SHOWN in Path("page.html").read_text(encoding="utf-8")
        assert_safe(Path("runs.csv").read_bytes().decode(), allowed="\r")


def test_commands_that_send_nothing_are_plain(served: Sandbox) -> None:
    Path(f"r{CONTROLS}.json").write_text(json.dumps({"prompt": PROMPT}), encoding="utf-8")
    request = f"r{CONTROLS}.json"
    for command in ("check", "wire", "quote"):
        for form in ((), ("--json",)):
            ran = run(command, request, "-m", TARGET, *form)
            assert ran.exit_code == 0, ran.output
    printed = json.loads(run("wire", request, "-m", TARGET, "--json").stdout)
    assert printed[0]["json"]["prompt"] == PROMPT, "JSON is exact"
    for command_line in (["models"], ["providers"], ["prices", "list"], ["prices", "refresh"]):
        run(*command_line)
        run(*command_line, "--json")


@pytest.mark.parametrize(
    "arguments",
    [
        (CONTROLS,),
        ("jobs", "show", CONTROLS),
        ("jobs", CONTROLS),
        (f"--no{CONTROLS}",),
        ("generate", "-o", "v.mp4", "-p", "A boat", "--timeout", CONTROLS),
        ("generate", "-o", "v.mp4", "-p", "A boat", "--seed", CONTROLS),
        ("generate", "-o", f"no/{CONTROLS}/v.mp4", "-p", "A boat", "-m", CONTROLS, "--yes"),
        ("generate", "-o", "v.mp4", "-p", "A boat", "-m", CONTROLS, "--yes"),
        ("generate", "-o", "v.mp4", "-p", "A boat", "--first-frame", CONTROLS, "--yes"),
        ("wire", f"none{CONTROLS}.json"),
        ("stats", "--by", CONTROLS),
        ("spend", "--since", CONTROLS),
    ],
)
@pytest.mark.usefixtures("served")
def test_a_wrong_argument_is_quoted_in_plain_words(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


# Rows of older versions, and of other programs


def test_an_old_journal_is_shown_in_plain_words(served: Sandbox) -> None:
    served.stand_ins["jimmy"].faults = {Fault.FAILED}
    generate()
    (path,) = Path().rglob("journal.sqlite3")
    with sqlite3.connect(path) as connection:
        ((document,),) = connection.execute("SELECT document FROM jobs").fetchall()
        row = json.loads(document)
        row["note"] = row["named"] = row["error"]["message"] = row["request"]["prompt"] = CONTROLS
        row["status"]["failure"] = row["status"]["raw_state"] = f"f{CONTROLS}\ud800"
        row["status"]["charge"] = {"amount": "1.5", "unit": f"=1+1{CONTROLS}"}
        connection.execute("UPDATE jobs SET document = ?", (json.dumps(row),))
    connection.close()
    assert SHOWN in run("jobs", "show", row["id"]).output
    read_jobs()
    spent = list(csv.reader(io.StringIO(run("spend", "--csv").stdout)))
    assert not any(cell.startswith("=") for line in spent for cell in line)


def test_the_journal_has_clean_words_and_exact_names(served: Sandbox) -> None:
    served.stand_ins["jimmy"].faults = {Fault.FAILED}
    generate(VIDEO, "--idempotency-key", f"k{CONTROLS}")
    (path,) = Path().rglob("journal.sqlite3")
    with sqlite3.connect(path) as connection:
        ((document,),) = connection.execute("SELECT document FROM jobs").fetchall()
    connection.close()
    assert_safe(document)
    row = json.loads(document)
    assert row["status"].pop("task_id") == row["ref"]["task_id"]
    for words in (row["status"], row["error"]["message"], row["request"]):
        assert_safe(json.dumps(words, ensure_ascii=False))
        assert "\\u001b" not in json.dumps(words)
    assert row["idempotency_key"] == f"k{CONTROLS}"
    assert row["target"] == str(Path(VIDEO).absolute())
    assert row["ref"]["task_id"] in served.stand_ins["jimmy"].tasks


# The clients


def check_error(error: PolyreelError) -> None:
    """Check all that a program could print of an error."""
    for text in (str(error), error.message, error.vendor_code, error.request_id):
        assert_safe(text or "")


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.ERROR_IN_BODY])
@pytest.mark.parametrize("vendor", MODELS)
def test_the_errors_of_both_clients_are_plain(vendor: str, fault: Fault, served: Sandbox) -> None:
    served.stand_ins[vendor].faults = {fault}
    request = VideoRequest(prompt=PROMPT)
    with Client() as client, pytest.raises(PolyreelError) as blocking:
        client.generate(request, "video.mp4", MODELS[vendor], timeout=20)

    async def generate_async() -> None:
        async with AsyncClient() as client:
            await client.generate(request, "other.mp4", MODELS[vendor], timeout=20)

    with pytest.raises(PolyreelError) as concurrent:
        anyio.run(generate_async)
    for raised in (blocking, concurrent):
        check_error(raised.value)
        assert SHOWN in raised.value.message


def test_every_error_is_cleaned_where_it_is_made() -> None:
    error = PolyreelError(WORDS, vendor_code=f"c{CONTROLS}", request_id=f"r{CONTROLS}")
    for text in (str(error), repr(error), error.vendor_code, error.request_id):
        assert text is not None
        assert_safe(text, secrets=())


def test_an_observer_that_raises_hostile_words_is_logged_in_plain_words(served: Sandbox) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger("polyreel").addHandler(handler)

    def observe(_: object) -> None:
        raise RuntimeError(WORDS)

    try:
        with Client(on_change=observe) as client:
            client.generate("A boat", "video.mp4", MODELS["jimmy"], timeout=20)
    finally:
        logging.getLogger("polyreel").removeHandler(handler)
    assert SHOWN in written.getvalue()
    assert_safe(written.getvalue())


# Terminals


def test_a_terminal_gets_no_control_character_but_its_own(
    served: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    Path("request.json").write_text(json.dumps({"prompt": f"A boat {WORDS}"}), encoding="utf-8")
    code, printed = answer_at_a_terminal(
        "[y/N]", b"y\n", "generate", "request.json", "-o", VIDEO, "-t", TARGET
    )
    assert code == 0, printed
    assert printed.count(SHOWN) >= 2  # the prompt and the video's file
    assert_safe_in_a_terminal(printed)


def test_a_name_in_the_form_of_markup_is_shown_as_it_is(served: Sandbox) -> None:
    Path("request.json").write_text(json.dumps({"prompt": "[/] [link=x"}), encoding="utf-8")
    ran = run("generate", "request.json", "-o", "[b]v.mp4", "-m", MODELS["jimmy"], "--yes")
    assert ran.exit_code == 0, ran.output
    assert "[/] [link=x" in ran.stderr
    assert "[b]v.mp4" in ran.stderr


# Texts that can't be encoded


def test_a_terminal_without_utf_8_gets_no_traceback(served: Sandbox) -> None:
    served.stand_ins["jimmy"].pace = ENDLESS
    name = b"caf\xe9 \xff.mp4".decode("utf-8", "surrogateescape")
    generate("vidéo.mp4", "--timeout", "0")
    started = "from polyreel.cli import main\nmain()\n"
    old_terminal = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    asking = ("generate", "-o", name, "-p", "Ein Böötchen \udcff", "-m", MODELS["jimmy"])
    commands = (("jobs",), ("jobs", "--json"), ("spend", "--csv"), asking, (f"{name}\udcfe",))
    for locale in ({"LANG": "C", "PYTHONIOENCODING": "ascii"}, old_terminal):
        for arguments in commands:
            done = subprocess.run(
                [sys.executable, "-c", started, *arguments],
                env={**os.environ, **locale},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
                check=False,
            )
            assert b"Traceback" not in done.stderr, done.stderr.decode()
            assert done.returncode in (0, 2), done.stderr.decode()
