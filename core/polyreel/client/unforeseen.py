"""Unforeseen: an error of polyreel itself in one of several jobs; it must not stop the others."""

from __future__ import annotations

import logging

from ..errors import PolyreelError
from ..jobs import JobRecord

log = logging.getLogger("polyreel")


def unforeseen(error: Exception, record: JobRecord) -> PolyreelError:
    """Return the error of a job in which something failed that polyreel does not know; log it.

    Args:
        error: What failed.
        record: The job, as it was last seen.
    """
    log.error("%s: %s", record.id, type(error).__name__, exc_info=error)
    return PolyreelError(
        f"polyreel failed at the job {record.short_id} ({type(error).__name__}); please report it, "
        f"with the log. The job is as `polyreel jobs show {record.short_id}` says.",
        job=record.ref,
        job_id=record.id,
    )
