"""wait: looking at an accepted job until it ends or the caller's deadline passes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from ..account import Account
from ..adapter import Adapter, PollTiming
from ..errors import (
    JobCanceled,
    JobError,
    JobExpired,
    JobFailed,
    NotFound,
    PluginError,
    PolyreelError,
    WaitTimeout,
)
from ..jobs import JobRef, JobStatus, State
from ..program import Program, Sleep
from ..records import Stage
from ..redact import redact_message
from .context import EngineContext, LiveJob
from .flows import WORTH_REPEATING, harmless_cause, pause, read_flow, with_facts

log = logging.getLogger("polyreel")

JITTER = 0.1
YOUNG = timedelta(seconds=60)
"""A task this young may not be known to all of a provider's machines: a 404 is waited out."""


def wait(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    timeout: float | None,
) -> Program[JobStatus]:
    """Look at a job until it succeeded.

    Bad looks (network, 5xx, 429, pages instead of JSON) never end it; they are repeated
    until the deadline. A word that nobody documents keeps it running.

    Args:
        timeout: Seconds from now; None for no deadline.

    Returns:
        The status of a job that succeeded.

    Raises:
        JobFailed, JobCanceled, JobExpired: How else the job ended.
        WaitTimeout: The deadline passed; the job goes on.
        ProviderError: The provider refuses to tell (e.g. a wrong key). The job goes on.
    """
    ref = _accepted(live)
    timing = context.poll_timing or adapter.poll_timing
    start = context.clock.monotonic()
    delay = _until_first_look(context, live, timing)
    failures = 0
    trouble: PolyreelError | None = None
    if live.record.status is not None and live.record.status.state.is_final:
        return ended(live.record.status, ref)
    while True:
        remaining = None if timeout is None else timeout - (context.clock.monotonic() - start)
        last_look = remaining is not None and delay >= remaining
        if delay > 0:
            yield Sleep(max(0.0, remaining) if last_look and remaining is not None else delay)
        try:
            left = None if timeout is None else timeout - (context.clock.monotonic() - start)
            status = yield from look(context, adapter, account, live, left)
        except WORTH_REPEATING as error:
            failures += 1
            trouble = error
            delay = max(pause(context, failures, error.retry_after), timing.floor)
            log.warning("%s: a look at the job failed; it goes on. %s", ref.full_model, error)
        except NotFound as error:
            if not _is_young(context, live):
                raise _forgotten(error, account, ref) from None
            trouble = error
            delay = max(timing.floor, timing.gap)
        else:
            failures, trouble = 0, None
            if status.state.is_final:
                return ended(status, ref)
            delay = max(timing.floor, timing.gap * (1 + JITTER * (2 * context.random() - 1)))
        if last_look:
            raise _timed_out(ref, timeout or 0.0, live.record.status, trouble)


def look(
    context: EngineContext,
    adapter: Adapter,
    account: Account,
    live: LiveJob,
    within: float | None = None,
) -> Program[JobStatus]:
    """Ask once for a job's status, and note it on the job. Only an end is kept on disk.

    Args:
        within: Seconds that limits may hold the request back; None for no bound.
    """
    ref = _accepted(live)
    try:
        status = yield from read_flow(context, account, adapter.poll(ref), within)
        if not isinstance(status, JobStatus):
            raise TypeError(f"it returned {type(status).__name__} instead of a status")
    except PolyreelError as error:
        raise with_facts(error, context, account, None, ref) from error.__cause__
    except Exception as error:  # noqa: BLE001  # an adapter may fail in any way; the job goes on
        raise PluginError(
            f"the adapter of {adapter.name} could not read a status: {type(error).__name__}. "
            "The job goes on; report it to the plugin's author.",
            provider=adapter.name,
            job=ref,
        ) from harmless_cause(error, account)
    status = _without_secrets(status, account)
    if not status.is_documented and status.raw_state not in live.odd_words:
        live.odd_words.add(status.raw_state)
        log.warning(
            "%s: %r is no status that %s documents; the job is taken to be running",
            ref.full_model,
            status.raw_state,
            adapter.title,
        )
    now = context.now()
    if not status.state.is_final:
        moments = {"running_at": now} if status.state is State.RUNNING else {}
        yield live.change(status=status, stage=Stage.ACCEPTED, timeline=live.seen(**moments))
        return status
    # A job first seen when it had ended was not seen running.
    timeline = live.seen(finished_at=now)
    if live.record.stage in (Stage.FINISHED, Stage.FETCHED):
        yield live.change(status=status, timeline=timeline)
    else:
        yield live.keep(
            Stage.FINISHED,
            status=status,
            timeline=timeline,
            expires_at=status.expires_at or _kept_until(adapter, ref, now),
        )
    return status


def _kept_until(adapter: Adapter, ref: JobRef, finished_at: datetime) -> datetime | None:
    """Return how long the provider keeps the film, as far as its pages say."""
    spec = next((each for each in adapter.models if each.name == ref.model), None)
    if spec is None or spec.result_retention is None:
        return None
    return finished_at + spec.result_retention


def _until_first_look(context: EngineContext, live: LiveJob, timing: PollTiming) -> float:
    """Return how long a job that nobody looked at yet is surely too young to be looked at."""
    accepted_at = live.record.timeline.accepted_at
    if accepted_at is None or live.record.status is not None:
        return 0.0
    age = (context.now() - accepted_at).total_seconds()
    return max(0.0, max(timing.first, timing.floor) - age)


def _without_secrets(status: JobStatus, account: Account) -> JobStatus:
    """Return a status whose words may be shown: a provider may repeat anything in them."""

    def shown(text: str | None) -> str | None:
        return redact_message(text, account.secrets) if text else None

    return replace(
        status,
        raw_state=shown(status.raw_state) or "",
        failure=shown(status.failure),
        failure_code=shown(status.failure_code),
    )


def _accepted(live: LiveJob) -> JobRef:
    if live.record.ref is None:
        raise ValueError("the job was not accepted, so there is nothing to wait for")
    return live.record.ref


def ended(status: JobStatus, ref: JobRef) -> JobStatus:
    """Return a final status that is a success; raise the error that any other is.

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
        job=ref,
    )


def _is_young(context: EngineContext, live: LiveJob) -> bool:
    accepted_at = live.record.timeline.accepted_at
    return accepted_at is not None and context.now() - accepted_at < YOUNG


def _forgotten(error: NotFound, account: Account, ref: JobRef) -> NotFound:
    elsewhere = ""
    if ref.base_url is not None and ref.base_url != account.base_url:
        elsewhere = (
            f" It was submitted to {ref.base_url}, and {account.base_url} was asked: "
            "set base_url to the first."
        )
    error.args = (f"{ref.full_model}: task {ref.task_id} is not known. {error.message}{elsewhere}",)
    return error


def _timed_out(
    ref: JobRef, timeout: float, status: JobStatus | None, trouble: PolyreelError | None
) -> WaitTimeout:
    state = "has not been seen" if status is None else f"is still {status.state}"
    if status is not None and not status.is_documented:
        state += f" by its last word, {status.raw_state!r}, which nobody documents,"
    last = "" if trouble is None else f" The last look failed: {trouble.message}"
    return WaitTimeout(
        f"{ref.full_model}: task {ref.task_id} {state} after {timeout:g} s. It goes on at the "
        f"provider and can be waited for again; submitting anew would pay twice.{last}",
        provider=ref.provider,
        job=ref,
    )
