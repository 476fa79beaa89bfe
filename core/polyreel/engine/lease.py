"""leased: one process works on a job at a time; the others follow its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ..errors import PolyreelError, WaitTimeout
from ..jobs import Stage
from ..jobs.journal.interface import Claimed
from .context import EngineContext, LiveJob
from .effects import Claim, Program, Release, Sleep

T = TypeVar("T")

_PROGRESS = {stage: number for number, stage in enumerate(Stage)}
FOLLOW_GAP = 1.0
"""Seconds between reads of the journal while another process works on a job."""


def leased(
    context: EngineContext,
    live: LiveJob,
    work: Callable[[], Program[T]],
    *,
    enough_to_know: bool = False,
    timeout: float | None = None,
) -> Program[T]:
    """Work on a job under a lease, and release it afterwards.

    Args:
        work: What to do; every error of it gets the job's id.
        enough_to_know: Whether to work without a lease once another process has seen the job
            end.
        timeout: Seconds to wait for another process's lease; None for no deadline.

    Raises:
        WaitTimeout: When another process still works on the job.
    """
    start = context.clock.monotonic()
    while True:
        claimed: Claimed = yield Claim(live.record.id)
        _follow(live, claimed)
        if claimed.is_ours or (enough_to_know and live.record.has_ended):
            break
        if timeout is not None and context.clock.monotonic() - start >= timeout:
            raise WaitTimeout(
                f"{live.record.model}: another process works on job {live.record.short_id}, which "
                f"has not ended after {timeout:g} s. It continues there; wait for it again.",
                provider=live.record.provider,
                job=live.record.ref,
                job_id=live.record.id,
            )
        yield Sleep(FOLLOW_GAP)
    live.is_in_journal = claimed.is_ours and claimed.record is not None
    try:
        result = yield from work()
    except GeneratorExit:
        raise  # the driver has stopped, so no effect can be performed
    except BaseException as error:
        if isinstance(error, PolyreelError):
            error.job_id = error.job_id or live.record.id
        yield Release(live.record.id)
        raise
    yield Release(live.record.id)
    return result


def _follow(live: LiveJob, claimed: Claimed) -> None:
    """Take over another process's progress, where the journal's row is ahead of ours.

    The row can also be behind, when it could not be saved.
    """
    known = claimed.record
    if known is not None and _PROGRESS[known.stage] > _PROGRESS[live.record.stage]:
        live.record = replace(known, target=live.record.target or known.target)
