"""Replies over real sockets, with every fault of a connection."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .exchange import Reply

MAXIMUM_BODY_BYTES = 128 * 2**20

Answer = Callable[[str, str, Mapping[str, str], bytes], Reply]
"""Returns the reply to a method, target, headers and body."""

Drops = Callable[[Callable[[], str]], bool]
"""Whether to close the connection before the next request is read. Its argument returns the
request's first line without reading it off the connection."""


class Server(ThreadingHTTPServer):
    """A loopback server with its own thread, and one thread for each connection.

    Attributes:
        address: Its address.
        stopping: Set when the server is to stop. A fault that waits, waits for it.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    timeout = 0.5  # seconds of a wait for a connection; a stop can be late by this much

    def __init__(self, port: int, answer: Answer, drops_unread: Drops | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._port = int(self.server_address[1])
        self.address = f"http://127.0.0.1:{self._port}"
        self.answer = answer
        self.drops_unread = drops_unread
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self.stopping.set()
        if self._thread.is_alive():
            # One more connection, so that the loop checks `stopping` at once.
            with socket.create_connection(("127.0.0.1", self._port), timeout=self.timeout):
                self._thread.join()
        self.server_close()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002  # as socketserver calls it
        """Return whether a connection is still served."""
        return not self.stopping.is_set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error while serving, unless the client went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def _serve(self) -> None:
        while not self.stopping.is_set():
            self.handle_request()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes; the second must not wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    @property
    def _owner(self) -> Server:
        assert isinstance(self.server, Server), "only Server creates handlers"
        return self.server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def handle_one_request(self) -> None:
        drops = self._owner.drops_unread
        if drops is not None and drops(self._first_line):
            self.close_connection = True
        else:
            super().handle_one_request()

    def _first_line(self) -> str:
        waiting: bytes = self.connection.recv(65536, socket.MSG_PEEK)
        return waiting.partition(b"\r\n")[0].decode("latin-1")

    def _serve(self) -> None:
        length = self.headers.get("content-length", "0")
        size = int(length) if length.isdigit() else 0
        if size > MAXIMUM_BODY_BYTES:
            self._write(Reply.of({"error": "the body is too large"}, 413))
            self.close_connection = True
            return
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._write(self._owner.answer(self.command, self.path, headers, body))

    def _write(self, reply: Reply) -> None:
        if reply.connection_fault == "hangs":
            self._owner.stopping.wait()
        if reply.connection_fault in ("hangs", "dropped"):
            self._close()
            return
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        if reply.says_length:
            self.send_header("content-length", str(len(reply.body)))
        else:
            self.send_header("connection", "close")  # this also ends the handler's loop
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(reply.body_sent)
        except ConnectionError:
            self.close_connection = True  # the client went away
            return
        if reply.connection_fault == "cut":
            self._close()
        elif reply.connection_fault == "reset":
            self._reset()

    def _close(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self) -> None:
        """Reset the connection, as a crash does: SO_LINGER with 0 seconds makes a close a reset."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: the request's line has a signed query."""
