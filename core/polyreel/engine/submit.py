"""submit: the intent, the free steps, and the one request that costs money.

What the provider's answer means for the money is decided here, for every adapter alike.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import (
    PluginError,
    RateLimited,
    SubmitUnknown,
    UsageError,
)
from ..jobs import JobRef
from ..journal.interface import Intent, Opened, Opening
from ..journal.requests import digest, readable_request, request_digest
from ..program import Claim, Effect, OpenJob, Program, Release, Sleep
from ..records import Stage
from ..request import VideoRequest
from ..urls import join
from ..wire import MediaFile, WireRequest, WireResponse
from .context import EngineContext, LiveJob
from .flows import (
    harmless_cause,
    read_flow,
    repeated,
    run_flow,
    send_once,
    take_turn,
    with_facts,
)
from .hold import FOLLOW_GAP
from .outcome import Money, before_paying, how_to_settle, outcome_of, unknown_outcome
from .plan import Plan
from .prepare import prepared, read_media

log = logging.getLogger("polyreel")

PLACE_GAP = 2.0
"""Seconds between looks for a free place among the jobs in flight."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """How the caller wants a job begun.

    Attributes:
        idempotency_key: The caller's own name for the call; one job at most for each.
        waits_for_place: Whether to wait while `max_in_flight` jobs are open.
        given_up: Jobs of the same call that ended without a film.
    """

    idempotency_key: str | None = None
    waits_for_place: bool = False
    given_up: frozenset[str] = frozenset()


_A_CALL = Call()


def submit(
    context: EngineContext, plan: Plan, live: LiveJob, call: Call = _A_CALL
) -> Program[JobRef]:
    """Submit a plan: at most one paid request leaves, whatever happens.

    The job is in the journal before that request leaves, and is ours to work on when this
    returns. Where the call's idempotency key has a job already, that one becomes the live
    job and nothing is sent.

    Raises:
        UsageError: Any kind of it; nothing was sent.
        ProviderError: The provider refused; no task was made.
        TransportError: Nothing was sent; no task was made.
        SubmitUnknown: A task may or may not have been made.
    """
    plan.account.require_key()
    files = yield from read_media(plan)
    repeated_ref = yield from _open(context, plan, live, call, files)
    if repeated_ref is not None:
        return repeated_ref
    try:
        request = yield from _ready(context, plan, live, files)
    except GeneratorExit:
        raise  # nobody is driving any more, so no effect can be carried out
    except BaseException as error:  # also an interrupt, and whatever an adapter's upload raises
        free = before_paying(plan, error)
        yield live.keep(Stage.REJECTED, error=free)
        if isinstance(error, Exception):
            raise free from None if free is error else harmless_cause(error, plan.account)
        raise
    return (yield from _pay(context, plan, live, request))


def submit_and_release(
    context: EngineContext, plan: Plan, live: LiveJob, call: Call
) -> Program[JobRef]:
    """Submit a plan, as `submit`, and leave the job to whoever takes it up."""
    ref = yield from submit(context, plan, live, call)
    yield Release(live.record.id)
    return ref


def _open(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    call: Call,
    files: Mapping[str, MediaFile],
) -> Program[JobRef | None]:
    """Write the intent down; return the job of an earlier call with the same key, if any."""
    asked = plan.asked or plan.request
    live.record = replace(
        live.record,
        model=plan.model,
        named=plan.named or None,
        stage=Stage.INTENT,
        request=readable_request(plan.request, plan.account.secrets),
        idempotency_key=call.idempotency_key,
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
        given_up=call.given_up,
    )
    waits = looks = 0
    while True:
        try:
            opened: Opened = yield OpenJob(intent)
        except (Exception, GeneratorExit):
            raise
        except BaseException as error:  # an interrupt; whether the row was written is not known
            yield live.keep(Stage.REJECTED, error=before_paying(plan, error))
            raise
        known = opened.record
        if opened.outcome is Opening.FULL:
            if not call.waits_for_place:
                raise _full(plan, opened)
            if not waits:
                log.info("%s: %s", plan.model, _full(plan, opened).message)
            waits += 1
            yield Sleep(PLACE_GAP * (0.5 + context.random()))
            continue
        assert known is not None, "whoever is not turned away gets a job"
        if opened.outcome is Opening.NEW:
            live.record = known
            yield live.change()
            return None
        if known.stage in (Stage.INTENT, Stage.SENDING):  # another is just sending it
            # Usually for the moment that an answer takes; at first it is looked for often.
            yield Sleep(min(FOLLOW_GAP, 0.02 * 1.5**looks))
            looks += 1
            continue
        live.record = replace(known, target=live.record.target or known.target)
        yield live.change()
        if known.ref is None:
            settle = how_to_settle(context, known)
            doubt = known.error or unknown_outcome(plan, "nobody knows more.", settle)
            doubt.job_id = known.id
            raise doubt
        yield Claim(known.id)
        return known.ref


def _ready(
    context: EngineContext, plan: Plan, live: LiveJob, files: Mapping[str, MediaFile]
) -> Program[VideoRequest]:
    """Return the request as the adapter takes it; what is uploaded may be uploaded again."""

    def upload(name: str, file: MediaFile) -> Program[str]:
        yield live.change(stage=Stage.UPLOADING)
        return (
            yield from repeated(
                context, lambda: read_flow(context, plan.account, plan.adapter.upload(file))
            )
        )

    return (yield from prepared(plan, files, upload))


def _pay(
    context: EngineContext, plan: Plan, live: LiveJob, request: VideoRequest
) -> Program[JobRef]:
    """Send the one request that costs money, and keep what came of it."""
    money = Money()

    def send(wire: WireRequest) -> Generator[Effect, Any, WireResponse]:
        if wire.spends:
            if money.has_left:
                raise PluginError(
                    f"the adapter of {plan.adapter.name} tried to pay twice for one job"
                )
            _check_sendable(plan, wire)
        yield from take_turn(plan.account)
        if not wire.spends:
            money.looked_after = money.has_left
            return (yield from send_once(context, plan.account, wire))
        may_send: bool = yield live.keep(
            Stage.SENDING,
            body_digest=digest(wire.json),
            timeline=live.seen(submitted_at=context.now()),
        )
        if not may_send:
            raise UsageError(
                f"{plan.model}: job {live.record.short_id} is no longer this process's to send, "
                "after a pause in which it seemed to be gone. Nothing was sent; submit it again."
            )
        money.has_left = True
        answer = yield from send_once(context, plan.account, wire)
        money.answer = answer
        return answer

    try:
        flow = plan.adapter.submit(request, plan.spec)
        ref = yield from run_flow(context, plan.account, flow, send)
        if not isinstance(ref, JobRef):
            raise TypeError(f"it returned {type(ref).__name__} instead of a job")
    except GeneratorExit:
        raise  # nobody is driving any more; the journal's row says that it was being sent
    except BaseException as error:  # an interrupt too: what may have been paid is written down
        outcome = outcome_of(plan, error, money, how_to_settle(context, live.record))
        if outcome is not error:
            with_facts(outcome, context, plan.account, money.answer)
        outcome.job_id = live.record.id
        unknown = isinstance(outcome, SubmitUnknown)
        yield live.keep(Stage.UNKNOWN if unknown else Stage.REJECTED, error=outcome)
        if isinstance(error, Exception):
            raise outcome from None if outcome is error else harmless_cause(error, plan.account)
        raise
    ref = ref.model_copy(update={"base_url": plan.account.base_url})
    yield live.keep(
        Stage.ACCEPTED, ref=ref, error=None, timeline=live.seen(accepted_at=context.now())
    )
    if not money.has_left:
        raise PluginError(
            f"the adapter of {plan.adapter.name} did not mark its paid request as paid. The job "
            "exists and can be waited for; report this to the plugin's author.",
            provider=plan.adapter.name,
            job=ref,
            job_id=live.record.id,
        )
    return ref


def _check_sendable(plan: Plan, wire: WireRequest) -> None:
    """Find now what would stop the paid request before its first byte: there is no doubt yet."""
    try:
        join(plan.account.base_url, wire.path)
        json.dumps(wire.json, allow_nan=False)
    except (ValueError, TypeError) as error:
        raise PluginError(
            f"the adapter of {plan.adapter.name} wrote a request that can't be sent: {error}. "
            "Nothing was sent; report it to the plugin's author."
        ) from None


def _full(plan: Plan, opened: Opened) -> RateLimited:
    return RateLimited(
        f"{plan.adapter.title} has {opened.in_flight} jobs in flight, and max_in_flight is "
        f"{plan.account.max_in_flight}. Nothing was sent; wait for one of them "
        "(`polyreel jobs wait --all` also finishes those that were left behind)",
        provider=plan.adapter.name,
    )
