"""What went wrong on the network, in polyreel's own errors."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ..adapters import Account
from ..errors import DownloadError, TransportError
from ..text.redact import redact_message, redact_url
from .never_sent import NEVER_SENT

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
    "httpcore.socks",
):
    logging.getLogger(_name).addFilter(_DropOurs())


@contextmanager
def translated(account: Account | None) -> Iterator[None]:
    """Turn the HTTP library's errors into ours, and silence its logs meanwhile."""
    token = _quiet.set(True)
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        # The HTTP library reads where a redirect leads before anybody asks for it.
        if account is None and isinstance(error.__context__, httpx.InvalidURL):
            raise DownloadError(
                f"the video can't be downloaded: its server leads elsewhere; {UNREADABLE}."
            ) from None
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
    except UnicodeError:  # a host's name that the system can't be asked for
        if account is None:
            raise DownloadError(f"the video can't be downloaded: {UNREADABLE}.") from None
        raise TransportError(
            f"{account.provider} was not called: {UNREADABLE}. Nothing was sent; check base_url.",
            sent=False,
            provider=account.provider,
        ) from None
    finally:
        _quiet.reset(token)


def no_answer(account: Account, seconds: float, sent: bool) -> TransportError:
    """Return the error for an answer that was not there in time."""
    return TransportError(
        f"{account.provider} gave no whole answer within {round(seconds, 1):g} s. "
        + (
            "The request had begun to leave."
            if sent
            else "Nothing was sent. Check the network and base_url."
        ),
        sent=sent,
        provider=account.provider,
    )


def no_place(account: Account) -> TransportError:
    """Return the error for a request that waited behind others until the caller's deadline."""
    return TransportError(
        f"no connection to {account.provider} was free before the deadline: other requests of "
        "this program use them all. Nothing was sent.",
        sent=False,
        provider=account.provider,
    )


UNREADABLE = "the address can't be read"
"""Why a URL is refused that the HTTP library can't read."""


def refused_url(url: str, reason: str) -> DownloadError:
    """Return the error for a video at a URL that must not be used."""
    return DownloadError(
        f"the video's URL {redact_url(url)} will not be downloaded: {reason}. "
        "Look for the video in the provider's console."
    )


def interrupted(error: httpx.TransportError) -> str:
    """Return what cut a download short."""
    reason = redact_message(str(error)) or type(error).__name__
    return f"the connection was interrupted ({reason})"


def too_slow(rate: float, seconds: float) -> str:
    """Return that a download was too slow."""
    return f"less than {rate:g} bytes a second arrived for {seconds:g} s"


def too_many_redirects(url: str) -> DownloadError:
    """Return the error for a server that redirects again and again."""
    return DownloadError(f"the video's server redirects too often ({redact_url(url)}).")
