"""The wire: a vendor's HTTP as plain values, and flows made of them.

A flow is a generator that yields `WireRequest`s, is sent `WireResponse`s, and returns a
neutral value. Adapters write flows; the engine runs them and decides what may be sent
again. No flow sees a key, a clock, a file or a socket.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ..errors import BadResponse
from ..request.media import MediaFile
from ..text.redact import redact_message

T = TypeVar("T")

_LONGEST_NUMBER = 1000
"""Digits. Python refuses to read a number of more than 4300."""


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """One HTTP request to a provider, without credentials.

    Attributes:
        method: The HTTP method.
        path: Below the configured base URL, e.g. `/videos/123`. A full URL that a
            provider returned is accepted too; the transport refuses it when its origin
            is not the configured one.
        json: The body, as JSON values.
        file: A file to send as the multipart field `file`, instead of a JSON body.
        query: Query parameters.
        headers: Headers other than credentials.
        spends: Whether this is the one request that costs money. It is sent once; every
            other request may be sent again.
        needs_key: Whether the key is sent. Without a key only requests that need none work.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    json: Mapping[str, Any] | None = None
    file: MediaFile | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    spends: bool = False
    needs_key: bool = True


@dataclass(frozen=True, kw_only=True)
class WireResponse:
    """A provider's whole answer.

    Attributes:
        status: The HTTP status.
        headers: With lower-case names.
        body: The bytes.
        hide: Makes the provider's text safe to show: one line of limited length, without
            keys, signed queries and inline media.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    hide: Callable[[str], str] = field(default=redact_message, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the HTTP status is 2xx. The body may still hold an error."""
        return 200 <= self.status < 300

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            BadResponse: When it is not JSON, or not an object.
        """
        try:
            # One text in another encoding, or one number too long for an int, is no reason to
            # lose the rest.
            text = self.body.decode(json.detect_encoding(self.body), "replace")
            value = json.loads(text, parse_int=_whole_number)
        except (ValueError, RecursionError):
            start = self.hide(self.body[:2000].decode("utf-8", "replace"))[:80] or "nothing"
            raise BadResponse(
                f"the answer (HTTP {self.status}) is not JSON; it begins with: {start}. "
                f"{BadResponse.advice}.",
                http_status=self.status,
            ) from None
        if not isinstance(value, dict):
            raise BadResponse(
                f"the answer (HTTP {self.status}) is JSON but not an object. {BadResponse.advice}.",
                http_status=self.status,
            )
        return value


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)


Flow = Generator[WireRequest, WireResponse, T]
"""What an adapter's method returns: yields requests, is sent responses, returns a value."""
