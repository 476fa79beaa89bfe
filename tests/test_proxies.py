"""Proxies and certificates: which one a request meets, by the config and the environment."""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import certifi
import pytest
from polyreel import Config, ConfigError, TransportError
from polyreel.adapters import Account, WireRequest, WireResponse
from polyreel.config import load_config
from polyreel.transport import (
    AsyncTransport,
    SyncTransport,
    choose_certificates,
    proxies,
    read_network_settings,
    read_proxies,
)
from polyreel.transport.no_proxy import NoProxy
from toy_adapter import Answered, LoopbackServer, account_at

READ = WireRequest(method="GET", path="/videos/task-0001")
OUTSIDE = "http://videos.example"
PASSWORD = "proxy-pw-51c0"
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])


def send(is_async: bool, account: Account, environment: dict[str, str]) -> WireResponse:
    """Send a request over a transport of its own, in an environment."""

    def settings() -> Any:
        return read_network_settings(None, environment)

    if not is_async:
        blocking = SyncTransport(settings)
        try:
            return blocking.send(account, READ)
        finally:
            blocking.close()

    async def run() -> WireResponse:
        transport = AsyncTransport(settings)
        try:
            return await transport.send(account, READ)
        finally:
            await transport.close()

    return anyio.run(run)


def through(environment: dict[str, str], url: str = "https://api.example") -> str | None:
    """Return the proxy that a request goes through, as it is shown."""
    scheme, _, host = url.partition("://")
    found = read_proxies(None, environment).proxy_for(scheme, host, None)
    return None if found is None else found.shown


# Which proxy


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "http://proxy.corp"}, "http://proxy.corp:80"),
        ({"HTTPS_PROXY": f"HTTP://me:{PASSWORD}@proxy.corp:1/"}, "http://proxy.corp:1"),
        ({"ALL_PROXY": "socks5h://proxy.corp:1080"}, "socks5h://proxy.corp:1080"),
        ({"ALL_PROXY": "http://[fd00::1]:3128"}, "http://[fd00::1]:3128"),
        ({"ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://https:2"}, "http://https:2"),
        ({"HTTP_PROXY": "http://proxy.corp:3128"}, None),
        ({"https_proxy": "http://small:1", "HTTPS_PROXY": "http://large:2"}, "http://small:1"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://large:2"}, None),
        ({"HTTPS_PROXY": " "}, None),
    ],
)
def test_the_environment_names_the_proxy(environment: dict[str, str], shown: str | None) -> None:
    assert through(environment) == shown


def test_a_cgi_script_takes_no_proxy_from_its_caller() -> None:
    environment = {"HTTP_PROXY": "http://evil.example", "REQUEST_METHOD": "GET"}
    assert through(environment, "http://api.example") is None


def test_the_configs_proxy_comes_first_and_false_is_none() -> None:
    environment = {"HTTPS_PROXY": "http://of-all:1", "NO_PROXY": "near.example"}
    own = read_proxies("http://own:2", environment)
    found = own.proxy_for("https", "api.example", None)
    assert found is not None
    assert (found.shown, found.named_by) == ("http://own:2", "`proxy` in polyreel.toml")
    assert own.proxy_for("https", "near.example", None) is None
    assert read_proxies(False, environment).by_scheme == {}


def test_the_systems_proxy_counts_where_the_environment_names_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(proxies, "getproxies", lambda: {"https": "system.corp:8080", "ftp": "x"})
    found = read_proxies(None).proxy_for("https", "api.example", None)
    assert found is not None
    assert found.named_by == "the system's proxy setting"
    assert read_proxies(None, {}).by_scheme == {}


def test_no_password_of_a_proxy_is_shown() -> None:
    found = read_proxies(None, {"ALL_PROXY": f"http://me:{PASSWORD}@proxy.corp:3128"})
    assert PASSWORD not in repr(found)
    for broken in (
        f"me:{PASSWORD}@proxy:port",
        f"gopher://me:{PASSWORD}@x",
        f"http://:{PASSWORD}@",
    ):
        with pytest.raises(ConfigError) as raised:
            read_proxies(None, {"ALL_PROXY": broken})
        assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    "text", ['proxy = "http://me:secret@proxy.corp"', 'proxy = ""', "proxy = true"]
)
def test_a_proxy_in_the_config_has_no_login_and_is_not_just_true(text: str) -> None:
    Path("own.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_config(Path("own.toml"))
    assert "secret" not in str(raised.value)
    assert "proxy" in str(raised.value)


def test_what_the_config_may_say_of_the_network() -> None:
    assert Config(proxy=False).proxy is False
    assert Config(proxy="http://proxy.corp:3128", certificates="system").certificates == "system"
    with pytest.raises(ValueError, match="give either `ca_bundle` or `certificates`"):
        Config(ca_bundle="own.pem", certificates="bundled")


# This machine


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "jimmy.localhost",
        "127.0.0.1",
        "127.8.9.1",
        "127.1",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:7f08:901",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_proxy_is_asked_for_this_machine(scheme: str, host: str) -> None:
    environment = {"ALL_PROXY": "http://proxy.corp:3128", "HTTP_PROXY": "http://proxy.corp:3128"}
    assert read_proxies(None, environment).proxy_for(scheme, host, 8080) is None
    assert read_proxies("http://own:2", environment).proxy_for(scheme, host, 8080) is None


# NO_PROXY


@pytest.mark.parametrize(
    ("entries", "excepted", "others"),
    [
        ("api.example", ["api.example", "eu.api.example", "API.example."], ["notapi.example"]),
        (".api.example", ["eu.api.example"], ["api.example"]),
        ("*.api.example", ["eu.api.example"], ["api.example"]),
        ("api.example:8443", ["api.example:8443"], ["api.example", "api.example:443"]),
        ("api.example:443", ["api.example"], ["api.example:8443"]),
        ("https://api.example", ["api.example"], []),
        ("http://api.example", [], ["api.example"]),
        ("all://api.example/", ["api.example"], []),
        ("bücher.example", ["xn--bcher-kva.example"], []),
        ("10.1.2.3", ["10.1.2.3"], ["10.1.2.4"]),
        ("10.0.0.0/8", ["10.1.2.3"], ["11.1.2.3", "api.example"]),
        ("10.0.0.0/255.0.0.0", ["10.1.2.3"], ["11.1.2.3"]),
        ("10.9.9.9/8", ["10.1.2.3"], []),
        ("fe80::/10", ["[fe80::1]", "[febf::1]"], ["[fec0::1]", "10.1.2.3"]),
        ("fd00::1", ["[fd00::1]"], ["[fd00::2]"]),
        ("[fd00::1]", ["[fd00::1]"], ["[fd00::2]"]),
        ("[fd00::]/8", ["[fd12::1]"], ["[fe80::1]"]),
        ("[fd00::1]:8443", ["[fd00::1]:8443"], ["[fd00::1]"]),
        (
            "::1,localhost , api.example other.example",
            ["api.example", "other.example"],
            ["x.example"],
        ),
        ("x.example,*", ["api.example"], []),
        (",, ,", [], ["api.example"]),
    ],
)
def test_no_proxy_takes_names_addresses_and_networks(
    entries: str, excepted: list[str], others: list[str]
) -> None:
    read = NoProxy.read(entries)
    assert read.unread == 0

    def has(place: str) -> bool:
        host, _, port = (
            place.rpartition(":") if place.rpartition(":")[2].isdigit() else (place, "", "")
        )
        return read.has("https", (host or place).strip("[]"), int(port) if port else None)

    assert [place for place in excepted if not has(place)] == []
    assert [place for place in others if has(place)] == []


@pytest.mark.parametrize(
    "entry",
    ["10.0.0.0/99", "fe80::/200", "[fe80::", "a*b.example", "???", "a:b:c", "[api]", "a..b"],
)
def test_an_entry_that_means_nothing_excepts_nothing_and_is_said(
    entry: str, caplog: pytest.LogCaptureFixture
) -> None:
    environment = {"NO_PROXY": f"{entry},near.example", "ALL_PROXY": "http://proxy.corp:3128"}
    with caplog.at_level(logging.WARNING, "polyreel"):
        settings = read_network_settings(None, environment)
    assert settings.proxies.proxy_for("https", "api.example", None) is not None
    assert settings.proxies.proxy_for("https", "near.example", None) is None
    assert "NO_PROXY has 1 entries that mean no host" in caplog.text


# On the wire


@both_ways
def test_a_request_goes_through_the_proxy(is_async: bool) -> None:
    with LoopbackServer(Answered(body=b"{}")) as proxy:
        environment = {"HTTP_PROXY": proxy.address}
        assert send(is_async, account_at(OUTSIDE), environment).status == 200
        assert len(proxy.arrived) == 1


@both_ways
def test_what_no_proxy_excepts_goes_directly(
    is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with LoopbackServer(Answered(body=b"{}")) as proxy:
        environment = {"HTTP_PROXY": proxy.address, "NO_PROXY": "fe80::/10,.example"}
        monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
        with pytest.raises(TransportError):
            send(is_async, account_at(OUTSIDE), environment)
        assert proxy.connections == []


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """Listen on loopback, answer the first bytes with some words, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(words)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@both_ways
@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\xff"])
def test_a_socks_proxy_that_answers_wrongly_is_one_error_and_nothing_was_sent(
    words: bytes, is_async: bool
) -> None:
    with answering(words) as port:
        environment = {"ALL_PROXY": f"socks5://me:{PASSWORD}@127.0.0.1:{port}"}
        with pytest.raises(TransportError) as raised:
            send(is_async, account_at(OUTSIDE), environment)
    assert raised.value.sent is False
    assert PASSWORD not in str(raised.value)


def test_the_password_of_a_socks_proxy_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), answering(b"") as port:
        environment = {"ALL_PROXY": f"socks5://me:{PASSWORD}@127.0.0.1:{port}"}
        with pytest.raises(TransportError):
            send(False, account_at(OUTSIDE), environment)
    assert PASSWORD not in caplog.text


# Certificates


def stats(context: ssl.SSLContext) -> int:
    """Return how many certificates are loaded."""
    return context.cert_store_stats()["x509_ca"]


def test_where_certificates_come_from(tmp_path: Path) -> None:
    bundle = tmp_path / "own.pem"
    # One certificate of the bundled ones.
    bundle.write_text(Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")[0])
    bundle.write_text(f"{bundle.read_text()}-----END CERTIFICATE-----\n")
    environment = {"SSL_CERT_FILE": str(bundle), "SSL_CERT_DIR": "/nonexistent"}
    assert stats(choose_certificates(None, None, environment).context()) == 1
    assert stats(choose_certificates(str(bundle), None, {}).context()) == 1
    assert stats(choose_certificates(None, "bundled", environment).context()) > 50
    assert stats(choose_certificates(None, None, {"SSL_CERT_FILE": ""}).context()) > 50
    hashed = tmp_path / "hashed"
    hashed.mkdir()
    (hashed / "1a2b3c4d.0").write_text(bundle.read_text())
    for chosen in (
        choose_certificates(str(hashed), None, {}),
        choose_certificates(None, None, {"SSL_CERT_DIR": str(hashed)}),
    ):
        assert (chosen.kind, chosen.context().verify_mode) == ("folder", ssl.CERT_REQUIRED)


def test_the_systems_certificates_check_names_too() -> None:
    context = choose_certificates(None, "system", {}).context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_certificates_are_read_once() -> None:
    assert (
        choose_certificates(None, None, {}).context()
        is choose_certificates(None, None, {}).context()
    )


@pytest.mark.skipif(sys.platform == "win32", reason="paths are written otherwise there")
def test_a_bundle_begins_at_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert choose_certificates("~/own.pem", None, {}).paths == (tmp_path / "own.pem",)
