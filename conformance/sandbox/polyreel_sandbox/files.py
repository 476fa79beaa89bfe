"""The files of tasks: their videos, in a form that shows the request, and how they are served."""

from __future__ import annotations

from functools import lru_cache

from .exchange import Reply
from .fault_effects import answer_to_download
from .ranges import serve_file
from .stand_in_base import StandInBase
from .task import Task
from .video.encode import render_video

# Tests ask for the same video many times, and drawing it is slow.
_render = lru_cache(maxsize=4)(render_video)


def serve_video(stand_in: StandInBase, task: Task, index: int, headers: dict[str, str]) -> Reply:
    """Return the answer to a download of a task's video.

    Args:
        stand_in: Has the faults.
        task: The task.
        index: Which of its videos, from 0.
        headers: The headers of the call, with lower-case names.
    """
    with task.lock:
        if task.video is None:
            task.video = _render(stand_in.video_card(task))
        task.downloads_of[index] += 1
        downloads = task.downloads_of[index]
    video = numbered_video(task.video, index)
    whole = serve_file(video, "video/mp4", {})
    asked = serve_file(video, "video/mp4", headers)
    return answer_to_download(whole, asked, downloads, stand_in.faults)


def numbered_video(first: bytes, index: int) -> bytes:
    """Return a task's video: each but the first has its number in a box that players skip."""
    if not index:
        return first
    return first + (12).to_bytes(4, "big") + b"free" + index.to_bytes(4, "big")
