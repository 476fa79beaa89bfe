"""Exit codes: the same for every command.

0 done · 1 the job failed, or its film is gone · 2 the call or config is wrong, or no model
can do it · 3 the provider refused or was not reached · 4 the submit's outcome is unknown ·
5 not done in time, or not saved: resumable · 130 interrupted: resumable
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import (
    FetchError,
    JobError,
    PolyreelError,
    ProviderError,
    ResultExpired,
    SubmitUnknown,
    TransportError,
    WaitTimeout,
)

DONE = 0
JOB_FAILED = 1
USAGE = 2
REFUSED = 3
UNKNOWN = 4
RESUMABLE = 5
INTERRUPTED = 130

# What a caller most needs to know of several results comes first.
_GRAVEST_FIRST = (UNKNOWN, RESUMABLE, JOB_FAILED, REFUSED, USAGE, DONE)


def exit_code(error: PolyreelError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, SubmitUnknown):
        return UNKNOWN
    if isinstance(error, (JobError, ResultExpired)) and not isinstance(error, WaitTimeout):
        return JOB_FAILED
    if isinstance(error, (WaitTimeout, FetchError)):
        return RESUMABLE
    if error.job is not None:  # whatever went wrong since, the accepted job goes on
        return RESUMABLE
    return REFUSED if isinstance(error, (ProviderError, TransportError)) else USAGE


def gravest(codes: Iterable[int]) -> int:
    """Return the one code for several results."""
    found = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in found), DONE)
