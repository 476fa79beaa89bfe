"""Cancellation: what came of asking a provider to stop a job."""

from __future__ import annotations

from enum import StrEnum


class Cancellation(StrEnum):
    """The result of asking a provider to stop a job."""

    STOPPED = "stopped"
    """The provider stopped the job."""
    TOO_LATE = "too late"
    """The job had ended or can no longer be stopped; it is billed."""
    NOT_OFFERED = "not offered"
    """The provider can't stop jobs; the job continues and is billed."""
