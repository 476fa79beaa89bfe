"""NoProxy: the hosts that `NO_PROXY` excepts, by name, address or network."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_ENTRY = re.compile(
    r"""(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?   # a scheme, for requests of that scheme only
    (?:\[(?P<six>[^\]]*)\](?P<length>/\d+)?     # an IPv6 address or network in brackets
      |(?P<host>[^:/\[\]]+(?:/\d+(?:\.\d+){0,3})?))  # a name, or an IPv4 address or network
    (?::(?P<port>\d{1,5}))?/?""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_PORTS = {"http": 80, "https": 443}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Rule:
    """One entry: what is set has to match.

    Attributes:
        name: A host's name; its subdomains match too.
        subdomains_only: Whether the name itself does not match.
        network: The network that an address is in.
        scheme: The scheme of the request.
        port: The port of the request.
    """

    name: str = ""
    subdomains_only: bool = False
    network: Network | None = None
    scheme: str | None = None
    port: int | None = None

    def matches(self, scheme: str, host: str, port: int) -> bool:
        """Return whether a request is excepted."""
        if self.scheme not in (None, scheme) or self.port not in (None, port):
            return False
        if self.network is None:
            return host.endswith(f".{self.name}") or (
                not self.subdomains_only and host == self.name
            )
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return address in self.network


@dataclass(frozen=True)
class NoProxy:
    """The hosts that are reached without a proxy.

    Attributes:
        named_by: The variable that names them.
        every: Whether they are all hosts.
        rules: What excepts a request, when one of them matches.
        unread: How many entries mean nothing; they except nothing.
    """

    named_by: str = "NO_PROXY"
    every: bool = False
    rules: tuple[Rule, ...] = ()
    unread: int = 0

    @classmethod
    def read(cls, text: str, named_by: str = "NO_PROXY") -> NoProxy:
        """Read a list, separated by commas or spaces, as curl and others do.

        Names except their subdomains too; `.name` and `*.name` only them. Addresses may be of
        version 4 or 6, alone, in brackets, or with the length of a network. A port or a scheme
        narrows an entry. `*` excepts every host.
        """
        entries = [each for each in re.split(r"[,\s]+", text) if each]
        found = [_rule(each.lower()) for each in entries if each != "*"]
        rules = tuple(each for each in found if each is not None)
        return cls(named_by, "*" in entries, rules, len(found) - len(rules))

    def has(self, scheme: str, host: str, port: int | None) -> bool:
        """Return whether a request is excepted; its port may be the one of its scheme."""
        name, number = host.lower().rstrip("."), port or _PORTS.get(scheme, 0)
        return self.every or any(each.matches(scheme, name, number) for each in self.rules)


def _rule(entry: str) -> Rule | None:
    """Return what an entry excepts, or None for one that can't be read."""
    network = _network(entry)  # a bare IPv6 address is full of colons
    if network is not None:
        return Rule(network=network)
    found = _ENTRY.fullmatch(entry)
    if found is None:
        return None
    scheme = None if found["scheme"] in (None, "all") else found["scheme"]
    port = None if found["port"] is None else int(found["port"])
    network = _network(found["host"] or f"{found['six']}{found['length'] or ''}")
    if network is not None or found["host"] is None:
        return None if network is None else Rule(network=network, scheme=scheme, port=port)
    host = found["host"].removeprefix("*").rstrip(".")
    try:
        name = host.removeprefix(".").encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not _NAME.fullmatch(name):
        return None
    return Rule(name=name, subdomains_only=host.startswith("."), scheme=scheme, port=port)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
