"""The outcome of a submit: an error means that nothing was paid, or the outcome is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from ..adapters import WireResponse, error_kind
from ..errors import (
    ConfigError,
    PluginError,
    PolyreelError,
    ProviderError,
    SubmitUnknown,
    TransportError,
    UsageError,
)
from ..jobs import JobRecord
from ..text.redact import redact_message
from .context import EngineContext
from .definite_refusals import DEFINITE_REFUSALS, REFUSALS_IN_THE_BODY
from .plan import Plan


@dataclass
class PaidRequest:
    """What is known of the paid request.

    Attributes:
        has_left: Whether it was given to the network.
        answer: The answer to it.
        followed_by_free: Whether a free request followed it; an error may then be about that one.
    """

    has_left: bool = False
    answer: WireResponse | None = None
    followed_by_free: bool = False


def outcome_of_submit(
    plan: Plan, error: BaseException, paid: PaidRequest, settle: str
) -> PolyreelError:
    """Return what an error means for the money: a definite refusal, or an unknown outcome."""
    if not paid.has_left:
        return before_paying(plan, error)
    answer = paid.answer
    if answer is None:
        if isinstance(error, TransportError) and not error.sent:
            return error
        if isinstance(error, ConfigError):  # the connections could not even be prepared
            return error
    elif answer.status in DEFINITE_REFUSALS:
        if isinstance(error, ProviderError):
            return error
        return error_kind(answer.status)(
            f"{plan.adapter.title} refused the request (HTTP {answer.status}), and its adapter "
            f"could not read why ({type(error).__name__})."
        )
    elif answer.ok and isinstance(error, REFUSALS_IN_THE_BODY) and not paid.followed_by_free:
        return error
    if isinstance(error, PolyreelError):
        # The error's advice is for free requests.
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
    """Return the error for a paid request whose outcome is unknown."""
    return SubmitUnknown(
        f"{plan.model}: the paid request left, and its outcome is unknown: {what} "
        f"A task may exist and may be charged. It will not be sent again. Look in "
        f"{plan.adapter.title}'s console{settle}",
        provider=plan.adapter.name,
    )


def how_to_settle(context: EngineContext, job: JobRecord) -> str:
    """Return what to do after checking the provider's console."""
    if not context.journal_is_persistent:
        return " before you submit it again."
    return f", then say what you found: polyreel jobs settle {job.short_id}"


def before_paying(plan: Plan, error: BaseException) -> PolyreelError:
    """Return what an error means before the paid request was sent."""
    if isinstance(error, PolyreelError):
        return error
    if isinstance(error, Exception):
        return _broken(plan, error)
    return UsageError(
        f"{plan.model}: interrupted before anything was sent. Nothing was made; submit it again.",
        provider=plan.adapter.name,
    )


def _broken(plan: Plan, error: Exception) -> PluginError:
    reason = redact_message(str(error), plan.account.secrets)
    return PluginError(
        f"the adapter of {plan.adapter.name} failed before anything was paid: "
        f"{type(error).__name__}: {reason}. Report it to the plugin's author.",
        provider=plan.adapter.name,
    )
