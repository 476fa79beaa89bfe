"""The network: the only module that uses the HTTP library.

It attaches credentials, and only to requests for the configured origin. It follows no
redirect of an API request. It distinguishes a request that certainly never left from one that
may have. It silences the HTTP library's own logs, which hold whole URLs.
"""

from __future__ import annotations

import contextvars
import logging
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import anyio
import anyio.to_thread
import httpx

from ..adapters import Account, WireRequest, WireResponse
from ..engine.effects import Download, Downloaded
from ..errors import BadResponse, DownloadError, TransportError
from ..text.addresses import join
from ..text.redact import redact_message, redact_url
from .downloads import (
    Received,
    download_refusal_async,
    download_refusal_blocking,
    range_headers,
)
from .never_sent import NEVER_SENT

log = logging.getLogger("polyreel")

USER_AGENT = "polyreel"
MAXIMUM_ANSWER_BYTES = 16 * 2**20
"""An API's answer is a few kilobytes; a larger one is an error."""
MAXIMUM_REDIRECTS = 5

# A proxy in the environment can't reach this machine's own loopback.
_NO_PROXY_FOR_LOOPBACK: dict[str, Any] = {
    "all://127.0.0.1": None,
    "all://localhost": None,
    "all://[::1]": None,
}

_quiet: contextvars.ContextVar[bool] = contextvars.ContextVar("polyreel_quiet", default=False)


class _DropOurs(logging.Filter):
    """Drops the HTTP library's records of our requests: they hold signed URLs whole."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  # as logging calls it
        """Return whether a record may be logged."""
        return not _quiet.get()


for _name in (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
):
    logging.getLogger(_name).addFilter(_DropOurs())


class SyncTransport:
    """Sends requests and streams downloads, blocking. Safe to use from several threads."""

    def __init__(self) -> None:
        tls = _tls(*_certificates())
        self._reads = httpx.Client(**_client_options(tls, keep_alive=True))
        # The paid request gets a fresh connection: one that was kept open may turn out to
        # be dead only when the request is on it, and then the outcome is unknown.
        self._spends = httpx.Client(**_client_options(tls, keep_alive=False))

    def send(self, account: Account, request: WireRequest) -> WireResponse:
        """Send a request once and return the whole answer.

        Raises:
            TransportError: When the network failed; `sent` says whether bytes may have left.
            BadResponse: When the answer is too large, or the URL is not the provider's.
        """
        client = self._spends if request.spends else self._reads
        with _translated(account):
            prepared = _prepare(client, account, request)
            answer = client.send(prepared, stream=True)
            try:
                body = _Body()
                for chunk in answer.iter_bytes():
                    body.add(chunk)
            finally:
                answer.close()
        return _answer(account, request, answer, body)

    def download(self, effect: Download) -> Downloaded:
        """Stream a file to a path, from its start or from where it was cut; return the result.

        Raises:
            TransportError: When the server was not reached or gave no answer.
            DownloadError: When the URL may not be downloaded.
        """
        url = effect.url
        with _translated(None):
            for _ in range(MAXIMUM_REDIRECTS):
                reason = download_refusal_blocking(url, effect.account)
                request = _prepare_download(self._reads, url, effect, reason)
                answer = self._reads.send(request, stream=True)
                try:
                    if answer.has_redirect_location:
                        url = str(answer.url.join(answer.headers["location"]))
                        continue
                    received = Received(answer.status_code, answer.headers, effect)
                    if not received.is_ready():
                        return received.downloaded()
                    with effect.path.open(received.open_mode) as file:
                        try:
                            for chunk in answer.iter_raw():
                                if not received.takes(chunk):
                                    break
                                file.write(chunk)
                        except httpx.TransportError as error:
                            return received.downloaded(_interrupted(error))
                    return received.downloaded()
                finally:
                    answer.close()
        raise _too_many_redirects(url)

    def close(self) -> None:
        """Close the connections."""
        self._reads.close()
        self._spends.close()


class AsyncTransport:
    """Sends requests and streams downloads on the event loop."""

    def __init__(self) -> None:
        tls = _tls(*_certificates())
        self._reads = httpx.AsyncClient(**_client_options(tls, keep_alive=True))
        self._spends = httpx.AsyncClient(**_client_options(tls, keep_alive=False))

    async def send(self, account: Account, request: WireRequest) -> WireResponse:
        """Send a request once and return the whole answer, as `SyncTransport.send`."""
        client = self._spends if request.spends else self._reads
        with _translated(account):
            prepared = _prepare(client, account, request)
            answer = await client.send(prepared, stream=True)
            try:
                body = _Body()
                async for chunk in answer.aiter_bytes():
                    body.add(chunk)
            finally:
                await answer.aclose()
        return _answer(account, request, answer, body)

    async def download(self, effect: Download) -> Downloaded:
        """Stream a file to a path and return the result, as `SyncTransport.download`."""
        url = effect.url
        with _translated(None):
            for _ in range(MAXIMUM_REDIRECTS):
                reason = await download_refusal_async(url, effect.account)
                request = _prepare_download(self._reads, url, effect, reason)
                answer = await self._reads.send(request, stream=True)
                try:
                    if answer.has_redirect_location:
                        url = str(answer.url.join(answer.headers["location"]))
                        continue
                    received = Received(answer.status_code, answer.headers, effect)
                    if not await anyio.to_thread.run_sync(received.is_ready):
                        return received.downloaded()
                    async with await anyio.open_file(effect.path, received.open_mode) as file:
                        try:
                            async for chunk in answer.aiter_raw():
                                if not received.takes(chunk):
                                    break
                                await file.write(chunk)
                        except httpx.TransportError as error:
                            return received.downloaded(_interrupted(error))
                    return received.downloaded()
                finally:
                    await answer.aclose()
        raise _too_many_redirects(url)

    async def close(self) -> None:
        """Close the connections."""
        await self._reads.aclose()
        await self._spends.aclose()


class _Body:
    """An API's answer as it arrives, up to a size."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAXIMUM_ANSWER_BYTES:
            raise BadResponse(
                f"the answer is larger than {MAXIMUM_ANSWER_BYTES} bytes. {BadResponse.advice}."
            )
        self._chunks.append(chunk)

    def bytes(self) -> bytes:
        return b"".join(self._chunks)


def _client_options(tls: ssl.SSLContext, *, keep_alive: bool) -> dict[str, Any]:
    return {
        "verify": tls,
        "limits": httpx.Limits(
            max_connections=100, max_keepalive_connections=20 if keep_alive else 0
        ),
        "follow_redirects": False,
        "headers": {"user-agent": USER_AGENT},
        "mounts": _NO_PROXY_FOR_LOOPBACK,
        # No cookie is stored: a video's server must not get what a provider's API sets.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }


def _certificates() -> tuple[str | None, str | None]:
    """Return the file and the folder of certificates that the environment names."""
    return os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")


@lru_cache(maxsize=4)
def _tls(file: str | None, folder: str | None) -> ssl.SSLContext:  # noqa: ARG001  # the cache's key
    """Return the certificates to check servers with, read once for all clients.

    Reading them takes most of the time of making a client.
    """
    return httpx.create_ssl_context()


def _prepare(
    client: httpx.Client | httpx.AsyncClient, account: Account, request: WireRequest
) -> httpx.Request:
    try:
        url = join(account.base_url, request.path)
    except ValueError as error:
        raise BadResponse(
            f"{account.provider} gave a URL that must not be called: {error}. "
            "The key is sent to the configured origin only; check base_url."
        ) from None
    # A request that needs no key gets none, so it works without one.
    credentials = [account.credential_header()] if request.needs_key else []
    file = request.file
    try:
        return client.build_request(
            request.method,
            url,
            params=dict(request.query) or None,
            json=None if request.json is None else dict(request.json),
            files=None if file is None else {"file": (file.filename, file.data, file.mime_type)},
            headers={**request.headers, **dict(credentials)},
            timeout=_timeout(account),
        )
    except (ValueError, TypeError) as error:  # also text that can't be encoded
        raise TransportError(
            f"the request to {account.provider} can't be written as HTTP "
            f"({type(error).__name__}). Nothing was sent; report it to the plugin's author.",
            sent=False,
            provider=account.provider,
        ) from None


def _timeout(account: Account) -> httpx.Timeout:
    timeouts = account.timeouts
    return httpx.Timeout(
        connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.connect
    )


def _prepare_download(
    client: httpx.Client | httpx.AsyncClient, url: str, effect: Download, reason: str | None
) -> httpx.Request:
    if reason is not None:
        raise DownloadError(
            f"the video's URL {redact_url(url)} will not be downloaded: {reason}. "
            "Look for the video in the provider's console."
        )
    return client.build_request(
        "GET",
        url,
        # Without compression the bytes that arrive are the file's and can be counted.
        headers={"accept-encoding": "identity", **range_headers(effect)},
        timeout=_timeout(effect.account),
    )


def _interrupted(error: httpx.TransportError) -> str:
    reason = redact_message(str(error)) or type(error).__name__
    return f"the connection was interrupted ({reason})"


def _answer(
    account: Account, request: WireRequest, answer: httpx.Response, body: _Body
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
        body=body.bytes(),
    )


@contextmanager
def _translated(account: Account | None) -> Iterator[None]:
    """Turn the HTTP library's errors into ours, and silence its logs meanwhile."""
    token = _quiet.set(True)
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        sent = type(error).__name__ not in NEVER_SENT
        secrets = () if account is None else account.secrets
        reason = redact_message(str(error), secrets) or type(error).__name__
        where = "the video's server" if account is None else account.provider
        raise TransportError(
            f"the connection to {where} failed ({reason}). "
            + (
                "It broke after the request had begun to leave."
                if sent
                else "Nothing was sent. Check the network and base_url."
            ),
            sent=sent,
            provider=None if account is None else account.provider,
        ) from None
    finally:
        _quiet.reset(token)


def _too_many_redirects(url: str) -> DownloadError:
    return DownloadError(f"the video's server redirects too often ({redact_url(url)}).")
