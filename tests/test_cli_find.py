"""jobs wait --all and jobs settle, at a vendor where a task can be found again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from polyreel import NotFound
from polyreel.adapters import Flow, Found, Sought
from polyreel.engine.find import EARLIER
from polyreel_jimmy.adapter import JimmyAdapter
from polyreel_sandbox import Sandbox
from test_cli_jobs import listed, run, tasks, unknown


@pytest.fixture
def finds(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Jimmy name the tasks whose ids are in the list that is returned."""
    named: list[str] = []

    def find(self: JimmyAdapter, sought: Sought) -> Flow[Sequence[Found]]:
        if "missing" in named:
            raise NotFound("there is no such list")
        at = sought.earliest + EARLIER
        return [Found(job=self.job(each, sought.model), created_at=at) for each in named]
        yield  # makes it a flow

    monkeypatch.setattr(JimmyAdapter, "offers_find", True)
    monkeypatch.setattr(JimmyAdapter, "find", find)
    return named


def made(served: Sandbox) -> list[str]:
    return list(served.stand_ins["jimmy"].tasks)


def test_wait_all_finds_the_task_and_saves_its_video(
    sandbox: Sandbox, finds: list[str], tmp_path: Path
) -> None:
    unknown(sandbox, "video.mp4")
    finds += made(sandbox)
    done = run("jobs", "wait", "--all")
    assert done.exit_code == 0, done.output
    assert "its task was found again" in done.stderr
    assert (tmp_path / "video.mp4").is_file()
    assert tasks(sandbox)["jimmy"] == 1


@pytest.mark.parametrize("named", [[], ["a", "b"], ["missing"]], ids=["none", "two", "an error"])
def test_what_wait_all_can_not_find_stays_unknown_and_is_reported(
    sandbox: Sandbox, finds: list[str], named: list[str]
) -> None:
    job = unknown(sandbox, "video.mp4")
    finds += named
    done = run("jobs", "wait", "--all")
    assert done.exit_code == 4, done.output
    assert f"polyreel jobs settle {job}" in done.stderr
    assert listed()[0]["stage"] == "unknown"
    assert tasks(sandbox)["jimmy"] == 1


def test_wait_all_searches_nothing_where_a_vendor_has_no_list(sandbox: Sandbox) -> None:
    unknown(sandbox, "video.mp4")
    before = len(sandbox.stand_ins["jimmy"].calls)
    assert run("jobs", "wait", "--all").exit_code == 4
    assert len(sandbox.stand_ins["jimmy"].calls) == before


def test_settle_without_an_option_finds_the_task(sandbox: Sandbox, finds: list[str]) -> None:
    job = unknown(sandbox, "video.mp4")
    nothing: Any = run("jobs", "settle", job)
    assert nothing.exit_code == 2, nothing.output
    assert "names no task that can be this job's" in nothing.stderr
    assert f"polyreel jobs settle {job} --task-id TASK" in nothing.stderr
    finds += made(sandbox)
    done = run("jobs", "settle", job)
    assert done.exit_code == 0, done.output
    assert listed()[0]["job"]["task_id"] == made(sandbox)[0]
