"""What a user's type checker sees: every public name has its real type, never `Any`."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import polyreel
import pytest
from polyreel.request import VideoRequest

ROOMS = (
    "polyreel",
    "polyreel.adapters",
    "polyreel.client",
    "polyreel.comparing",
    "polyreel.engine",
    "polyreel.jobs",
    "polyreel.models",
    "polyreel.pricing",
    "polyreel.request",
    "polyreel_sandbox",
)
NAMES = [(room, name) for room in ROOMS for name in importlib.import_module(room).__all__]
CHECKERS = ("mypy", "basedpyright")


def lines_with_errors(checker: str, file: Path) -> set[int]:
    """Return the lines of a file in which a type checker finds an error."""
    if checker == "mypy":
        command = ["mypy", "--strict", "--no-error-summary", "--cache-dir", str(file.parent / "c")]
        said = run(*command, str(file))
        return {int(line) for line in re.findall(rf"{file.name}:(\d+): error", said)}
    settings = file.with_name("pyrightconfig.json")
    settings.write_text(
        json.dumps({"pythonVersion": "3.11", "typeCheckingMode": "standard"}), encoding="utf-8"
    )
    said = run("basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(settings))
    found = json.loads(said)["generalDiagnostics"]
    return {each["range"]["start"]["line"] + 1 for each in found if each["severity"] == "error"}


def run(*command: str) -> str:
    """Run a type checker as a user would, away from this repository's settings."""
    folder = Path(command[-1]).parent
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


@pytest.mark.tools
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_wrong_use_of_every_public_name_is_an_error(checker: str, tmp_path: Path) -> None:
    lines = [f"import {room}" for room in ROOMS]
    first = len(lines) + 1
    lines += [f"{room}.{name}(nonsense=1)" for room, name in NAMES]
    file = tmp_path / "wrong.py"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = lines_with_errors(checker, file)
    silent = [each for number, each in enumerate(NAMES, first) if number not in found]
    assert silent == [], "a type checker takes these for Any"


RIGHT = """
from pathlib import Path

from polyreel import (
    AsyncClient, Budget, Client, Job, JobRef, Media, Quote, SubmitUnknown, VideoRequest,
    VideoResult, WaitTimeout,
)

request = VideoRequest(
    prompt="The boat of {image:1}", reference_images=["boat.png", Path("sea.png"), Media(path="a")],
    first_frame=None, duration=6, seed=0, audio=False,
)


def use(client: Client) -> VideoResult:
    plan = client.plan(request, "jimmy/seedance2.0-std", max_price="0.50 USD")
    quote: Quote | None = plan.first.quote
    print(quote, Budget.of("1 USD"))
    try:
        video: VideoResult = client.generate(plan, "boat.mp4", timeout=None)
    except WaitTimeout as late:
        file: Path = client.job(late).finish("boat.mp4")
        print(file)
        raise
    except SubmitUnknown as unknown:
        print(unknown.job_id)
        raise
    job: Job = client.submit("A kite", max_price=Budget.of("1 USD"))
    ref: JobRef = job.ref
    print(client.job(ref.model_dump_json()).wait().state)
    return video


async def use_async(client: AsyncClient) -> Path:
    job = await client.submit(request)
    return await job.download("boat.mp4")
"""


@pytest.mark.tools
@pytest.mark.parametrize("checker", CHECKERS)
def test_right_uses_are_no_errors(checker: str, tmp_path: Path) -> None:
    file = tmp_path / "right.py"
    file.write_text(RIGHT, encoding="utf-8")
    assert lines_with_errors(checker, file) == set()


@pytest.mark.parametrize("name", [name for room, name in NAMES if room == "polyreel"])
def test_every_name_of_the_stub_is_there(name: str) -> None:
    assert getattr(polyreel, name) is not None


def test_a_request_is_typed_by_what_it_accepts() -> None:
    """The signature that type checkers see lists each field, with the field's own default."""
    source = inspect.getsource(VideoRequest)
    signature = source.partition("def __init__(")[2].partition(") -> None: ...")[0]
    written = dict(re.findall(r"^ +(\w+): [^\n]*?(?: = ([^\n]+))?,$", signature, re.MULTILINE))
    fields = VideoRequest.model_fields
    advice = "write the new field into VideoRequest.__init__, below `if TYPE_CHECKING:`"
    assert list(written) == list(fields), advice
    assert {name: shown(field) for name, field in fields.items()} == written, advice


def shown(field: Any) -> str:
    """Return a field's default as the signature writes it."""
    if field.is_required():
        return ""
    if field.default_factory is not None:
        return "..."
    return json.dumps(field.default) if isinstance(field.default, str) else repr(field.default)


def test_fields_are_stored_as_what_they_are() -> None:
    hints = get_type_hints(VideoRequest)
    assert "Media" in str(hints["reference_images"])
    assert "str" not in str(hints["reference_images"])
