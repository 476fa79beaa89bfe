"""Settling a job whose outcome is unknown: by a free poll of its task, or by finding the task."""

from __future__ import annotations

import logging

from ..adapters import JobRef
from ..engine import LiveJob, poll
from ..engine.effects import Program
from ..engine.find import may_be_found, settle_by_finding
from ..errors import ConfigError, NotFound, PolyreelError, SubmitUnknown, UsageError
from ..jobs import JobRecord
from ..jobs.address import address_of, may_be_same
from .planner import Planner

log = logging.getLogger("polyreel")


def settle(
    planner: Planner, job_id: str, task_id: str | None, at: str | None = None
) -> Program[JobRecord]:
    """Accept an unknown job with a task, once the provider knows the task.

    Args:
        planner: Finds the job, and how its provider is reached.
        job_id: The job's id, or the beginning of it.
        task_id: The task; None for the one that the answer to the paid request names, or, where
            it names none and the provider lets a task be found again, for the only one that can
            be the job's. A task that a person names is also accepted where the provider can't be
            asked now.
        at: The address that the job was submitted to, where it is not the configured one.

    Raises:
        UsageError: When the provider has no such task, or none or several can be the job's.
        ConfigError: When the provider may not be asked for it.
        ProviderError, TransportError: When the provider could not be asked for a candidate.
    """
    history = planner.journal.history
    record = history.find(job_id)
    if task_id is None and _is_sought(planner, record):
        return (yield from find(planner, record, at))
    named = task_id if task_id is not None else _candidate(record)
    ref = history.found(job_id, named)
    adapter = planner.registry.adapter(ref.provider)
    others = history.journal.jobs(provider=ref.provider, task_id=ref.task_id)
    for other in others:
        if not may_be_same(adapter, address_of(other), ref.base_url):
            continue
        raise UsageError(
            f"task {ref.task_id!r} of {ref.provider} belongs to job {other.short_id} already, so "
            "nothing was settled. " + _how_else(record),
            job_id=record.id,
        )
    try:
        yield from _ask(planner, ref, at)
    except ConfigError:
        raise
    except NotFound as error:
        raise UsageError(
            f"{ref.provider} has no task {ref.task_id!r}, so nothing was settled. "
            + ("Check the id." if task_id is not None else _how_else(record)),
            provider=ref.provider,
            http_status=error.http_status,
        ) from None
    except PolyreelError as error:
        if task_id is None:
            raise
        log.warning(
            "the task could not be polled now, so its id was not checked: %s", error.message
        )
    return history.settle(job_id, task_id=named)


def find(planner: Planner, record: JobRecord, at: str | None = None) -> Program[JobRecord]:
    """Accept an unknown job with the only task at its provider that can be its own.

    Raises:
        UsageError: When none or several can be it; the job stays unknown.
        ConfigError: When the provider may not be asked for it.
        ProviderError, TransportError: When the provider could not be asked.
    """
    adapter, account, live = planner.resume_live(LiveJob(record), at)
    why_not = yield from settle_by_finding(planner.context, adapter, account, live)
    if why_not is not None:
        raise UsageError(
            f"job {record.short_id} of {record.model} stays unknown. {why_not} "
            + _how_else(record),
            provider=record.provider,
            job_id=record.id,
        )
    return live.record


def _is_sought(planner: Planner, record: JobRecord) -> bool:
    names_task = isinstance(record.error, SubmitUnknown) and record.error.candidate is not None
    return not names_task and may_be_found(planner.registry.adapter(record.provider), record)


def _ask(planner: Planner, ref: JobRef, at: str | None) -> Program[None]:
    adapter, account, live = planner.resume(ref, at=at)
    yield from poll(planner.context, adapter, account, live)


def _candidate(record: JobRecord) -> str:
    error = record.error
    found = error.candidate if isinstance(error, SubmitUnknown) else None
    if found is None:
        raise UsageError(
            f"the answer for job {record.short_id} names no task. {_how_else(record)}",
            job_id=record.id,
        )
    return found


def _how_else(record: JobRecord) -> str:
    settle = f"polyreel jobs settle {record.short_id}"
    return (
        f"Check {record.provider}'s console, then run `{settle} --task-id TASK`, or "
        f"`{settle} --not-created`."
    )
