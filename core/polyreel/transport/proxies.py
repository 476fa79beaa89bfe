"""Proxies: which proxy a request goes through, by the config and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal
from urllib.request import getproxies

import httpx

from ..errors import ConfigError
from ..text.addresses import is_this_machine, origin
from .no_proxy import NoProxy

SCHEMES = ("http", "https", "socks5", "socks5h")
"""How a proxy may be spoken to."""

_PROXIED = ("http", "https", "all")
_EXAMPLE = "http://proxy.example:3128"


@dataclass(frozen=True)
class Proxy:
    """One proxy.

    Attributes:
        url: Its address; it may hold a user name and a password, and is never shown.
        named_by: The variable or the key of the config that names it.
    """

    url: str = field(repr=False)
    named_by: str

    @property
    def is_socks(self) -> bool:
        """Whether it is a SOCKS proxy."""
        return self.url.startswith("socks")

    @property
    def shown(self) -> str:
        """Its address without user name, password, path and query."""
        scheme, host, port = origin(self.url)
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"


@dataclass(frozen=True)
class Proxies:
    """Which proxy a request goes through.

    Attributes:
        by_scheme: By the scheme of the requests, `http`, `https` or `all`.
        exceptions: The hosts that are reached without a proxy.
    """

    by_scheme: Mapping[str, Proxy] = field(default_factory=lambda: MappingProxyType({}))
    exceptions: NoProxy = field(default_factory=NoProxy)

    def proxy_for(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """Return the proxy that a request goes through, or None when it goes directly.

        No proxy is asked for this machine itself: what is meant for it, a key too, stays on it.

        Args:
            scheme: The URL's, `http` or `https`.
            host: The URL's, without brackets.
            port: The URL's; None for the one that the scheme implies.
        """
        proxy = self.by_scheme.get(scheme) or self.by_scheme.get("all")
        if proxy is None or is_this_machine(host):
            return None
        return None if self.exceptions.has(scheme, host, port) else proxy


def read_proxies(
    configured: str | Literal[False] | None, environment: Mapping[str, str] = os.environ
) -> Proxies:
    """Return the proxies of the config, else of the environment, else of the system.

    Args:
        configured: The config's `proxy`, for every request; False for no proxy at all; None for
            the environment's `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY`.
        environment: The environment variables. `NO_PROXY` counts for the config's proxy too.

    Raises:
        ConfigError: When the address of a proxy can't be used. It names what names the proxy.
    """
    if configured is False:
        return Proxies()
    variable, excepted = _variable("no", environment)
    exceptions = NoProxy.read(excepted, variable)
    if configured is not None:
        proxy = _checked(configured, "`proxy` in polyreel.toml")
        return Proxies(MappingProxyType({"all": proxy}), exceptions)
    named = {scheme: _variable(scheme, environment) for scheme in _PROXIED}
    if not any(text for _, text in named.values()) and environment is os.environ:
        # Only macOS and Windows have settings beside the environment.
        system = getproxies()
        where = "the system's proxy setting"
        named = {scheme: (where, system.get(scheme, "")) for scheme in _PROXIED}
    found = {scheme: _checked(text, name) for scheme, (name, text) in named.items() if text}
    return Proxies(MappingProxyType(found), exceptions)


def _variable(scheme: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and the value of a variable; the name in small letters comes first."""
    name = f"{scheme}_proxy"
    if name in environment:
        return name, environment[name].strip()
    if scheme == "http" and "REQUEST_METHOD" in environment:
        # In a CGI script HTTP_PROXY is a header that the caller of the script has sent.
        return name, ""
    return name.upper(), environment.get(name.upper(), "").strip()


def _checked(text: str, named_by: str) -> Proxy:
    url = text if "://" in text else f"http://{text}"
    scheme = url.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise ConfigError(
            f"{named_by} names a proxy by {scheme[:20]}://, which polyreel does not know. Use "
            f"{', '.join(f'{each}://' for each in SCHEMES)}, such as {_EXAMPLE}, or remove it"
        )
    reason = _why_not_address(url)
    if reason is not None:
        raise ConfigError(
            f"{named_by} does not name a proxy that can be used: {reason}. Write it as "
            f"{_EXAMPLE}, or remove it"
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigError(
            f"{named_by} names a SOCKS proxy, which needs one more package. Install it with: "
            "pip install 'polyreel[socks]'. Or remove it, or name an http:// proxy"
        )
    return Proxy(f"{scheme}{url[len(scheme) :]}", named_by)


def _why_not_address(url: str) -> str | None:
    """Return why the HTTP library can't use an address; the reason holds no part of it."""
    try:
        _, _, port = origin(url)
        httpx.URL(url)
    except ValueError as error:
        return str(error)
    except httpx.InvalidURL:
        return "its address can't be read"
    is_usual = url.lower().startswith("http") and not port
    return "its port can't be 0" if is_usual else None
