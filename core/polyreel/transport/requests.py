"""What is sent: the HTTP of a request to a provider, and of a download."""

from __future__ import annotations

import httpx

from ..adapters import Account, WireRequest
from ..engine.effects import Download
from ..errors import BadResponse, TransportError
from ..text.addresses import join, same_origin
from .bodies import ACCEPTED_CODING
from .deadlines import SENT_PER_SECOND
from .downloads import range_headers
from .failures import UNREADABLE, refused_url


def prepare(
    client: httpx.Client | httpx.AsyncClient, account: Account, request: WireRequest
) -> httpx.Request:
    """Return a request as it will be sent, with the key where it needs one.

    Raises:
        BadResponse: When its URL is not the provider's.
        TransportError: When it can't be written as HTTP; nothing was sent.
    """
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
            headers={
                "accept-encoding": ACCEPTED_CODING,
                **request.headers,
                **dict(credentials),
            },
            timeout=_timeouts(account),
        )
    except (ValueError, TypeError) as error:  # also text that can't be encoded
        raise TransportError(
            f"the request to {account.provider} can't be written as HTTP "
            f"({type(error).__name__}). Nothing was sent; report it to the plugin's author.",
            sent=False,
            provider=account.provider,
        ) from None


def prepare_download(
    client: httpx.Client | httpx.AsyncClient, url: str, effect: Download, *, is_redirect: bool
) -> httpx.Request:
    """Return the request for a video.

    The key goes with it where the video needs it, and only to the origin of the configured address:
    an answer may name any other. A redirect's target never gets it, also at that origin: it is
    downloaded as a public file, or not at all.

    Args:
        client: Builds the request.
        url: Where the video is, or where its server leads.
        effect: The download.
        is_redirect: Whether the URL is a redirect's target.

    Raises:
        DownloadError: When its URL can't be called.
        MissingKey, ConfigError: When it needs the key and there is none that may be used.
    """
    timeouts = effect.account.timeouts
    try:
        prepared = client.build_request(
            "GET",
            url,
            # Without compression the bytes that arrive are the file's and can be counted.
            headers={"accept-encoding": "identity", **range_headers(effect)},
            timeout=_timeouts(effect.account, read=min(timeouts.read, timeouts.slowest_for)),
        )
    except (httpx.InvalidURL, ValueError):
        raise refused_url(url, UNREADABLE) from None
    if effect.needs_key and not is_redirect and _is_home(url, prepared, effect.account):
        name, value = effect.account.credential_header()
        prepared.headers[name] = value
    return prepared


def has_key(prepared: httpx.Request, effect: Download) -> bool:
    """Return whether the key goes with the request for a video."""
    return effect.account.credential.header in prepared.headers


def _is_home(url: str, prepared: httpx.Request, account: Account) -> bool:
    """Return whether a request goes to the origin of the configured address.

    Both as its text says and as it will be connected to: two readers may read one text differently.
    """
    home = httpx.URL(account.base_url)
    return same_origin(url, account.base_url) and _server(prepared.url) == _server(home)


def _server(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host.lower(), url.port


def redirected(answer: httpx.Response) -> str:
    """Return where an answer of a video's server leads.

    Raises:
        DownloadError: When that can't be read.
    """
    try:
        return str(answer.url.join(answer.headers["location"]))
    except (httpx.InvalidURL, ValueError):
        raise refused_url(str(answer.url), f"its server leads elsewhere; {UNREADABLE}") from None


def host_of(prepared: httpx.Request) -> str:
    """Return the host of a request as it is looked up: a name with other letters is encoded."""
    return prepared.url.raw_host.decode("ascii")


def time_for(account: Account, prepared: httpx.Request) -> float:
    """Return the seconds that a request and its answer may take; a large request has more."""
    size = int(prepared.headers.get("content-length", 0))
    return account.timeouts.answer + size / SENT_PER_SECOND


def _timeouts(account: Account, read: float | None = None) -> httpx.Timeout:
    timeouts = account.timeouts
    return httpx.Timeout(
        connect=timeouts.connect,
        read=timeouts.read if read is None else read,
        write=timeouts.write,
        pool=None,  # waiting behind oneself is not an error
    )
