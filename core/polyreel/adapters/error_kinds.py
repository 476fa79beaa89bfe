"""Which error an HTTP status of a provider is."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import (
    AuthenticationFailed,
    BadResponse,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)

_KINDS: Mapping[int, type[ProviderError]] = {
    401: AuthenticationFailed,
    402: InsufficientBalance,
    403: AuthenticationFailed,
    404: NotFound,
    429: RateLimited,
}


def error_kind(status: int) -> type[ProviderError]:
    """Return the error for an HTTP status, to use where the body names none."""
    if status in _KINDS:
        return _KINDS[status]
    if 400 <= status < 500 and status != 408:
        return InvalidRequest
    return ProviderUnavailable if status >= 500 or status == 408 else BadResponse
