"""The journal's decisions, each within one transaction."""

from __future__ import annotations

from dataclasses import replace

from ...errors import IdempotencyConflict, PolyreelError, SubmitUnknown, UsageError
from ..records import JobRecord, Stage
from .interface import OVER, Claimed, Intent, Opened, Opening
from .table import Table


def open_job(table: Table, intent: Intent) -> Opened:
    """Save an intent, unless its key has a job or a limit is reached."""
    table.register()
    recover(table)
    record = intent.record
    again: JobRecord | None = None
    if record.idempotency_key is not None:
        earlier = table.of_key(record.idempotency_key)
        for digest, known in earlier:
            if digest != intent.digest:
                raise _conflict(record, known)
        valid = [
            known
            for _, known in earlier
            if known.stage is not Stage.REJECTED and known.id not in intent.given_up
        ]
        if valid:
            return Opened(outcome=Opening.REPEATED, record=valid[-1])
        rejected = [known for _, known in earlier if known.stage is Stage.REJECTED]
        again = next((known for known in rejected if known.model == record.model), None)
    if intent.refusal is not None:
        raise intent.refusal
    for limit in intent.limits:
        limit.check(table.spent(limit), table.now, record.model)
    if intent.max_in_flight is not None:
        in_flight = table.in_flight(intent.place)
        if in_flight >= intent.max_in_flight:
            return Opened(outcome=Opening.FULL, in_flight=in_flight)
    if again is not None:
        record = replace(record, id=again.id)
        table.open_again(record, intent.place)
    else:
        table.add(intent)
    return Opened(outcome=Opening.NEW, record=record)


def claim(table: Table, job_id: str) -> Claimed:
    """Lease a job, unless another living process has it."""
    table.register()
    if table.owner_of(job_id) not in (None, table.owner):
        recover(table)
    record = table.job(job_id)
    is_ours = table.owner_of(job_id) in (None, table.owner)
    if is_ours and record is not None and record.stage not in OVER:
        table.lease(job_id)
    return Claimed(is_ours=is_ours, record=record)


def recover(table: Table) -> list[JobRecord]:
    """Release the jobs of every process that has ended; return those that changed."""
    return [record for owner in table.expired_owners() for record in release_jobs(table, owner)]


def release_jobs(table: Table, owner: str) -> list[JobRecord]:
    """Release a process's jobs and remove it; return those that changed."""
    changed = [_abandoned(record) for record in table.take_from(owner)]
    table.remove_owner(owner)
    return [record for record in changed if record is not None and table.move(record)]


def _abandoned(record: JobRecord) -> JobRecord | None:
    """Return the changed record of a job whose process has ended; None where it stays as it is."""
    error: PolyreelError
    if record.stage is Stage.INTENT:
        stage = Stage.REJECTED
        if record.refusals and record.error is not None:  # it waited to be sent again
            return replace(record, stage=stage)
        error = UsageError(
            f"{record.model}: the process ended before anything was sent. Nothing was made; "
            "submit it again.",
            provider=record.provider,
            job_id=record.id,
        )
    elif record.stage is Stage.SENDING:
        stage = Stage.UNKNOWN
        if record.resends and isinstance(record.error, SubmitUnknown):  # of the first request
            return replace(record, stage=stage)
        error = SubmitUnknown(
            f"{record.model}: the process ended while the paid request was on its way. A task may "
            f"exist and may be charged. Look in {record.provider}'s console, then: "
            f"polyreel jobs settle {record.short_id}",
            provider=record.provider,
            job_id=record.id,
        )
    else:
        return None
    return replace(record, stage=stage, error=error)


def _conflict(record: JobRecord, known: JobRecord) -> IdempotencyConflict:
    asked, first = dict(record.request or {}), dict(known.request or {})
    names = sorted(name for name in {*asked, *first} if asked.get(name) != first.get(name)) or [
        "the target or the content of its media"
    ]
    return IdempotencyConflict(
        f"the idempotency key {record.idempotency_key!r} belongs to another request, job "
        f"{known.short_id} of {known.model}; they differ in {', '.join(names)}. Nothing was sent. "
        "Use one key for one request.",
        provider=record.provider,
        job_id=known.id,
    )
