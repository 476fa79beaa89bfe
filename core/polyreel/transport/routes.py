"""Routes: each request goes directly, or through the proxy that the settings name for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import httpx

from .network_settings import NetworkSettings
from .proxies import Proxy

_NOT_SOCKS = "the proxy does not answer as a SOCKS 5 proxy does"


class Routes(httpx.BaseTransport):
    """The connections of a blocking client."""

    def __init__(self, settings: NetworkSettings, limits: httpx.Limits) -> None:
        """Prepare the connections; none is made yet.

        Args:
            settings: The proxies and the certificates.
            limits: Of the direct connections, and of those through each proxy.
        """
        self._settings = settings
        self._routes = {
            proxy: httpx.HTTPTransport(**_options(settings, proxy, limits))
            for proxy in _every(settings)
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on its route."""
        proxy = _proxy_for(self._settings, request.url)
        if proxy is None or not proxy.is_socks:
            return self._routes[proxy].handle_request(request)
        opened: list[Any] = []
        trace = request.extensions.get("trace")

        def seen(event: str, facts: Mapping[str, Any]) -> None:
            if trace is not None:
                trace(event, facts)
            if event.endswith("connect_tcp.complete"):
                opened.append(facts["return_value"])

        request.extensions["trace"] = seen
        try:
            return self._routes[proxy].handle_request(request)
        except BaseException as error:
            for each in opened:  # the HTTP library leaves it open when the proxy refuses
                each.close()
            if _is_of_socks(error):
                raise httpx.ProxyError(_NOT_SOCKS) from None
            raise

    def close(self) -> None:
        """Close the connections."""
        for each in self._routes.values():
            each.close()


class AsyncRoutes(httpx.AsyncBaseTransport):
    """The connections of an asynchronous client."""

    def __init__(self, settings: NetworkSettings, limits: httpx.Limits) -> None:
        """Prepare the connections, as `Routes`."""
        self._settings = settings
        self._routes = {
            proxy: httpx.AsyncHTTPTransport(**_options(settings, proxy, limits))
            for proxy in _every(settings)
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on its route."""
        proxy = _proxy_for(self._settings, request.url)
        if proxy is None or not proxy.is_socks:
            return await self._routes[proxy].handle_async_request(request)
        opened: list[Any] = []
        trace = request.extensions.get("trace")

        async def seen(event: str, facts: Mapping[str, Any]) -> None:
            if trace is not None:
                await trace(event, facts)
            if event.endswith("connect_tcp.complete"):
                opened.append(facts["return_value"])

        request.extensions["trace"] = seen
        try:
            return await self._routes[proxy].handle_async_request(request)
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                for each in opened:
                    await each.aclose()
            if _is_of_socks(error):
                raise httpx.ProxyError(_NOT_SOCKS) from None
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        for each in self._routes.values():
            await each.aclose()


def _every(settings: NetworkSettings) -> list[Proxy | None]:
    return [None, *dict.fromkeys(settings.proxies.by_scheme.values())]


def _proxy_for(settings: NetworkSettings, url: httpx.URL) -> Proxy | None:
    return settings.proxies.proxy_for(url.scheme, url.raw_host.decode("ascii"), url.port)


def _options(
    settings: NetworkSettings, proxy: Proxy | None, limits: httpx.Limits
) -> dict[str, Any]:
    tls = settings.certificates.context()
    options: dict[str, Any] = {"verify": tls, "limits": limits, "trust_env": False}
    if proxy is not None:
        own = tls if proxy.url.startswith("https:") else None
        options["proxy"] = httpx.Proxy(proxy.url, ssl_context=own)
    return options


def _is_of_socks(error: BaseException) -> bool:
    """Return whether the SOCKS library raised it, which the HTTP library does not translate.

    It reads nothing but the proxy's own words, before a byte of the request has left.
    """
    return type(error).__module__.startswith("socksio")
