"""What is certain about a paid request, as data: when surely no task was made.

These lists decide whether a submit counts as rejected. Whatever is on none of them, once
the request had begun to leave, is unknown, and is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from .errors import (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    RateLimited,
)

DEFINITE_REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})
"""HTTP statuses after which surely no task exists.

Source: the list that Modellix's own command line keeps for its paid requests
(`src/lib/modellix-client.ts` of Modellix/modellix-cli); it holds for any provider that
answers before it starts work. Every other status leaves a doubt: 408 and 5xx may come
from a gateway that gave up while the request behind it went on.
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

Source: both vendors answer some refusals with HTTP 200 and a code in the body.
"""

NEVER_SENT: Mapping[str, str] = {
    "ConnectError": "no connection was made: refused, no such host, or TLS failed",
    "ConnectTimeout": "no connection was made in time",
    "PoolTimeout": "no connection was free in time",
    "ProxyError": "the proxy refused to connect",
    "UnsupportedProtocol": "the address is none that can be called",
    "InvalidURL": "the address is none that can be called",
    "LocalProtocolError": "the request can't be written as HTTP",
}
"""The HTTP library's errors after which no byte of a request has left, and why.

Source: the exceptions of httpx 0.28 by name (https://www.python-httpx.org/exceptions/); a
paid request always has a connection of its own, so none of them can be about an old one.
"""
