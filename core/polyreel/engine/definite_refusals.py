"""Definite refusals: the answers to a paid request after which certainly no task exists.

These lists decide whether a submit is rejected. Any other answer, once the request had begun
to leave, makes the outcome unknown, and the request is never sent again by itself.
"""

from __future__ import annotations

from ..errors import (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    RateLimited,
)

DEFINITE_REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})
"""HTTP statuses after which certainly no task exists.

Source: the list that Modellix's own command line keeps for its paid requests
(`src/lib/modellix-client.ts` of Modellix/modellix-cli); it is right for any provider that
answers before it starts work. Every other status is not definite: 408 and 5xx may come
from a gateway that gave up while the request behind it continued.
"""

REFUSALS_IN_THE_BODY = (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    RateLimited,
)
"""What an adapter may read from a 2xx answer's body as a definite refusal.

Source: vendors answer some refusals with HTTP 200 and a code in the body.
"""
