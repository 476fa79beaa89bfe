"""The outcome of a submit: an error means that nothing was paid, or the outcome is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..adapters import WireRequest, WireResponse, error_kind
from ..adapters.task_ids import OTHER_ID_NAMES, TASK_ID_NAMES
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
from .definite_refusals import is_definite_refusal
from .paid_answer import candidate_in, kept_answer
from .plan import Plan

_SHORT_KEY = 8


@dataclass
class PaidRequest:
    """What is known of the paid request.

    Attributes:
        has_left: Whether it was given to the network.
        wire: The request itself, once it has left.
        at: When it left, in seconds of the monotonic clock.
        answer: The answer to it.
        followed_by_free: Whether a free request followed it; an error may then be about that one.
    """

    has_left: bool = False
    wire: WireRequest | None = None
    at: float = 0.0
    answer: WireResponse | None = None
    followed_by_free: bool = False

    @property
    def sent(self) -> Mapping[str, Any] | None:
        """Its JSON."""
        return None if self.wire is None else self.wire.json


def outcome_of_submit(
    context: EngineContext, plan: Plan, error: BaseException, paid: PaidRequest, job: JobRecord
) -> PolyreelError:
    """Return what an error means for the money: a definite refusal, or an unknown outcome.

    A refusal whose answer names a task is not definite: the task may exist.
    """
    if not paid.has_left:
        return before_paying(plan, error)
    answer = paid.answer
    names = plan.adapter.task_id_names
    candidate = None if answer is None else candidate_in(answer, names, paid.sent)
    refusal = None if candidate is not None else _definite(plan, error, paid)
    if refusal is not None:
        return refusal
    if candidate is None and answer is not None:
        candidate = candidate_in(answer, (*TASK_ID_NAMES, *OTHER_ID_NAMES), paid.sent)
    if candidate is not None and _contains_key(candidate, plan):
        candidate = None
    settle = how_to_settle(context, job, candidate)
    unknown = unknown_outcome(plan, what_happened(error), settle)
    unknown.http_status = None if answer is None else answer.status
    unknown.vendor_code = error.vendor_code if isinstance(error, PolyreelError) else None
    unknown.candidate = candidate
    unknown.answer = None if answer is None else kept_answer(answer, plan.account.secrets)
    return unknown


def _definite(plan: Plan, error: BaseException, paid: PaidRequest) -> PolyreelError | None:
    """Return the error after which certainly no task exists; None where one may exist."""
    answer = paid.answer
    if answer is None:
        if isinstance(error, TransportError) and not error.sent:
            return error
        if isinstance(error, ConfigError):  # the connections could not even be prepared
            return error
        return None
    if answer.ok and paid.followed_by_free:  # the error may be about the free request
        return None
    if not is_definite_refusal(plan.adapter, answer, error):
        return None
    if isinstance(error, ProviderError):
        return error
    return error_kind(answer.status)(
        f"{plan.adapter.title} refused the request (HTTP {answer.status}), and its adapter "
        f"could not read why ({type(error).__name__})."
    )


def _contains_key(text: str, plan: Plan) -> bool:
    """Return whether a vendor's text holds the key; a sandbox's key may be any short text."""
    return any(len(each) > _SHORT_KEY and each in text for each in plan.account.secrets)


def what_happened(error: BaseException) -> str:
    """Return what an error of a paid request says, as a sentence without advice."""
    if isinstance(error, PolyreelError):
        # The error's advice is for free requests.
        what = error.message.removesuffix(f" {error.advice}.")
        return what if what.endswith(".") else f"{what}."
    if isinstance(error, Exception):
        return f"its adapter could not read the answer ({type(error).__name__})."
    return "it was interrupted before the answer came."


def unknown_outcome(plan: Plan, what: str, settle: str) -> SubmitUnknown:
    """Return the error for a paid request whose outcome is unknown."""
    return SubmitUnknown(
        f"{plan.model}: the paid request left, and its outcome is unknown: {what} "
        f"A task may exist and may be charged. It will not be sent again. Look in "
        f"{plan.adapter.title}'s console{settle}",
        provider=plan.adapter.name,
    )


def how_to_settle(context: EngineContext, job: JobRecord, candidate: str | None = None) -> str:
    """Return what to do after checking the provider's console.

    Args:
        context: Says whether the job outlives this process.
        job: The job whose outcome is unknown.
        candidate: A task id that the answer names.
    """
    named = "" if candidate is None else f" The answer names the task {candidate}."
    if not context.journal_is_persistent:
        return f" before you submit it again.{named}"
    command = f"polyreel jobs settle {job.short_id}"
    if candidate is not None:
        return f".{named} To ask for it at no cost: {command}"
    return f", then say what you found: {command}"


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
