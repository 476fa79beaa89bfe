"""Errors rebuilt from their facts in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import errors
from ...adapters import JobRef
from ...errors import PLAIN_FIELDS, PolyreelError, SubmitUnknown, TransportError


def error_from_facts(facts: Mapping[str, Any]) -> PolyreelError:
    """Return the error that `PolyreelError.facts` described.

    A kind that is not known here, such as a newer version's, becomes a plain `PolyreelError`.
    """
    name = str(facts.get("type"))
    kind = getattr(errors, name) if name in errors.__all__ else PolyreelError
    message = str(facts.get("message", ""))
    fields = {each: facts[each] for each in PLAIN_FIELDS if each in facts}
    if "job" in facts:
        fields["job"] = JobRef.model_validate(facts["job"])
    if kind is TransportError:
        return TransportError(message, sent=bool(facts.get("sent", True)), **fields)
    if kind is SubmitUnknown:  # rows of an older polyreel have neither
        fields |= {each: facts[each] for each in ("candidate", "answer") if each in facts}
    error: PolyreelError = kind(message, **fields)
    return error
