"""The address that is checked is the one that is connected to, before a byte is sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from polyreel import DownloadError, TransportError
from polyreel.adapters import Account
from polyreel.engine.effects import Download, Downloaded
from polyreel.transport import connections
from polyreel.transport.http import AsyncTransport, SyncTransport
from toy_adapter import ADDRESS, Answered, LoopbackServer, account_at

HOST = "videos.toy.example"
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])


def save(is_async: bool, url: str, path: Path, account: Account) -> Downloaded:
    """Download a URL over a transport of its own."""
    effect = Download(url, path, account, maximum=10**6)
    if not is_async:
        blocking = SyncTransport()
        try:
            return blocking.download(effect)
        finally:
            blocking.close()

    async def run() -> Downloaded:
        transport = AsyncTransport()
        try:
            return await transport.download(effect)
        finally:
            await transport.close()

    return anyio.run(run)


class Listener:
    """A port on loopback that counts what arrives and answers nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0
        self.received = b""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                self.connections += 1
                self.received += connection.recv(1000)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@contextmanager
def listening() -> Iterator[Listener]:
    """Give a listener, closed afterwards."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()


def every_name_leads_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every host name one of this machine, as a hostile name server can at any moment."""
    find = socket.getaddrinfo

    def found(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        return find("127.0.0.1", port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@both_ways
def test_nothing_is_sent_to_a_name_that_leads_to_this_machine(
    is_async: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_name_leads_to_loopback(monkeypatch)
    with listening() as listener:
        url = f"https://{HOST}:{listener.port}/video.mp4"
        with pytest.raises(DownloadError, match="points at this machine"):
            save(is_async, url, tmp_path / "video.mp4", account_at(ADDRESS))
    assert listener.received == b""


@both_ways
def test_a_name_that_leads_to_a_public_address_is_connected_to(
    is_async: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same connection with a check that lets it pass: then TLS begins."""
    every_name_leads_to_loopback(monkeypatch)
    monkeypatch.setattr("polyreel.transport.downloads.address_refusal", lambda address: None)
    with listening() as listener:
        url = f"https://{HOST}:{listener.port}/video.mp4"
        with pytest.raises(TransportError):
            save(is_async, url, tmp_path / "video.mp4", account_at(ADDRESS))
    assert listener.received[:1] == b"\x16"  # a TLS handshake


@both_ways
def test_a_stand_ins_own_host_is_not_checked(is_async: bool, tmp_path: Path) -> None:
    with LoopbackServer(Answered(body=b"video")) as server:
        got = save(
            is_async, f"{server.address}/v.mp4", tmp_path / "v.mp4", account_at(server.address)
        )
    assert (got.status, got.size) == (200, 5)


@both_ways
def test_through_a_proxy_only_the_name_is_checked(
    is_async: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy, here on this machine, connects by itself, so its address says nothing."""
    with LoopbackServer(Answered(status=502)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        with pytest.raises(TransportError, match=r"Nothing was sent|failed"):
            save(is_async, f"https://{HOST}/v.mp4", tmp_path / "v.mp4", account_at(ADDRESS))
        assert len(proxy.connections) == 1


def test_a_connection_without_a_known_address_is_not_used() -> None:
    class Stream:
        closed = False

        def get_extra_info(self, name: str) -> None:
            return None

        def close(self) -> None:
            self.closed = True

    stream = Stream()
    connection = connections.Connection(HOST, lambda address: None)
    connection.blocking("connection.connect_tcp.started", {"host": HOST})
    with pytest.raises(connections.PeerRefused):
        connection.blocking("connection.connect_tcp.complete", {"return_value": stream})
    assert stream.closed
