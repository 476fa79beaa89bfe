"""Refusal: what a vendor documents about one of its refusals of a create.

polyreel has a general list of refusals after which certainly no task exists. A vendor's own
pages may say more: that another answer is as sure, that one of the list is not, or that a
refusal passes.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFINITE_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})
"""HTTP statuses after which certainly no task exists, unless a vendor documents otherwise.

Source: the list that Modellix's own command line keeps for its paid requests
(`src/lib/modellix-client.ts` of Modellix/modellix-cli); it is right for any provider that
answers before it starts work. Every other status is not definite: 408 and 5xx may come
from a gateway that gave up while the request behind it continued.
"""

TOO_MANY = 429
"""The HTTP status of a refusal that may pass, unless a vendor documents otherwise."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A refusal of a create that the vendor documents.

    The first of an adapter's `refusals` that fits an answer counts. An answer that names a task
    is never a sure refusal, whatever is declared.

    Attributes:
        status: The HTTP status. 2xx is possible: some vendors refuse in the body alone.
        source: The page that says so; it starts with `https://`.
        is_definite: Whether certainly no task exists after it.
        later: Whether the same create may succeed later. It is sent again only where the caller
            asked for it (`retry_refused`).
        code: The vendor's code in the body, as `Adapter.refuse` gets it; None for any.
        text_contains: Words of the body, in upper or lower case; None for any.

    Raises:
        ValueError: When the source is not an address; when a refusal may pass but is not
            definite; or when a status that a gateway may answer too is called definite without
            a code or words that only the vendor itself sends.
    """

    status: int
    source: str
    is_definite: bool = True
    later: bool = False
    code: str | None = None
    text_contains: str | None = None

    def __post_init__(self) -> None:
        if not self.source.startswith("https://"):
            raise ValueError(f"HTTP {self.status}: source must start with https://")
        if self.later and not self.is_definite:
            raise ValueError(
                f"HTTP {self.status}: a create is sent again only after a definite refusal; "
                "set is_definite, or leave out later"
            )
        is_named = bool(self.code or (self.text_contains or "").strip())
        if self.is_definite and self.status not in DEFINITE_STATUSES and not is_named:
            raise ValueError(
                f"HTTP {self.status}: a gateway may answer it too, after a task was made; give "
                "the code or the words by which the vendor's own refusal is known"
            )
