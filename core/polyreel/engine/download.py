"""download: save every video of a job, each whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..adapters import Account, Adapter, JobRef, JobStatus
from ..errors import AuthenticationFailed, DownloadError, PolyreelError, ResultExpired
from ..jobs import Stage
from .context import EngineContext, LiveJob
from .effects import ClosePart, Program
from .flows import repeated
from .offered import REFUSED, until_offered
from .saving import Saving, part_path
from .wait import poll

log = logging.getLogger("polyreel")


def download(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    target: Path,
    timeout: float | None,
    patience: float | None = None,
) -> Program[Path]:
    """Save a finished job's videos, and its last frame where it was asked for.

    Never starts a new job. A job with several videos is downloaded when all are saved: the first
    to the target, the others beside it. A later download saves those that are missing. A last
    frame that can't be saved is only logged: the video is what was paid for.

    The bytes go to a hidden file beside the target. When they are counted and checked, the
    file is renamed to the target. Where the journal has the job, what has arrived of a video
    stays there after an error, an interrupt or a crash, and the next download goes on from it.

    Args:
        timeout: Seconds from now to try again; None for no deadline. A file that arrives is not
            interrupted.
        patience: Most seconds of them to wait for a video that its server refuses; None for all.

    Raises:
        ResultExpired: When the video's server refuses it and its retention is over.
        DownloadError: When a video can't be saved. Downloading again is free.
        AuthenticationFailed: When a video is served only with the key, and it is not accepted.
        BadResponse: When the job succeeded and names no video.
    """
    ref = live.record.ref
    assert ref is not None, "only accepted jobs are downloaded"
    deadline = None if timeout is None else context.clock.monotonic() + timeout
    patient = min((each for each in (timeout, patience) if each is not None), default=None)
    status = live.record.status
    # A job from the journal has no URL of its video: it would be signed, so it is not saved.
    if status is None or not status.state.is_final or status.video is None:
        status = yield from repeated(context, lambda: poll(context, adapter, account, live))
    assert status is not None, "it was just polled"
    own = [each for each in live.record.files if _is_beside(each, target.absolute())]
    # A job that was downloaded is downloaded as a whole again, since the caller wants it.
    saved_before = [] if live.record.stage is Stage.DOWNLOADED else own
    yield live.change(stage=Stage.DOWNLOADING, timeline=live.seen(downloading_at=context.now()))
    latest = None if patient is None else context.clock.monotonic() + patient
    files: list[Path] = []
    while len(files) < max(1, len(status.videos)):
        number, count = len(files) + 1, len(status.videos)
        file = _free_path(live, target, number, own)
        if not (file.absolute() in saved_before and file.is_file()):
            video = Saving(
                context,
                account,
                live,
                ref,
                file,
                "video",
                named="the video" if count <= 1 else f"video {number} of {count}",
                deadline=deadline,
                busy_until=latest,
            )
            # Only the lease of a job in the journal keeps two processes from writing to one part.
            video.is_resumable = live.is_in_journal and context.journal_is_persistent
            left = None if latest is None else max(0.0, latest - context.clock.monotonic())
            offered = until_offered(
                context, adapter, account, live, status, video.file, left, number
            )
            try:
                status = yield from video.whole(offered)
            except (ResultExpired, DownloadError, AuthenticationFailed) as error:
                if error.http_status in REFUSED or files:
                    yield from live.persist(Stage.FINISHED, error=_naming(error, files, count))
                raise
        files.append(file)
        if len(files) < len(status.videos):
            # What is saved is known from now on, also to another process that goes on from here.
            yield from live.persist(Stage.FINISHED, **_saved(files, saved_before))
            yield live.change(stage=Stage.DOWNLOADING)
    yield from _close_parts_elsewhere(live, target, len(files))
    frame = yield from _last_frame(context, account, live, ref, status, target, deadline)
    yield from live.persist(
        Stage.DOWNLOADED,
        error=None,
        timeline=live.seen(downloaded_at=context.now()),
        **_saved(files),
        last_frame_file=None if frame is None else frame.absolute(),
    )
    return target


def video_path(first: Path, number: int) -> Path:
    """Return where a job's video is saved: the second of `kite.mp4` is `kite.2.mp4`.

    Args:
        first: The path of the first.
        number: Counts from 1.
    """
    return first if number == 1 else first.with_name(f"{first.stem}.{number}{first.suffix}")


def _is_beside(file: Path, target: Path) -> bool:
    """Return whether a saved video is the target, or was numbered beside it."""
    is_numbered = file.name.startswith(f"{target.stem}.") and file.suffix == target.suffix
    return file == target or (file.parent == target.parent and is_numbered)


def _free_path(live: LiveJob, target: Path, number: int, own: Collection[Path]) -> Path:
    """Return where to save a video. The caller chose the first; no other replaces a file.

    What is there may be another job's video. Only this job's own is written again.
    """
    file = video_path(target, number)
    if number == 1 or not file.exists() or file.absolute() in own:
        return file
    return file.with_name(f"{file.stem}.{live.record.short_id}{file.suffix}")


def last_frame_path(video: Path) -> Path:
    """Return where a video's last frame is saved: `kite.mp4` has `kite.last-frame.png`."""
    return video.with_name(f"{video.stem}.last-frame.png")


def _saved(files: Collection[Path], saved_before: Collection[Path] = ()) -> dict[str, Any]:
    """Return the fields of a record that name the saved videos.

    Args:
        files: Those of this download, in the provider's order.
        saved_before: Those of an earlier one, which are not lost while this one goes on.
    """
    first, *others = dict.fromkeys([*(each.absolute() for each in files), *saved_before])
    return {"file": first, "other_files": tuple(others)}


def _naming(error: PolyreelError, files: list[Path], count: int) -> PolyreelError:
    """Return an error that also names what is saved already."""
    if files:
        are = "is" if len(files) == 1 else "are"
        saved = f" {len(files)} of {count} videos {are} saved, the first as {files[0]}."
        error.args = (error.message + saved, *error.args[1:])
    return error


def _close_parts_elsewhere(live: LiveJob, target: Path, count: int) -> Program[None]:
    """Remove what an earlier process began beside another target."""
    first_target = live.record.target
    if first_target is not None and first_target.absolute() != target.absolute():
        for number in range(1, count + 1):
            yield ClosePart(part_path(live, video_path(first_target, number)))


def _last_frame(
    context: EngineContext,
    account: Account,
    live: LiveJob,
    ref: JobRef,
    status: JobStatus,
    target: Path,
    deadline: float | None,
) -> Program[Path | None]:
    """Save the last frame, where there is one; None where it can't be saved."""
    if status.last_frame is None:
        return None
    frame = last_frame_path(target)
    image = Saving(
        context, account, live, ref, frame, "image", named="the last frame", deadline=deadline
    )
    try:
        yield from image.whole(image.file(status.last_frame))
    except (DownloadError, AuthenticationFailed) as error:
        log.warning("the video is saved, its last frame is not: %s", error)
        return None
    return frame
