"""A call as it arrives at a stand-in, and the reply, as values.

Whoever serves a stand-in carries the reply out, over real sockets or a mocked transport.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal["dropped", "hangs", "cut", "reset"]
"""What the connection does instead of carrying the whole reply.

dropped: it is closed before any answer · hangs: it stays open and nothing comes ·
cut: it is closed in the middle of the body · reset: it is reset there.
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as it arrived.

    Attributes:
        method: Upper case.
        path: Below the stand-in's address.
        headers: With lower-case names.
        body: The bytes.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        body: The bytes.
        content_type: What they are.
        headers: Any others.
        trouble: What the connection does instead of carrying all of it.
        sent: Bytes of the body that still leave before a cut or a reset.
    """

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    trouble: Trouble | None = None
    sent: int = 0

    @classmethod
    def of(cls, value: object, status: int = 200) -> Reply:
        """Return an answer that holds JSON."""
        return cls(status=status, body=json.dumps(value).encode())

    @classmethod
    def page(cls, status: int) -> Reply:
        """Return what a gateway shows in a vendor's stead: a page."""
        page = b"<html><body><h1>gateway</h1></body></html>"
        return cls(status=status, body=page, content_type="text/html")

    @property
    def body_sent(self) -> bytes:
        """What of the body really leaves."""
        return self.body[: self.sent] if self.trouble in ("cut", "reset") else self.body
