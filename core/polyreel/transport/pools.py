"""Pools: the HTTP library's clients of one transport, by what they are used for.

Each has its own connections and its own limit on requests at once, so that long downloads do not
keep polls waiting. Who waits for a free connection waits behind this program itself, which is
never an error and has no deadline.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
import httpx

from ..forks import leave_to_parent, renew_in_children
from .network_settings import NetworkSettings
from .routes import AsyncRoutes, Routes

R = TypeVar("R", Routes, AsyncRoutes)

USER_AGENT = "polyreel"
AT_ONCE = 100
"""Most requests at once in each pool; the others wait."""
KEPT_OPEN = 20


class Use(StrEnum):
    """What a connection is used for."""

    READS = "reads"
    PAID = "paid"
    """A fresh connection for each: one that was kept open may turn out to be dead only when the
    request is on it, and then the outcome is unknown."""
    DOWNLOADS = "downloads"
    """A fresh connection for each, so that the address of each is checked."""


Settings = Callable[[], NetworkSettings]
"""Returns the proxies and certificates; it is called when the first connection is needed."""


def client_options(use: Use, transport: type[R], settings: NetworkSettings) -> dict[str, Any]:
    """Return how the HTTP library makes a client."""
    kept_open = KEPT_OPEN if use is Use.READS else 0
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=kept_open)
    return {
        "transport": transport(settings, limits),
        "trust_env": False,  # the settings have read it
        "follow_redirects": False,
        "headers": {"user-agent": USER_AGENT},
        # No cookie is stored: a video's server must not get what a provider's API sets.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }


class SyncPools:
    """The blocking clients, made when they are first used. Made anew in a forked child."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start()
        renew_in_children(self)

    def _start(self) -> None:
        self._making = threading.Lock()
        self._clients: dict[Use, httpx.Client] = {}
        self._places = {use: threading.BoundedSemaphore(AT_ONCE) for use in Use}

    def renew_after_fork(self) -> None:
        """Leave the parent's connections and locks to it."""
        leave_to_parent((self._clients, self._places))
        self._start()

    def client(self, use: Use) -> httpx.Client:
        """Return the client for a use."""
        with self._making:
            if use not in self._clients:
                self._clients[use] = httpx.Client(**client_options(use, Routes, self._settings()))
            return self._clients[use]

    def place(self, use: Use) -> threading.BoundedSemaphore:
        """Return what is taken for each request, so that no more than allowed run at once."""
        return self._places[use]

    def close(self) -> None:
        """Close the connections."""
        with self._making:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()


class LoopPools:
    """The asynchronous clients of one event loop. They can't be used on another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[Use, httpx.AsyncClient] = {}
        self._places = {use: anyio.Semaphore(AT_ONCE) for use in Use}

    def client(self, use: Use) -> httpx.AsyncClient:
        """Return the client for a use."""
        if use not in self._clients:
            self._clients[use] = httpx.AsyncClient(
                **client_options(use, AsyncRoutes, self._settings())
            )
        return self._clients[use]

    def place(self, use: Use) -> anyio.Semaphore:
        """Return what is taken for each request, so that no more than allowed run at once."""
        return self._places[use]

    async def close(self) -> None:
        """Close the connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()


_numbers = count()


class AsyncPools:
    """The asynchronous clients of each event loop that uses them. Made anew in a forked child."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start()
        renew_in_children(self)

    def _start(self) -> None:
        # Older versions of anyio find a variable by its name.
        name = f"polyreel-pools-{next(_numbers)}"
        self._of_loop: anyio.lowlevel.RunVar[_Kept | None] = anyio.lowlevel.RunVar(name, None)
        self._open: set[_Kept] = set()

    def renew_after_fork(self) -> None:
        """Leave the parent's connections to it; they belong to its event loops."""
        leave_to_parent(self._open)
        self._start()

    async def here(self) -> LoopPools:
        """Return the clients of the running event loop, made when they are first used."""
        kept = self._of_loop.get()
        if kept is None:
            kept = _Kept(LoopPools(self._settings), self._open)
            self._of_loop.set(kept)
            # An event loop that ends closes its generators, and by that these connections.
            await kept.closing.__anext__()
        return kept.pools

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        kept = self._of_loop.get()
        if kept is not None:
            self._of_loop.set(None)
            await kept.closing.aclose()


class _Kept:
    """The pools of an event loop, and what closes them when the loop ends."""

    def __init__(self, pools: LoopPools, open_: set[_Kept]) -> None:
        self.pools = pools
        self.closing = self._close_at_end(open_)

    async def _close_at_end(self, open_: set[_Kept]) -> AsyncGenerator[None]:
        open_.add(self)
        try:
            yield
        finally:
            open_.discard(self)
            await self.pools.close()
