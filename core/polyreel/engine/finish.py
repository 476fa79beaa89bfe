"""finish: wait for an accepted job and save its videos."""

from __future__ import annotations

from pathlib import Path

from ..adapters import Account, Adapter
from ..errors import JobCanceled, JobExpired, JobFailed
from ..jobs import Stage
from .context import EngineContext, LiveJob
from .download import download
from .effects import Program
from .wait import wait


def finish(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    target: Path,
    timeout: float | None,
    patience: float | None = None,
) -> Program[Path]:
    """Wait for an accepted job and save its videos, unless they are there already.

    Args:
        timeout: Seconds from now; None for no deadline.
        patience: Most seconds of them to wait for a video that its server refuses; None for all.

    Raises:
        As `wait` and `download`.
    """
    is_saved = live.record.stage is Stage.DOWNLOADED and live.record.file == target.absolute()
    if is_saved and live.record.are_all_there:
        return target
    start = context.clock.monotonic()
    try:
        yield from wait(context, adapter, account, live, timeout)
        left = None if timeout is None else max(0.0, timeout - context.clock.monotonic() + start)
        return (yield from download(context, adapter, account, live, target, left, patience))
    except (JobFailed, JobCanceled, JobExpired) as error:
        yield from live.persist(Stage.FINISHED, error=error)
        raise
