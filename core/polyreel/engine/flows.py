"""Running an adapter's flow: each request sent, each error given its facts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from ..account import Account
from ..errors import (
    BadResponse,
    PluginError,
    PolyreelError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    TransportError,
)
from ..jobs import JobRef
from ..program import Effect, HoldOff, Program, Send, Sleep, TakeTurn
from ..redact import redact, redact_message
from ..wire import Flow, WireRequest, WireResponse
from .context import EngineContext

T = TypeVar("T")

WORTH_REPEATING = (TransportError, ProviderUnavailable, RateLimited, BadResponse)
"""What may be different a moment later. Holds for free requests only."""

ATTEMPTS_BEFORE_PAYING = 4
TOO_MANY = 429
PAUSE_AFTER_429 = 5.0
"""Seconds that a provider is left alone when it asks for fewer requests and says no time."""


def read_flow(
    context: EngineContext, account: Account, flow: Flow[T], within: float | None = None
) -> Program[T]:
    """Run a flow that costs nothing, sending each of its requests once.

    Args:
        within: Seconds that a request may be held back by limits; None for no bound.

    Raises:
        ProviderError: As the adapter raised it, with the answer's facts.
        TransportError: When the network failed.
        PluginError: When the adapter marks a request as paid where none may be.
    """

    def send(request: WireRequest) -> Generator[Effect, Any, WireResponse]:
        if request.spends:
            raise PluginError(
                f"the adapter of {account.provider} marks a request as paid that must be free. "
                "Nothing was sent; report it to the plugin's author."
            )
        yield from take_turn(account, within)
        return (yield from send_once(context, account, request))

    return (yield from run_flow(context, account, flow, send))


def take_turn(account: Account, within: float | None = None) -> Program[None]:
    """Wait until a request may be sent by the account's own limits.

    Raises:
        RateLimited: When that is later than within the seconds given.
    """
    seconds: float = yield TakeTurn(account)
    if within is not None and seconds > max(within, 0.0):
        raise RateLimited(
            f"{account.provider} is left alone for {seconds:.0f} s more, by requests_per_minute or "
            "at its own wish; nothing was sent",
            provider=account.provider,
            retry_after=seconds,
        )
    if seconds > 0:
        yield Sleep(seconds)


def send_once(
    context: EngineContext, account: Account, request: WireRequest
) -> Program[WireResponse]:
    """Send one request; a provider that asks for fewer is left alone by every job of its own."""
    response: WireResponse = yield Send(account, request)
    if response.status == TOO_MANY:
        yield HoldOff(account, retry_after(response, context) or PAUSE_AFTER_429)
    return response


def repeated(
    context: EngineContext, make: Callable[[], Program[T]], attempts: int = ATTEMPTS_BEFORE_PAYING
) -> Program[T]:
    """Run a free program, and again after errors that may pass, with growing pauses."""
    for attempt in range(1, attempts + 1):
        try:
            return (yield from make())
        except WORTH_REPEATING as error:
            if attempt == attempts:
                raise
            yield Sleep(pause(context, attempt, error.retry_after))
    raise AssertionError("unreachable: the last attempt returns or raises")


def pause(context: EngineContext, failures: int, retry_after: float | None) -> float:
    """Return how long to leave a failing provider alone, in seconds.

    Doubles from about one second to about thirty, jittered so that many jobs spread out;
    a provider that says how long is believed, up to ten minutes.
    """
    backoff = min(30.0, 2.0 ** min(failures - 1, 5)) * (0.5 + context.random())
    return max(backoff, min(retry_after or 0.0, 600.0))


def run_flow(
    context: EngineContext,
    account: Account,
    flow: Flow[T],
    send: Callable[[WireRequest], Generator[Effect, Any, WireResponse]],
) -> Program[T]:
    """Drive a flow through a way of sending; every `PolyreelError` gets its facts."""
    response: WireResponse | None = None
    try:
        request = next(flow)
        while True:
            response = yield from send(request)
            # What of the answer is shown must not show the key, should the provider echo it.
            hide = functools.partial(redact_message, secrets=account.secrets)
            request = flow.send(replace(response, hide=hide))
    except StopIteration as end:
        value: T = end.value
        return value
    except PolyreelError as error:
        raise with_facts(error, context, account, response) from error.__cause__
    finally:
        flow.close()


def with_facts(
    error: PolyreelError,
    context: EngineContext,
    account: Account,
    response: WireResponse | None,
    job: JobRef | None = None,
) -> PolyreelError:
    """Fill in what the adapter could not know, and take the key out of what was said."""
    error.provider = error.provider or account.provider
    error.job = error.job or job
    error.args = (redact(error.message, account.secrets), *error.args[1:])
    if error.vendor_code is not None:  # a provider may repeat anything there, too
        error.vendor_code = redact(error.vendor_code, account.secrets)
    if response is not None and isinstance(error, ProviderError):
        error.http_status = error.http_status or response.status
        error.request_id = error.request_id or response.headers.get("x-request-id")
        if error.retry_after is None:
            error.retry_after = retry_after(response, context)
    return error


def retry_after(response: WireResponse, context: EngineContext) -> float | None:
    """Return the seconds that a provider asks to be left alone, where it says so.

    Reads `Retry-After` (seconds or a date) and, on a 429, `X-RateLimit-Reset` as a Unix
    timestamp in seconds, as Modellix documents it.
    """
    now = context.now()
    told = response.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    if told:
        try:
            return max(0.0, (parsedate_to_datetime(told) - now).total_seconds())
        except (ValueError, TypeError):
            return None
    reset = response.headers.get("x-ratelimit-reset", "").strip()
    if response.status == TOO_MANY and reset.isascii() and reset.isdigit():
        return max(0.0, float(reset) - now.timestamp())
    return None


def harmless_cause(error: Exception, account: Account) -> Exception | None:
    """Return what a traceback may show as the cause: nothing that repeats a secret."""
    said = f"{error} {error!r}"
    return error if redact(said, account.secrets) == said else None
