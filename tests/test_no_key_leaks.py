"""A key, and the query of a signed URL, appear in no output, no error, no log and no file.

Every run is a process of its own with everything logged, also by the libraries underneath,
to standard error and into a file. The stand-ins tell whether the key really travelled, and
polyreel's own log line whether logging was really on: without these a clean run proves nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from polyreel_sandbox import (
    Fault,
    Pace,
    Progress,
    RefusalKind,
    Reply,
    Sandbox,
    StandIn,
    Task,
    installed_stand_ins,
)

KEY = "sk-LEAK-9d3b1f0a77c2e4"
SIGNED = "https://cdn.example/bay.png?Signature=INPUT-5ab0"
TEXT_MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-t2v"}
IMAGE_MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-i2v"}
LOG_EVERYTHING = """\
import logging, os, sys
from dataclasses import replace
from datetime import timedelta
from polyreel.adapters import PollTiming, Registry
from polyreel.cli import main
logging.basicConfig(
    level=os.environ["TEST_LEVEL"],
    handlers=[logging.StreamHandler(sys.stderr), logging.FileHandler("everything.log")],
    force=True,
)
for installed in Registry.installed().adapters.values():
    adapter = installed.adapter
    adapter.poll_timing = PollTiming(first=0.05, gap=0.05, floor=0.01)
    # What is refused is gone at once.
    adapter.models = tuple(replace(each, result_retention=timedelta(0)) for each in adapter.models)
"""
RUN = "main()\n"
RUN_QUIETLY = "from polyreel.cli import main\nmain()\n"


class Served:
    """Stand-ins for one test, and the processes that use them."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
        }
        self.environment |= {"HOME": str(folder), "TEST_LEVEL": "DEBUG"}
        for name, url in sandbox.base_urls.items():
            self.environment[f"{name.upper()}_BASE_URL"] = url
            self.environment[f"{name.upper()}_API_KEY"] = KEY

    @property
    def journal(self) -> Path:
        """The file in which the jobs are kept."""
        return self.folder / "polyreel-home" / "journal.sqlite3"

    def run(self, *arguments: str, code: str = LOG_EVERYTHING + RUN) -> str:
        """Run a command and return all that it printed."""
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.stdout + done.stderr

    def generate(self, vendor: str, *arguments: str) -> str:
        """Run `generate` for a video from text, with consent given; later options win."""
        usual = ("-o", "video.mp4", "-p", "A paper boat", "-m", TEXT_MODELS[vendor], "--yes")
        return self.run("generate", *usual, *arguments)

    def compare(self, *arguments: str) -> str:
        """Run `compare` at both vendors, with consent given."""
        (self.folder / "request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
        models = [part for model in TEXT_MODELS.values() for part in ("-m", model)]
        return self.run("compare", "request.json", *models, "--yes", "--json", *arguments)

    def vendors_that_saw_the_key(self) -> set[str]:
        """Return the vendors to which the key really travelled."""
        return {
            name
            for name, stand_in in self.sandbox.stand_ins.items()
            if any(KEY in value for call in stand_in.calls for value in call.headers.values())
        }

    def assert_clean(self, printed: str, secrets: Collection[str] = (KEY, "Signature=")) -> None:
        """Check that no secret stands in what was printed, or in any file that was written."""
        for secret in secrets:
            assert secret not in printed
            for path in self.folder.rglob("*"):
                if path.is_file():
                    assert secret.encode() not in path.read_bytes(), path.name


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    yield from _serve(tmp_path, installed_stand_ins())


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[Served]:
    """Serve vendors whose every refusal and every failure repeats the key and a signed URL."""
    kinds = {name: _repeating(kind) for name, kind in installed_stand_ins().items()}
    yield from _serve(tmp_path, kinds)


FAULTS = [
    None,
    Fault.FAILED,
    Fault.CREATE_429,
    Fault.ACCEPTED_THEN_DROPPED,
    Fault.CREATE_500,
    Fault.NOT_JSON,
    Fault.MISSING_ID,
    Fault.BAD_POLL,
    Fault.CUT_DOWNLOAD,
    Fault.EXPIRED_RESULT,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.value if fault else "success")
@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_generate_shows_no_key_whatever_happens(
    vendor: str, fault: Fault | None, served: Served
) -> None:
    served.sandbox.stand_ins[vendor].faults = set() if fault is None else {fault}
    printed = served.generate(vendor)
    assert served.vendors_that_saw_the_key() == {vendor}
    assert fault is Fault.ACCEPTED_THEN_DROPPED or f"POST {vendor}" in printed
    served.assert_clean(printed)


# compare has a transport of its own.
@pytest.mark.parametrize(
    "fault", [Fault.FAILED, Fault.CREATE_429, Fault.ACCEPTED_THEN_DROPPED, Fault.EXPIRED_RESULT]
)
def test_compare_shows_no_key_whatever_goes_wrong(fault: Fault, served: Served) -> None:
    for stand_in in served.sandbox.stand_ins.values():
        stand_in.faults = {fault}
    printed = served.compare()
    assert served.vendors_that_saw_the_key() == set(TEXT_MODELS)
    served.assert_clean(printed)


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_compare_shows_no_key_at_any_level_of_logging(level: str, served: Served) -> None:
    served.environment["TEST_LEVEL"] = level
    printed = served.compare()
    assert served.vendors_that_saw_the_key() == set(TEXT_MODELS)
    served.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_a_wrong_key_is_not_shown(vendor: str, served: Served) -> None:
    served.sandbox.stand_ins[vendor].key = "another"
    printed = served.generate(vendor, "--json")
    assert served.vendors_that_saw_the_key() == {vendor}
    assert "AuthenticationFailed" in printed
    served.assert_clean(printed)


def test_no_key_when_the_vendor_is_not_reached(served: Served) -> None:
    served.environment["JIMMY_BASE_URL"] = "http://127.0.0.1:9"
    printed = served.generate("jimmy", "--json")
    assert "TransportError" in printed
    served.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_the_journal_of_an_unfinished_job_applies_no_key(vendor: str, served: Served) -> None:
    served.sandbox.stand_ins[vendor].pace = Pace(queued=0, running=600)
    printed = served.generate(vendor, "--timeout", "0.2")
    (task_id,) = served.sandbox.stand_ins[vendor].tasks
    assert task_id.encode() in served.journal.read_bytes()
    served.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_the_handle_that_is_printed_where_no_journal_is_kept_applies_no_key(
    vendor: str, served: Served
) -> None:
    (served.folder / "polyreel.toml").write_text("journal = false\n", encoding="utf-8")
    served.run("trust")
    served.sandbox.stand_ins[vendor].pace = Pace(queued=0, running=600)
    printed = served.generate(vendor, "--timeout", "0.2")
    (task_id,) = served.sandbox.stand_ins[vendor].tasks
    assert f'"task_id":"{task_id}"' in printed
    served.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_taking_a_job_up_again_shows_no_key(vendor: str, served: Served) -> None:
    stand_in = served.sandbox.stand_ins[vendor]
    stand_in.pace = Pace(queued=0, running=600)
    served.generate(vendor, "--timeout", "0.2")
    stand_in.pace = Pace(queued=0, running=0)
    printed = served.run("jobs", "wait", "--all", "--json")
    assert (served.folder / "video.mp4").is_file()
    served.assert_clean(printed)


@pytest.mark.parametrize(
    "arguments", [("list",), ("list", "--json"), ("show",), ("show", "--json")]
)
def test_polling_a_job_that_failed_shows_nothing_of_what_its_vendor_repeats(
    arguments: tuple[str, ...], talkative: Served
) -> None:
    talkative.sandbox.set_faults(Fault.FAILED)
    talkative.generate("jimmy")
    (job,) = json.loads(talkative.run("jobs", "list", "--json", code=RUN_QUIETLY))
    named = (job["id"],) if arguments[0] == "show" else ()
    printed = talkative.run("jobs", *arguments, *named)
    assert "failed" in printed
    talkative.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_a_job_of_unknown_outcome_is_settled_without_the_key(vendor: str, served: Served) -> None:
    served.sandbox.stand_ins[vendor].faults = {Fault.ACCEPTED_THEN_DROPPED}
    served.generate(vendor)
    (job,) = json.loads(served.run("jobs", "list", "--json", code=RUN_QUIETLY))
    (task_id,) = served.sandbox.stand_ins[vendor].tasks
    served.assert_clean(served.run("jobs", "settle", job["id"]))
    served.assert_clean(served.run("jobs", "settle", job["id"], "--task-id", task_id, "--json"))
    served.assert_clean(served.run("jobs", "wait", job["id"]))
    assert (served.folder / "video.mp4").is_file()


@pytest.mark.parametrize("fault", [None, Fault.CREATE_429, Fault.FAILED])
@pytest.mark.parametrize("vendor", IMAGE_MODELS)
def test_the_query_of_a_signed_picture_is_not_shown_when_a_video_is_made(
    vendor: str, fault: Fault | None, served: Served
) -> None:
    served.sandbox.stand_ins[vendor].faults = set() if fault is None else {fault}
    printed = served.generate(
        vendor, "-m", IMAGE_MODELS[vendor], "--reference-image", SIGNED, "--json"
    )
    assert SIGNED.encode() in served.sandbox.stand_ins[vendor].calls[0].body
    served.assert_clean(printed)


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "json"])
def test_wire_shows_no_key_in_output_or_log(form: tuple[str, ...], served: Served) -> None:
    (served.folder / "request.json").write_text('{"prompt": "A boat"}', encoding="utf-8")
    printed = served.run("wire", "request.json", "-m", TEXT_MODELS["jimmy"], *form)
    assert '"prompt": "A boat"' in printed
    served.assert_clean(printed)


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "json"])
def test_providers_shows_no_key_in_output_or_log(form: tuple[str, ...], served: Served) -> None:
    printed = served.run("providers", *form)
    assert "JIMMY_API_KEY" in printed
    served.assert_clean(printed)


def test_a_key_that_no_header_can_apply_is_not_shown(served: Served) -> None:
    served.environment["JIMMY_API_KEY"] = f"{KEY}\n"
    served.environment["MODELLIX_API_KEY"] = f"{KEY} and more"
    for vendor in TEXT_MODELS:
        served.assert_clean(served.generate(vendor))


def test_a_crash_shows_no_key(served: Served) -> None:
    """The frame that crashes here holds the key in a local name."""
    crash = (
        "import polyreel.client.accounts\n"
        "def crash(**account): raise RuntimeError('a bug of ours')\n"
        "polyreel.client.accounts.Account = crash\n"
    )
    printed = served.run("providers", code=LOG_EVERYTHING + crash + RUN)
    assert "a bug of ours" in printed
    served.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_a_refusal_that_repeats_the_key_is_reported_without_it(
    vendor: str, talkative: Served
) -> None:
    talkative.sandbox.stand_ins[vendor].faults = {Fault.CREATE_429}
    printed = talkative.generate(vendor, "--json")
    assert "may not read https://cdn.example/video.mp4" in printed
    talkative.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_a_failure_that_repeats_the_key_is_reported_without_it(
    vendor: str, talkative: Served
) -> None:
    talkative.sandbox.stand_ins[vendor].faults = {Fault.FAILED}
    printed = talkative.generate(vendor, "--json")
    assert "may not read https://cdn.example/video.mp4" in printed
    talkative.assert_clean(printed)


@pytest.mark.parametrize("vendor", TEXT_MODELS)
def test_a_key_that_control_characters_divide_is_hidden_too(
    vendor: str, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are removed, so what is left of the key would be whole again."""
    stand_in, divided = served.sandbox.stand_ins[vendor], f"{KEY[:9]}\x1b[0m\u200b{KEY[9:]}"
    usual = stand_in.refusal
    stand_in.faults = {Fault.CREATE_429}
    monkeypatch.setattr(stand_in, "refusal", lambda kind, said: usual(kind, f"{said} {divided}"))
    printed = served.generate(vendor, "--json")
    assert "[key]" in printed
    served.assert_clean(printed)


@pytest.mark.parametrize("secret", [KEY, "Signature="], ids=["key", "signed query"])
def test_a_comparison_reports_a_failure_without_the_secrets_that_it_repeats(
    secret: str, talkative: Served
) -> None:
    for stand_in in talkative.sandbox.stand_ins.values():
        stand_in.faults = {Fault.FAILED}
    printed = talkative.compare()
    assert printed.count("may not read https://cdn.example/video.mp4") >= 2
    talkative.assert_clean(printed, [secret])


REPEATED = f"{KEY} may not read https://cdn.example/video.mp4?Signature=ECHO-11"


def _repeating(kind: type[StandIn]) -> type[StandIn]:
    """Return a stand-in that repeats the key and a signed URL in all that goes wrong."""

    class Repeating(kind):  # type: ignore[valid-type,misc]
        def refusal(self, kind: RefusalKind, message: str) -> Reply:
            reply: Reply = super().refusal(kind, f"{message}: {REPEATED}")
            return reply

        def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
            text = json.dumps(super().status(task, progress))
            for reason in ("PROVIDER_MODERATION_ERROR", "content policy"):
                text = text.replace(reason, REPEATED)
            answer: Mapping[str, Any] = json.loads(text)
            return answer

    return Repeating


def _serve(folder: Path, kinds: Mapping[str, type[StandIn]]) -> Iterator[Served]:
    pace = Pace(queued=0.02, running=0.05)
    with Sandbox(kinds, pace=pace, frames_per_second=2) as sandbox:
        yield Served(sandbox, folder)
