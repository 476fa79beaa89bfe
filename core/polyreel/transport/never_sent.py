"""The HTTP library's errors after which no byte of a request can have left."""

from __future__ import annotations

from collections.abc import Mapping

NEVER_SENT: Mapping[str, str] = {
    "ConnectError": "no connection was made: refused, no such host, or TLS failed",
    "ConnectTimeout": "no connection was made in time",
    "PoolTimeout": "no connection was free in time",
    "ProxyError": "the proxy refused to connect",
    "UnsupportedProtocol": "the URL can't be called",
    "InvalidURL": "the URL can't be called",
    "LocalProtocolError": "the request can't be written as HTTP",
}
"""By name, the errors and why no byte has left.

Source: the exceptions of httpx 0.28 by name (https://www.python-httpx.org/exceptions/). A
paid request always has a connection of its own, so none of them can concern an old one.
"""
