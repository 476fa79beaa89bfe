"""The sandbox: stand-ins served over real HTTP on loopback, for any client."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from .exchange import Call, Reply, query_of
from .faults import Fault
from .http_server import Server
from .stand_in import StandIn
from .task import Pace


class Sandbox:
    """Serves stand-ins at `http://127.0.0.1:PORT/<provider><the vendor's own base path>`.

    Use it as a context manager. A GET of `/` returns the base URLs and the number of tasks. A
    second port, `elsewhere`, is another origin for videos.

    Attributes:
        address: The address of the stand-ins.
        elsewhere: The other origin.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the ports. `start` begins to serve.

        Args:
            stand_ins: The classes, by provider name.
            port: 0 for any free one.
            pace: How long tasks take.
            faults: The faults of every stand-in.
            key: The only key accepted; None accepts any.
            frames_per_second: Of the videos.
            clock: Returns the time in seconds, for the pace.

        Raises:
            OSError: When the port is in use.
        """
        self._server = Server(port, self.answer, self._drops_unread)
        self._server_elsewhere = Server(0, self.answer_elsewhere)
        self.address = self._server.address
        self.elsewhere = self._server_elsewhere.address
        self.stand_ins: dict[str, StandIn] = {
            name: kind(
                f"{self.address}/{name}{kind.contract.base_path}",
                pace=pace,
                faults=faults,
                key=key,
                frames_per_second=frames_per_second,
                clock=clock,
                elsewhere=f"{self.elsewhere}/{name}",
            )
            for name, kind in stand_ins.items()
        }

    @property
    def base_urls(self) -> dict[str, str]:
        """The base URL of each provider's stand-in."""
        return {name: stand_in.address for name, stand_in in self.stand_ins.items()}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the reply of the stand-in that the path names."""
        path, query = urlsplit(target).path, query_of(target)
        if path == "/":
            return Reply.of(self.summary())
        for name, stand_in in self.stand_ins.items():
            mount = urlsplit(stand_in.address).path
            if path.startswith(f"{mount}/"):
                call = Call(
                    method=method,
                    path=path.removeprefix(mount),
                    query=query,
                    headers=headers,
                    body=body,
                )
                return stand_in.handle(call)
            if path.startswith(f"/{name}/"):
                return Reply.of({"error": f"{name} is served at {stand_in.address}"}, 404)
        return Reply.of({"error": f"nothing is served here; see {self.address}/"}, 404)

    def answer_elsewhere(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Return the reply at the other origin of the stand-in that the path names."""
        _, name, *rest = urlsplit(target).path.split("/", 2)
        if name not in self.stand_ins:
            return Reply.page(404)
        call = Call(
            method=method,
            path="/" + "".join(rest),
            query=query_of(target),
            headers=headers,
            body=body,
        )
        return self.stand_ins[name].handle_elsewhere(call)

    def set_faults(self, *faults: Fault) -> None:
        """Replace the faults of every stand-in by these, from now on."""
        for stand_in in self.stand_ins.values():
            stand_in.faults = set(faults)

    def summary(self) -> dict[str, Any]:
        """Return the base URL and the number of tasks of each provider."""
        return {
            name: {"base_url": stand_in.address, "tasks": len(stand_in.tasks)}
            for name, stand_in in self.stand_ins.items()
        }

    def start(self) -> None:
        """Serve in the background."""
        self._server.start()
        self._server_elsewhere.start()

    def stop(self) -> None:
        """Stop serving and free the ports."""
        self._server.stop()
        self._server_elsewhere.stop()

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

    def _drops_unread(self, first_line: Callable[[], str]) -> bool:
        able = [each for each in self.stand_ins.values() if Fault.DROPPED_UNREAD in each.faults]
        if not able:
            return False
        method, _, rest = first_line().partition(" ")
        path = urlsplit(rest.partition(" ")[0]).path
        mounts = [(each, urlsplit(each.address).path) for each in able]
        return any(
            stand_in.drops_unread(method, path.removeprefix(mount))
            for stand_in, mount in mounts
            if path.startswith(f"{mount}/")
        )
