"""The jobs in the journal that a command is about: by provider, model and time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ..client import Client
from ..errors import UsageError
from ..jobs import JobRecord
from .output import say

Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE|Nd",
        help="Only jobs that started since a date (YYYY-MM-DD, in UTC), or in the last N days.",
    ),
]

_DAYS = re.compile(r"([0-9]+)d")


def parse_since(text: str, now: datetime) -> datetime:
    """Return the moment of `--since`.

    Args:
        text: A date, or a date and time, in UTC unless it has an offset; or N and `d` for N
            times 24 hours before now.
        now: The current date and time.

    Raises:
        UsageError: When it is neither.
    """
    text = text.strip()
    days = _DAYS.fullmatch(text)
    try:
        if days is not None and int(days[1]) > 0:
            return now - timedelta(days=int(days[1]))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since {text!r} is not a valid time; use a date such as 2026-05-01, or a number of "
            "days such as 7d"
        ) from None


def jobs_since(
    client: Client, since: str | None, provider: str | None = None, model: str | None = None
) -> list[JobRecord]:
    """Return the jobs in the journal that match the options; print a line if there are none.

    Raises:
        UsageError: When `since` is not a valid time.
        JournalError: When the journal can't be read.
    """
    # A wrong date is an error before the journal is opened.
    start = None if since is None else parse_since(since, client.planner.context.now())
    history = client.history
    found = history.jobs(provider=provider, model=model)
    if start is not None:
        found = [each for each in found if each.begun_at is not None and each.begun_at >= start]
    if not found:
        what = "No matching job" if since or provider or model else "No job yet"
        say(f"{what} in {history.journal.name}.")
    return found
