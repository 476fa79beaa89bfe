"""until_offered: save a video that its server may not offer yet, or only at a fresh URL."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from ..adapters import Account, Adapter, JobRef, JobStatus, Output
from ..errors import (
    AuthenticationFailed,
    BadResponse,
    DownloadError,
    JobError,
    PolyreelError,
    ResultExpired,
)
from .context import EngineContext, LiveJob
from .effects import Program, Sleep
from .flows import pause
from .wait import ended, poll

log = logging.getLogger("polyreel")

_GONE = 410
WRONG_KEY = 401
"""The status by which a server refuses a key; without a key, it only refuses the video."""
REFUSED = frozenset({WRONG_KEY, 403, 404, _GONE})
"""Statuses of a video's server that may pass: it has no copy yet, or the URL has expired."""
_FRESH = timedelta(seconds=10)
"""For so long the URL of a poll counts as fresh: no vendor signs one for less."""


def until_offered(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    status: JobStatus,
    save: Callable[[Output], Program[None]],
    timeout: float | None,
    number: int = 1,
) -> Program[JobStatus]:
    """Save a video that a status names; where its server refuses it, poll and try again.

    A key that the server does not accept is sent once more, after a poll.

    Args:
        status: The status of a job that succeeded.
        save: Saves the file of an output; a `DownloadError` of it has the server's HTTP status.
        timeout: Seconds from now to try again; None for no deadline. A URL of an older poll is
            followed by a fresh one also after the deadline.
        number: Which of the job's videos, from 1.

    Returns:
        The status whose video was saved.

    Raises:
        ResultExpired: When the server refuses the video and its retention is over.
        DownloadError: When it can't be saved.
        AuthenticationFailed: When its server does not accept the key.
        BadResponse: When the status names no such video.
    """
    ref = live.record.ref
    assert ref is not None, "only accepted jobs are downloaded"
    timing = context.poll_timing or adapter.poll_timing
    start = context.clock.monotonic()
    output = offered_video(status, ref, live.request_id, number)
    is_fresh = live.polled_at is not None and abs(context.now() - live.polled_at) <= _FRESH
    refusals = gone = wrong_keys = 0
    while True:
        try:
            yield from save(output)
        except AuthenticationFailed:
            wrong_keys += 1
            if wrong_keys > 1:
                raise
            http_status = WRONG_KEY
        except DownloadError as error:
            if error.http_status not in REFUSED:
                raise
            http_status = error.http_status
        else:
            return status
        refusals += 1
        gone += http_status == _GONE
        waited = context.clock.monotonic() - start
        left = None if timeout is None else max(0.0, timeout - waited)
        is_over = _is_retention_over(context, live)
        if is_fresh and not wrong_keys and (left == 0 or is_over or gone > 1):
            raise _gone(live, ref, http_status) if is_over else _refused(live, ref, http_status)
        delay = timing.floor if is_over else max(pause(context, refusals, None), timing.floor)
        if refusals == 1:
            log.warning("%s: the video is not offered yet: HTTP %d", ref.full_model, http_status)
        if left != 0:
            yield Sleep(delay if left is None else min(delay, left))
        try:
            found = yield from poll(context, adapter, account, live, left)
            output = offered_video(found, ref, live.request_id, number)
            status = found
        except JobError:
            raise  # the provider now says that there is no video
        except PolyreelError as error:  # the URL that is known may still work
            log.warning("%s: no fresh URL of the video: %s", ref.full_model, error)
        is_fresh = True


def offered_video(
    status: JobStatus, ref: JobRef, request_id: str | None, number: int = 1
) -> Output:
    """Return a video of a job that succeeded.

    Args:
        status: The job's status.
        ref: The job.
        request_id: The provider's own id of the request that it answered with the status.
        number: Which of its videos, from 1.

    Raises:
        DownloadError: When the job has not ended.
        JobFailed, JobCanceled, JobExpired: When it ended without a video.
        BadResponse: When it succeeded and names no such video.
    """
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
    if number > len(status.videos):
        raise BadResponse(
            f"{ref.full_model}: task {ref.task_id} had {number} videos or more, and the provider "
            f"now names {len(status.videos)}. The job stays open: another download asks again, "
            "and costs nothing.",
            provider=ref.provider,
            request_id=request_id,
            job=ref,
        )
    return status.videos[number - 1]


def _is_retention_over(context: EngineContext, live: LiveJob) -> bool:
    """Return whether the provider no longer has to store the video; False where it is unknown."""
    expires_at = live.record.expires_at
    return expires_at is not None and expires_at <= context.now()


def _refused(live: LiveJob, ref: JobRef, http_status: int) -> DownloadError:
    expires_at = live.record.expires_at
    until = "" if expires_at is None else f" It is stored until {expires_at:%Y-%m-%d %H:%M} UTC."
    return DownloadError(
        f"{ref.full_model}: the video of task {ref.task_id} could not be saved: its server answers "
        f"HTTP {http_status}, also at a fresh URL.{until} The video is paid for and the job stays "
        "open; downloading it again costs nothing.",
        provider=ref.provider,
        http_status=http_status,
        job=ref,
    )


def _gone(live: LiveJob, ref: JobRef, http_status: int) -> ResultExpired:
    return ResultExpired(
        f"{ref.full_model}: the video of task {ref.task_id} is no longer offered: its server "
        f"answers HTTP {http_status}, and its retention ended at "
        f"{live.record.expires_at:%Y-%m-%d %H:%M} UTC. The video was made and paid for: ask the "
        "provider for it. Another try to download it costs nothing.",
        provider=ref.provider,
        http_status=http_status,
        job=ref,
    )
