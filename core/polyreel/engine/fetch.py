"""fetch: the film onto the disk, whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..account import Account
from ..adapter import Adapter
from ..errors import BadResponse, FetchError, PolyreelError, ResultExpired, TransportError
from ..jobs import JobRef, JobStatus
from ..program import (
    OK,
    PARTIAL_CONTENT,
    DeleteFile,
    Download,
    Downloaded,
    MoveFile,
    Program,
    Sleep,
)
from ..records import Stage
from .context import EngineContext, LiveJob
from .flows import pause, repeated
from .wait import ended, look

log = logging.getLogger("polyreel")

ATTEMPTS = 5
_GONE = frozenset({403, 404, 410})


def fetch(
    context: EngineContext, adapter: Adapter, account: Account, live: LiveJob, target: Path
) -> Program[Path]:
    """Save a finished job's film, and its last frame where it was asked for.

    Never starts a new job. A last frame that can't be saved is only warned of: the film is
    what was paid for.

    The bytes go to a hidden file beside the target, are counted and looked at, and only
    then take the target's name.

    Raises:
        FetchError: When the film can't be saved. Fetching again is free.
        BadResponse: When the job succeeded and names no film.
    """
    ref = live.record.ref
    assert ref is not None, "only accepted jobs are fetched"
    status = live.record.status
    # Of a job taken up from the journal no address is known: it would be signed.
    is_fresh = status is None or not status.state.is_final or status.video is None
    if is_fresh:
        status = yield from repeated(context, lambda: look(context, adapter, account, live))
    assert status is not None, "it was just asked for"
    url = _film_url(status, ref)
    save = _Saving(context, account, live, ref)
    yield live.change(stage=Stage.FETCHING, timeline=live.seen(fetching_at=context.now()))
    try:
        try:
            yield from save.file(url, target, looks_like_film)
        except ResultExpired as gone:
            if is_fresh:
                raise
            # The address may have lapsed while the film is still there under a new one.
            try:
                status = yield from look(context, adapter, account, live)
            except PolyreelError:
                raise gone from None
            yield from save.file(_film_url(status, ref), target, looks_like_film)
    except ResultExpired as error:
        yield live.keep(Stage.FINISHED, error=error)
        raise
    frame: Path | None = None
    if status.last_frame is not None:
        frame = last_frame_path(target)
        try:
            yield from save.file(status.last_frame.url, frame, looks_like_image)
        except FetchError as error:
            log.warning("the film is saved, its last frame is not: %s", error)
            frame = None
    yield live.keep(
        Stage.FETCHED,
        error=None,
        timeline=live.seen(fetched_at=context.now()),
        file=target.absolute(),
        last_frame_file=None if frame is None else frame.absolute(),
    )
    return target


def last_frame_path(film: Path) -> Path:
    """Return where a film's last frame is saved: `kite.mp4` has `kite.last-frame.png`."""
    return film.with_name(f"{film.stem}.last-frame.png")


@dataclass(frozen=True)
class _Saving:
    """Saves files of one job, each whole or not at all."""

    context: EngineContext
    account: Account
    live: LiveJob
    ref: JobRef

    def file(self, url: str, target: Path, looks_right: Callable[[bytes], bool]) -> Program[None]:
        """Save one file.

        Raises:
            FetchError: When it can't be saved.
        """
        partial = target.with_name(f".{target.name}.{self.live.record.short_id}.part")
        try:
            yield from self._download(url, partial, looks_right)
            try:
                yield MoveFile(partial, target)
            except FetchError as error:
                raise _failed(self.ref, error.message) from None
        except GeneratorExit:
            raise  # nobody is driving any more, so no effect can be carried out
        except BaseException:  # also an interrupt: half a film is of no use to anybody
            yield DeleteFile(partial)
            raise

    def _download(
        self, url: str, partial: Path, looks_right: Callable[[bytes], bool]
    ) -> Program[None]:
        """Stream into a file; what was cut goes on where it stopped, if it is the same file."""
        start, validator, head, trouble = 0, None, b"", ""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                got: Downloaded = yield Download(
                    url,
                    partial,
                    self.account,
                    maximum=self.context.maximum_film_bytes,
                    start=start,
                    validator=validator,
                )
            except TransportError as error:
                trouble = error.message  # what is there stays there, and is gone on from
            except OSError as error:  # the disk, not the network: trying again would not help
                why = f"{partial.parent} can't be written: {error.strerror}"
                raise _failed(self.ref, why) from None
            except FetchError as error:  # the address may not be fetched at all
                raise _failed(self.ref, error.message.rstrip(".")) from None
            else:
                head = head if got.status == PARTIAL_CONTENT else got.head
                trouble = self._what_is_wrong(got, head, looks_right)
                if not trouble:
                    return
                went_well = got.status in (OK, PARTIAL_CONTENT) and got.trouble is not None
                can_go_on = went_well and got.validator is not None
                start, validator = (got.size, got.validator) if can_go_on else (0, None)
            if attempt < ATTEMPTS:
                yield Sleep(pause(self.context, attempt, None))
        raise _failed(self.ref, f"{trouble} ({ATTEMPTS} attempts)")

    def _what_is_wrong(
        self, got: Downloaded, head: bytes, looks_right: Callable[[bytes], bool]
    ) -> str:
        if got.status in _GONE:
            raise self._expired(got.status)
        if got.is_too_large:
            raise _failed(
                self.ref,
                f"it is larger than {self.context.maximum_film_bytes} bytes. Raise "
                "maximum_film_bytes in polyreel.toml if that is what you asked for",
            )
        if got.status not in (OK, PARTIAL_CONTENT):
            return f"its server answers HTTP {got.status}"
        if got.trouble is not None:
            return got.trouble
        if got.expected is not None and got.size != got.expected:
            return f"{got.size} of {got.expected} bytes came"
        return "" if looks_right(head) else "what came is something else"

    def _expired(self, status: int) -> ResultExpired:
        expires_at, now = self.live.record.expires_at, self.context.now()
        kept = ""
        if expires_at is not None:
            was = "was" if expires_at <= now else "is"
            kept = f" It {was} to be kept until {expires_at:%Y-%m-%d %H:%M} UTC."
        return ResultExpired(
            f"{self.ref.full_model}: the film of task {self.ref.task_id} was made and is no longer "
            f"offered (its server answers HTTP {status}).{kept} It was paid for: ask the provider. "
            "Fetching it again costs nothing.",
            provider=self.ref.provider,
            http_status=status,
            job=self.ref,
        )


def looks_like_film(head: bytes) -> bool:
    """Whether a file's first bytes are a video container's: MP4, MOV, WebM, Matroska or AVI."""
    return (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
        or head.startswith(b"\x1aE\xdf\xa3")
        or (head.startswith(b"RIFF") and head[8:11] == b"AVI")
    )


def looks_like_image(head: bytes) -> bool:
    """Whether a file's first bytes are a PNG's, JPEG's or WebP's."""
    return head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) or (
        head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    )


def _film_url(status: JobStatus, ref: JobRef) -> str:
    if not status.state.is_final:
        raise FetchError(
            f"{ref.full_model}: task {ref.task_id} is {status.state}, so there is no film yet. "
            "Wait for it first.",
            provider=ref.provider,
            job=ref,
        )
    ended(status, ref)
    if status.video is None:
        raise BadResponse(
            f"{ref.full_model}: task {ref.task_id} succeeded, and the provider names no film. "
            "Look in its console.",
            provider=ref.provider,
            job=ref,
        )
    return status.video.url


def _failed(ref: JobRef, why: str) -> FetchError:
    return FetchError(
        f"{ref.full_model}: the film of task {ref.task_id} could not be saved: {why}. "
        "The film is paid for; fetching it again costs nothing.",
        provider=ref.provider,
        job=ref,
    )
