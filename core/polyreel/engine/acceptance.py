"""What a provider's acceptance of a job says beside the task's id: an estimate, other facts.

None of it is needed. Whatever an adapter returns there, an accepted job is not lost.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from ..adapters import Accepted, Account, Estimate, JobRef, amount_of, text_of
from ..jobs import JobRecord
from ..pricing.quoting import plain
from ..text.plain_text import is_text
from ..text.redact import redact_message

log = logging.getLogger("polyreel")

MOST_FACTS = 20
LONGEST_NAME = 60
LONGEST_FACT = 500
"""Characters of a fact of the answer; a longer one is cut."""


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What is known of a job at the moment when its provider accepted it.

    Attributes:
        job: The job.
        estimate: What the provider says that it will cost; None where that is unknown.
        reported: Other facts of the answer, by name, safe to show.
        unread: What of these could not be read.
    """

    job: JobRef
    estimate: Estimate | None = None
    reported: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def acceptance_of(returned: object, account: Account) -> Acceptance:
    """Return what an adapter's `submit` returned.

    Args:
        returned: A `JobRef`, or an `Accepted` whose other values may be anything.
        account: Its secrets are removed from texts: a provider may echo anything in them.

    Raises:
        TypeError: When it holds no job.
    """
    accepted = returned if isinstance(returned, Accepted) else None
    job: object = returned if accepted is None else accepted.job
    if not isinstance(job, JobRef):
        found = type(returned if accepted is None else job).__name__
        raise TypeError(f"it returned {found} instead of a JobRef")
    if accepted is None:
        return Acceptance(job=job)
    estimate = _estimate(accepted.estimate, account)
    reported, is_whole = _reported(accepted.reported, account)
    unread = [] if estimate is not None or accepted.estimate is None else ["estimate"]
    unread += [] if is_whole else ["reported"]
    return Acceptance(job=job, estimate=estimate, reported=reported, unread=tuple(unread))


def _estimate(estimate: object, account: Account) -> Estimate | None:
    """Return an estimate whose amount and unit can be read."""
    if not isinstance(estimate, Estimate):
        return None
    amount, unit = amount_of(estimate.amount), text_of(estimate.unit)
    if amount is None or not unit:
        return None
    return Estimate(amount=amount, unit=redact_message(unit, account.secrets) or "unknown")


def _reported(reported: object, account: Account) -> tuple[dict[str, str], bool]:
    """Return the facts that can be kept, and whether these are all."""
    if not isinstance(reported, Mapping):
        return {}, reported is None
    found: dict[str, str] = {}
    for name, value in list(reported.items())[:MOST_FACTS]:
        texts = [text for each in (name, value) if (text := _shown(each, account)) is not None]
        if len(texts) == 2 and len(texts[0]) <= LONGEST_NAME:
            found[texts[0]] = texts[1][:LONGEST_FACT]
    return found, len(found) == len(reported)


def _shown(text: object, account: Account) -> str | None:
    """Return a text without secrets; None where it is not one that can be saved."""
    if not isinstance(text, str) or not text.strip() or not is_text(text):
        return None
    return redact_message(text, account.secrets)


def log_acceptance(record: JobRecord, acceptance: Acceptance) -> None:
    """Log the estimate of an accepted job, and what could not be read."""
    for name in acceptance.unread:
        log.warning(
            "%s: %s in the answer to the create can't be read and counts as unknown; the job is "
            "not affected",
            record.model,
            name,
        )
    if record.estimated is None:
        return
    more = more_than_quoted(record)
    said = f"{record.model}: the provider estimates {record.estimated} for job {record.short_id}"
    if more is None:
        log.info("%s", said)
    else:
        log.warning("%s, %s", said, more)


def more_than_quoted(record: JobRecord) -> str | None:
    """Return how much more a job's estimate is than its quote, in words.

    Returns:
        None where it is not more, or that can't be compared.
    """
    estimate, quoted = record.estimated, record.quoted or {}
    if estimate is None or quoted.get("amount") is None:
        return None
    if quoted.get("currency") != estimate.unit:
        return None
    try:
        difference = estimate.amount - Decimal(str(quoted["amount"]))
    except InvalidOperation:
        return None
    if not difference.is_finite() or difference <= 0:
        return None
    return (
        f"{plain(difference)} {estimate.unit} more than the quote of {quoted['amount']} "
        f"{estimate.unit}"
    )
