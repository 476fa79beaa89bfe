"""Which URLs polyreel trusts: which may be sent a key, and which may be downloaded."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Literal
from urllib.parse import quote, urlsplit

from .plain_text import is_text

_ABSOLUTE = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_AUTHORITY = re.compile(r"^(?:[^@\[\]]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^@:\[\]]*)(?::(?P<port>[^:]*))?$")
# The names that large file stores give to the parameter that signs a URL.
_SIGNING = frozenset(
    {
        "signature",
        "sig",
        "x-amz-signature",
        "x-goog-signature",
        "x-oss-signature",
        "x-tos-signature",
    }
)
_LONGEST_HOST = 253
_HOST = re.compile(rb"[A-Za-z0-9_.-]+")
# NAT64 (RFC 6052 and RFC 8215) and the old form ::a.b.c.d carry an IPv4 address at their end.
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/96"))
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_HIGHEST_OWN = 1  # `::` and `::1` are IPv6's own
_LOGIN = "it holds a user name or password"


def is_loopback(host: str | None) -> bool:
    """Return whether a host is certainly this machine's own loopback."""
    if not host:
        return False
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Return whether a host may be this machine, in every spelling of its name or address.

    It takes more than `is_loopback`, which only takes what certainly is.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or address.is_unspecified)


def why_not_public(host: str) -> str | None:
    """Return why a host is not on the public internet, or None when it is.

    An address is recognised in every spelling.
    """
    if is_this_machine(host):
        return "it points at this machine"
    address = _address(host.lower().rstrip("."))
    if address is None or address.is_global:
        return None
    return "it points into a private network"


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port, with the port that the scheme implies.

    Raises:
        ValueError: When there is no host, or the port is not a number. The message does not
            quote the URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("it has no host that can be read") from None
    if not parts.hostname:
        raise ValueError("it has no host")
    if not _AUTHORITY.match(parts.netloc) or not _can_be_looked_up(parts.hostname):
        raise ValueError("it has no host that can be read")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("its port is not a number from 0 to 65535") from None
    scheme = parts.scheme.lower()
    if port is None:
        port = {"https": 443, "http": 80}.get(scheme, 0)
    return scheme, parts.hostname.lower(), port


def why_not_secure(url: str) -> str | None:
    """Return why a URL may not be used, or None when it may.

    It must be https, or plain http to loopback, and hold no user name or password.
    """
    if not is_text(url):
        return "it is not valid Unicode"
    named = url.partition("://")[0].lower() if "://" in url else ""
    if named.isalnum() and named not in ("http", "https"):
        return f"{named}:// is not https"
    try:
        scheme, host, _ = origin(url)
    except ValueError as error:
        return str(error)
    if "@" in urlsplit(url).netloc:
        return _LOGIN
    if scheme == "https" or (scheme == "http" and is_loopback(host)):
        return None
    if scheme == "http":
        return "plain http is accepted for loopback only; use https"
    return f"{scheme}:// is not https"


def why_not_given(url: str) -> str | None:
    """Return why a URL that a caller gave may not be used, or None when it may.

    As `why_not_secure`; and it has no character that some programs drop and others send.
    """
    if not url.isprintable() or url != url.strip():
        return "it has a line break, a space at an end or another character that is not visible"
    return why_not_secure(url)


def why_not_base(url: str) -> str | None:
    """Return why a URL can't be a provider's address, or None when it can."""
    reason = why_not_given(url)
    if reason is None and ("?" in url or "#" in url):
        return "it holds a query or fragment; requests are sent below it"
    return reason


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses of a provider are the same: scheme, host, port and path."""
    try:
        return _place(one) == _place(other)
    except ValueError:
        return False


def join(base_url: str, path: str) -> str:
    """Return the full URL of a path at a provider. A full URL is returned as it is.

    Raises:
        ValueError: When a full URL's origin is not the base URL's, or it holds a login. A
            key is sent to the configured origin only.
    """
    if not _ABSOLUTE.match(path):
        return base_url.rstrip("/") + "/" + path.lstrip("/")
    if "@" in urlsplit(path).netloc:
        raise ValueError(_LOGIN)
    if origin(path) != origin(base_url):
        raise ValueError(f"{_shown(path)} is not the configured {_shown(base_url)}")
    return path


def result_address(
    base_url: str, url: str, relative_to: Literal["origin", "address"] = "origin"
) -> str:
    """Return the URL of a result as a provider names it.

    Everything but a path with a leading `/` is returned as it is: also `//host/path`, which names
    another host.

    Args:
        base_url: The provider's address.
        url: A URL, or a path with a leading `/`.
        relative_to: Whether a path is at the origin of the address, or below the address.
    """
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        return url
    if relative_to == "address":
        return base_url.rstrip("/") + url
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}{url}"


def same_origin(one: str, other: str) -> bool:
    """Return whether two URLs certainly have the same scheme, host and port; none has a login."""
    try:
        if any("@" in urlsplit(each).netloc for each in (one, other)):
            return False
        return origin(one) == origin(other)
    except ValueError:
        return False


def without_signature(url: str) -> str:
    """Return a URL without its query if the query signs it: each signature is different."""
    plain, _, query = url.partition("?")
    names = {name.partition("=")[0].lower() for name in query.partition("#")[0].split("&")}
    return plain if names & _SIGNING else url


def path_segment(text: str) -> str:
    """Return text escaped as one segment of a path, e.g. a task id with any characters."""
    return quote(text, safe="").replace(".", "%2E") if set(text) == {"."} else quote(text, safe="")


def _can_be_looked_up(host: str) -> bool:
    """Return whether a system can be asked for a host: a name, or an address in brackets."""
    if ":" in host:
        return True
    try:
        name = host.removesuffix(".").encode("idna")
        name.decode("idna")  # a label may begin as an encoded one and not be one
    except UnicodeError:
        return False
    return len(name) <= _LONGEST_HOST and _HOST.fullmatch(name) is not None


def _place(url: str) -> tuple[tuple[str, str, int], str]:
    reason = why_not_base(url)
    if reason is not None:
        raise ValueError(reason)
    return origin(url), urlsplit(url).path.rstrip("/")


def _shown(url: str) -> str:
    scheme, host, port = origin(url)
    return f"{scheme}://{host}:{port}"


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that a name spells, also in the short forms of C libraries."""
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        try:  # 127.1, 2130706433 and 0x7f000001 are all 127.0.0.1 to a resolver
            return ipaddress.IPv4Address(socket.inet_aton(name))
        except OSError:
            return None
    if isinstance(address, ipaddress.IPv6Address):
        return _embedded(address) or address
    return address


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that packets to an IPv6 address may be passed on to."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    is_translated = any(address in each for each in _TRANSLATED)
    is_old_form = address in _IPV4_COMPATIBLE and int(address) > _HIGHEST_OWN
    last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return last if is_translated or is_old_form else None
