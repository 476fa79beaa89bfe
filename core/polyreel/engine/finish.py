"""finish: wait for an accepted job and save its video."""

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
) -> Program[Path]:
    """Wait for an accepted job and save its video, unless it is there already.

    Raises:
        As `wait` and `download`.
    """
    is_saved = live.record.stage is Stage.DOWNLOADED and live.record.file == target.absolute()
    if is_saved and target.is_file():
        return target
    try:
        yield from wait(context, adapter, account, live, timeout)
    except (JobFailed, JobCanceled, JobExpired) as error:
        yield from live.persist(Stage.FINISHED, error=error)
        raise
    return (yield from download(context, adapter, account, live, target))
