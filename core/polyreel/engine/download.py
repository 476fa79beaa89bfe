"""download: save a video, whole or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from ..adapters import Account, Adapter, JobRef, JobStatus
from ..errors import BadResponse, DownloadError, PolyreelError, ResultExpired, TransportError
from ..jobs import Stage
from .context import EngineContext, LiveJob
from .effects import (
    OK,
    PARTIAL_CONTENT,
    DeleteFile,
    Download,
    Downloaded,
    FileKind,
    MoveFile,
    Program,
    Sleep,
)
from .flows import pause, repeated
from .wait import ended, poll
from .whole import WholeCheck

log = logging.getLogger("polyreel")

ATTEMPTS = 5
_GONE = frozenset({403, 404, 410})


def download(
    context: EngineContext, adapter: Adapter, account: Account, live: LiveJob, target: Path
) -> Program[Path]:
    """Save a finished job's video, and its last frame where it was asked for.

    Never starts a new job. A last frame that can't be saved is only logged: the video is
    what was paid for.

    The bytes go to a hidden file beside the target. When they are counted and checked, the
    file is renamed to the target.

    Raises:
        DownloadError: When the video can't be saved. Downloading again is free.
        BadResponse: When the job succeeded and names no video.
    """
    ref = live.record.ref
    assert ref is not None, "only accepted jobs are downloaded"
    status = live.record.status
    # A job from the journal has no URL of its video: it would be signed, so it is not saved.
    is_fresh = status is None or not status.state.is_final or status.video is None
    if is_fresh:
        status = yield from repeated(context, lambda: poll(context, adapter, account, live))
    assert status is not None, "it was just polled"
    url = _video_url(status, ref, live.request_id)
    save = _Saving(context, account, live, ref)
    yield live.change(stage=Stage.DOWNLOADING, timeline=live.seen(downloading_at=context.now()))
    try:
        try:
            yield from save.file(url, target, "video")
        except ResultExpired as gone:
            if is_fresh:
                raise
            # The URL may have expired while the video is still there at a new one.
            try:
                status = yield from poll(context, adapter, account, live)
            except PolyreelError:
                raise gone from None
            yield from save.file(_video_url(status, ref, live.request_id), target, "video")
    except ResultExpired as error:
        yield from live.persist(Stage.FINISHED, error=error)
        raise
    frame: Path | None = None
    if status.last_frame is not None:
        frame = last_frame_path(target)
        try:
            yield from save.file(status.last_frame.url, frame, "image")
        except DownloadError as error:
            log.warning("the video is saved, its last frame is not: %s", error)
            frame = None
    yield from live.persist(
        Stage.DOWNLOADED,
        error=None,
        timeline=live.seen(downloaded_at=context.now()),
        file=target.absolute(),
        last_frame_file=None if frame is None else frame.absolute(),
    )
    return target


def last_frame_path(video: Path) -> Path:
    """Return where a video's last frame is saved: `kite.mp4` has `kite.last-frame.png`."""
    return video.with_name(f"{video.stem}.last-frame.png")


@dataclass(frozen=True)
class _Saving:
    """Saves files of one job, each whole or not at all."""

    context: EngineContext
    account: Account
    live: LiveJob
    ref: JobRef

    def file(self, url: str, target: Path, kind: FileKind) -> Program[None]:
        """Save one file.

        Raises:
            DownloadError: When it can't be saved.
        """
        partial = target.with_name(f".{target.name}.{self.live.record.short_id}.part")
        try:
            yield from self._download(url, partial, kind)
            try:
                yield MoveFile(partial, target)
            except DownloadError as error:
                raise _failed(self.ref, error.message) from None
        except GeneratorExit:
            raise  # the driver has stopped, so no effect can be performed
        except BaseException:  # also an interrupt: half a video is of no use
            yield DeleteFile(partial)
            raise

    def _download(self, url: str, partial: Path, kind: FileKind) -> Program[None]:
        """Stream into a file; resume after an interruption if it is still the same file."""
        start, validator, trouble = 0, None, ""
        whole = WholeCheck(self.ref, kind)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                got: Downloaded = yield Download(
                    url,
                    partial,
                    self.account,
                    maximum=self.context.maximum_video_bytes,
                    start=start,
                    validator=validator,
                )
            except TransportError as error:
                trouble = error.message  # the next attempt resumes after the bytes that are there
            except OSError as error:  # the disk, not the network: another attempt would not help
                reason = f"can't write to {partial.parent}: {error.strerror}"
                raise _failed(self.ref, reason) from None
            except DownloadError as error:  # the URL must not be downloaded at all
                raise _failed(self.ref, error.message.rstrip(".")) from None
            else:
                trouble = self._problem(got) or (yield from whole.problem(partial, got))
                if not trouble:
                    return
                was_cut = got.status in (OK, PARTIAL_CONTENT) and got.trouble is not None
                can_resume = was_cut and got.validator is not None
                start, validator = (got.size, got.validator) if can_resume else (0, None)
            if attempt < ATTEMPTS:
                yield Sleep(pause(self.context, attempt, None))
        raise _failed(self.ref, f"{trouble} ({ATTEMPTS} attempts)")

    def _problem(self, got: Downloaded) -> str:
        """Return why a download is not complete; empty where it is.

        Raises:
            DownloadError: When another attempt would not help.
        """
        if got.status in _GONE:
            raise self._expired(got.status)
        if got.is_too_large:
            raise _failed(
                self.ref,
                f"it is larger than {self.context.maximum_video_bytes} bytes. Raise "
                "maximum_video_bytes in polyreel.toml if that is what you asked for",
            )
        if got.status not in (OK, PARTIAL_CONTENT):
            return f"its server answers HTTP {got.status}"
        if got.trouble is not None:
            return got.trouble
        if got.expected is not None and got.size != got.expected:
            return f"only {got.size} of {got.expected} bytes arrived"
        return ""

    def _expired(self, status: int) -> ResultExpired:
        expires_at, now = self.live.record.expires_at, self.context.now()
        retention = ""
        if expires_at is not None:
            ends = "ended" if expires_at <= now else "ends"
            retention = f" Its retention {ends} at {expires_at:%Y-%m-%d %H:%M} UTC."
        return ResultExpired(
            f"{self.ref.full_model}: the video of task {self.ref.task_id} is no longer offered: "
            f"its server answers HTTP {status}.{retention} The video was made and paid for: ask "
            "the provider for it. Another try to download it costs nothing.",
            provider=self.ref.provider,
            http_status=status,
            job=self.ref,
        )


def _video_url(status: JobStatus, ref: JobRef, request_id: str | None) -> str:
    if not status.state.is_final:
        raise DownloadError(
            f"{ref.full_model}: task {ref.task_id} is {status.state}, so there is no video yet. "
            "Wait for it first.",
            provider=ref.provider,
            job=ref,
        )
    ended(status, ref, request_id)
    if status.video is None:
        raise BadResponse(
            f"{ref.full_model}: task {ref.task_id} succeeded, but the provider names no video. "
            "The job stays open: another wait asks again, and costs nothing. Look in its console, "
            "too.",
            provider=ref.provider,
            request_id=request_id,
            job=ref,
        )
    return status.video.url


def _failed(ref: JobRef, reason: str) -> DownloadError:
    return DownloadError(
        f"{ref.full_model}: the video of task {ref.task_id} could not be saved: {reason}. "
        "The video is paid for; downloading it again costs nothing.",
        provider=ref.provider,
        job=ref,
    )
