"""The files that a job leaves in a folder, against the videos that a stand-in made."""

from __future__ import annotations

from pathlib import Path

from polyreel.engine.download import video_path
from polyreel_sandbox import StandIn, numbered_video


def wrong_files(folder: Path, stand_in: StandIn, name: str = "video.mp4") -> str | None:
    """Return what is wrong with the videos in a folder, or None.

    Args:
        folder: Has them, and nothing else.
        stand_in: Made them, as one task.
        name: The file of the first.
    """
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    (task,) = stand_in.tasks.values()
    videos = {
        video_path(Path(name), index + 1).name: task.video and numbered_video(task.video, index)
        for index in range(stand_in.videos_per_task)
    }
    missing, extra = sorted({*videos} - {*found}), sorted({*found} - {*videos})
    others = sorted(each for each in found if each in videos and found[each] != videos[each])
    if missing:
        return f"the task has {len(videos)} videos, and {', '.join(missing)} was not saved"
    if extra:
        return f"left behind: {', '.join(extra)}"
    return f"{others[0]} is not the video that the task made" if others else None
