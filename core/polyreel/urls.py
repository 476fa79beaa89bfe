"""What polyreel trusts about URLs: which may carry a key, and which may be fetched."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

_LOOPBACK_NAMES = frozenset({"localhost", "::1"})


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's own loopback."""
    return host is not None and (host in _LOOPBACK_NAMES or _is_127(host))


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port, with the port that the scheme implies.

    Raises:
        ValueError: When the URL has no host or its port is no number.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("the URL has no host")
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme.lower(), 0)
    return parts.scheme.lower(), parts.hostname.lower(), port


def why_not_secure(url: str) -> str | None:
    """Return why a URL may not be used, or None when it may.

    It must be https, or plain http to loopback, and hold no user name or password.
    """
    try:
        scheme, host, _ = origin(url)
    except ValueError as error:
        return str(error)
    if urlsplit(url).username is not None or urlsplit(url).password is not None:
        return "it holds a user name or password"
    if scheme == "https" or (scheme == "http" and is_loopback(host)):
        return None
    if scheme == "http":
        return "plain http is accepted for loopback only; use https"
    return f"{scheme}:// is not https"


def join(base_url: str, path: str) -> str:
    """Return a provider's full URL for a path, or a returned URL as it is.

    Raises:
        ValueError: When a full URL's origin is not the base URL's. A key is sent to the
            configured origin only.
    """
    if "://" not in path:
        return base_url.rstrip("/") + "/" + path.lstrip("/")
    if origin(path) != origin(base_url):
        raise ValueError(f"{origin(path)[1]} is not the configured host {origin(base_url)[1]}")
    return path


def path_segment(text: str) -> str:
    """Return text fit to stand between two slashes, e.g. a task id of unknown spelling."""
    return quote(text, safe="")


def _is_127(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdigit() for part in parts)
