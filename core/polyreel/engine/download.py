"""download: save a video, whole or not at all."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..adapters import Account, Adapter, JobRef
from ..errors import DownloadError, JobError, PolyreelError, ResultExpired, TransportError
from ..jobs import Stage
from .context import EngineContext, LiveJob
from .effects import (
    OK,
    PARTIAL_CONTENT,
    ClosePart,
    Download,
    Downloaded,
    FileKind,
    FindPart,
    MoveFile,
    Part,
    Program,
    Sleep,
)
from .flows import LAST_ANSWER, pause, repeated
from .offered import REFUSED, until_offered
from .wait import poll
from .whole import WholeCheck

T = TypeVar("T")

log = logging.getLogger("polyreel")

_NO_ANSWER, _NOT_SATISFIABLE = 0, 416
BUSY = frozenset({429, 500, 502, 503, 504})
"""Statuses of a video's server that pass; it is asked again until the caller's deadline."""
ATTEMPTS = 5
"""How often in a row a download may bring nothing new before it is given up."""


def download(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    target: Path,
    timeout: float | None,
    patience: float | None = None,
) -> Program[Path]:
    """Save a finished job's video, and its last frame where it was asked for.

    Never starts a new job. A last frame that can't be saved is only logged: the video is
    what was paid for.

    The bytes go to a hidden file beside the target. When they are counted and checked, the
    file is renamed to the target. Where the journal has the job, what has arrived of the video
    stays there after an error, an interrupt or a crash, and the next download goes on from it.

    Args:
        timeout: Seconds from now to try again; None for no deadline. A file that arrives is not
            interrupted.
        patience: Most seconds of them to wait for a video that its server refuses; None for all.

    Raises:
        ResultExpired: When the video's server refuses it and its retention is over.
        DownloadError: When the video can't be saved. Downloading again is free.
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
    yield live.change(stage=Stage.DOWNLOADING, timeline=live.seen(downloading_at=context.now()))
    latest = None if patient is None else context.clock.monotonic() + patient
    video = _Saving(
        context, account, live, ref, target, "video", deadline=deadline, busy_until=latest
    )
    # Only the lease of a job in the journal keeps two processes from writing to one part.
    video.is_resumable = live.is_in_journal and context.journal_is_persistent
    try:
        status = yield from video.whole(
            until_offered(context, adapter, account, live, status, video.file, patient)
        )
    except (ResultExpired, DownloadError) as error:
        if error.http_status in REFUSED:
            yield from live.persist(Stage.FINISHED, error=error)
        raise
    first_target = live.record.target
    if first_target is not None and first_target.absolute() != target.absolute():
        yield ClosePart(_part_path(live, first_target))  # what an earlier process began there
    frame: Path | None = None
    if status.last_frame is not None:
        frame = last_frame_path(target)
        image = _Saving(context, account, live, ref, frame, "image", deadline=deadline)
        try:
            yield from image.whole(image.file(status.last_frame.url))
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


@dataclass
class _Saving:
    """Saves one file of a job, whole or not at all. What has arrived stays between attempts.

    Attributes:
        kind: What the file must be.
        deadline: When to make no more than the usual attempts, on the clock; None for never.
        busy_until: As long as a busy server is asked again, on the clock; None for ever.
        is_resumable: Whether another process may go on from what has arrived.
        part: What has arrived.
    """

    context: EngineContext
    account: Account
    live: LiveJob
    ref: JobRef
    target: Path
    kind: FileKind
    deadline: float | None = None
    busy_until: float | None = 0.0
    is_resumable: bool = False
    part: Part | None = None

    @property
    def path(self) -> Path:
        """The hidden file beside the target."""
        return _part_path(self.live, self.target)

    def whole(self, work: Program[T]) -> Program[T]:
        """Run a program that saves the file; afterwards no part is left that is of no use."""
        if self.is_resumable:
            self.part = yield FindPart(self.path, self.live.record.id)
        try:
            result = yield from work
        except GeneratorExit:
            raise  # the driver has stopped, so no effect can be performed
        except PolyreelError as error:
            is_over = isinstance(error, ResultExpired | JobError)
            keep = self.is_resumable and self.part is not None and not is_over
            yield ClosePart(self.path, keep=keep)
            raise
        except BaseException:  # an interrupt in the middle of an attempt
            yield ClosePart(self.path, keep=self.is_resumable)
            raise
        yield ClosePart(self.path)
        return result

    def file(self, url: str) -> Program[None]:
        """Save the file at a URL.

        Raises:
            DownloadError: When it can't be saved.
        """
        size = yield from self._download(url)
        try:
            yield MoveFile(self.path, self.target, size)
        except DownloadError as error:
            raise _failed(self.ref, error.message) from None

    def _download(self, url: str) -> Program[int]:
        """Stream into a file; resume after an interruption if it is still the same file.

        Returns:
            The bytes that it has.
        """
        whole = WholeCheck(self.ref, self.kind)
        attempts = without_progress = begun_anew = 0
        while True:
            before, began = self.part, self._seconds()
            got = yield from self._attempt(url)
            attempts += 1
            trouble = self._problem(got) or (yield from whole.problem(self.path, got))
            if not trouble:
                return got.size
            self._remember(got)
            without_progress += 1
            if before is None or got.status == OK:
                begun_anew += 1
            elif self.part is not None and self.part.size > before.size:
                without_progress = 1
            is_late = self.deadline is not None and self._seconds() >= self.deadline
            most = max(without_progress, begun_anew, attempts if is_late else 0)
            left = self._busy_for(got)
            is_silent = got.status == _NO_ANSWER and self._seconds() - began >= LAST_ANSWER
            if (most >= ATTEMPTS and left <= 0) or (is_late and is_silent):
                raise _failed(self.ref, f"{trouble} ({attempts} attempts)")
            delay = pause(self.context, without_progress, None)
            yield Sleep(delay if left <= 0 else min(max(delay, got.retry_after or 0.0), left))

    def _busy_for(self, got: Downloaded) -> float:
        """Return how long a server may still be asked that is busy, in seconds; 0 for others."""
        if got.status not in BUSY:
            return 0.0
        return math.inf if self.busy_until is None else self.busy_until - self._seconds()

    def _attempt(self, url: str) -> Program[Downloaded]:
        """Stream what is missing of the file, once."""
        part = self.part
        if part is not None and part.size == part.expected:  # only its name was missing
            return Downloaded(status=PARTIAL_CONTENT, size=part.size, expected=part.expected)
        try:
            got: Downloaded = yield Download(
                url,
                self.path,
                self.account,
                maximum=self.context.maximum_video_bytes,
                start=0 if part is None else part.size,
                validator=None if part is None else part.validator,
                tag=None if part is None else part.tag,
                expected=None if part is None else part.expected,
                job_id=self.live.record.id if self.is_resumable else None,
                within=None
                if self.deadline is None
                else max(LAST_ANSWER, self.deadline - self._seconds()),
            )
        except TransportError as error:  # the next attempt resumes after the bytes that are there
            return Downloaded(status=_NO_ANSWER, trouble=error.message)
        except OSError as error:  # the disk, not the network: another attempt would not help
            reason = f"can't write to {self.path.parent}: {error.strerror}"
            raise _failed(self.ref, reason) from None
        except DownloadError as error:  # the URL must not be downloaded at all
            raise _failed(self.ref, error.message.rstrip(".")) from None
        return got

    def _remember(self, got: Downloaded) -> None:
        """Note what is in the file after an attempt that did not complete it."""
        if got.status in (OK, PARTIAL_CONTENT):
            self.part = None
            is_cut = got.trouble is not None or got.size < (got.expected or 0)
            if is_cut and got.size > 0 and got.validator is not None:
                self.part = Part(
                    size=got.size,
                    validator=got.validator,
                    tag=got.tag,
                    expected=got.expected,
                )
        elif got.status == _NOT_SATISFIABLE:
            self.part = None

    def _problem(self, got: Downloaded) -> str:
        """Return why a download is not complete; empty where it is.

        Raises:
            DownloadError: When another attempt would not help.
        """
        if got.status in REFUSED:
            raise _failed(self.ref, f"its server answers HTTP {got.status}", got.status)
        if got.is_too_large:
            self.part = None
            raise _failed(
                self.ref,
                f"it is larger than {self.context.maximum_video_bytes} bytes. Raise "
                "maximum_video_bytes in polyreel.toml if that is what you asked for",
            )
        if got.trouble is not None:
            return got.trouble
        if got.status not in (OK, PARTIAL_CONTENT):
            return f"its server answers HTTP {got.status}"
        if got.expected is not None and got.size != got.expected:
            return f"only {got.size} of {got.expected} bytes arrived"
        return ""

    def _seconds(self) -> float:
        return self.context.clock.monotonic()


def _part_path(live: LiveJob, target: Path) -> Path:
    return target.with_name(f".{target.name}.{live.record.short_id}.part")


def _failed(ref: JobRef, reason: str, http_status: int | None = None) -> DownloadError:
    return DownloadError(
        f"{ref.full_model}: the video of task {ref.task_id} could not be saved: {reason}. "
        "The video is paid for; downloading it again costs nothing.",
        provider=ref.provider,
        http_status=http_status,
        job=ref,
    )
