"""submit: the intent, the free steps, and the one request that costs money.

What the provider's answer means for the money is decided here, for every adapter alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ..adapter import error_kind
from ..errors import (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    MediaUnreadable,
    NotFound,
    PluginError,
    PolyreelError,
    ProviderError,
    RateLimited,
    SubmitUnknown,
    TransportError,
)
from ..jobs import JobRef
from ..media import Media
from ..program import Effect, Program, ReadMedia, Send
from ..records import Stage
from ..redact import redact_message
from ..request import VideoRequest
from ..urls import join, origin, why_not_public
from ..wire import MediaFile, WireRequest, WireResponse
from .context import EngineContext, LiveJob
from .flows import harmless_cause, read_flow, repeated, run_flow, with_facts
from .plan import Plan

DEFINITE_REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})
"""HTTP statuses after which surely no task exists.

Source: the list that Modellix's own command line keeps for its paid requests; it holds
for any provider that answers before it starts work. Every other status leaves a doubt.
"""

REFUSALS_IN_THE_BODY = (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    RateLimited,
)
"""What an adapter may read from a 2xx answer's body as a definite refusal."""

Upload = Callable[[str, MediaFile], Program[str]]


def submit(context: EngineContext, plan: Plan, live: LiveJob) -> Program[JobRef]:
    """Submit a plan: at most one paid request leaves, whatever happens.

    Raises:
        MissingKey, MediaUnreadable: Before anything is sent.
        ProviderError: The provider refused; no task was made.
        TransportError: Nothing was sent; no task was made.
        SubmitUnknown: A task may or may not have been made.
    """
    plan.account.require_key()
    yield live.change(model=plan.model, adjustments=plan.adjustments)

    def upload(name: str, file: MediaFile) -> Program[str]:
        yield live.change(stage=Stage.UPLOADING)
        return (
            yield from repeated(
                context, lambda: read_flow(context, plan.account, plan.adapter.upload(file))
            )
        )

    try:
        request = yield from prepare(plan, upload)
    except Exception as error:  # noqa: BLE001  # an adapter's upload may fail in any way
        free = error if isinstance(error, PolyreelError) else _broken(plan, error)
        yield live.change(stage=Stage.REJECTED, error=free)
        raise free from None if free is error else harmless_cause(error, plan.account)

    money = _Money()

    def send(wire: WireRequest) -> Generator[Effect, Any, WireResponse]:
        if not wire.spends:
            money.looked_after = money.has_left
            response: WireResponse = yield Send(plan.account, wire)
            return response
        if money.has_left:
            raise PluginError(f"the adapter of {plan.adapter.name} tried to pay twice for one job")
        _check_sendable(plan, wire)
        yield live.mark({"stage": Stage.SENDING}, submitted_at=context.now())
        money.has_left = True
        answer: WireResponse = yield Send(plan.account, wire)
        money.answer = answer
        return answer

    try:
        flow = plan.adapter.submit(request, plan.spec)
        ref = yield from run_flow(context, plan.account, flow, send)
        if not isinstance(ref, JobRef):
            raise TypeError(f"it returned {type(ref).__name__} instead of a job")
    except Exception as error:  # noqa: BLE001  # whatever an adapter raises, money is accounted for
        outcome = _outcome(plan, error, money)
        if outcome is not error:
            with_facts(outcome, context, plan.account, money.answer)
        unknown = isinstance(outcome, SubmitUnknown)
        yield live.change(stage=Stage.UNKNOWN if unknown else Stage.REJECTED, error=outcome)
        raise outcome from None if outcome is error else harmless_cause(error, plan.account)
    ref = ref.model_copy(update={"base_url": plan.account.base_url})
    yield live.mark({"stage": Stage.ACCEPTED, "ref": ref}, accepted_at=context.now())
    if not money.has_left:
        raise PluginError(
            f"the adapter of {plan.adapter.name} did not mark its paid request as paid. The job "
            "exists and can be waited for; report this to the plugin's author.",
            provider=plan.adapter.name,
            job=ref,
        )
    return ref


@dataclass
class _Money:
    """What is known of the paid request.

    Attributes:
        has_left: Whether it was handed to the network.
        answer: What came back.
        looked_after: Whether a free request followed it, whose answer says nothing of it.
    """

    has_left: bool = False
    answer: WireResponse | None = None
    looked_after: bool = False


def prepare(plan: Plan, upload: Upload) -> Program[VideoRequest]:
    """Return the request with every local media inlined or uploaded. Nothing here costs money."""
    ready: dict[str, Media] = {}
    uploaded: dict[Media, Media] = {}
    for name, kind, media in plan.request.media():
        if not media.is_local:
            _check_reachable(plan, name, media)
            continue
        file: MediaFile = yield ReadMedia(name, kind, media)
        if plan.adapter.media_form(kind, plan.spec) == "inline":
            ready[name] = Media(data=file.data, mime_type=file.mime_type)
            continue
        if media not in uploaded:
            _check_upload(plan, name, file)
            uploaded[media] = Media(url=(yield from upload(name, file)))
        ready[name] = uploaded[media]
    return plan.request.with_media(ready)


def wire_requests(plan: Plan) -> Program[list[WireRequest]]:
    """Return the requests that submitting would send, in order, and send nothing.

    A URL that only an upload would tell is shown as `https://uploaded.invalid/<file>`.
    """
    requests: list[WireRequest] = []

    def upload(name: str, file: MediaFile) -> Program[str]:
        flow = plan.adapter.upload(file)
        requests.append(next(flow))
        flow.close()
        return f"https://uploaded.invalid/{file.filename}"
        yield  # makes this a program, although it needs no effect

    request = yield from prepare(plan, upload)
    flow = plan.adapter.submit(request, plan.spec)
    requests.append(next(flow))
    flow.close()
    return requests


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


def _check_reachable(plan: Plan, name: str, media: Media) -> None:
    """Refuse a URL on this machine, unless the provider is on it too."""
    if media.url is None or plan.account.is_loopback:
        return
    reason = why_not_public(origin(media.url)[1])
    if reason is not None:
        raise MediaUnreadable(
            f"{name}: {plan.adapter.title} can't fetch this URL: {reason}. Give the file itself, "
            "or a URL that is open to the internet."
        )


def _check_upload(plan: Plan, name: str, file: MediaFile) -> None:
    limit = plan.adapter.upload_limit
    if limit is None:
        raise PluginError(
            f"the adapter of {plan.adapter.name} wants an upload and declares no upload limit"
        )
    if file.mime_type not in limit.mime_types:
        raise MediaUnreadable(
            f"{name}: {plan.adapter.title} does not take {file.mime_type} uploads. "
            f"It takes {', '.join(sorted(limit.mime_types))}."
        )
    if len(file.data) > limit.maximum_bytes:
        raise MediaUnreadable(
            f"{name}: {file.filename} has {len(file.data)} bytes; {plan.adapter.title} takes "
            f"uploads of up to {limit.maximum_bytes} bytes. Make it smaller or give a URL."
        )


def _outcome(plan: Plan, error: Exception, money: _Money) -> PolyreelError:
    """Return what an error means for the money: a refusal, or nobody knows."""
    if not money.has_left:
        return error if isinstance(error, PolyreelError) else _broken(plan, error)
    answer = money.answer
    if answer is None:
        if isinstance(error, TransportError) and not error.sent:
            return error
    elif answer.status in DEFINITE_REFUSALS:
        if isinstance(error, ProviderError):
            return error
        return error_kind(answer.status)(
            f"{plan.adapter.title} refused the request (HTTP {answer.status}), and its adapter "
            f"could not read why ({type(error).__name__})."
        )
    elif answer.ok and isinstance(error, REFUSALS_IN_THE_BODY) and not money.looked_after:
        return error
    if isinstance(error, PolyreelError):
        what = error.message
    else:
        what = f"its adapter could not read the answer ({type(error).__name__})."
    return SubmitUnknown(
        f"{plan.model}: the paid request left, and its outcome is unknown: {what} "
        f"A task may exist and may be charged. It will not be sent again; look in "
        f"{plan.adapter.title}'s console before you submit it once more.",
        provider=plan.adapter.name,
        http_status=None if answer is None else answer.status,
        vendor_code=error.vendor_code if isinstance(error, PolyreelError) else None,
    )


def _broken(plan: Plan, error: Exception) -> PluginError:
    said = redact_message(str(error), plan.account.secrets)
    return PluginError(
        f"the adapter of {plan.adapter.name} failed before anything was paid: "
        f"{type(error).__name__}: {said}. Report it to the plugin's author.",
        provider=plan.adapter.name,
    )
