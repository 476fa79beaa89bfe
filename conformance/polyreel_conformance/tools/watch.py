"""Watches what a flow does besides translating: clock, sleep, files, network, environment.

A flow runs inside the user's event loop, and another process may continue its job. So it must not
wait, and it must use only its arguments.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeVar

from polyreel.adapters import Adapter, Flow, WireRequest, WireResponse

T = TypeVar("T")

_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
_CLOCK = frozenset({"localtime", "gmtime", "ctime", "asctime"}).union(
    _CLOCKS, (f"{name}_ns" for name in _CLOCKS)
)
_DATE_METHODS = frozenset({"now", "utcnow", "today"})
_RANDOM_METHODS = frozenset({"random", "getrandbits"})
_ENVIRONMENT: dict[CodeType, str] = {
    getattr(type(os.environ), name).__code__: "the environment"
    for name in ("__getitem__", "__setitem__", "__delitem__", "__iter__", "__len__")
}
_MODULES = {
    "_socket": "the network",
    "_ssl": "the network",
    "select": "the network",
    "posix": "the operating system",
    "nt": "the operating system",
    "_io": "files",
    "io": "files",
    "_thread": "threads",
    "_posixsubprocess": "processes",
    "_random": "random numbers",
    "_asyncio": "an event loop",
}
# Code that only handles values uses these too.
_HARMLESS = frozenset(
    {"posix.fspath", "nt.fspath", "io.text_encoding", "_io.text_encoding"}
    | {"_thread.get_ident", "_thread.allocate_lock"}
)
_HARMLESS_PATHS = "_path_"  # from Python 3.12 on: they take a path apart, and use no disk
_EVENTS = {"open": "files", "socket": "the network", "subprocess": "processes", "os": "the system"}


class Watch:
    """What was seen while flows ran.

    Attributes:
        seen: Each thing once, such as `the clock (time.monotonic) in adapter.py:41`.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._reported: set[tuple[str, str]] = set()
        self._thread = threading.get_ident()
        self._is_on = False

    def run(self, work: Callable[[], T]) -> T:
        """Run a function in this thread and watch it."""
        before = sys.getprofile()
        self._is_on = True
        sys.setprofile(self._profile)
        try:
            return work()
        finally:
            sys.setprofile(before)
            self._is_on = False

    def audit(self, event: str) -> None:
        """Note an audit event of the interpreter: I/O that is not a Python call."""
        if self._is_on and threading.get_ident() == self._thread:
            kind = _EVENTS.get(event.partition(".")[0])
            if kind is not None:
                self._note(kind, event, sys._getframe(2))

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in _ENVIRONMENT:
            self._note(_ENVIRONMENT[frame.f_code], "os.environ", frame.f_back)
        elif event == "c_call":
            kind = _what_is_it(argument)
            if kind is not None:
                self._note(kind, _name_of(argument), frame)

    def _note(self, kind: str, name: str, frame: FrameType | None) -> None:
        own = frame
        while own is not None:
            # Loading a module reads files; Python does that, once.
            if own.f_code.co_filename.startswith("<frozen importlib"):
                return
            own = own.f_back
        place = _first_place_outside_the_library(frame)
        # One line of an adapter often makes several calls of a kind; it is reported once.
        if (kind, place) not in self._reported:
            self._reported.add((kind, place))
            self.seen.append(f"{kind} ({name}){place}")


def _first_place_outside_the_library(frame: FrameType | None) -> str:
    library = str(Path(os.__file__).parent)
    while frame is not None:
        filename = frame.f_code.co_filename
        if not filename.startswith((library, "<")) or "site-packages" in filename:
            return f" in {Path(filename).name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _what_is_it(called: Any) -> str | None:
    module, name = getattr(called, "__module__", None), getattr(called, "__name__", "")
    owner = getattr(called, "__self__", None)
    if module == "time":
        return "a sleep" if name == "sleep" else "the clock" if name in _CLOCK else None
    if isinstance(owner, type) and owner.__module__ == "datetime" and name in _DATE_METHODS:
        return "the clock"
    if type(owner).__module__ in ("_random", "random") and name in _RANDOM_METHODS:
        return "random numbers"
    is_harmless = f"{module}.{name}" in _HARMLESS or name.startswith(_HARMLESS_PATHS)
    return _MODULES[module] if module in _MODULES and not is_harmless else None


def _name_of(called: Any) -> str:
    module = getattr(called, "__module__", None)
    return f"{module}.{called.__name__}" if module else str(called.__qualname__)


def watching(adapter: type[Adapter], watch: Watch) -> type[Adapter]:
    """Return a subclass of an adapter in which each step of a flow is watched."""

    def stepped(name: str) -> Callable[..., Flow[Any]]:
        def flow(self: Adapter, *arguments: Any) -> Flow[Any]:
            inner = watch.run(lambda: getattr(adapter, name)(self, *arguments))
            response: WireResponse | None = None
            while True:
                try:
                    request = watch.run(functools.partial(_step, inner, response))
                except StopIteration as end:
                    return end.value
                response = yield request

        return flow

    names = ("submit", "poll", "upload", "cancel", "prices")
    return type(adapter.__name__, (adapter,), {name: stepped(name) for name in names})


def _step(flow: Flow[Any], response: WireResponse | None) -> WireRequest:
    return next(flow) if response is None else flow.send(response)


_watches: list[Watch] = []
_installed = False


@contextmanager
def watched() -> Iterator[Watch]:
    """Yield a watch that also gets the interpreter's audit events."""
    global _installed  # noqa: PLW0603  # an audit hook can't be removed, so there is only one
    if not _installed:
        sys.addaudithook(_on_audit_event)
        _installed = True
    watch = Watch()
    _watches.append(watch)
    try:
        yield watch
    finally:
        _watches.remove(watch)


def _on_audit_event(event: str, _arguments: tuple[Any, ...]) -> None:
    for watch in _watches:
        watch.audit(event)
