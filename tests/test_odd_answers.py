"""An odd value in an optional field hides no finished video, whoever waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from polyreel.adapters import State
from polyreel_sandbox.video.card import VideoCard
from polyreel_sandbox.video.encode import render_video
from trust_kinds import CALLERS, Caller
from trust_kinds.answers import CELLS, MODELS, Cell, Change, answering, newest_job
from trust_kinds.kind import surroundings


@pytest.mark.parametrize("vendor", list(MODELS))
@pytest.mark.parametrize("caller", CALLERS)
def test_each_odd_value_ends_as_the_status_says(
    caller: Caller, vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos: list[bytes] = []  # drawn once

    def render(card: VideoCard) -> bytes:
        if not videos:
            videos.append(render_video(card))
        return videos[0]

    monkeypatch.setattr("polyreel_sandbox.files._render", render)
    cells = [cell for cell in CELLS if cell.vendor == vendor]
    with surroundings(caller, tmp_path) as around:
        for number, cell in enumerate(cells, 1):
            answering(around, vendor, cell.change if not cell.fails else failing(cell))
            came = around.generate(model=MODELS[vendor])
            job = newest_job()
            assert around.tasks == number, f"{cell}: more than one task"
            if cell.fails:
                assert job.state is State.FAILED, f"{cell}: {came}"
                continue
            assert (came, job.state) == ("the video", State.SUCCEEDED), str(cell)
            assert job.file is not None
            job.file.unlink()


def failing(cell: Cell) -> Change:
    """Return the change of an answer of a task that failed."""
    return lambda answer: cell.change({**answer, "data": {**answer["data"], "status": "failed"}})
