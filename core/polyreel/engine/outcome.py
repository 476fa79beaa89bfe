"""outcome: what an error means for the money: surely nothing, or nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

from ..adapter import error_kind
from ..certainty import DEFINITE_REFUSALS, REFUSALS_IN_THE_BODY
from ..errors import (
    PluginError,
    PolyreelError,
    ProviderError,
    SubmitUnknown,
    TransportError,
    UsageError,
)
from ..records import JobRecord
from ..redact import redact_message
from ..wire import WireResponse
from .context import EngineContext
from .plan import Plan


@dataclass
class Money:
    """What is known of the paid request.

    Attributes:
        has_left: Whether it was handed to the network.
        answer: What came back.
        looked_after: Whether a free request followed it, whose answer says nothing of it.
    """

    has_left: bool = False
    answer: WireResponse | None = None
    looked_after: bool = False


def outcome_of(plan: Plan, error: BaseException, money: Money, settle: str) -> PolyreelError:
    """Return what an error means for the money: a refusal, or nobody knows."""
    if not money.has_left:
        return before_paying(plan, error)
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
        # Its advice is for requests that cost nothing.
        what = error.message.removesuffix(f" {error.advice}.")
    elif isinstance(error, Exception):
        what = f"its adapter could not read the answer ({type(error).__name__})."
    else:
        what = "it was interrupted before the answer came."
    unknown = unknown_outcome(plan, what, settle)
    unknown.http_status = None if answer is None else answer.status
    unknown.vendor_code = error.vendor_code if isinstance(error, PolyreelError) else None
    return unknown


def unknown_outcome(plan: Plan, what: str, settle: str) -> SubmitUnknown:
    """Return the error for a paid request of which nobody knows what became of it."""
    return SubmitUnknown(
        f"{plan.model}: the paid request left, and its outcome is unknown: {what} "
        f"A task may exist and may be charged. It will not be sent again. Look in "
        f"{plan.adapter.title}'s console{settle}",
        provider=plan.adapter.name,
    )


def how_to_settle(context: EngineContext, job: JobRecord) -> str:
    """Return what to do after a look at the provider's console."""
    if not context.keeps_jobs:
        return " before you submit it once more."
    return f", then say what you found: polyreel jobs settle {job.short_id}"


def before_paying(plan: Plan, error: BaseException) -> PolyreelError:
    """Return what an error means while nothing was sent."""
    if isinstance(error, PolyreelError):
        return error
    if isinstance(error, Exception):
        return _broken(plan, error)
    return UsageError(
        f"{plan.model}: interrupted before anything was sent. Nothing was made; submit it again.",
        provider=plan.adapter.name,
    )


def _broken(plan: Plan, error: Exception) -> PluginError:
    said = redact_message(str(error), plan.account.secrets)
    return PluginError(
        f"the adapter of {plan.adapter.name} failed before anything was paid: "
        f"{type(error).__name__}: {said}. Report it to the plugin's author.",
        provider=plan.adapter.name,
    )
