"""Addresses: whose figures are whose.

Prices, charges and times are kept by provider and address. The documented addresses of one provider
share them. Any other address, a sandbox's above all, stands for itself alone; and what was kept
without an address stands for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..adapters import Adapter, Registry
from ..jobs import JobRecord
from ..jobs.spend_limit import is_sandbox

Whose = Literal["vendor", "other address", "sandbox", "address unknown"]
"""Whose figures they are: those of a vendor's documented addresses, of another address, of a
loopback address, or nobody's."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """The address that figures belong to.

    Attributes:
        url: One that stands for all documented addresses of its provider, or an address that
            stands for itself; None where it is unknown.
        whose: Whose figures they are.
    """

    url: str | None
    whose: Whose

    @classmethod
    def of(cls, base_url: str | None, adapter: type[Adapter] | None) -> Address:
        """Return whose figures an address has.

        Args:
            base_url: The address; None where it is unknown.
            adapter: The provider's; None where it is not installed. Then no address is known to
                be documented.
        """
        if base_url is None:
            return cls(url=None, whose="address unknown")
        url = base_url.rstrip("/") if adapter is None else adapter.documented_address(base_url)
        if is_sandbox(url):
            return cls(url=url, whose="sandbox")
        is_documented = adapter is not None and url == adapter.base_url.rstrip("/")
        return cls(url=url, whose="vendor" if is_documented else "other address")

    @classmethod
    def of_job(cls, record: JobRecord, registry: Registry | None) -> Address:
        """Return whose figures a job's are.

        Args:
            record: The job.
            registry: Knows the documented addresses; None lets each address stand for itself.
        """
        installed = None if registry is None else registry.adapters.get(record.provider)
        return cls.of(record.address, None if installed is None else installed.adapter)

    @property
    def apart(self) -> str:
        """What keeps figures apart in sums over several providers: the vendors' own are added."""
        return "" if self.whose == "vendor" else str(self)

    def __str__(self) -> str:
        if self.url is None:
            return self.whose
        return f"{self.url} (sandbox)" if self.whose == "sandbox" else self.url


def shared_address(addresses: Iterable[Address]) -> Address | None:
    """Return the address that all figures share; None where they have several."""
    found = set(addresses)
    return found.pop() if len(found) == 1 else None


def address_facts(address: Address | None) -> dict[str, str | None]:
    """Return an address as JSON values; None is several documented addresses."""
    if address is None:
        return {"address": None, "whose": "vendor"}
    return {"address": address.url, "whose": address.whose}


def places_of(adapter: type[Adapter], base_url: str) -> list[str]:
    """Return the places whose jobs share an address's figures, as the journal names them."""
    documented = adapter.documented_address(base_url)
    urls = {base_url.rstrip("/"), documented}
    if documented == adapter.base_url.rstrip("/"):
        urls |= {each.rstrip("/") for each in adapter.other_base_urls}
    return sorted(f"{adapter.name} {url}" for url in urls)
