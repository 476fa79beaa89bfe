"""Connection: follows the connection of one request, by what the HTTP library reports of it.

It sees the address that was really connected to before a byte is sent there, so that a name
which points to one address when it is checked and to another when it is used gains nothing. A
proxy connects by itself; there only the name is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .deadlines import limit_stream

AddressRefusal = Callable[[str], str | None]
"""Returns why an IP address must not be connected to, or None when it may be."""


class PeerRefused(Exception):
    """The connection leads to an address that must not be used. The message says why."""


class Connection:
    """Follows the connection of one request.

    Attributes:
        has_begun: Whether a byte of the request may have left.
    """

    def __init__(self, host: str, refusal: AddressRefusal | None = None) -> None:
        """Set what to check.

        Args:
            host: The host of the URL, as it is looked up.
            refusal: Checks the address that is connected to; None checks nothing.
        """
        self.has_begun = False
        self._host = host
        self._refusal = refusal
        self._is_direct = False

    def blocking(self, event: str, facts: Mapping[str, Any]) -> None:
        """Take a report of a blocking client.

        Raises:
            PeerRefused: The connection is closed already.
        """
        stream = self._new_stream(event, facts)
        if stream is None:
            return
        reason = self._why_not(stream, event)
        if reason is not None:
            stream.close()
            raise PeerRefused(reason)
        limit_stream(stream)

    async def async_(self, event: str, facts: Mapping[str, Any]) -> None:
        """Take a report of an asynchronous client.

        Raises:
            PeerRefused: The connection is closed already.
        """
        stream = self._new_stream(event, facts)
        if stream is None:
            return
        reason = self._why_not(stream, event)
        if reason is not None:
            await stream.aclose()
            raise PeerRefused(reason)

    def _new_stream(self, event: str, facts: Mapping[str, Any]) -> Any:
        """Return the connection that was just made, if the report is of one."""
        if event.endswith(".send_request_headers.started"):
            self.has_begun = True
        elif event.endswith(".connect_tcp.started"):
            self._is_direct = facts.get("host") == self._host
        elif event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return facts.get("return_value")
        return None

    def _why_not(self, stream: Any, event: str) -> str | None:
        if self._refusal is None or not self._is_direct or "connect_tcp" not in event:
            return None
        peer = stream.get_extra_info("server_addr")
        return "its address is not known" if not peer else self._refusal(str(peer[0]))
