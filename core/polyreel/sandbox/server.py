"""The sandbox: stand-ins served over real HTTP on loopback, for use with any client."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from .faults import Fault
from .stand_in import Call, Pace, Reply, StandIn

MAXIMUM_BODY_BYTES = 128 * 2**20


class Sandbox:
    """Serves stand-ins at `http://127.0.0.1:PORT/<provider><the vendor's own base path>`.

    Use it as a context manager. A GET of `/` tells the base URLs and the tasks made.

    Attributes:
        stand_ins: By provider name.
    """

    def __init__(
        self,
        stand_ins: Mapping[str, type[StandIn]],
        *,
        port: int = 0,
        pace: Pace | None = None,
        faults: Collection[Fault] = (),
        key: str | None = None,
        frames_per_second: int = 24,
    ) -> None:
        """Open the port; nothing is served before `start`.

        Args:
            stand_ins: The classes, by provider name.
            port: 0 for any free one.
            pace: How long tasks take.
            faults: What goes wrong, at every stand-in.
            key: The only key accepted; None accepts any.
            frames_per_second: Of the films.

        Raises:
            OSError: When the port is taken.
        """
        handler = type("_BoundHandler", (_Handler,), {"sandbox": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.stand_ins: dict[str, StandIn] = {
            name: kind(
                f"{self.address}/{name}{kind.contract.base_path}",
                pace=pace,
                faults=faults,
                key=key,
                frames_per_second=frames_per_second,
            )
            for name, kind in stand_ins.items()
        }
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def base_urls(self) -> dict[str, str]:
        """The base URL of each provider's stand-in."""
        return {name: stand_in.address for name, stand_in in self.stand_ins.items()}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Pass a request to the stand-in that its path names."""
        path = urlsplit(target).path
        if path == "/":
            return Reply.of(self.summary())
        for name, stand_in in self.stand_ins.items():
            mount = urlsplit(stand_in.address).path
            if path.startswith(f"{mount}/"):
                call = Call(
                    method=method, path=path.removeprefix(mount), headers=headers, body=body
                )
                return stand_in.handle(call)
            if path.startswith(f"/{name}/"):
                return Reply.of({"error": f"{name} is served at {stand_in.address}"}, 404)
        return Reply.of({"error": f"nothing is served here; see {self.address}/"}, 404)

    def summary(self) -> dict[str, Any]:
        """Return the base URLs and the number of tasks made, by provider."""
        return {
            name: {"base_url": stand_in.address, "tasks": len(stand_in.tasks)}
            for name, stand_in in self.stand_ins.items()
        }

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sandbox: ClassVar[Sandbox]

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = self.headers.get("content-length", "0")
        size = int(length) if length.isdigit() else 0
        if size > MAXIMUM_BODY_BYTES:
            self._write(Reply.of({"error": "the body is too large"}, 413))
            self.close_connection = True
            return
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._write(self.sandbox.answer(self.command, self.path, headers, body))

    def _write(self, reply: Reply) -> None:
        if reply.breaks_after == -1:
            self._break()
            return
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(reply.body[: reply.breaks_after])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client went away
        if reply.breaks_after is not None:
            self._break()

    def _break(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: a request's line holds a signed query."""
