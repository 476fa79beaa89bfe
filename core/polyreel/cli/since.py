"""Which of the jobs that are kept a command is about: those of a provider, a model, a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ..client import Client
from ..errors import UsageError
from ..records import JobRecord
from .output import say

Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE|Nd",
        help="Only jobs begun from a date on (YYYY-MM-DD, in UTC), or in the last N days.",
    ),
]

_DAYS = re.compile(r"([0-9]+)d")


def parse_since(text: str, now: datetime) -> datetime:
    """Return the moment that `--since` stands for.

    Args:
        text: A date or a date and time, in UTC unless it says otherwise; or N and `d` for N
            times 24 hours before now.
        now: The date and time.

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
            f"--since {text!r} is no time; give a date such as 2026-05-01, or a number of days "
            "such as 7d"
        ) from None


def jobs_since(
    client: Client, since: str | None, provider: str | None = None, model: str | None = None
) -> list[JobRecord]:
    """Return the jobs that are kept, as the options narrow them down; say so if there are none.

    Raises:
        UsageError: When `since` is no time.
        JournalError: When the journal can't be read.
    """
    # A bad date is found before the journal is opened.
    start = None if since is None else parse_since(since, client.desk.context.now())
    archive = client.archive
    found = archive.jobs(provider=provider, model=model)
    if start is not None:
        found = [each for each in found if each.begun_at is not None and each.begun_at >= start]
    if not found:
        what = "No such job" if since or provider or model else "No job yet"
        say(f"{what} in {archive.journal.name}.")
    return found
