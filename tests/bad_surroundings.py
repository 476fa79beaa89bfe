"""Environments and folders in which a command can't do its work, each with its own way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from polyreel.transport import certificates, proxies

PASSWORD = "proxy-pw-51c0"
NOT_A_FOLDER = "/dev/null/polyreel"
LONG_NAME = "x" * 300

Breaks = Literal["network", "journal", "prices", "config", "trust"]


@dataclass(frozen=True)
class BadSurroundings:
    """One way in which what is around polyreel is broken.

    Attributes:
        name: A short name, which a test is named by.
        breaks: What no command can use then; `journal` includes where prices are saved.
        said: Words of the error: what is broken, and the way out.
        make: Breaks it, in a folder.
    """

    name: str
    breaks: frozenset[Breaks]
    said: tuple[str, ...]
    make: Callable[[pytest.MonkeyPatch, Path], None]


def _variable(name: str, value: str) -> Callable[[pytest.MonkeyPatch, Path], None]:
    return lambda patch, _: patch.setenv(name, value)


def _file_variable(name: str, content: bytes) -> Callable[[pytest.MonkeyPatch, Path], None]:
    def make(patch: pytest.MonkeyPatch, folder: Path) -> None:
        file = folder / "certificates.pem"
        file.write_bytes(content)
        patch.setenv(name, str(file))

    return make


def _config(text: str) -> Callable[[pytest.MonkeyPatch, Path], None]:
    def make(patch: pytest.MonkeyPatch, folder: Path) -> None:
        patch.setenv("POLYREEL_CONFIG", str(folder / "own.toml"))
        (folder / "own.toml").write_text(text)

    return make


def _without_socksio(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(proxies, "find_spec", lambda _: None)
    patch.setenv("ALL_PROXY", f"socks5://user:{PASSWORD}@127.0.0.1:9")


def _without_truststore(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(certificates, "find_spec", lambda _: None)
    _config('certificates = "system"')(patch, folder)


def _empty_folder(patch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "no-certificates").mkdir()
    patch.setenv("SSL_CERT_DIR", str(folder / "no-certificates"))


def _unreadable_config(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """A regular file that nobody can read, not even root: reading it is an I/O error."""
    (folder / "own.toml").symlink_to("/proc/self/mem")
    patch.setenv("POLYREEL_CONFIG", str(folder / "own.toml"))


def _folder_in_place_of_journal(patch: pytest.MonkeyPatch, folder: Path) -> None:
    home = folder / "home"
    (home / "journal.sqlite3").mkdir(parents=True)
    (home / "prices.json").mkdir()
    patch.setenv("POLYREEL_HOME", str(home))


_NETWORK: frozenset[Breaks] = frozenset({"network"})
_HOME: frozenset[Breaks] = frozenset({"journal", "prices"})
_CONFIG: frozenset[Breaks] = frozenset({"config"})

BAD = (
    BadSurroundings(
        "socks proxy without its package",
        _NETWORK,
        ("ALL_PROXY", "pip install 'polyreel[socks]'"),
        _without_socksio,
    ),
    BadSurroundings(
        "proxy of an unknown scheme",
        _NETWORK,
        ("HTTPS_PROXY", "ftp://", "http://proxy.example:3128"),
        _variable("HTTPS_PROXY", f"ftp://user:{PASSWORD}@127.0.0.1:9"),
    ),
    BadSurroundings(
        "proxy with a port that is none",
        _NETWORK,
        ("https_proxy", "port", "http://proxy.example:3128"),
        _variable("https_proxy", f"http://user:{PASSWORD}@127.0.0.1:99999"),
    ),
    BadSurroundings(
        "proxy without a host",
        _NETWORK,
        ("ALL_PROXY", "no host"),
        _variable("ALL_PROXY", f"http://user:{PASSWORD}@"),
    ),
    BadSurroundings(
        "proxy with a broken address",
        _NETWORK,
        ("HTTP_PROXY", "no host"),
        _variable("HTTP_PROXY", f"http://user:{PASSWORD}@[fe80::zz]:9"),
    ),
    BadSurroundings(
        "proxy in the config of an unknown scheme",
        _NETWORK,
        ("`proxy` in polyreel.toml", "socks4://"),
        _config('proxy = "socks4://127.0.0.1:9"'),
    ),
    BadSurroundings(
        "missing certificates",
        _NETWORK,
        ("SSL_CERT_FILE", "no such file", "remove it"),
        _variable("SSL_CERT_FILE", "/nonexistent/certificates.pem"),
    ),
    BadSurroundings(
        "empty certificates",
        _NETWORK,
        ("SSL_CERT_FILE", "no certificate"),
        _file_variable("SSL_CERT_FILE", b""),
    ),
    BadSurroundings(
        "damaged certificates",
        _NETWORK,
        ("SSL_CERT_FILE", "can't be used as certificates"),
        _file_variable("SSL_CERT_FILE", b"-----BEGIN CERTIFICATE-----\nAAAA\n"),
    ),
    BadSurroundings(
        "a folder in place of certificates",
        _NETWORK,
        ("SSL_CERT_FILE", "is a directory"),
        lambda patch, folder: patch.setenv("SSL_CERT_FILE", str(folder)),
    ),
    BadSurroundings(
        "missing folder of certificates",
        _NETWORK,
        ("SSL_CERT_DIR", "no such file"),
        _variable("SSL_CERT_DIR", "/nonexistent"),
    ),
    BadSurroundings(
        "folder without certificates",
        _NETWORK,
        ("SSL_CERT_DIR", "c_rehash"),
        _empty_folder,
    ),
    BadSurroundings(
        "missing bundle in the config",
        _NETWORK,
        ("`ca_bundle` in polyreel.toml", "no such file"),
        _config('ca_bundle = "/nonexistent/certificates.pem"'),
    ),
    BadSurroundings(
        "system certificates without their package",
        _NETWORK,
        ("`certificates` in polyreel.toml", "pip install 'polyreel[truststore]'"),
        _without_truststore,
    ),
    BadSurroundings(
        "key log that can't be written",
        _NETWORK,
        ("SSLKEYLOGFILE", "remove the variable"),
        _variable("SSLKEYLOGFILE", "/nonexistent/keys.log"),
    ),
    BadSurroundings(
        "config that is not there",
        _CONFIG,
        ("POLYREEL_CONFIG", "no such file"),
        _variable("POLYREEL_CONFIG", "/nonexistent/polyreel.toml"),
    ),
    BadSurroundings(
        "config in the home of nobody",
        _CONFIG,
        ("POLYREEL_CONFIG", "Write the whole path"),
        _variable("POLYREEL_CONFIG", "~nobody-at-all/polyreel.toml"),
    ),
    BadSurroundings(
        "config that can't be looked for",
        _CONFIG,
        ("POLYREEL_CONFIG", "can't look for", "too long"),
        _variable("POLYREEL_CONFIG", f"/{LONG_NAME}/polyreel.toml"),
    ),
    BadSurroundings(
        "config folder that can't be read",
        _CONFIG,
        ("can't look for", "name the config file with POLYREEL_CONFIG"),
        _variable("XDG_CONFIG_HOME", f"/{LONG_NAME}"),
    ),
    BadSurroundings(
        "config that can't be read",
        _CONFIG,
        ("can't read", "own.toml"),
        _unreadable_config,
    ),
    BadSurroundings(
        "config that is not text",
        _CONFIG,
        ("not valid TOML",),
        _config("default = \udcff".encode("utf-8", "surrogateescape").decode("latin-1")),
    ),
    BadSurroundings(
        "home that can't be written",
        _HOME,
        ("POLYREEL_HOME",),
        _variable("POLYREEL_HOME", NOT_A_FOLDER),
    ),
    BadSurroundings(
        "home of nobody",
        _HOME | {"trust"},
        ("POLYREEL_HOME", "Write the whole path"),
        _variable("POLYREEL_HOME", "~nobody-at-all"),
    ),
    BadSurroundings(
        "folders in place of files",
        _HOME,
        ("POLYREEL_HOME",),
        _folder_in_place_of_journal,
    ),
)
