"""IdempotencyKey: what a vendor documents about a key that makes a repeated create safe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

SHORTEST_VALIDITY = timedelta(minutes=2)
"""A key that is valid for less is never used: the second request could come too late."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]+")


@dataclass(frozen=True, kw_only=True)
class IdempotencyKey:
    """The vendor's promise that two creates with the same key make one task.

    polyreel makes the key, saves it before it is sent, and adds the header; the adapter does
    not. A create whose outcome is unknown is then sent once more, with the same key and the
    same body.

    Attributes:
        header: The header's name.
        valid_for: How long the vendor remembers a key, by its pages; at least 2 minutes.
        source: The page that says so; it starts with `https://`.
        replay_status: The HTTP status of the answer to a repeated create whose task exists; None
            for the status of the first answer. Its body is the first answer's.
        conflict_statuses: The HTTP statuses by which the vendor refuses a key: the first request
            is still being worked on, or had another body. Then the outcome stays unknown.

    Raises:
        ValueError: When the header is not a valid name, the source is not an address, or the
            key is valid for less than 2 minutes.
    """

    header: str
    valid_for: timedelta
    source: str
    replay_status: int | None = None
    conflict_statuses: frozenset[int] = frozenset({409})

    def __post_init__(self) -> None:
        if not _HEADER_NAME.fullmatch(self.header):
            raise ValueError(f"{self.header!r} is not the name of a header")
        if not self.source.startswith("https://"):
            raise ValueError(f"{self.header}: source must start with https://")
        if self.valid_for < SHORTEST_VALIDITY:
            raise ValueError(f"{self.header}: valid_for must be 2 minutes or more")
