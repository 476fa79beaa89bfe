"""Sending an unknown create once more, with the same key, where the vendor documents such a key.

The key is saved before the first request leaves. The journal's row alone decides about the
second: it counts it, in a change of its own, before the request may leave, and allows one. A
process that ends in between leaves an unknown job, which no other process sends again. Only
an answer with the task settles the job: a refusal of the second request says nothing about
what the first one made.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from ..adapters import JobRef, WireRequest
from ..errors import PluginError, PolyreelError, SubmitUnknown
from ..jobs import JobRecord, Stage
from .context import EngineContext, LiveJob, new_id
from .effects import Program, Sleep
from .flows import pause
from .plan import Plan
from .send_again import SendAgain
from .submit_outcome import PaidRequest, how_to_settle, unknown_outcome, what_happened

log = logging.getLogger("polyreel")

MARGIN = timedelta(minutes=1)
"""For so long before a key's validity is over nothing is sent with it: requests take time."""


@dataclass(frozen=True, kw_only=True)
class FirstSend:
    """The first of two requests with one key.

    Attributes:
        wire: What was sent, with the key.
        at: When, in seconds of the monotonic clock.
        outcome: What became of it.
        what: That in words, without advice.
    """

    wire: WireRequest
    at: float
    outcome: SubmitUnknown
    what: str


def new_key(plan: Plan) -> str | None:
    """Return a new key for a paid request; None where the vendor documents none.

    Every request but the second after an unknown outcome has a key of its own: after a sure
    refusal a vendor may repeat that refusal for its key.
    """
    return None if plan.adapter.idempotency is None else str(uuid.UUID(new_id()))


def with_key(plan: Plan, wire: WireRequest, key: str | None) -> WireRequest:
    """Return a paid request with its key.

    Raises:
        PluginError: When the adapter has set the header itself.
    """
    documented = plan.adapter.idempotency
    if documented is None or key is None:
        return wire
    if documented.header.lower() in {each.lower() for each in wire.headers}:
        raise PluginError(
            f"the adapter of {plan.adapter.name} sets {documented.header} itself, which the core "
            "does: a second request must have the same key. Nothing was sent; report it to the "
            "plugin's author."
        )
    return replace(wire, headers={**wire.headers, documented.header: key})


def is_valid(context: EngineContext, plan: Plan, at: float) -> bool:
    """Return whether the key of a request that was sent at a moment is still remembered."""
    documented = plan.adapter.idempotency
    if documented is None:
        return False
    age = context.clock.monotonic() - at
    return 0 <= age < (documented.valid_for - MARGIN).total_seconds()


def pause_before_resend(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    error: Exception,
    outcome: PolyreelError,
    paid: PaidRequest,
    again: SendAgain,
) -> Program[FirstSend | None]:
    """Pause before an unknown create is sent once more; None where it may not be.

    An interrupt meanwhile leaves the job unknown.
    """
    wire = paid.wire
    if not isinstance(outcome, SubmitUnknown) or wire is None or live.record.sent_key is None:
        return None
    seconds = pause(context, 1, getattr(error, "retry_after", None))
    left = again.left(context)
    if left is not None and seconds >= left:
        return None
    if not is_valid(context, plan, paid.at - seconds):
        return None
    log.warning(
        "%s: the outcome is unknown; the request is sent once more with the same key in %.0f s. %s",
        plan.model,
        seconds,
        what_happened(error),
    )
    try:
        yield Sleep(seconds)
    except GeneratorExit:
        raise  # the driver has stopped, so no effect can be performed
    except BaseException:
        yield from live.persist(Stage.UNKNOWN, error=outcome)
        raise
    return FirstSend(wire=wire, at=paid.at, outcome=outcome, what=what_happened(error))


def outcome_of_both(
    context: EngineContext,
    plan: Plan,
    job: JobRecord,
    first: FirstSend,
    error: BaseException,
    second: PolyreelError,
    paid: PaidRequest,
) -> SubmitUnknown:
    """Return what two requests with one key mean, when the second gave no task either.

    Args:
        context: Says whether the job outlives this process.
        plan: What was submitted.
        job: The job.
        first: The first request.
        error: What the second one ended with.
        second: What that would mean alone. Here even a sure refusal leaves the job unknown.
        paid: The second request.
    """
    if not paid.has_left:
        return first.outcome
    known = second if isinstance(second, SubmitUnknown) else None
    candidate = first.outcome.candidate or (None if known is None else known.candidate)
    documented = plan.adapter.idempotency
    status = None if paid.answer is None else paid.answer.status
    then = what_happened(error)
    if documented is not None and status in documented.conflict_statuses:
        then = f"the provider did not take the key again (HTTP {status})."
    unknown = unknown_outcome(
        plan,
        f"{first.what} It was sent once more with the same key: {then}",
        how_to_settle(context, job, candidate),
    )
    latest = first.outcome if known is None or first.outcome.candidate else known
    unknown.candidate = candidate
    unknown.answer = latest.answer or first.outcome.answer
    unknown.http_status = latest.http_status
    unknown.vendor_code = latest.vendor_code
    unknown.request_id = latest.request_id
    return unknown


def note_of(plan: Plan, first: FirstSend | None, ref: JobRef) -> str | None:
    """Return what to note of an accepted job: an answer to the first request named another task."""
    named = None if first is None else first.outcome.candidate
    if named is None or named == ref.task_id:
        return None
    note = f"the answer to the first of two requests with one key named the task {named}"
    log.warning("%s: %s; check that only one is charged", plan.model, note)
    return note
