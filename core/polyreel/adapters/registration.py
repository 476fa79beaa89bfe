"""Registering media: what some vendors must have and approve before a request may use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ..request import MediaKind
from ..request.media import MediaFile


class Approval(StrEnum):
    """What a provider says of a registered media."""

    WAITING = "waiting"
    """The provider still checks it. An unknown status counts as this."""
    APPROVED = "approved"
    """A request may use it."""
    REFUSED = "refused"
    """The provider does not take it."""
    GONE = "gone"
    """The provider had it and no longer has it: it is registered anew."""


@dataclass(frozen=True, kw_only=True)
class MediaToRegister:
    """A media that a provider must approve first: a public URL, or a file.

    Attributes:
        kind: An image, a video or an audio.
        url: A public URL; None for a file.
        file: The content of a local file; None for a URL.
    """

    kind: MediaKind
    url: str | None = field(default=None, repr=False)
    file: MediaFile | None = None


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A media at a provider.

    Attributes:
        vendor_id: The provider's id of it; a request names it as `asset://<id>`.
        approval: What the provider says of it.
        reason: The provider's own words, where it refused.
    """

    vendor_id: str
    approval: Approval
    reason: str | None = None
