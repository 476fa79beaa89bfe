"""A stand-in's assets: media that it was given for approval."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from .faults import Fault

ApprovalWord = Literal["waiting", "approved", "refused", "unknown"]
"""What a vendor says of an asset; `unknown` is any word that the vendor does not document."""

ASSET = "asset://"


@dataclass(kw_only=True)
class Asset:
    """A media that was registered.

    Attributes:
        id: In the vendor's form.
        url: Where the media is.
        created: The time on the stand-in's clock.
        polls: How often the vendor was asked for it.
    """

    id: str
    url: str
    created: float
    polls: int = 0


def approval(age: float, seconds: float, faults: Collection[Fault]) -> ApprovalWord:
    """Return what a stand-in says of an asset.

    Args:
        age: Seconds since it was registered.
        seconds: How long the approval takes.
        faults: The faults.
    """
    if Fault.MEDIA_WAITS in faults or age < seconds:
        return "waiting"
    return "refused" if Fault.MEDIA_REFUSED in faults else "approved"


def first_address(value: object) -> str | None:
    """Return the first address in a body, at any depth: that of the media to register."""
    if isinstance(value, str):
        return value if value.startswith(("https://", "http://", "data:")) else None
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for each in inside if (found := first_address(each))), None)


def assets_in(value: object) -> list[str]:
    """Return the ids of the assets that a body names, at any depth."""
    if isinstance(value, str):
        return [value.removeprefix(ASSET)] if value.startswith(ASSET) else []
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for each in inside for found in assets_in(each)]
