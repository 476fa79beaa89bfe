"""submit: the intent, the free steps, and the one request that costs money.

What an answer means for the money is decided here, in the same way for every adapter.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..adapters import JobRef, WireRequest, WireResponse
from ..errors import PluginError, RateLimited, SubmitUnknown, UsageError
from ..jobs import Stage
from ..jobs.address import account_of_job
from ..jobs.journal.interface import Intent, Opened, Opening
from ..jobs.journal.requests import digest, readable_request, request_digest
from ..jobs.spend_limit import without_journal
from ..request import Media, VideoRequest
from ..request.media import MediaFile
from ..text.addresses import join
from ..text.plain_text import NOT_TEXT, is_text
from .acceptance import acceptance_of, log_acceptance
from .context import EngineContext, LiveJob
from .effects import Claim, Effect, OpenJob, Program, Release, Sleep
from .find import find_for_call
from .flows import read_flow, repeated, run_flow, safe_cause, send_once, take_turn
from .lease import FOLLOW_GAP
from .media_checks import to_register
from .paid_answer import check_task_id
from .plan import Plan
from .prepare import media_refusal, prepared, read_content
from .registering import register_media
from .resend import FirstSend, is_valid, new_key, note_of, with_key
from .send_again import SendAgain, wait_to_send_again
from .submit_outcome import (
    PaidRequest,
    before_paying,
    how_to_settle,
    unknown_outcome,
)
from .what_follows import outcome_of_paid, what_follows

log = logging.getLogger("polyreel")

PLACE_GAP = 2.0
"""Seconds between attempts to open a job while `max_in_flight` jobs are open."""


@dataclass(frozen=True, kw_only=True)
class SubmitOptions:
    """How to start a job.

    Attributes:
        idempotency_key: The caller's own name for the call; each key has at most one job.
        waits_for_place: Whether to wait while `max_in_flight` jobs are open.
        given_up: Jobs of the same call that ended without a video.
        retry_refused: How often the create is sent again after a sure refusal that may pass;
            None for what the config says.
        within: Seconds for that, from the submit on; None for no deadline.
    """

    idempotency_key: str | None = None
    waits_for_place: bool = False
    given_up: frozenset[str] = frozenset()
    retry_refused: int | None = None
    within: float | None = None


_NO_OPTIONS = SubmitOptions()


def submit(
    context: EngineContext, plan: Plan, live: LiveJob, options: SubmitOptions = _NO_OPTIONS
) -> Program[JobRef]:
    """Submit a plan: at most one paid request leaves, whatever happens.

    Only where the caller asked for it (`retry_refused`), the request is sent again after a
    refusal that is sure and may pass. Where the vendor documents an idempotency key, a request
    whose outcome is unknown is sent once more with the same key. Then too at most one task is
    made.

    The job is in the journal before that request leaves, and this process has its lease when
    `submit` returns. Where the idempotency key already has a job, that one becomes the live
    job and nothing is sent.

    Raises:
        UsageError: Or a subclass; nothing was sent.
        ProviderError: The provider refused; no task was made.
        TransportError: Nothing was sent; no task was made.
        SubmitUnknown: A task may or may not have been made.
    """
    plan.account.require_key()
    files = yield from read_content(plan)
    refusal = media_refusal(plan, files)
    if refusal is not None and options.idempotency_key is None:
        raise refusal
    again = SendAgain.of(context, plan, options.retry_refused, options.within)
    registered: Mapping[str, Media] = {}
    if to_register(plan):
        earlier = yield from _job_of_key(context, plan, live, options, files, refusal)
        if earlier is not None:
            return earlier
        registered = yield from register_media(context, plan, live, files, again.left(context))
    repeated_ref = yield from _open(context, plan, live, options, files, refusal)
    if repeated_ref is not None:
        return repeated_ref
    try:
        request = yield from _ready(context, plan, live, files, registered)
    except GeneratorExit:
        raise  # the driver has stopped, so no effect can be performed
    except BaseException as error:  # also an interrupt, and whatever an adapter's upload raises
        outcome = before_paying(plan, error)
        yield from live.persist(Stage.REJECTED, error=outcome)
        if isinstance(error, Exception):
            raise outcome from None if outcome is error else safe_cause(error, plan.account)
        raise
    first: FirstSend | None = None
    while True:
        paid = yield from _pay(context, plan, live, request, again, first)
        if isinstance(paid, JobRef):
            return paid
        if isinstance(paid, FirstSend):
            first = paid
        else:
            yield from wait_to_send_again(plan, live, paid)
        plan = plan.for_one_job()  # an adapter that has read a refusal is not used again


def submit_and_release(
    context: EngineContext, plan: Plan, live: LiveJob, options: SubmitOptions
) -> Program[JobRef]:
    """Submit a plan, as `submit`, and release the job."""
    ref = yield from submit(context, plan, live, options)
    yield Release(live.record.id)
    return ref


def _open(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    options: SubmitOptions,
    files: Mapping[str, MediaFile],
    refusal: UsageError | None,
) -> Program[JobRef | None]:
    """Save the intent; return the job of an earlier call with the same key, if there is one.

    Args:
        context: The clock and the rest of the surroundings.
        plan: What to submit.
        live: The job.
        options: How to submit.
        files: The content of the local media.
        refusal: Why a new job may not start. A job that was paid for earlier is returned all the
            same: bounds may have changed since.
    """
    asked = plan.asked or plan.request
    live.accepted = None
    live.record = replace(
        live.record,
        model=plan.model,
        named=plan.named or None,
        stage=Stage.INTENT,
        request=readable_request(plan.request, plan.account.secrets),
        idempotency_key=options.idempotency_key,
        base_url=plan.account.base_url,
        adjustments=plan.adjustments,
        quoted=None if plan.quote is None else plan.quote.facts(),
        timeline=live.seen(created_at=context.now()),
    )
    intent = Intent(
        record=live.record,
        digest=request_digest(asked, files, plan.named or plan.model),
        place=plan.account.place,
        max_in_flight=plan.account.max_in_flight,
        given_up=options.given_up,
        limits=plan.limits,
        refusal=refusal,
    )
    if plan.limits and not context.journal_is_persistent:
        raise without_journal(plan.limits[0])
    full = rereads = 0
    is_sought = False
    while True:
        try:
            opened: Opened = yield OpenJob(intent)
        except (Exception, GeneratorExit):
            raise
        except BaseException as error:  # an interrupt; whether the row was written is not known
            yield from live.persist(Stage.REJECTED, error=before_paying(plan, error))
            raise
        known = opened.record
        if opened.outcome is Opening.FULL:
            if not options.waits_for_place:
                raise _full(plan, opened)
            if not full:
                log.info("%s: %s", plan.model, _full(plan, opened).message)
            full += 1
            yield Sleep(PLACE_GAP * (0.5 + context.random()))
            continue
        assert known is not None, "only `Opening.FULL` comes without a job"
        if opened.outcome is Opening.NEW:
            live.record = known
            yield live.change()
            return None
        if known.stage in (Stage.INTENT, Stage.SENDING):  # another call is sending it now
            # An answer usually takes a moment only, so the first reads follow quickly.
            yield Sleep(min(FOLLOW_GAP, 0.02 * 1.5**rereads))
            rereads += 1
            continue
        live.record = replace(known, target=live.record.target or known.target)
        yield live.change()
        if known.ref is None:
            if not is_sought:
                is_sought = True
                yield from find_for_call(context, plan, live)
                continue  # its row may have a task now, from here or another process
            settle = how_to_settle(context, known)
            outcome = known.error or unknown_outcome(plan, "the journal holds no answer.", settle)
            outcome.job_id = known.id
            raise outcome
        if known.provider == plan.adapter.name:  # else a fallback's; its own plan is checked
            account_of_job(known, type(plan.adapter), plan.account)
        yield Claim(known.id)
        return known.ref


def _job_of_key(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    options: SubmitOptions,
    files: Mapping[str, MediaFile],
    refusal: UsageError | None,
) -> Program[JobRef | None]:
    """Return the job of an earlier call with the same key; None where a new one has to start.

    Its media need no approval: they had it, or the job was refused.
    """
    if options.idempotency_key is None:
        return None
    not_yet = UsageError("no job has this key yet")
    try:
        return (yield from _open(context, plan, live, options, files, refusal or not_yet))
    except UsageError as error:
        if error is not not_yet:
            raise
    return None


def _ready(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    files: Mapping[str, MediaFile],
    registered: Mapping[str, Media],
) -> Program[VideoRequest]:
    """Return the request with its media ready to send; a failed upload is repeated."""

    def upload(_name: str, file: MediaFile) -> Program[str]:
        yield live.change(stage=Stage.UPLOADING)
        return (
            yield from repeated(
                context, lambda: read_flow(context, plan.account, plan.adapter.upload(file))
            )
        )

    return (yield from prepared(plan, files, upload, registered))


def _pay(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    request: VideoRequest,
    again: SendAgain,
    first: FirstSend | None,
) -> Program[JobRef | float | FirstSend]:
    """Send the one request that costs money, and persist its outcome.

    Args:
        context: The clock and the rest of the surroundings.
        plan: What to submit.
        live: The job.
        request: The request, with its media ready to send.
        again: How often it may be sent again after a sure refusal.
        first: The request that was sent before with the same key; None where there was none.

    Returns:
        The job; or, after a refusal, the seconds to wait before the request is sent again; or,
        after an unknown outcome, the request to send once more with the same key.
    """
    paid = PaidRequest()
    plan.adapter.job_reference = live.record.id
    key = new_key(plan) if first is None else live.record.sent_key

    def send(wire: WireRequest) -> Generator[Effect, Any, WireResponse]:
        if wire.spends:
            if paid.has_left:
                raise PluginError(
                    f"the adapter of {plan.adapter.name} tried to pay twice for one job"
                )
            _check_sendable(plan, wire)
            wire = with_key(plan, wire, key) if first is None else first.wire
        is_repeated = live.record.refusals > 0 or first is not None
        yield from take_turn(plan.account, again.left(context) if is_repeated else None)
        if not wire.spends:
            paid.followed_by_free = paid.has_left
            return (yield from send_once(context, plan.account, wire))
        if first is not None and not is_valid(context, plan, first.at):
            raise first.outcome
        before = live.record
        may_send: bool = yield from live.persist(
            Stage.SENDING,
            body_digest=digest(wire.json),
            error=None if first is None else first.outcome,
            sent_key=key,
            resends=0 if first is None else before.resends + 1,
            timeline=live.seen(submitted_at=context.now()),
        )
        if not may_send:
            live.record = before
            raise UsageError(
                f"{plan.model}: job {live.record.short_id} no longer belongs to this process, "
                "whose lease expired during a pause. Nothing was sent; submit it again."
            )
        paid.has_left, paid.wire, paid.at = True, wire, context.clock.monotonic()
        answer = yield from send_once(context, plan.account, wire)
        paid.answer = answer
        return answer

    try:
        flow = plan.adapter.submit(request, plan.spec)
        returned = yield from run_flow(context, plan.account, flow, send)
        accepted = acceptance_of(returned, plan.account)
        check_task_id(accepted.job.task_id, plan.account.secrets)
    except GeneratorExit:
        raise  # the driver has stopped; the journal's row says that the request was being sent
    except BaseException as error:  # also an interrupt: a request that may be paid is persisted
        outcome = outcome_of_paid(context, plan, live, paid, error, first)
        if isinstance(error, Exception) and first is None:
            following = yield from what_follows(context, plan, live, paid, error, outcome, again)
            if following is not None:
                return following
        unknown = isinstance(outcome, SubmitUnknown)
        yield from live.persist(Stage.UNKNOWN if unknown else Stage.REJECTED, error=outcome)
        if isinstance(error, Exception):
            raise outcome from None if outcome is error else safe_cause(error, plan.account)
        raise
    ref = accepted.job.model_copy(update={"base_url": plan.account.base_url})
    live.accepted = context.clock.monotonic()
    yield from live.persist(
        Stage.ACCEPTED,
        ref=ref,
        error=None,
        note=note_of(plan, first, ref),
        timeline=live.seen(accepted_at=context.now()),
        estimated=accepted.estimate,
        reported=accepted.reported,
    )
    log_acceptance(live.record, accepted)
    if not paid.has_left:
        raise PluginError(
            f"the adapter of {plan.adapter.name} did not mark its paid request as paid. The job "
            "exists and can be waited for; report this to the plugin's author.",
            provider=plan.adapter.name,
            job=ref,
            job_id=live.record.id,
        )
    return ref


def _check_sendable(plan: Plan, wire: WireRequest) -> None:
    """Refuse a paid request that can't be sent, while it is certain that nothing has left."""
    try:
        join(plan.account.base_url, wire.path)
        text = json.dumps(wire.json, allow_nan=False, ensure_ascii=False)
        if not is_text(text):
            raise ValueError(NOT_TEXT)
    except (ValueError, TypeError) as error:
        raise PluginError(
            f"the adapter of {plan.adapter.name} wrote a request that can't be sent: {error}. "
            "Nothing was sent; report it to the plugin's author."
        ) from None


def _full(plan: Plan, opened: Opened) -> RateLimited:
    return RateLimited(
        f"{plan.adapter.title} has {opened.in_flight} jobs in flight, and max_in_flight is "
        f"{plan.account.max_in_flight}. Nothing was sent; wait for one of them "
        "(`polyreel jobs wait --all` also finishes the jobs of processes that have ended)",
        provider=plan.adapter.name,
    )
