"""StandIn: what the core knows of a vendor's local double."""

from __future__ import annotations

from typing import ClassVar, Protocol


class StandIn(Protocol):
    """A vendor's local double. The sandbox's `StandIn` is the base class to subclass.

    Attributes:
        provider: The name of the provider that it stands in for.
    """

    provider: ClassVar[str]
