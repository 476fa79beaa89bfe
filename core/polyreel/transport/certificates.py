"""Certificates: what servers are checked against, by the config and the environment."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx

from ..errors import ConfigError
from ..text.paths import expanded

KEY_LOG_VARIABLE = "SSLKEYLOGFILE"

_PEM = b"-----BEGIN "
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")


@dataclass(frozen=True)
class Certificates:
    """Where the certificates come from that servers are checked against.

    Attributes:
        kind: `bundled` is the list that comes with the package certifi, `system` the operating
            system's own; the others are the user's.
        named_by: The variable or the key of the config that names them.
        paths: A file, or folders with a file for each certificate, named by its hash.
    """

    kind: Literal["bundled", "system", "file", "folder"] = "bundled"
    named_by: str = "certifi"
    paths: tuple[Path, ...] = ()

    def context(self) -> ssl.SSLContext:
        """Return them ready for use, read once for all clients.

        Reading them takes most of the time of making a client.

        Raises:
            ConfigError: When they can't be read, or there are none.
        """
        if self.kind == "system":
            _check_has_truststore(self.named_by)
        else:
            _check_key_log()
        return _context(self)

    def check(self) -> None:
        """Check that they can be read.

        Raises:
            ConfigError: When they can't be read, or there are none.
        """
        self.context()


def choose_certificates(
    bundle: str | None,
    configured: Literal["bundled", "system"] | None,
    environment: Mapping[str, str] = os.environ,
) -> Certificates:
    """Return which certificates count. Reads none of them.

    Args:
        bundle: The config's `ca_bundle`, a file or a folder.
        configured: The config's `certificates`.
        environment: The environment variables. Without anything in the config `SSL_CERT_FILE`
            counts, then `SSL_CERT_DIR`.

    Raises:
        ConfigError: When a path begins with the home of an unknown user.
    """
    if bundle is not None:
        where = "`ca_bundle` in polyreel.toml"
        path = expanded(bundle, where)
        return Certificates("folder" if path.is_dir() else "file", where, (path,))
    if configured is not None:
        return Certificates(configured, "`certificates` in polyreel.toml")
    if environment.get("SSL_CERT_FILE"):
        path = Path(environment["SSL_CERT_FILE"])
        return Certificates("file", "SSL_CERT_FILE", (path,))
    if environment.get("SSL_CERT_DIR"):
        folders = environment["SSL_CERT_DIR"].split(os.pathsep)
        return Certificates("folder", "SSL_CERT_DIR", tuple(Path(each) for each in folders if each))
    return Certificates()


@lru_cache(maxsize=4)
def _context(certificates: Certificates) -> ssl.SSLContext:
    if certificates.kind == "system":
        return _system()
    if certificates.kind == "file":
        _check_file(certificates)
    elif certificates.kind == "folder":
        _check_folders(certificates)
    paths = [str(each) for each in certificates.paths]
    try:
        if certificates.kind == "bundled":
            return httpx.create_ssl_context(trust_env=False)
        if certificates.kind == "file":
            return ssl.create_default_context(cafile=paths[0])
        return ssl.create_default_context(capath=os.pathsep.join(paths))
    except OSError as error:  # ssl.SSLError is one
        raise _unfit(certificates, f"can't be used as certificates ({_reason(error)})") from None


def _system() -> ssl.SSLContext:
    """Return the system's own certificates, also those of the keychains of macOS and Windows."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _check_has_truststore(named_by: str) -> None:
    if find_spec("truststore") is None:
        raise ConfigError(
            f"{named_by} asks for the system's certificates, which needs one more package. "
            "Install it with: pip install 'polyreel[truststore]'. Or name a file with `ca_bundle`"
        )


def _check_file(certificates: Certificates) -> None:
    (path,) = certificates.paths
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unfit(certificates, f"can't be read ({_reason(error)})") from None
    if _PEM not in content:
        raise _unfit(certificates, "has no certificate in PEM form")


def _check_folders(certificates: Certificates) -> None:
    found = 0
    for path in certificates.paths:
        try:
            found += sum(1 for each in path.iterdir() if _HASHED.fullmatch(each.name))
        except OSError as error:
            raise _unfit(certificates, f"can't be read ({_reason(error)})", path) from None
    if not found:
        raise _unfit(
            certificates, "has no certificate that is named by its hash, as c_rehash names them"
        )


def _check_key_log() -> None:
    """Check the file to which Python itself writes every connection's keys, where one is named."""
    path = os.environ.get(KEY_LOG_VARIABLE)
    if not path:
        return
    try:
        with Path(path).open("a"):
            pass
    except OSError as error:
        raise ConfigError(
            f"{KEY_LOG_VARIABLE} names {path}, which can't be written ({_reason(error)}). Name "
            "another file, or remove the variable"
        ) from None


def _unfit(certificates: Certificates, problem: str, path: Path | None = None) -> ConfigError:
    if certificates.kind == "bundled":
        return ConfigError(
            f"the certificates of the package certifi: the file {problem}. Install certifi again, "
            "or name a file of certificates with SSL_CERT_FILE"
        )
    shown = path or os.pathsep.join(str(each) for each in certificates.paths)
    return ConfigError(
        f"{certificates.named_by} names {shown}, which {problem}. Name a {certificates.kind} of "
        "certificates, or remove it: then the certificates of certifi are used"
    )


def _reason(error: OSError) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return str(reason or type(error).__name__).replace("_", " ").lower()
