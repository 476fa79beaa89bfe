"""Settling an unknown job by its task, where the vendor lets a task be found again.

Only one task that fits settles a job. None, or several, leave it unknown: what is not in a
list may still come, and another job's task must never be taken for this one's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from ..adapters import Account, Adapter, Found, JobRef, ModelSpec, Sought
from ..errors import PluginError, PolyreelError
from ..jobs import JobRecord, Stage
from ..jobs.address import address_of, may_be_same
from ..text.redact import redact
from .context import EngineContext, LiveJob
from .effects import Program, ReadJobs
from .flows import read_flow, repeated, safe_cause
from .paid_answer import check_task_id
from .plan import Plan

log = logging.getLogger("polyreel")

EARLIER = timedelta(minutes=1)
"""The vendor's clock may be behind ours by this much."""
LATER = timedelta(minutes=10)
"""A task that is made later than this after its request left is not taken for that request's."""

IN_DOUBT = frozenset({Stage.SENDING, Stage.UNKNOWN})
"""Stages of a job that may have a task which the journal does not know."""

NOTE = "the task was found again at the provider"


class _Fit(Enum):
    """Whether a task is the one that is sought."""

    YES = 1
    NO = 2
    OPEN = 3
    """What the vendor says of it is not enough to exclude it."""


def may_be_found(adapter: Adapter | type[Adapter], record: JobRecord) -> bool:
    """Return whether an adapter can look for the task of a job."""
    return record.stage is Stage.UNKNOWN and record.ref is None and adapter.offers_find


def find_for_call(context: EngineContext, plan: Plan, live: LiveJob) -> Program[None]:
    """Settle the unknown job of an earlier call by its task, if that can be found.

    Whatever goes wrong leaves the job unknown.
    """
    record = live.record
    if not may_be_found(plan.adapter, record) or record.model != plan.model:
        return
    if not may_be_same(type(plan.adapter), address_of(record), plan.account.base_url):
        return
    try:
        why_not = yield from settle_by_finding(context, plan.adapter, plan.account, live)
    except PolyreelError as error:
        why_not = error.message
    if why_not is not None:
        log.warning("%s: job %s stays unknown: %s", record.model, record.short_id, why_not)


def settle_by_finding(
    context: EngineContext, adapter: Adapter, account: Account, live: LiveJob
) -> Program[str | None]:
    """Accept an unknown job with its task, where exactly one task can be it. Costs nothing.

    Returns:
        None when the job is settled; else why it stays unknown, as a sentence.

    Raises:
        ProviderError, TransportError: When the provider could not be asked.
        PluginError: When the adapter failed.
        JournalError: When the journal can't be read.
    """
    record = live.record
    sought = _sought(adapter, record)
    if isinstance(sought, str):
        return sought
    answered = yield from _ask(context, adapter, account, sought)
    found = list({each.job.task_id: each for each in answered}.values())
    fitting: list[Found] = []
    for each in found:
        fit = _fit(adapter, sought, record, each)
        if fit is _Fit.NO or (yield from _is_known(adapter, record, each.job)):
            continue
        if fit is _Fit.OPEN:
            return f"{adapter.title} names a task without what it takes to exclude it."
        fitting.append(each)
    if not fitting:
        return f"{adapter.title} names no task that can be this job's."
    if len(fitting) > 1:
        ids = redact(", ".join(each.job.task_id for each in fitting[:3]), account.secrets)
        return f"{adapter.title} names {len(fitting)} tasks that can be this job's, such as {ids}."
    (task,) = fitting
    if task.echo is None and (yield from _has_rival(adapter, record)):
        return "Another job of the same time, whose outcome is unknown too, may have made the task."
    ref = task.job.model_copy(update={"base_url": record.base_url})
    check_task_id(ref.task_id, account.secrets)
    took_place = yield from live.persist(Stage.ACCEPTED, ref=ref, error=None, note=NOTE)
    if not took_place:
        live.record = record
        return "The job changed meanwhile."
    log.info("%s: job %s: %s", record.model, record.short_id, NOTE)
    return None


def _sought(adapter: Adapter, record: JobRecord) -> Sought | str:
    """Return what to look for; else why that is not possible."""
    sent_at = record.timeline.submitted_at
    spec = _spec(adapter, record)
    if sent_at is None:
        return "The journal does not say when the request left."
    if spec is None:
        return f"The installed adapter of {adapter.title} has no such model."
    return Sought(
        model=spec, reference=record.id, earliest=sent_at - EARLIER, latest=sent_at + LATER
    )


def _spec(adapter: Adapter, record: JobRecord) -> ModelSpec | None:
    names = {f"{adapter.name}/{each.name}": each for each in adapter.models}
    return names.get(record.model)


def _ask(
    context: EngineContext, adapter: Adapter, account: Account, sought: Sought
) -> Program[Sequence[Found]]:
    """Return the tasks that the vendor names."""
    try:
        found = yield from repeated(
            context, lambda: read_flow(context, account, adapter.find(sought))
        )
        found = list(found)
        if not all(isinstance(each, Found) for each in found):
            raise TypeError("it returned something else than `Found`s")
    except PolyreelError:
        raise
    except Exception as error:  # noqa: BLE001  # an adapter may fail in any way; it stays unknown
        raise PluginError(
            f"the adapter of {account.provider} failed to read a list of tasks: "
            f"{type(error).__name__}. Report it to the plugin's author.",
            provider=account.provider,
        ) from safe_cause(error, account)
    return found


def _fit(adapter: Adapter, sought: Sought, record: JobRecord, found: Found) -> _Fit:
    """Return whether a task is the one that is sought, by what the vendor says of it."""
    has_echo = found.echo == sought.reference
    if (adapter.echoes_reference or found.echo is not None) and not has_echo:
        return _Fit.NO
    if found.job.full_model != record.model or found.model not in (None, sought.model.name):
        return _Fit.NO
    created_at = found.created_at
    if not isinstance(created_at, datetime) or created_at.tzinfo is None:
        return _Fit.YES if has_echo else _Fit.OPEN
    return _Fit.YES if sought.earliest <= created_at <= sought.latest else _Fit.NO


def _is_known(adapter: Adapter, record: JobRecord, ref: JobRef) -> Program[bool]:
    """Return whether a task is another job's, by the journal."""
    others: list[JobRecord] = yield ReadJobs(provider=adapter.name, task_id=ref.task_id)
    return any(_is_another(adapter, record, each) for each in others)


def _has_rival(adapter: Adapter, record: JobRecord) -> Program[bool]:
    """Return whether another job in doubt may have made a task that has no echo."""
    sent_at = record.timeline.submitted_at
    others: list[JobRecord] = yield ReadJobs(provider=adapter.name, stages=IN_DOUBT)
    return any(
        _is_another(adapter, record, each)
        and each.model == record.model
        and (
            sent_at is None
            or each.timeline.submitted_at is None
            or abs(each.timeline.submitted_at - sent_at) <= EARLIER + LATER
        )
        for each in others
    )


def _is_another(adapter: Adapter, record: JobRecord, other: JobRecord) -> bool:
    is_same_place = may_be_same(type(adapter), address_of(other), address_of(record))
    return other.id != record.id and is_same_place
