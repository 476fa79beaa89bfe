"""A server on loopback that records whatever is sent to it, and answers nothing of use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Recorder:
    """What arrived.

    Attributes:
        url: The server's address.
        received: The first line and the headers of each request, as one text.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[str] = []


@contextmanager
def recording() -> Iterator[Recorder]:
    """Serve a recorder."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            recorder.received.append(f"{self.requestline}\n{self.headers}")
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = do_PUT = answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder = Recorder(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
