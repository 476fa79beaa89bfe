"""Downloads: which URLs may be downloaded, and how the answer of a video's server is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from ..adapters import Account
from ..engine.effects import OK, PARTIAL_CONTENT, Download, Downloaded, Part
from ..text.addresses import is_loopback, origin, why_not_public, why_not_secure
from .connections import AddressRefusal
from .parts import begin_part

HEAD_BYTES = 64

_RANGE = re.compile(r"bytes (?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})/(?P<total>[0-9]{1,18})")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LONGEST_VALIDATOR = 256
_ANOTHER_FILE = "its server answers HTTP 206 with the wrong part, or with a part of another file"


class Received:
    """One answer of a video's server, as it arrives."""

    def __init__(
        self, status: int, headers: Mapping[str, str], effect: Download, *, had_key: bool = False
    ) -> None:
        """Read the answer's head.

        Args:
            status: The HTTP status.
            headers: The headers; names are found in any case.
            effect: The download that was asked for.
            had_key: Whether the request had the key.
        """
        self._had_key = had_key
        self._status = status
        self._effect = effect
        self._maximum = effect.maximum
        self._head = b""
        self._trouble: str | None = None
        self._validator = _validator(headers)
        self._tag = headers.get("etag")
        asked = headers.get("retry-after", "").strip()
        self._retry_after = float(asked[:10]) if _is_number(asked) else None
        length = headers.get("content-length", "")
        self._expected = int(length) if _is_number(length) else None
        self._size = 0
        self._end: int | None = None
        if status == PARTIAL_CONTENT:
            self._end = _end_of_part(headers, effect)
            if self._end is None:
                self._begin_anew()
            else:
                total = _RANGE.fullmatch(headers["content-range"])
                self._size, self._validator = effect.start, effect.validator
                self._expected = int(total["total"]) if total else None
        self._is_too_large = self._expected is not None and self._expected > self._maximum

    def is_ready(self) -> bool:
        """Return whether the answer's body belongs in the file, and prepare the file for it.

        Raises:
            OSError: When the disk refuses.
        """
        if not self._has_content:
            return False
        path = self._effect.path
        if self._status == OK:
            known = (
                Part(
                    size=0,
                    validator=self._validator,
                    tag=self._tag,
                    expected=self._expected,
                )
                if self._validator
                else None
            )
            begin_part(path, self._effect.job_id, known)
        elif not path.is_file() or path.stat().st_size != self._effect.start:
            self._begin_anew()  # another process changed the file
        return self._has_content

    @property
    def _has_content(self) -> bool:
        wanted = self._status in (OK, PARTIAL_CONTENT)
        return wanted and self._trouble is None and not self._is_too_large

    def _begin_anew(self) -> None:
        """Say that what is in the file must not be resumed."""
        self._trouble, self._validator = _ANOTHER_FILE, None

    @property
    def open_mode(self) -> Literal["ab", "wb"]:
        """How to open the file: to append, or from its start."""
        return "ab" if self._status == PARTIAL_CONTENT else "wb"

    def takes(self, chunk: bytes) -> bool:
        """Count some bytes; return whether they may be written."""
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        if self._end is not None and self._size + len(chunk) > self._end:
            self._begin_anew()
            return False
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
            tag=self._tag,
            trouble=self._trouble or trouble,
            retry_after=self._retry_after,
            is_too_large=self._is_too_large,
            had_key=self._had_key,
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
    if not _ABSOLUTE.match(url):
        return "it is not a whole URL, and the provider does not document what it belongs to", None
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
    found = tag if tag and not tag.startswith("W/") else headers.get("last-modified")
    every = [each for each in (tag, found) if each]
    is_plain = all(
        each.isascii() and each.isprintable() and len(each) <= _LONGEST_VALIDATOR for each in every
    )
    return found if found and is_plain else None


def _end_of_part(headers: Mapping[str, str], effect: Download) -> int | None:
    """Return where a part of a file ends, if it is the part of the file that was asked for.

    Everything that the answer says must agree with what is known: the first byte, the whole size,
    the length and what identifies the file.
    """
    part = _RANGE.fullmatch(headers.get("content-range", ""))
    if part is None or not effect.start:
        return None
    first, last, total = int(part["first"]), int(part["last"]), int(part["total"])
    length = headers.get("content-length", str(last - first + 1))
    is_asked_for = (
        first == effect.start
        and first <= last == total - 1
        and effect.expected in (None, total)
        and length == str(last - first + 1)
        and effect.validator in (headers.get("etag"), headers.get("last-modified"))
        # Files of one second have one date; a weak ETag can't be asked for, but compared.
        and effect.tag in (None, headers.get("etag"))
    )
    return last + 1 if is_asked_for else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
