"""Downloads: which URLs may be downloaded, and how the answer of a video's server is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from ..adapters import Account
from ..engine.effects import OK, PARTIAL_CONTENT, Download, Downloaded
from ..text.addresses import is_loopback, origin, why_not_public, why_not_secure
from .connections import AddressRefusal

HEAD_BYTES = 64

_RANGE = re.compile(r"bytes (?P<first>\d+)-\d+/(?P<total>\d+)")


class Received:
    """One answer of a video's server, as it arrives."""

    def __init__(self, status: int, headers: Mapping[str, str], effect: Download) -> None:
        """Read the answer's head.

        Args:
            status: The HTTP status.
            headers: The headers; names are found in any case.
            effect: The download that was asked for.
        """
        self._status = status
        self._maximum = effect.maximum
        self._head = b""
        self._trouble: str | None = None
        self._validator = _validator(headers)
        length = headers.get("content-length", "")
        self._expected = int(length) if length.isdigit() else None
        self._size = 0
        if status == PARTIAL_CONTENT:
            part = _RANGE.fullmatch(headers.get("content-range", ""))
            if part is not None and effect.start and int(part["first"]) == effect.start:
                self._size, self._expected = effect.start, int(part["total"])
            else:
                self._trouble, self._validator = (
                    "its server answers HTTP 206 with the wrong part",
                    None,
                )
        self._is_too_large = self._expected is not None and self._expected > self._maximum

    @property
    def has_content(self) -> bool:
        """Whether the answer's body belongs in the file."""
        wanted = self._status in (OK, PARTIAL_CONTENT)
        return wanted and self._trouble is None and not self._is_too_large

    @property
    def open_mode(self) -> Literal["ab", "wb"]:
        """How to open the file: to append, or from its start."""
        return "ab" if self._status == PARTIAL_CONTENT else "wb"

    def takes(self, chunk: bytes) -> bool:
        """Count some bytes; return whether they may be written."""
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        self._is_too_large = self._size + len(chunk) > self._maximum
        if not self._is_too_large:
            self._size += len(chunk)
        return not self._is_too_large

    def downloaded(self, trouble: str | None = None) -> Downloaded:
        """Return the result, with what interrupted it."""
        return Downloaded(
            status=self._status,
            size=self._size,
            expected=self._expected,
            head=self._head,
            validator=self._validator,
            trouble=trouble or self._trouble,
            is_too_large=self._is_too_large,
        )


def range_headers(effect: Download) -> dict[str, str]:
    """Return the headers that ask for the rest of a file, if it is still the same one."""
    if not effect.start or effect.validator is None:
        return {}
    return {"range": f"bytes={effect.start}-", "if-range": effect.validator}


def refusals(url: str, account: Account) -> tuple[str | None, AddressRefusal | None]:
    """Return why a video's URL must not be downloaded, and what checks where it leads.

    Returns:
        The reason, None when the URL may be used; and the check of the address that is connected
        to, None for a URL at the provider's own host.
    """
    reason = why_not_secure(url)
    if reason is not None or _is_trusted(url, account):
        return reason, None
    return why_not_public(origin(url)[1]), address_refusal


def address_refusal(address: str) -> str | None:
    """Return why an IP address is not on the public internet, or None when it is."""
    return why_not_public(address.partition("%")[0])


def _is_trusted(url: str, account: Account) -> bool:
    """Return whether a URL is at the provider's own host, or on this machine as the provider is."""
    host = origin(url)[1]
    return host == account.host or (is_loopback(host) and account.is_loopback)


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return what identifies a file: a strong ETag, or else its date."""
    if headers.get("accept-ranges", "").lower() == "none":
        return None
    tag = headers.get("etag")
    return tag if tag and not tag.startswith("W/") else headers.get("last-modified")
