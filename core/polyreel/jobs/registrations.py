"""Registrations: the media that a provider was given for approval, as the journal remembers them.

A registration is no job and costs nothing. It is remembered so that the next call, after a
deadline, an interrupt or a crash, goes on from it and gives the provider nothing twice.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..request import MediaKind


class RegistrationState(StrEnum):
    """How far a registration has come."""

    BEGUN = "begun"
    """It is being given to the provider; saved before the first byte leaves."""
    WAITING = "waiting"
    """The provider has it, and has not approved it yet."""
    APPROVED = "approved"
    """The provider had approved it when it was last asked."""
    REFUSED = "refused"
    """The provider refused it. The next call gives it anew."""
    FAILED = "failed"
    """It did not reach the provider, or the provider no longer has it. The next call gives it
    anew."""


@dataclass(frozen=True, kw_only=True)
class RegistrationKey:
    """What makes two registrations the same one.

    Attributes:
        provider: The provider's name.
        address: The address that stands for all documented ones of the provider, or another.
        account: A hash that only the provider's key gives; never the key.
        kind: Of the media.
        content: The SHA-256 of the file, or of the URL, in hexadecimal digits.
    """

    provider: str
    address: str
    account: str
    kind: MediaKind
    content: str


@dataclass(frozen=True, kw_only=True)
class RegistrationRecord:
    """A registration in the journal.

    Attributes:
        key: What it is a registration of.
        state: How far it has come.
        vendor_id: The provider's id; None until the provider gave one.
        reason: Why the provider refused it.
        changed_at: When the row last changed; None for a row that is not saved yet.
    """

    key: RegistrationKey
    state: RegistrationState = RegistrationState.BEGUN
    vendor_id: str | None = None
    reason: str | None = None
    changed_at: datetime | None = None


def account_hash(key: str, provider: str, address: str) -> str:
    """Return what tells two accounts of a provider apart, without telling their keys.

    It is keyed by the key itself, so that nobody without the key can make it or compare it with
    another address's.
    """
    text = f"polyreel registration {provider} {address}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def content_hash(content: bytes | str) -> str:
    """Return the SHA-256 of a file's bytes, or of a URL."""
    data = content if isinstance(content, bytes) else f"url {content}".encode()
    return hashlib.sha256(data).hexdigest()
