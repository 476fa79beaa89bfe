"""How long a provider asks to wait: its headers, read into seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..adapters import WireResponse
from .context import EngineContext

TOO_MANY = 429

_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,10})?")
_MILLISECONDS_FROM = 1e11
"""As seconds it would be the year 5138; as milliseconds it is 1973."""
_MOMENT_FROM = 1e7
"""A smaller reset, as a moment, would be in 1970: it is a number of seconds from now on, as the
IETF's draft for `RateLimit-Reset` has it."""


def retry_after(response: WireResponse, context: EngineContext) -> float | None:
    """Return how many seconds a provider asks to wait, where it says so.

    Reads `Retry-After-Ms` (milliseconds), `Retry-After` (seconds or a date) and, on a 429,
    `X-RateLimit-Reset`: a Unix timestamp in seconds, as Modellix documents it, or in
    milliseconds, or the seconds from now on. Moments are compared with the answer's own `Date`
    where it has one: the clock here may be wrong.
    """
    precise = response.headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(precise):
        return float(precise) / 1000
    header = response.headers.get("retry-after", "").strip()
    if header.isascii() and header.isdigit():
        return float(header)
    if header:
        moment = _date(header)
        return None if moment is None else _seconds_until(moment, response, context)
    reset = response.headers.get("x-ratelimit-reset", "").strip()
    if response.status != TOO_MANY or not (reset.isascii() and reset.isdigit()):
        return None
    value = float(reset)
    if value < _MOMENT_FROM:
        return value
    seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
    try:
        return _seconds_until(datetime.fromtimestamp(seconds, UTC), response, context)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds_until(moment: datetime, response: WireResponse, context: EngineContext) -> float:
    now = _date(response.headers.get("date", "")) or context.now()
    return max(0.0, (moment - now).total_seconds())


def _date(text: str) -> datetime | None:
    """Return the moment of an HTTP date; None where it is not one, or has no time zone."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None
