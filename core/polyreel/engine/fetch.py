"""fetch: the film onto the disk, whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from ..account import Account
from ..adapter import Adapter
from ..errors import BadResponse, FetchError, TransportError
from ..jobs import JobRef, JobStatus
from ..program import DeleteFile, Download, Downloaded, MoveFile, Program, Sleep
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
    if status is None or not status.state.is_final:
        status = yield from repeated(context, lambda: look(context, adapter, account, live))
    url = _film_url(status, ref)
    yield live.mark({"stage": Stage.FETCHING}, fetching_at=context.now())
    yield from _save(context, account, live, ref, url, target, looks_like_film)
    found: dict[str, Path] = {"file": target}
    if status.last_frame is not None:
        frame = last_frame_path(target)
        try:
            yield from _save(
                context, account, live, ref, status.last_frame.url, frame, looks_like_image
            )
            found["last_frame_file"] = frame
        except FetchError as error:
            log.warning("the film is saved, its last frame is not: %s", error)
    yield live.mark({"stage": Stage.FETCHED, **found}, fetched_at=context.now())
    return target


def last_frame_path(film: Path) -> Path:
    """Return where a film's last frame is saved: `kite.mp4` has `kite.last-frame.png`."""
    return film.with_name(f"{film.stem}.last-frame.png")


def _save(
    context: EngineContext,
    account: Account,
    live: LiveJob,
    ref: JobRef,
    url: str,
    target: Path,
    looks_right: Callable[[bytes], bool],
) -> Program[None]:
    """Save one file, whole or not at all."""
    partial = target.with_name(f".{target.name}.{live.record.client_key[:8]}.part")
    try:
        yield from _download(context, account, ref, url, partial, looks_right)
        try:
            yield MoveFile(partial, target)
        except FetchError as error:
            raise _failed(ref, error.message) from None
    except GeneratorExit:
        raise  # nobody is driving any more, so no effect can be carried out
    except BaseException:  # also an interrupt: half a film is of no use to anybody
        yield DeleteFile(partial)
        raise


def _download(
    context: EngineContext,
    account: Account,
    ref: JobRef,
    url: str,
    partial: Path,
    looks_right: Callable[[bytes], bool],
) -> Program[None]:
    trouble = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            got: Downloaded = yield Download(url, partial, account)
        except TransportError as error:
            trouble = error.message
        except OSError as error:  # the disk, not the network: trying again would not help
            raise _failed(ref, f"{partial.parent} can't be written: {error.strerror}") from None
        except FetchError as error:  # the address may not be fetched at all
            raise _failed(ref, error.message.rstrip(".")) from None
        else:
            if got.status in _GONE:
                raise _failed(
                    ref,
                    f"its server answers HTTP {got.status}: the film is no longer offered, or the "
                    "address has lapsed. Ask for the job's status again to get a fresh address",
                )
            trouble = _what_is_wrong(got, looks_right)
            if not trouble:
                return
        if attempt < ATTEMPTS:
            yield Sleep(pause(context, attempt, None))
    raise _failed(ref, f"{trouble} ({ATTEMPTS} attempts)")


def _what_is_wrong(got: Downloaded, looks_right: Callable[[bytes], bool]) -> str:
    if got.status != 200:
        return f"its server answers HTTP {got.status}"
    if got.expected is not None and got.size != got.expected:
        return f"{got.size} of {got.expected} bytes came"
    if not looks_right(got.head):
        return "what came is something else"
    return ""


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
        raise _failed(ref, f"the job is {status.state}, so there is none yet. Wait for it first")
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
