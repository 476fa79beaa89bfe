"""The network: sends requests and streams downloads, blocking and on the event loop.

It attaches credentials, and only to requests and downloads at the configured origin. It follows no
redirect of an API request. It distinguishes a request that certainly never left from one that
may have.
"""

from __future__ import annotations

import logging
import time

import anyio
import anyio.to_thread
import httpx

from ..adapters import Account, WireRequest, WireResponse
from ..engine.effects import Download, Downloaded
from ..text.redact import redact_url
from .bodies import Body
from .connections import Connection, PeerRefused
from .deadlines import Deadline, DeadlinePassed, Monotonic, RateFloor, kept_by_reads
from .downloads import Received, refusals
from .failures import (
    interrupted,
    no_answer,
    no_place,
    refused_url,
    too_many_redirects,
    too_slow,
    translated,
)
from .network_settings import read_network_settings
from .pools import AsyncPools, Settings, SyncPools, Use
from .requests import has_key, host_of, prepare, prepare_download, redirected, time_for

log = logging.getLogger("polyreel")

MAXIMUM_REDIRECTS = 5


class SyncTransport:
    """Sends requests and streams downloads, blocking. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings = read_network_settings,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        """Prepare; proxies and certificates are read when the first request is sent.

        Args:
            settings: Returns them.
            monotonic: Returns seconds, for deadlines.
        """
        self._pools = SyncPools(settings)
        self._monotonic = monotonic

    def send(
        self, account: Account, request: WireRequest, within: float | None = None
    ) -> WireResponse:
        """Send a request once and return the whole answer.

        Args:
            within: The caller's own deadline, in seconds; None for none.

        Raises:
            TransportError: When the network failed or was too slow; `sent` says whether bytes
                may have left.
            BadResponse: When the answer is too large, or the URL is not the provider's.
        """
        use = Use.PAID if request.spends else Use.READS
        latest = None if within is None else Deadline.after(within, self._monotonic)
        place = self._pools.place(use)
        if not place.acquire(timeout=within):
            raise no_place(account)
        try:
            client = self._pools.client(use)
            with translated(account):
                prepared = prepare(client, account, request)
                seconds = _seconds(account, prepared, latest)
                deadline = Deadline.after(seconds, self._monotonic)
                connection = Connection(host_of(prepared))
                prepared.extensions["trace"] = connection.blocking
                try:
                    with kept_by_reads(deadline):
                        return _answer(account, request, *_received(client, prepared, deadline))
                except (DeadlinePassed, httpx.TransportError) as error:
                    if isinstance(error, DeadlinePassed) or deadline.has_passed:
                        raise no_answer(account, seconds, connection.has_begun) from None
                    raise
        finally:
            place.release()

    def download(self, effect: Download) -> Downloaded:
        """Stream a file to a path, from its start or from where it was cut; return the result.

        Raises:
            TransportError: When the server was not reached or gave no answer.
            DownloadError: When the URL may not be downloaded.
        """
        with self._pools.place(Use.DOWNLOADS), translated(None):
            client = self._pools.client(Use.DOWNLOADS)
            url = effect.url
            for redirects in range(MAXIMUM_REDIRECTS):
                reason, peer_refusal = refusals(url, effect.account)
                if reason is not None:
                    raise refused_url(url, reason)
                prepared = prepare_download(client, url, effect, is_redirect=redirects > 0)
                connection = Connection(host_of(prepared), peer_refusal)
                prepared.extensions["trace"] = connection.blocking
                seconds = _seconds_of_head(effect)
                deadline = Deadline.after(seconds, self._monotonic)
                try:
                    with kept_by_reads(deadline):
                        answer = client.send(prepared, stream=True)
                except PeerRefused as refused:
                    raise refused_url(url, str(refused)) from None
                except (DeadlinePassed, httpx.TransportError) as error:
                    if isinstance(error, DeadlinePassed) or deadline.has_passed:
                        raise no_answer(effect.account, seconds, connection.has_begun) from None
                    raise
                try:
                    if answer.has_redirect_location:
                        url = redirected(answer)
                        continue
                    return self._saved(effect, answer, has_key(prepared, effect))
                finally:
                    answer.close()
        raise too_many_redirects(url)

    def _saved(self, effect: Download, answer: httpx.Response, had_key: bool) -> Downloaded:
        received = Received(answer.status_code, answer.headers, effect, had_key=had_key)
        if not received.is_ready():
            return received.downloaded()
        floor = _floor(effect, self._monotonic)
        with effect.path.open(received.open_mode) as file:
            try:
                for chunk in answer.iter_raw():
                    if not received.takes(chunk):
                        break
                    file.write(chunk)
                    if not floor.is_kept_by(len(chunk)):
                        return received.downloaded(_too_slow(effect))
            except httpx.TransportError as error:
                return received.downloaded(interrupted(error))
        return received.downloaded()

    def close(self) -> None:
        """Close the connections."""
        self._pools.close()


class AsyncTransport:
    """Sends requests and streams downloads, on any number of event loops."""

    def __init__(
        self,
        settings: Settings = read_network_settings,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        """Prepare, as `SyncTransport`."""
        self._pools = AsyncPools(settings)
        self._monotonic = monotonic

    async def send(
        self, account: Account, request: WireRequest, within: float | None = None
    ) -> WireResponse:
        """Send a request once and return the whole answer, as `SyncTransport.send`."""
        use = Use.PAID if request.spends else Use.READS
        latest = None if within is None else Deadline.after(within, self._monotonic)
        pools = await self._pools.here()
        place = pools.place(use)
        try:
            with anyio.fail_after(within):
                await place.acquire()
        except TimeoutError:
            raise no_place(account) from None
        try:
            client = pools.client(use)
            with translated(account):
                prepared = prepare(client, account, request)
                seconds = _seconds(account, prepared, latest)
                connection = Connection(host_of(prepared))
                prepared.extensions["trace"] = connection.async_
                try:
                    with anyio.fail_after(seconds):
                        return _answer(account, request, *await _received_async(client, prepared))
                except TimeoutError:
                    raise no_answer(account, seconds, connection.has_begun) from None
        finally:
            place.release()

    async def download(self, effect: Download) -> Downloaded:
        """Stream a file to a path and return the result, as `SyncTransport.download`."""
        pools = await self._pools.here()
        async with pools.place(Use.DOWNLOADS):
            client = pools.client(Use.DOWNLOADS)
            with translated(None):
                url = effect.url
                for redirects in range(MAXIMUM_REDIRECTS):
                    reason, peer_refusal = refusals(url, effect.account)
                    if reason is not None:
                        raise refused_url(url, reason)
                    prepared = prepare_download(client, url, effect, is_redirect=redirects > 0)
                    connection = Connection(host_of(prepared), peer_refusal)
                    prepared.extensions["trace"] = connection.async_
                    seconds = _seconds_of_head(effect)
                    try:
                        with anyio.fail_after(seconds):
                            answer = await client.send(prepared, stream=True)
                    except PeerRefused as refused:
                        raise refused_url(url, str(refused)) from None
                    except TimeoutError:
                        raise no_answer(effect.account, seconds, connection.has_begun) from None
                    try:
                        if answer.has_redirect_location:
                            url = redirected(answer)
                            continue
                        return await self._saved(effect, answer, has_key(prepared, effect))
                    finally:
                        await answer.aclose()
        raise too_many_redirects(url)

    async def _saved(self, effect: Download, answer: httpx.Response, had_key: bool) -> Downloaded:
        received = Received(answer.status_code, answer.headers, effect, had_key=had_key)
        if not await anyio.to_thread.run_sync(received.is_ready):
            return received.downloaded()
        floor = _floor(effect, self._monotonic)
        async with await anyio.open_file(effect.path, received.open_mode) as file:
            try:
                async for chunk in answer.aiter_raw():
                    if not received.takes(chunk):
                        break
                    await file.write(chunk)
                    if not floor.is_kept_by(len(chunk)):
                        return received.downloaded(_too_slow(effect))
            except httpx.TransportError as error:
                return received.downloaded(interrupted(error))
        return received.downloaded()

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        await self._pools.close()


def _received(
    client: httpx.Client, prepared: httpx.Request, deadline: Deadline
) -> tuple[httpx.Response, Body]:
    """Send a request and read its answer to the end."""
    answer = client.send(prepared, stream=True)
    try:
        body = Body(answer.headers.get("content-encoding", ""))
        for chunk in answer.iter_raw():
            if deadline.has_passed:
                raise DeadlinePassed
            body.add(chunk)
    finally:
        answer.close()
    return answer, body


async def _received_async(
    client: httpx.AsyncClient, prepared: httpx.Request
) -> tuple[httpx.Response, Body]:
    answer = await client.send(prepared, stream=True)
    try:
        body = Body(answer.headers.get("content-encoding", ""))
        async for chunk in answer.aiter_raw():
            body.add(chunk)
    finally:
        await answer.aclose()
    return answer, body


def _seconds(account: Account, prepared: httpx.Request, latest: Deadline | None) -> float:
    """Return how long an answer may take, by the config and by the caller's deadline."""
    usual = time_for(account, prepared)
    return usual if latest is None else max(0.0, min(usual, latest.left))


def _seconds_of_head(effect: Download) -> float:
    """Return how long a video's server may take until its answer begins."""
    usual = effect.account.timeouts.answer
    return usual if effect.within is None else min(usual, effect.within)


def _answer(
    account: Account, request: WireRequest, answer: httpx.Response, body: Body
) -> WireResponse:
    log.debug(
        "%s %s%s -> HTTP %d",
        request.method,
        account.provider,
        redact_url(request.path),
        answer.status_code,
    )
    return WireResponse(
        status=answer.status_code,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=body.content(),
    )


def _floor(effect: Download, monotonic: Monotonic) -> RateFloor:
    timeouts = effect.account.timeouts
    return RateFloor(timeouts.slowest_download, timeouts.slowest_for, monotonic)


def _too_slow(effect: Download) -> str:
    return too_slow(effect.account.timeouts.slowest_download, effect.account.timeouts.slowest_for)
