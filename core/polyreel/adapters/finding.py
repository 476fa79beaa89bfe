"""Sought and Found: how a task is found again whose create got no answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..models import ModelSpec
from .job_status import JobRef


@dataclass(frozen=True, kw_only=True)
class Sought:
    """A create whose outcome is unknown; its task is sought.

    Attributes:
        model: The model that was asked for.
        reference: The text that `Adapter.job_reference` had for this create: 32 hexadecimal
            digits.
        earliest: From when on its task can have been made.
        latest: Until when.
    """

    model: ModelSpec
    reference: str
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, kw_only=True)
class Found:
    """A task that the vendor names. The core decides whether it is the one that is sought.

    Attributes:
        job: Its reference.
        model: The vendor's name of its model; None where the answer does not say it.
        created_at: When it was made, with a time zone; None where the answer does not say it.
        echo: The reference that was sent with its create, as the vendor gives it back; None
            where the answer has none.
    """

    job: JobRef
    model: str | None = None
    created_at: datetime | None = None
    echo: str | None = None
