"""Definite refusals: the answers to a paid request after which certainly no task exists.

A general list, and what an adapter declares of its vendor, decide whether a submit is
rejected. Any other answer, once the request had begun to leave, makes the outcome unknown.
"""

from __future__ import annotations

import json

from ..adapters import Adapter, Refusal, WireResponse
from ..adapters.refusals import DEFINITE_STATUSES, TOO_MANY
from ..errors import (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    PolyreelError,
    ProviderError,
    RateLimited,
)

REFUSALS_IN_THE_BODY = (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    RateLimited,
)
"""What an adapter may read from a 2xx answer's body as a definite refusal.

Source: vendors answer some refusals with HTTP 200 and a code in the body.
"""

_READ_BYTES = 64 * 1024
"""Most bytes of an answer in which a vendor's words are sought; a refusal is much shorter."""


def is_definite_refusal(adapter: Adapter, answer: WireResponse, error: BaseException) -> bool:
    """Return whether certainly no task exists after an answer that names none.

    Args:
        adapter: Declares what its vendor documents.
        answer: The answer to the paid request.
        error: What the adapter raised for it.
    """
    declared = declared_refusal(adapter, answer, error)
    if declared is not None:
        return declared.is_definite
    if answer.ok:
        return isinstance(error, REFUSALS_IN_THE_BODY)
    return answer.status in DEFINITE_STATUSES


def may_pass(adapter: Adapter, answer: WireResponse, error: BaseException) -> bool:
    """Return whether the same create may succeed after a definite refusal of it."""
    declared = declared_refusal(adapter, answer, error)
    if declared is not None:
        return declared.later
    # A refusal for too many requests may come under HTTP 200, with its code in the body.
    is_too_many = isinstance(error, RateLimited) if answer.ok else answer.status == TOO_MANY
    return is_too_many and is_definite_refusal(adapter, answer, error)


def declared_refusal(
    adapter: Adapter, answer: WireResponse, error: BaseException
) -> Refusal | None:
    """Return the first refusal that an adapter declares and an answer is; None without one."""
    return next((each for each in adapter.refusals if _is(each, answer, error)), None)


def _is(refusal: Refusal, answer: WireResponse, error: BaseException) -> bool:
    if refusal.status != answer.status:
        return False
    if answer.ok and not isinstance(error, ProviderError):  # the adapter could not read it
        return False
    # A gateway's page may hold any words; what vendors answer themselves is a JSON object.
    is_sure_by_words = refusal.is_definite and answer.status not in DEFINITE_STATUSES
    if is_sure_by_words and not _is_object(answer):
        return False
    code = error.vendor_code if isinstance(error, PolyreelError) else None
    if refusal.code is not None and code != refusal.code:
        return False
    words = refusal.text_contains
    if words is None:
        return True
    return words.casefold() in answer.body[:_READ_BYTES].decode("utf-8", "replace").casefold()


def _is_object(answer: WireResponse) -> bool:
    try:
        return isinstance(json.loads(answer.body[: _READ_BYTES + 1]), dict)
    except (ValueError, RecursionError):
        return False
