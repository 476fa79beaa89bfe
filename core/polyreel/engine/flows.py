"""Running an adapter's flow: sends each request, and completes each error with its facts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..adapters import Account, Flow, JobRef, WireRequest, WireResponse
from ..errors import (
    BadResponse,
    PluginError,
    PolyreelError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    TransportError,
)
from ..text.redact import redact, redact_message
from .asked_to_wait import TOO_MANY, retry_after
from .context import EngineContext
from .effects import Effect, PauseRequests, Program, Send, Sleep, TakeTurn

T = TypeVar("T")

WORTH_REPEATING = (TransportError, ProviderUnavailable, RateLimited, BadResponse)
"""Errors that may pass. Only free requests are repeated after them."""

ATTEMPTS_BEFORE_PAYING = 4
LAST_ANSWER = 5.0
"""Seconds. A caller whose deadline has come still gets one answer, if it comes as fast as this."""
PAUSE_AFTER_429 = 5.0
"""Seconds to pause requests when a provider answers HTTP 429 and does not say for how long."""


def read_flow(
    context: EngineContext,
    account: Account,
    flow: Flow[T],
    within: float | None = None,
    answered: Callable[[WireResponse], object] | None = None,
) -> Program[T]:
    """Run a flow that costs nothing, sending each of its requests once.

    Args:
        within: The caller's deadline in seconds, also for waiting for a turn; None for none.
        answered: Called with every answer.

    Raises:
        ProviderError: As the adapter raised it, with the answer's facts.
        TransportError: When the network failed.
        PluginError: When the adapter marks a request as paid where none may be.
    """

    def send(request: WireRequest) -> Generator[Effect, Any, WireResponse]:
        if request.spends:
            raise PluginError(
                f"the adapter of {account.provider} marks a free request as paid. "
                "Nothing was sent; report it to the plugin's author."
            )
        yield from take_turn(account, within)
        latest = None if within is None else max(within, LAST_ANSWER)
        response = yield from send_once(context, account, request, latest)
        if answered is not None:
            answered(response)
        return response

    return (yield from run_flow(context, account, flow, send))


def take_turn(account: Account, within: float | None = None) -> Program[None]:
    """Wait until the account's limits allow the next request.

    Raises:
        RateLimited: When that takes longer than `within` seconds.
    """
    seconds: float = yield TakeTurn(account)
    if within is not None and seconds > max(within, 0.0):
        raise RateLimited(
            f"rate limited: next request to {account.provider} in {seconds:.0f} s. "
            "Nothing was sent",
            provider=account.provider,
            retry_after=seconds,
        )
    if seconds > 0:
        yield Sleep(seconds)


def send_once(
    context: EngineContext, account: Account, request: WireRequest, within: float | None = None
) -> Program[WireResponse]:
    """Send one request. An HTTP 429 pauses every job's requests to the account.

    Args:
        within: The caller's deadline for the answer, in seconds; None for none.
    """
    response: WireResponse = yield Send(account, request, within)
    if response.status == TOO_MANY:
        yield PauseRequests(account, retry_after(response, context) or PAUSE_AFTER_429)
    return response


def repeated(
    context: EngineContext, make: Callable[[], Program[T]], attempts: int = ATTEMPTS_BEFORE_PAYING
) -> Program[T]:
    """Run a free program; repeat it after errors that may pass, with growing pauses."""
    for attempt in range(1, attempts + 1):
        try:
            return (yield from make())
        except WORTH_REPEATING as error:
            if attempt == attempts:
                raise
            yield Sleep(pause(context, attempt, error.retry_after))
    raise AssertionError("unreachable: the last attempt returns or raises")


def pause(context: EngineContext, failures: int, retry_after: float | None) -> float:
    """Return how long to pause before the next attempt, in seconds.

    Doubles from about one second to about thirty, with jitter so that many jobs spread out.
    A provider that says how long is followed, up to ten minutes.
    """
    backoff = min(30.0, 2.0 ** min(failures - 1, 5)) * (0.5 + context.random())
    return max(backoff, min(retry_after or 0.0, 600.0))


def run_flow(
    context: EngineContext,
    account: Account,
    flow: Flow[T],
    send: Callable[[WireRequest], Generator[Effect, Any, WireResponse]],
) -> Program[T]:
    """Run a flow with a function that sends; complete every `PolyreelError` with its facts."""
    response: WireResponse | None = None
    try:
        request = next(flow)
        while True:
            response = yield from send(request)
            # A provider may echo the key; no message may show it.
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
    """Add to an error what the adapter could not know, and remove the key from its message."""
    error.provider = error.provider or account.provider
    error.job = error.job or job
    error.args = (redact(error.message, account.secrets), *error.args[1:])
    if error.vendor_code is not None:  # a provider may echo anything there too
        error.vendor_code = redact_message(error.vendor_code, account.secrets)
    if error.request_id is not None:  # read by the adapter from the answer's body
        error.request_id = redact_message(error.request_id, account.secrets)
    elif response is not None:
        error.request_id = request_id_of(response.headers, account)
    if response is not None and isinstance(error, ProviderError):
        error.http_status = error.http_status or response.status
        if error.retry_after is None:
            error.retry_after = retry_after(response, context)
    return error


def request_id_of(headers: Mapping[str, str], account: Account) -> str | None:
    """Return the provider's own id of a request, from its answer; None where it gave none.

    Args:
        headers: The answer's, with lower-case names.
        account: Names the headers that may have it.
    """
    for name in account.request_id_headers:
        value = headers.get(name, "").strip()
        if value:
            return redact_message(value, account.secrets)
    return None


def safe_cause(error: Exception, account: Account) -> Exception | None:
    """Return an error for a traceback to show as the cause; None where it holds a secret."""
    text = f"{error} {error!r}"
    return error if redact(text, account.secrets) == text else None
