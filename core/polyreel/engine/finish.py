"""finish: what is left of an accepted job: wait for it, save its film."""

from __future__ import annotations

from pathlib import Path

from ..account import Account
from ..adapter import Adapter
from ..errors import JobCanceled, JobExpired, JobFailed
from ..program import Program
from ..records import Stage
from .context import EngineContext, LiveJob
from .fetch import fetch
from .wait import wait


def finish(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    target: Path,
    timeout: float | None,
) -> Program[Path]:
    """Wait for an accepted job and save its film, unless it lies there already.

    Raises:
        As `wait` and `fetch`.
    """
    is_there = live.record.stage is Stage.FETCHED and live.record.file == target.absolute()
    if is_there and target.is_file():
        return target
    try:
        yield from wait(context, adapter, account, live, timeout)
    except (JobFailed, JobCanceled, JobExpired) as error:
        yield live.keep(Stage.FINISHED, error=error)
        raise
    return (yield from fetch(context, adapter, account, live, target))
