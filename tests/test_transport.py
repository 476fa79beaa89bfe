"""The network: whom the key is shown to, what was surely not sent, and what is never logged."""

from __future__ import annotations

import gzip
import logging
import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from threading import Event, Thread
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from polyreel import (
    BadResponse,
    MissingKey,
    PolyreelError,
    SubmitUnknown,
    TransportError,
    VideoRequest,
)
from polyreel.adapters import Account, Credential, MediaFile, Timeouts, WireRequest, WireResponse
from polyreel.client.drivers import drive
from polyreel.engine.context import LiveJob
from polyreel.engine.effects import Effect, Send
from polyreel.engine.submit import submit
from polyreel.transport import bodies
from polyreel.transport.http import AsyncTransport, SyncTransport
from polyreel_conformance import ManualClock
from toy_adapter import (
    ADDRESS,
    KEY,
    Answered,
    Arrived,
    LoopbackServer,
    Script,
    ToyAdapter,
    account_at,
    context_at,
    everything_said,
    plan_for,
)

READ = WireRequest(method="GET", path="/videos/task-0001")
PAY = WireRequest(method="POST", path="/videos", json={"prompt": "A kite"}, spends=True)
OK = Answered(body=b'{"status": "working"}')
SIGNATURE = "Signature=2c26b46b68ff"

both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
reads_and_pays = pytest.mark.parametrize("request_", [READ, PAY], ids=["a read", "a paid request"])


def send(is_async: bool, account: Account, *requests: WireRequest) -> list[WireResponse]:
    """Send requests one after the other over one transport, and close it."""
    if not is_async:
        blocking = SyncTransport()
        try:
            return [blocking.send(account, request) for request in requests]
        finally:
            blocking.close()

    async def run() -> list[WireResponse]:
        transport = AsyncTransport()
        try:
            return [await transport.send(account, request) for request in requests]
        finally:
            await transport.close()

    return anyio.run(run)


def failure(is_async: bool, account: Account, request: WireRequest) -> PolyreelError:
    """Return the error that sending a request ends in."""
    with pytest.raises(PolyreelError) as raised:
        send(is_async, account, request)
    return raised.value


def network_failure(is_async: bool, account: Account, request: WireRequest) -> TransportError:
    """Return the error of the network that sending a request ends in."""
    error = failure(is_async, account, request)
    assert isinstance(error, TransportError)
    return error


@contextmanager
def nobody_listening() -> Iterator[str]:
    """Give the address of a port that is taken and refuses every connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


# What is sent


@both_ways
def test_a_request_arrives_as_it_was_written(is_async: bool) -> None:
    request = WireRequest(
        method="POST",
        path="/videos",
        json={"seed": 0, "audio": False, "prompt": "Drachen über Dünen"},
        query={"region": "eu west"},
        headers={"x-idempotency": "7"},
    )
    with LoopbackServer(OK) as server:
        send(is_async, account_at(server.address + "/v1"), request)
    (arrived,) = server.arrived
    assert (arrived.method, arrived.path) == ("POST", "/v1/videos?region=eu+west")
    assert arrived.headers["x-idempotency"] == "7"
    assert '"seed":0,"audio":false,"prompt":"Drachen über Dünen"' in arrived.body.decode()


@both_ways
def test_a_file_arrives_whole_and_with_its_name(is_async: bool) -> None:
    file = MediaFile(filename="kite.png", mime_type="image/png", data=bytes(range(256)))
    with LoopbackServer(OK) as server:
        upload = WireRequest(method="POST", path="/files", file=file)
        send(is_async, account_at(server.address), upload)
    body = server.arrived[0].body
    assert b'name="file"; filename="kite.png"' in body
    assert bytes(range(256)) in body


@both_ways
def test_an_answer_is_given_as_it_came(is_async: bool) -> None:
    refused = Answered(status=429, body=b"slow", headers={"X-RateLimit-Reset": "7"})
    with LoopbackServer(refused) as server:
        (got,) = send(is_async, account_at(server.address), READ)
    assert (got.status, got.body, got.headers["x-ratelimit-reset"]) == (429, b"slow", "7")


# Whom the key is shown to


@reads_and_pays
@both_ways
def test_the_key_is_shown_to_the_provider(is_async: bool, request_: WireRequest) -> None:
    with LoopbackServer(OK) as server:
        send(is_async, account_at(server.address), request_)
    assert server.arrived[0].headers["authorization"] == f"Bearer {KEY}"


@both_ways
def test_the_key_is_shown_the_way_the_provider_wants(is_async: bool) -> None:
    with LoopbackServer(OK) as server:
        credential = Credential(header="X-Api-Key", template="{key}")
        send(is_async, replace(account_at(server.address), credential=credential), READ)
    headers = server.arrived[0].headers
    assert (headers["x-api-key"], headers.get("authorization")) == (KEY, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@reads_and_pays
@both_ways
def test_an_apis_redirect_is_not_followed(
    is_async: bool, request_: WireRequest, status: int
) -> None:
    with LoopbackServer(OK) as other:
        moved = Answered(status=status, headers={"location": f"{other.address}/videos"})
        with LoopbackServer(moved) as server:
            (got,) = send(is_async, account_at(server.address), request_)
    assert (got.status, other.connections) == (status, [])


@reads_and_pays
@both_ways
def test_a_returned_address_of_the_provider_is_called(
    is_async: bool, request_: WireRequest
) -> None:
    with LoopbackServer(OK) as server:
        request = _with_path(request_, f"{server.address}/status/1?region=eu")
        send(is_async, account_at(server.address + "/v1"), request)
    assert server.arrived[0].path == "/status/1?region=eu"


@reads_and_pays
@both_ways
def test_a_returned_address_of_somebody_else_is_not_called(
    is_async: bool, request_: WireRequest
) -> None:
    with LoopbackServer(OK) as other, LoopbackServer(OK) as server:
        request = _with_path(request_, f"{other.address}/videos")
        error = failure(is_async, account_at(server.address), request)
    assert isinstance(error, BadResponse)
    assert other.connections == []


@pytest.mark.parametrize(
    "returned",
    [
        "https://127.0.0.1:{port}/videos",
        "http://localhost:{port}/videos",
        "http://127.0.0.1:{other}/videos",
        "http://127.0.0.1:{port}@127.0.0.1:{other}/videos",
        "http://127.0.0.1:{port}\\@127.0.0.1:{other}/videos",
        "http://127.0.0.1:{other}#@127.0.0.1:{port}/videos",
        "HTTP://127.0.0.1:{other}/videos",
        "ftp://127.0.0.1:{port}/videos",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:port/videos",
    ],
)
def test_a_returned_address_that_only_polls_like_the_providers_is_not_called(
    returned: str,
) -> None:
    with LoopbackServer(OK) as other, LoopbackServer(OK) as server:
        path = returned.format(port=server.port, other=other.port)
        error = failure(False, account_at(server.address), _with_path(READ, path))
        assert (server.connections, other.connections) == ([], [])
    assert isinstance(error, BadResponse)


@pytest.mark.parametrize(
    "path",
    ["//127.0.0.1:{other}/videos", "@127.0.0.1:{other}/videos", "\\\\127.0.0.1:{other}/videos"],
)
def test_a_path_that_polls_like_an_address_stays_a_path(path: str) -> None:
    with LoopbackServer(OK) as other, LoopbackServer(OK) as server:
        request = _with_path(READ, path.format(other=other.port))
        send(False, account_at(server.address), request)
        assert (len(server.arrived), other.connections) == (1, [])


def test_a_path_with_an_address_in_its_query_is_called() -> None:
    with LoopbackServer(OK) as server:
        send(False, account_at(server.address), _with_path(READ, "/videos?from=https://a.example"))
        assert server.arrived[0].path == "/videos?from=https://a.example"


@both_ways
def test_a_proxy_in_the_environment_is_not_asked_for_a_stand_in(
    is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LoopbackServer(OK) as proxy, LoopbackServer(OK) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        send(is_async, account_at(server.address), READ)
        assert (len(server.arrived), proxy.connections) == (1, [])


@both_ways
def test_without_a_key_nothing_is_sent(is_async: bool) -> None:
    with LoopbackServer(OK) as server:
        error = failure(is_async, account_at(server.address, key=None), READ)
        assert (type(error), server.connections) == (MissingKey, [])


# What surely was not sent, and what may have been


@reads_and_pays
@both_ways
def test_a_refused_connection_sent_nothing(is_async: bool, request_: WireRequest) -> None:
    with nobody_listening() as address:
        assert network_failure(is_async, account_at(address), request_).sent is False


@reads_and_pays
@both_ways
def test_a_failed_tls_handshake_sent_nothing(is_async: bool, request_: WireRequest) -> None:
    with LoopbackServer(OK) as server:
        secure = server.address.replace("http://", "https://")
        error = network_failure(is_async, account_at(secure), request_)
        assert (error.sent, server.arrived) == (False, [])


@both_ways
def test_a_name_that_is_not_found_sent_nothing(
    is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    assert network_failure(is_async, account_at(ADDRESS), PAY).sent is False


@reads_and_pays
@both_ways
def test_a_server_that_hangs_up_after_reading_may_have_got_it(
    is_async: bool, request_: WireRequest
) -> None:
    with LoopbackServer(Answered(cut=-1)) as server:
        assert network_failure(is_async, account_at(server.address), request_).sent is True


@reads_and_pays
@both_ways
def test_a_server_that_hangs_up_in_its_answer_may_have_got_it(
    is_async: bool, request_: WireRequest
) -> None:
    with LoopbackServer(Answered(body=b'{"id": "task-0001"}', cut=5)) as server:
        assert network_failure(is_async, account_at(server.address), request_).sent is True


@reads_and_pays
@both_ways
def test_a_server_that_does_not_answer_in_time_may_have_got_it(
    is_async: bool, request_: WireRequest
) -> None:
    never = Event()
    with LoopbackServer(Answered(stalls=never)) as server:
        account = account_at(server.address, timeouts=Timeouts(read=0.05))
        error = network_failure(is_async, account, request_)
        never.set()
    assert error.sent is True


@both_ways
def test_an_answer_that_is_no_http_may_be_an_answer_to_it(is_async: bool) -> None:
    with _gibberish() as address:
        assert network_failure(is_async, account_at(address), PAY).sent is True


@both_ways
def test_an_answer_whose_compression_is_broken_may_be_an_answer_to_it(is_async: bool) -> None:
    broken = Answered(body=b"no gzip at all", headers={"content-encoding": "gzip"})
    with LoopbackServer(broken) as server:
        assert isinstance(failure(is_async, account_at(server.address), PAY), BadResponse)


@both_ways
def test_a_network_failure_names_the_provider(is_async: bool) -> None:
    with nobody_listening() as address:
        assert network_failure(is_async, account_at(address), READ).provider == "toy"


@both_ways
def test_a_network_failure_before_sending_says_what_to_do(is_async: bool) -> None:
    with nobody_listening() as address:
        error = network_failure(is_async, account_at(address), READ)
    assert "Nothing was sent. Check the network and base_url" in error.message


@both_ways
def test_a_network_failure_is_not_tried_again_by_itself(is_async: bool) -> None:
    with LoopbackServer(Answered(cut=-1)) as server:
        network_failure(is_async, account_at(server.address), PAY)
        assert len(server.arrived) == 1


# A request that can't be sent is no doubt about money


class _Sends(Script):
    """Sends over the real network; all else goes by the script."""

    def __init__(self, transport: SyncTransport) -> None:
        super().__init__()
        self._transport = transport

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return self._transport.send(effect.account, effect.request)
        return super().perform(effect)


def _submit_failure(adapter: ToyAdapter, account: Account) -> BaseException:
    transport = SyncTransport()
    try:
        program = submit(context_at(ManualClock()), plan_for(adapter, account), LiveJob())
        with pytest.raises(PolyreelError) as raised:
            drive(program, _Sends(transport))
        return raised.value
    finally:
        transport.close()


class _Writes(ToyAdapter):
    """Writes a paid request of its own."""

    contract_version = 3

    def __init__(self, request: WireRequest) -> None:
        super().__init__()
        self._request = request

    def paid_request(self, request: VideoRequest) -> WireRequest:
        return self._request


UNSENDABLE = {
    "a number that JSON has not": WireRequest(
        method="POST", path="/videos", json={"duration": math.nan}, spends=True
    ),
    "a value that JSON has not": WireRequest(
        method="POST", path="/videos", json={"price": Decimal("1.5")}, spends=True
    ),
    "a header that HTTP has not": WireRequest(
        method="POST", path="/videos", json={}, headers={"x-title": "Dünen"}, spends=True
    ),
    "somebody else's address": WireRequest(
        method="POST", path="https://other.example/videos", json={}, spends=True
    ),
}


@pytest.mark.parametrize("request_", list(UNSENDABLE.values()), ids=list(UNSENDABLE))
def test_a_paid_request_that_can_not_be_sent_is_not_said_to_have_left(
    request_: WireRequest,
) -> None:
    with LoopbackServer(OK) as server:
        error = _submit_failure(_Writes(request_), account_at(server.address))
        assert server.connections == []
    assert not isinstance(error, SubmitUnknown)


# Large answers


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@both_ways
def test_an_endless_answer_is_refused(
    is_async: bool, chunked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAXIMUM_ANSWER_BYTES", 1000)
    with LoopbackServer(Answered(body=b"x" * 1001, chunked=chunked)) as server:
        error = failure(is_async, account_at(server.address), READ)
    assert isinstance(error, BadResponse)
    assert "larger than 1000 bytes" in error.message


@both_ways
def test_an_answer_that_unpacks_without_end_is_refused(
    is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAXIMUM_ANSWER_BYTES", 1000)
    packed = Answered(body=gzip.compress(bytes(10**6)), headers={"content-encoding": "gzip"})
    with LoopbackServer(packed) as server:
        assert isinstance(failure(is_async, account_at(server.address), READ), BadResponse)


@both_ways
def test_an_answer_of_just_the_largest_size_is_taken(
    is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAXIMUM_ANSWER_BYTES", 1000)
    with LoopbackServer(Answered(body=b"x" * 1000)) as server:
        (got,) = send(is_async, account_at(server.address), READ)
    assert len(got.body) == 1000


# Connections


def _connections(is_async: bool, *requests: WireRequest) -> list[int]:
    with LoopbackServer(OK) as server:
        send(is_async, account_at(server.address), *requests)
    return [arrived.connection for arrived in server.arrived]


@both_ways
def test_reads_share_one_connection(is_async: bool) -> None:
    assert _connections(is_async, READ, READ, READ) == [1, 1, 1]


@both_ways
def test_each_paid_request_has_a_connection_of_its_own(is_async: bool) -> None:
    assert _connections(is_async, PAY, PAY) == [1, 2]


@both_ways
def test_a_paid_request_does_not_go_over_a_connection_kept_from_a_read(is_async: bool) -> None:
    assert _connections(is_async, READ, PAY) == [1, 2]


@both_ways
def test_a_read_does_not_go_over_a_paid_requests_connection(is_async: bool) -> None:
    assert _connections(is_async, PAY, READ) == [1, 2]


@both_ways
def test_a_cookie_is_not_kept_from_one_request_to_the_next(is_async: bool) -> None:
    # One process may hold several accounts of one provider; a session belongs to one.
    welcomed = Answered(body=b"{}", headers={"set-cookie": "session=of-another-key; Path=/"})
    with LoopbackServer(welcomed) as server:
        send(is_async, account_at(server.address), READ, READ)
    assert "cookie" not in server.arrived[1].headers


# Logs


def _shown(caplog: pytest.LogCaptureFixture) -> str:
    """Return everything that was logged, with the arguments that a formatter might show."""
    return "\n".join(f"{each.name} {each.getMessage()} {each.args!r}" for each in caplog.records)


@reads_and_pays
@both_ways
def test_the_key_is_in_no_log(
    is_async: bool, request_: WireRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(OK) as server:
        send(is_async, account_at(server.address), request_)
    assert KEY not in _shown(caplog)


@pytest.mark.parametrize(
    "request_",
    [
        WireRequest(method="GET", path="{address}/status?" + SIGNATURE),
        WireRequest(method="GET", path="/status?" + SIGNATURE),
        WireRequest(method="GET", path="/status", query={"Signature": "2c26b46b68ff"}),
    ],
    ids=["in a whole address", "in a path", "as a parameter"],
)
@both_ways
def test_a_signed_query_is_in_no_log(
    is_async: bool, request_: WireRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(OK) as server:
        request = _with_path(request_, request_.path.replace("{address}", server.address))
        send(is_async, account_at(server.address), request)
    assert "2c26b46b68ff" not in _shown(caplog)


@both_ways
def test_a_failing_requests_key_is_in_no_log(
    is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(Answered(cut=-1)) as server:
        failure(is_async, account_at(server.address), PAY)
    assert KEY not in _shown(caplog)


@both_ways
def test_a_request_is_logged_without_its_secrets(
    is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(OK) as server:
        send(is_async, account_at(server.address), READ)
    ours = [each.getMessage() for each in caplog.records if each.name == "polyreel"]
    assert ours == ["GET toy/videos/task-0001 -> HTTP 200"]


@both_ways
def test_the_http_librarys_own_logs_of_our_requests_are_quiet(
    is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(OK) as server:
        send(is_async, account_at(server.address), READ, PAY)
    theirs = [each for each in caplog.records if each.name.startswith("http")]
    assert not [each for each in theirs if "videos" in each.getMessage()]


def test_somebody_elses_requests_are_logged_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(OK) as server:
        send(False, account_at(server.address), READ)
        httpx.get(f"{server.address}/theirs", trust_env=False)
    loggers = {each.name for each in caplog.records if "theirs" in each.getMessage()}
    assert "httpx" in loggers


def test_somebody_elses_request_is_logged_while_ours_is_on_its_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(OK) as theirs:

        def call_somebody(arrived: Arrived) -> Answered:
            httpx.get(f"{theirs.address}/theirs", trust_env=False)
            return OK

        with LoopbackServer(call_somebody) as server:
            send(False, account_at(server.address), READ)
    assert "httpx" in {each.name for each in caplog.records if "theirs" in each.getMessage()}


def test_somebody_elses_task_is_logged_while_ours_is_on_its_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    arrived, answered = Event(), Event()

    def wait(request: Arrived) -> Answered:
        arrived.set()
        answered.wait(10)
        return OK

    async def run(ours: str, theirs: str) -> None:
        transport = AsyncTransport()
        async with anyio.create_task_group() as group, httpx.AsyncClient(trust_env=False) as client:
            group.start_soon(transport.send, account_at(ours), READ)
            await anyio.to_thread.run_sync(arrived.wait, 10)
            await client.get(f"{theirs}/theirs")
            answered.set()
        await transport.close()

    with LoopbackServer(OK) as theirs, LoopbackServer(wait) as server:
        anyio.run(run, server.address, theirs.address)
    assert "httpx" in {each.name for each in caplog.records if "theirs" in each.getMessage()}


# What an error says


def test_a_file_is_not_shown_by_a_requests_repr() -> None:
    file = MediaFile(filename="kite.png", mime_type="image/png", data=b"secret pixels")
    assert "secret pixels" not in repr(WireRequest(method="POST", path="/files", file=file))


@both_ways
def test_an_address_that_is_not_called_shows_no_key(is_async: bool) -> None:
    with LoopbackServer(OK) as server:
        path = f"https://other.example/videos?{SIGNATURE}&key={KEY}"
        error = failure(is_async, account_at(server.address), _with_path(READ, path))
    assert not {word for word in (KEY, SIGNATURE) if word in everything_said(error)}


def _with_path(request: WireRequest, path: str) -> WireRequest:
    return replace(request, path=path)


@contextmanager
def _gibberish() -> Iterator[str]:
    """Serve one connection with what is no HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 mail.example ready\r\n\r\n")

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join(10)
