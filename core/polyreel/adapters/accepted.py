"""Accepted: a job that a provider accepted, with what its answer says beside the task's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .charges import Estimate
from .job_status import JobRef


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What `submit` returns where the answer to the create says more than the task's id.

    Attributes:
        job: The job.
        estimate: What the answer says that the job will cost; None where it says nothing. One
            that can't be read counts as unknown; the job is not affected.
        reported: Facts of the answer that are worth keeping, by name, such as a generation id.
    """

    job: JobRef
    estimate: Estimate | None = None
    reported: Mapping[str, str] = field(default_factory=dict)
