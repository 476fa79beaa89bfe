"""hold: one process works on a job at a time; the others follow what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ..errors import PolyreelError, WaitTimeout
from ..journal.interface import Claimed
from ..program import Claim, Program, Release, Sleep
from ..records import Stage
from .context import EngineContext, LiveJob

T = TypeVar("T")

_PROGRESS = {stage: number for number, stage in enumerate(Stage)}
FOLLOW_GAP = 1.0
"""Seconds between looks into the journal at a job that another process works on."""


def held(
    context: EngineContext,
    live: LiveJob,
    work: Callable[[], Program[T]],
    *,
    enough_to_know: bool = False,
    timeout: float | None = None,
) -> Program[T]:
    """Work on a job while nobody else does, and let go of it afterwards.

    Args:
        work: What to do; every error of it gets the job's id.
        enough_to_know: Whether it is enough that another process brought the job to its end.
        timeout: Seconds to wait for the other process; None for no deadline.

    Raises:
        WaitTimeout: When the other process still works on it.
    """
    start = context.clock.monotonic()
    while True:
        claimed: Claimed = yield Claim(live.record.id)
        _follow(live, claimed)
        if claimed.is_ours or (enough_to_know and live.record.has_ended):
            break
        if timeout is not None and context.clock.monotonic() - start >= timeout:
            raise WaitTimeout(
                f"{live.record.model}: job {live.record.short_id} is being worked on by another "
                f"process and has not ended after {timeout:g} s. It goes on there.",
                provider=live.record.provider,
                job=live.record.ref,
                job_id=live.record.id,
            )
        yield Sleep(FOLLOW_GAP)
    try:
        result = yield from work()
    except GeneratorExit:
        raise  # nobody is driving any more, so no effect can be carried out
    except BaseException as error:
        if isinstance(error, PolyreelError):
            error.job_id = error.job_id or live.record.id
        yield Release(live.record.id)
        raise
    yield Release(live.record.id)
    return result


def _follow(live: LiveJob, claimed: Claimed) -> None:
    """Take over what another process found out, where the journal's row is ahead of us.

    It may be behind, too: when it could not be written.
    """
    known = claimed.record
    if known is not None and _PROGRESS[known.stage] > _PROGRESS[live.record.stage]:
        live.record = replace(known, target=live.record.target or known.target)
