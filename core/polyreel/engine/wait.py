"""wait: poll an accepted job until it ends or the caller's deadline passes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from ..adapters import (
    Account,
    Adapter,
    JobRef,
    JobStatus,
    ModelSpec,
    PollTiming,
    State,
    WireResponse,
    task_id_of,
)
from ..errors import (
    BadResponse,
    JobCanceled,
    JobError,
    JobExpired,
    JobFailed,
    NotFound,
    PluginError,
    PolyreelError,
    ProviderError,
    WaitTimeout,
)
from ..jobs import Stage
from ..pricing.addresses import Address
from ..pricing.derived import with_derived_charge
from ..text.addresses import result_address
from .context import EngineContext, LiveJob
from .effects import Program, Sleep
from .flows import WORTH_REPEATING, pause, read_flow, request_id_of, safe_cause, with_facts
from .readable_status import readable
from .watching import seen_at

log = logging.getLogger("polyreel")

JITTER = 0.1
YOUNG = timedelta(seconds=60)
"""Some machines of a provider may not know a younger task yet: a 404 is followed by more polls."""


def wait(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    timeout: float | None,
) -> Program[JobStatus]:
    """Poll a job until it succeeds.

    A failed poll (network, 5xx, 429, a page instead of JSON) never ends the wait; it is
    repeated until the deadline. A refused poll (401, 403, 402, 400) is repeated once, after the
    usual gap: the second refusal without a status between them ends the wait. A job with an
    unknown status counts as running.

    Args:
        timeout: Seconds from now; None for no deadline.

    Returns:
        The status of a job that succeeded.

    Raises:
        JobFailed, JobCanceled, JobExpired: How else the job ended.
        WaitTimeout: The deadline passed; the job continues.
        ProviderError: The provider refuses to be polled (e.g. a wrong key); the job continues.
    """
    ref = _accepted(live)
    model = ref.full_model
    timing = context.poll_timing or adapter.poll_timing
    start = context.clock.monotonic()
    delay = _until_first_poll(context, live, timing, start)
    failures = refusals = 0
    trouble: PolyreelError | None = None
    if live.record.status is not None and live.record.status.state.is_final:
        return ended(live.record.status, ref, live.request_id)
    while True:
        remaining = None if timeout is None else timeout - (context.clock.monotonic() - start)
        last_poll = remaining is not None and delay >= remaining
        if delay > 0:
            yield Sleep(max(0.0, remaining) if last_poll and remaining is not None else delay)
        try:
            within = None if timeout is None else timeout - (context.clock.monotonic() - start)
            status = yield from poll(context, adapter, account, live, within)
        except WORTH_REPEATING as error:
            failures += 1
            trouble = error
            delay = max(pause(context, failures, error.retry_after), timing.floor)
            log.warning("%s: a poll failed; the job continues. %s", model, error)
        except ProviderError as error:
            is_unknown = isinstance(error, NotFound)
            if not (is_unknown and _is_young(context, live, start)):
                refusals += 1
                if refusals > 1 or last_poll:
                    raise (_unknown_task(error, ref) if is_unknown else error) from None
                log.warning("%s: a poll was refused; it is repeated once. %s", model, error)
            trouble = error
            delay = max(timing.floor, timing.gap)
        else:
            failures, refusals, trouble = 0, 0, None
            if status.state.is_final:
                return ended(status, ref, live.request_id)
            delay = max(timing.floor, timing.gap * (1 + JITTER * (2 * context.random() - 1)))
        if last_poll:
            raise _timed_out(ref, timeout or 0.0, live.record.status, trouble)


def poll(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    within: float | None = None,
) -> Program[JobStatus]:
    """Poll a job once, and update its record. Only a final status is persisted.

    Args:
        within: The longest that rate limits may delay the poll, in seconds; None for any time.
    """
    ref = _accepted(live)

    live.request_id = None  # of this poll, not of an earlier one

    def answered(response: WireResponse) -> None:
        live.request_id = request_id_of(response.headers, account)

    try:
        status = yield from read_flow(context, account, adapter.poll(ref), within, answered)
        if not isinstance(status, JobStatus):
            raise TypeError(f"it returned {type(status).__name__} instead of a status")
        other = task_id_of(status.task_id)
        if other is not None and other != ref.task_id.strip():
            raise BadResponse(
                f"{adapter.title}'s answer is about another task than {ref.task_id}. "
                f"{BadResponse.advice}."
            )
    except PolyreelError as error:
        raise with_facts(error, context, account, None, ref) from error.__cause__
    except Exception as error:  # noqa: BLE001  # an adapter may fail in any way; the job continues
        raise PluginError(
            f"the adapter of {adapter.name} could not read a status: {type(error).__name__}. "
            "The job continues; report it to the plugin's author.",
            provider=adapter.name,
            request_id=live.request_id,
            job=ref,
        ) from safe_cause(error, account)
    status = _with_whole_addresses(readable(status, account), account)
    status = _with_charge(status, live, adapter, account)
    _warn_of_unread(status, live, ref, adapter)
    if not status.is_documented and status.raw_state not in live.unknown_statuses:
        live.unknown_statuses.add(status.raw_state)
        log.warning(
            "%s: unknown status %r from %s; treating the job as running",
            ref.full_model,
            status.raw_state,
            adapter.title,
        )
    now = context.now()
    timing = context.poll_timing or adapter.poll_timing
    if not status.state.is_final:
        moments = ("running_at",) if status.state is State.RUNNING else ()
        timeline = seen_at(live, timing, now, *moments)
        live.polled_at = now
        yield live.change(status=status, stage=Stage.ACCEPTED, timeline=timeline)
        return status
    # A job that had ended at the first poll was not seen running.
    timeline = seen_at(live, timing, now, "finished_at")
    live.polled_at = now
    known = live.record.expires_at or _retention_end(adapter, ref, timeline.finished_at or now)
    expires_at = status.expires_at or known
    if live.record.stage in (Stage.FINISHED, Stage.DOWNLOADING, Stage.DOWNLOADED):
        yield live.change(status=status, timeline=timeline, expires_at=expires_at)
    else:
        yield from live.persist(
            Stage.FINISHED, status=status, timeline=timeline, expires_at=expires_at
        )
    return status


def _retention_end(adapter: Adapter, ref: JobRef, finished_at: datetime) -> datetime | None:
    """Return until when the provider stores the video; None where it does not document that."""
    spec = _spec_of(adapter, ref)
    if spec is None or spec.result_retention is None:
        return None
    return finished_at + spec.result_retention


def _until_first_poll(
    context: EngineContext, live: LiveJob, timing: PollTiming, start: float
) -> float:
    """Return the seconds to wait before a job's first poll; 0 for a job that was polled."""
    age = _age(context, live, start)
    if age is None or live.record.status is not None:
        return 0.0
    return max(0.0, max(timing.first, timing.floor) - age)


def _warn_of_unread(status: JobStatus, live: LiveJob, ref: JobRef, adapter: Adapter) -> None:
    """Log each field that could not be read, once for a job."""
    for name in status.unread:
        if name not in live.unread_fields:
            live.unread_fields.add(name)
            log.warning(
                "%s: %s in the answer of %s can't be read and counts as unknown; "
                "the job is not affected",
                ref.full_model,
                name,
                adapter.title,
            )


def _with_whole_addresses(status: JobStatus, account: Account) -> JobStatus:
    """Return a status in which a path on the provider's own host is a whole URL."""
    outputs = [
        replace(each, url=result_address(account.base_url, each.url, each.relative_to))
        for each in status.outputs
    ]
    return replace(status, outputs=tuple(outputs))


def _with_charge(status: JobStatus, live: LiveJob, adapter: Adapter, account: Account) -> JobStatus:
    """Return a status with the charge that its billed units come to, where it reports none."""
    spec = _spec_of(adapter, _accepted(live))
    unit = None if spec is None else spec.billing.unit
    address = Address.of(account.base_url, type(adapter))
    return with_derived_charge(status, live.record.quoted, unit, address)


def _spec_of(adapter: Adapter, ref: JobRef) -> ModelSpec | None:
    return next((each for each in adapter.models if each.name == ref.model), None)


def _accepted(live: LiveJob) -> JobRef:
    if live.record.ref is None:
        raise ValueError("the job was not accepted, so there is nothing to wait for")
    return live.record.ref


def ended(status: JobStatus, ref: JobRef, request_id: str | None = None) -> JobStatus:
    """Return a final status that is a success; raise the error for any other.

    Args:
        status: The final status.
        ref: The job.
        request_id: The provider's own id of the request that it answered with the status.

    Raises:
        JobFailed, JobCanceled, JobExpired: With the job.
    """
    if status.state is State.SUCCEEDED:
        return status
    kinds: dict[State, type[JobError]] = {
        State.FAILED: JobFailed,
        State.CANCELED: JobCanceled,
        State.EXPIRED: JobExpired,
    }
    reason = status.failure or "the provider gives no reason"
    charge = "unknown" if status.charge is None else str(status.charge)
    raise kinds[status.state](
        f"{ref.full_model}: task {ref.task_id} {status.state}: {reason}. Charged: {charge}.",
        provider=ref.provider,
        vendor_code=status.failure_code,
        request_id=request_id,
        job=ref,
    )


def _is_young(context: EngineContext, live: LiveJob, start: float) -> bool:
    age = _age(context, live, start)
    return age is not None and age < YOUNG.total_seconds()


def _age(context: EngineContext, live: LiveJob, start: float) -> float | None:
    """Return the seconds since a job was accepted; None where that was not seen.

    Args:
        context: Gives the time.
        live: The job.
        start: When this wait began, by the monotonic clock. The job was accepted before, also
            where the date was set back since.
    """
    accepted_at = live.record.timeline.accepted_at
    if accepted_at is None:
        return None
    watched = context.clock.monotonic() - (start if live.accepted is None else live.accepted)
    return max(watched, (context.now() - accepted_at).total_seconds())


def _unknown_task(error: ProviderError, ref: JobRef) -> ProviderError:
    error.args = (f"{ref.full_model}: task {ref.task_id} is not known. {error.message}",)
    return error


def _timed_out(
    ref: JobRef, timeout: float, status: JobStatus | None, trouble: PolyreelError | None
) -> WaitTimeout:
    state = "has no known status" if status is None else f"is still {status.state}"
    if status is not None and not status.is_documented:
        state += f" (unknown status {status.raw_state!r})"
    last = "" if trouble is None else f" The last poll failed: {trouble.message}"
    return WaitTimeout(
        f"{ref.full_model}: task {ref.task_id} {state} after {timeout:g} s. It continues at the "
        f"provider and can be waited for again; submitting again would pay twice.{last}",
        provider=ref.provider,
        job=ref,
    )
