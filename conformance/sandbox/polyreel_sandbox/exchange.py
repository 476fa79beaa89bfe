"""A call to a stand-in, and the reply, as values.

The server sends the reply, over real sockets or through a mocked transport.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

ConnectionFault = Literal["dropped", "hangs", "cut", "reset"]
"""What the connection does instead of sending the whole reply.

dropped: it is closed before any answer · hangs: it stays open and nothing is sent ·
cut: it is closed in the middle of the body · reset: it is reset in the middle of the body.
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to a stand-in.

    Attributes:
        method: In upper case.
        path: Below the stand-in's address, without the query.
        query: The query's parameters; of a name that comes twice, the last.
        headers: With lower-case names.
        body: The bytes.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        body: The bytes.
        content_type: Their MIME type.
        headers: Other headers.
        connection_fault: What the connection does instead of sending the whole reply.
        sent: How many bytes of the body are sent before a cut or a reset.
        says_length: Whether the body's length is announced. Else the connection's end is its end.
    """

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    connection_fault: ConnectionFault | None = None
    sent: int = 0
    says_length: bool = True

    @classmethod
    def of(cls, value: object, status: int = 200) -> Reply:
        """Return an answer with a JSON body."""
        return cls(status=status, body=json.dumps(value).encode())

    @classmethod
    def page(cls, status: int) -> Reply:
        """Return the HTML page of a gateway, as it answers instead of the vendor."""
        page = b"<html><body><h1>gateway</h1></body></html>"
        return cls(status=status, body=page, content_type="text/html")

    @property
    def body_sent(self) -> bytes:
        """The part of the body that is really sent."""
        return self.body[: self.sent] if self.connection_fault in ("cut", "reset") else self.body


def query_of(target: str) -> dict[str, str]:
    """Return the parameters of a URL's query; of a name that comes twice, the last."""
    return dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
