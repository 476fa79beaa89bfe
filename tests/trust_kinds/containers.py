"""Kind 15: what a server gives in place of the whole video."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module

from polyreel import Client
from polyreel.jobs import JobRecord, Stage
from polyreel_sandbox import Fault
from tiny_videos import children, fragmented, mp4

from .kind import Kind, Surroundings

WHOLE = mp4()
FRAGMENTED = fragmented(says_length=True)
FIRST_FRAGMENTS = FRAGMENTED[: children(FRAGMENTED)[-3][2]]
"""All but the last fragment: each of the boxes is complete."""


def serve(around: Surroundings, video: bytes, *faults: Fault) -> None:
    """Have the stand-in give a video, and nobody wait between two downloads."""
    around.patch.setattr("polyreel_sandbox.files._render", lambda _: video)
    around.patch.setattr(import_module("polyreel.engine.saving"), "pause", lambda *_: 0.0)
    around.sandbox.stand_ins["jimmy"].faults = set(faults)


def newest_job() -> JobRecord:
    """Return the job that was made last."""
    with Client() as client:
        return client.history.jobs(limit=1)[0]


def is_refused(*served: tuple[bytes, *tuple[Fault, ...]]) -> Callable[[Surroundings], str]:
    """Return what is refused each time, and comes home whole once the server has it."""

    def run(around: Surroundings) -> str:
        ends: set[str] = set()
        for number, (video, *faults) in enumerate(served, 1):
            serve(around, video, *faults)
            ends.add(around.generate())
            target, job = around.folder / "video.mp4", newest_job()
            assert around.tasks == number
            assert list(around.folder.iterdir()) == []
            assert job.stage is Stage.FINISHED
            serve(around, WHOLE)
            for task in around.sandbox.stand_ins["jimmy"].tasks.values():
                task.video = WHOLE
            with Client() as client:
                client.job(job.id).finish(target)
            assert target.read_bytes() == WHOLE
            target.unlink()
            assert around.tasks == number
        (end,) = ends
        return f"{end}, the job is open"

    return run


def comes_after_half_without_a_length(around: Surroundings) -> str:
    """The first answer ends halfway, and nothing says that there is more."""
    serve(around, WHOLE, Fault.HALF_WITHOUT_LENGTH)
    end = around.generate()
    assert (around.folder / "video.mp4").read_bytes() == WHOLE
    assert around.tasks == 1
    return end


def comes_padded(around: Surroundings) -> str:
    """The announced length arrives, with zeros after the video's end."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    serve(around, WHOLE + bytes(9))
    logging.getLogger("polyreel").addHandler(handler)
    try:
        end = around.generate()
    finally:
        logging.getLogger("polyreel").removeHandler(handler)
    assert (around.folder / "video.mp4").read_bytes() == WHOLE + bytes(9)
    assert ["has 9 bytes after its end" in each for each in messages] == [True]
    assert around.tasks == 1
    return f"{end}, and a warning"


KINDS: tuple[Kind, ...] = (
    Kind(
        15,
        "half of the video or 40 bytes of it, with that length",
        is_refused((WHOLE, Fault.HALF_VIDEO), (WHOLE[:40],)),
    ),
    Kind(15, "a file with sound alone", is_refused((WHOLE, Fault.SOUND_ONLY))),
    Kind(15, "a video that was cut between two fragments", is_refused((FIRST_FRAGMENTS,))),
    Kind(
        15,
        "a body that ends early once, without a length",
        comes_after_half_without_a_length,
    ),
    Kind(15, "a whole video with zeros after its end", comes_padded),
)
