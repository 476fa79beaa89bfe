"""What has arrived of a video outlives its process, and another process goes on from it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, Config, DownloadError
from polyreel.cli.app import build_app
from polyreel.clock import machine_started_at
from polyreel.engine.effects import Part
from polyreel.transport import parts
from polyreel.transport.parts import begin_part, close_part, find_part
from polyreel_conformance import ManualClock
from polyreel_sandbox import Fault, Sandbox, StandIn
from quick import started
from toy_adapter import VIDEO, Answered, Arrived, LoopbackServer, ToyAdapter, registry_of
from typer.testing import CliRunner

JIMMY = "jimmy/seedance2.0-std"
TAG = '"video-1"'
JOB = "0123456789abcdef"


def run(*arguments: str) -> Any:
    """Run a command in this process."""
    return CliRunner().invoke(build_app(), list(arguments))


def generate(*options: str) -> Any:
    """Make a video from text into `video.mp4`."""
    return run("generate", "-o", "video.mp4", "-p", "A boat", "-m", JIMMY, "--yes", *options)


def ranges(stand_in: StandIn) -> list[str | None]:
    """Return the Range of every download."""
    return [each.headers.get("range") for each in stand_in.calls if "/stand-in/" in each.path]


def hidden(folder: Path) -> list[str]:
    """Return the ends of the hidden files' names."""
    return sorted(path.suffix for path in folder.glob(".*"))


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Download again at once."""
    monkeypatch.setattr(import_module("polyreel.engine.saving"), "pause", lambda *_: 0.0)


# Another process


@pytest.mark.parametrize("ending", ["--all", "by its id", "by download"])
@pytest.mark.usefixtures("no_pauses")
def test_another_process_goes_on_where_one_gave_up(
    sandbox: Sandbox, tmp_path: Path, ending: str
) -> None:
    stand_in = sandbox.stand_ins["jimmy"]
    stand_in.faults = {Fault.CUT_ALWAYS}
    assert generate().exit_code == 5
    assert hidden(tmp_path) == [".json", ".part"]
    stand_in.faults = set()
    stand_in.calls.clear()
    (job,) = json.loads(run("jobs", "--open", "--json").stdout)
    match ending:
        case "--all":
            assert run("jobs", "wait", "--all").exit_code == 0
        case "by its id":
            assert run("jobs", "wait", job["id"]).exit_code == 0
        case _:
            assert run("jobs", "download", job["id"]).exit_code == 0
    (task,) = stand_in.tasks.values()
    assert task.video is not None
    assert ranges(stand_in) == [f"bytes={len(task.video) // 2}-"]
    assert (tmp_path / "video.mp4").read_bytes() == task.video
    assert hidden(tmp_path) == []


class HalfAndSilence:
    """Serves half of a video and then nothing, until it is told to serve; knows Range."""

    def __init__(self) -> None:
        self.video = b""
        self.ranges: list[str | None] = []
        self.goes_on = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("range")
                owner.ranges.append(asked)
                size = len(owner.video)
                start = int((asked or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
                self.send_response(206 if asked else 200)
                self.send_header("etag", TAG)
                self.send_header("content-length", str(size - start))
                if asked:
                    self.send_header("content-range", f"bytes {start}-{size - 1}/{size}")
                self.end_headers()
                half = owner.video[start : start + size // 2]
                self.wfile.write(half)
                self.wfile.flush()
                owner.goes_on.wait(30)
                self.wfile.write(owner.video[start + len(half) :])

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.goes_on.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def slow() -> Iterator[HalfAndSilence]:
    server = HalfAndSilence()
    yield server
    server.close()


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 there")
def test_after_kill_9_in_the_middle_of_a_video_another_process_goes_on(
    sandbox: Sandbox, slow: HalfAndSilence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow.video = VIDEO * 60
    url = f"{slow.address}/video.mp4?Signature=SIGNED-9d1f"
    monkeypatch.setattr(sandbox.stand_ins["jimmy"], "video_url", lambda task: url)
    arguments = ("-o", "video.mp4", "-p", "A boat", "-m", JIMMY, "--yes")
    with started("generate", *arguments, cwd=tmp_path, env=dict(os.environ)) as process:
        while process.poll() is None and not [
            path for path in tmp_path.glob(".*.part") if path.stat().st_size
        ]:
            time.sleep(0.01)
        process.kill()
    (part,) = tmp_path.glob(".*.part")
    (note,) = tmp_path.glob(".*.json")
    arrived = part.stat().st_size
    assert 0 < arrived < len(slow.video)
    assert "SIGNED" not in note.read_text(encoding="utf-8")
    assert slow.address not in note.read_text(encoding="utf-8")
    slow.goes_on.set()
    assert run("jobs", "wait", "--all").exit_code == 0
    assert slow.ranges == [None, f"bytes={arrived}-"]
    assert (tmp_path / "video.mp4").read_bytes() == slow.video
    assert hidden(tmp_path) == []


def test_a_part_of_an_interrupted_download_stays(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> float:
        raise KeyboardInterrupt

    stand_in = sandbox.stand_ins["jimmy"]
    stand_in.faults = {Fault.CUT_DOWNLOAD}
    with monkeypatch.context() as patch:
        patch.setattr(import_module("polyreel.engine.saving"), "pause", interrupt)
        assert generate().exit_code == 130
    assert hidden(tmp_path) == [".json", ".part"]
    assert run("jobs", "wait", "--all").exit_code == 0
    assert [each is not None for each in ranges(stand_in)] == [False, True]


@pytest.mark.usefixtures("no_pauses")
def test_a_part_of_another_file_is_not_gone_on_from(sandbox: Sandbox, tmp_path: Path) -> None:
    """The server has another video under the same URL since; it says so by its tag."""
    stand_in = sandbox.stand_ins["jimmy"]
    stand_in.faults = {Fault.CUT_ALWAYS}
    generate()
    stand_in.faults = set()
    (task,) = stand_in.tasks.values()
    assert task.video is not None
    task.video += bytes(8) + b"another"
    assert run("jobs", "wait", "--all").exit_code == 0
    assert (tmp_path / "video.mp4").read_bytes() == task.video


@pytest.mark.usefixtures("no_pauses")
def test_a_whole_part_only_gets_its_name(sandbox: Sandbox, tmp_path: Path) -> None:
    stand_in = sandbox.stand_ins["jimmy"]
    stand_in.faults = {Fault.CUT_ALWAYS}
    generate()
    (part,) = tmp_path.glob(".*.part")
    (task,) = stand_in.tasks.values()
    assert task.video is not None
    part.write_bytes(task.video)
    before = len(ranges(stand_in))
    assert run("jobs", "wait", "--all").exit_code == 0
    assert (tmp_path / "video.mp4").read_bytes() == task.video
    assert len(ranges(stand_in)) == before


@pytest.mark.usefixtures("no_pauses")
def test_a_part_without_a_tag_is_removed(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()

    def cut(_: Arrived) -> Answered:
        return Answered(body=VIDEO, cut=100)

    with LoopbackServer(cut) as server:
        monkeypatch.setattr(sandbox.stand_ins["jimmy"], "video_url", lambda task: server.address)
        assert generate("-o", str(folder / "video.mp4")).exit_code == 5
    assert list(folder.iterdir()) == []


def test_without_a_journal_no_part_stays(tmp_path: Path) -> None:
    """No lease keeps another process from writing to it."""

    def vendor(arrived: Arrived) -> Answered:
        if arrived.method == "POST":
            return Answered(body=b'{"id": "task-1"}')
        if arrived.path == "/1.mp4":
            return Answered(body=VIDEO, headers={"etag": TAG}, cut=100)
        return Answered(body=json.dumps({"status": "done", "url": "/1.mp4"}).encode())

    with LoopbackServer(vendor) as server:
        options: dict[str, Any] = {
            "config": Config(),
            "environment": {},
            "registry": registry_of(ToyAdapter),
            "clock": ManualClock(),
            "journal": None,
            "api_keys": {"toy": "k"},
            "base_urls": {"toy": f"{server.address}/v1"},
        }
        with Client(**options) as client, pytest.raises(DownloadError):
            client.generate("A boat", tmp_path / "video.mp4", "toy/video")
    assert list(tmp_path.iterdir()) == []


# Which part may be taken


def known(expected: int | None) -> Part:
    """Return what a server says of a file before its first byte."""
    return Part(size=0, validator=TAG, tag=TAG, expected=expected)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Return a part of which 100 of 1000 bytes have arrived."""
    path = tmp_path / ".video.mp4.01234567.part"
    begin_part(path, JOB, known(1000))
    path.write_bytes(VIDEO[:100])
    return path


def test_a_part_is_found_with_all_that_is_known_of_it(part: Path) -> None:
    assert find_part(part, JOB) == Part(size=100, validator=TAG, tag=TAG, expected=1000)
    assert part.read_bytes() == VIDEO[:100]


def test_a_process_that_was_frozen_writes_to_its_own_file(part: Path) -> None:
    with part.open("ab") as frozen:
        find_part(part, JOB)
        frozen.write(b"late")
    assert part.read_bytes() == VIDEO[:100]


def test_what_a_frozen_process_writes_is_not_in_a_video_begun_anew(part: Path) -> None:
    with part.open("ab") as frozen:
        begin_part(part, JOB, known(1000))
        part.write_bytes(b"new")
        frozen.write(b"late")
    assert part.read_bytes() == b"new"


def _of(job_id: str, part: Path) -> None:
    begin_part(part, job_id, known(1000))
    part.write_bytes(VIDEO[:100])


def _of_another_start(part: Path) -> None:
    note = json.loads(part.with_suffix(".json").read_text())
    note["machine_started_at"] -= 60
    part.with_suffix(".json").write_text(json.dumps(note))


UNUSABLE: dict[str, Callable[[Path], object]] = {
    "no note": lambda part: part.with_suffix(".json").unlink(),
    "an empty note": lambda part: part.with_suffix(".json").write_text(""),
    "a note that is a list": lambda part: part.with_suffix(".json").write_text("[1]"),
    "half a note": lambda part: part.with_suffix(".json").write_text('{"job": "0123456789abcdef"'),
    "a huge note": lambda part: part.with_suffix(".json").write_text(" " * 5000),
    "another job's": lambda part: _of("other", part),
    "no bytes": lambda part: part.write_bytes(b""),
    "no part": lambda part: part.unlink(),
    "more than the file has": lambda part: part.write_bytes(bytes(1001)),
    "the machine was started since": _of_another_start,
}


@pytest.mark.parametrize("change", UNUSABLE.values(), ids=UNUSABLE)
def test_a_part_that_is_not_surely_right_is_removed(
    part: Path, change: Callable[[Path], object]
) -> None:
    change(part)
    assert find_part(part, JOB) is None
    assert list(part.parent.glob(".*")) == []


def test_a_part_that_leads_elsewhere_is_removed(part: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(VIDEO[:100])
    part.unlink()
    part.symlink_to(tmp_path / "precious")
    assert find_part(part, JOB) is None
    assert (tmp_path / "precious").read_bytes() == VIDEO[:100]


def test_the_clock_set_by_little_is_the_same_start(
    part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_at = machine_started_at()
    monkeypatch.setattr(parts, "machine_started_at", lambda: started_at + 1)
    assert find_part(part, JOB) is not None


@pytest.mark.parametrize("keep", [True, False])
def test_a_closed_part_stays_only_where_it_can_be_resumed(part: Path, keep: bool) -> None:
    close_part(part, keep=keep)
    assert part.exists() is keep
    begin_part(part, None, known(1000))
    part.write_bytes(b"bytes")
    close_part(part, keep=True)
    assert not part.exists()


def test_the_note_of_a_file_with_a_long_name_fits_too(tmp_path: Path) -> None:
    path = tmp_path / f".{'v' * 240}.01234567.part"
    path.touch()
    begin_part(path, JOB, known(None))
    assert path.with_suffix(".json").is_file()


def test_the_note_is_there_before_the_first_byte(tmp_path: Path) -> None:
    path = tmp_path / ".video.mp4.01234567.part"
    path.write_bytes(b"of another file")
    begin_part(path, JOB, known(10))
    assert hidden(tmp_path) == [".json"]
