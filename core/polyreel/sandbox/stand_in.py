"""StandIn: a vendor's local double, driven by the vendor's contract.

It answers calls as values, so that one stand-in serves a test's mocked transport and the
sandbox's real HTTP alike. It refuses what the vendor's documents refuse, counts the tasks
that it made, and gives real films. It is a tool for tests and trials, not a claim about
how a vendor behaves beyond its documents.
"""

from __future__ import annotations

import base64
import binascii
import email.parser
import email.policy
import json
import threading
import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ..urls import path_segment
from .contract import Contract, Operation
from .faults import Fault
from .film import FilmCard, Picture, render_film
from .picture import draw_picture

RefusalKind = Literal["no key", "invalid", "not found", "too many"]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as it arrived.

    Attributes:
        method: Upper case.
        path: Below the stand-in's address.
        headers: With lower-case names.
        body: The bytes.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        body: The bytes.
        content_type: What they are.
        headers: Any others.
        breaks_after: Bytes of the body after which the connection breaks; None for never.
            -1 breaks it before any answer.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks_after: int | None = None

    @classmethod
    def of(cls, value: object, status: int = 200) -> Reply:
        """Return an answer that holds JSON."""
        return cls(status=status, body=json.dumps(value).encode())


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a stand-in's tasks take, in seconds."""

    queued: float = 1.0
    running: float = 3.0


@dataclass(kw_only=True)
class Task:
    """A task that a stand-in made.

    Attributes:
        id: As the vendor spells its ids.
        body: What was asked, as it arrived, with the path's parameters.
        output: The contract's `x-output` for it.
        created: On the stand-in's clock.
        looks: How often it was asked for.
        film: The rendered film, once somebody fetched it.
        downloads: How often the film was fetched.
    """

    id: str
    body: Mapping[str, Any]
    output: Mapping[str, Any]
    created: float
    looks: int = 0
    downloads: int = 0
    film: bytes | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a task stands: a neutral word, and how far it is from 0.0 to 1.0."""

    word: Literal["queued", "running", "succeeded", "failed", "canceled", "expired", "unknown"]
    fraction: float


class StandIn(ABC):
    """A vendor's double. A subclass says how the vendor spells things.

    Attributes:
        provider: The name of the provider that it stands in for.
        contract: The vendor's published facts.
        tasks: Every task made, by id. Their number is what "at most one" is proven by.
        calls: Every call that arrived.
    """

    provider: ClassVar[str]
    contract: ClassVar[Contract]

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        pace: Pace | None = None,
        faults: Collection[Fault] = (),
        clock: Callable[[], float] = time.monotonic,
        frames_per_second: int = 24,
    ) -> None:
        """Make a stand-in with no task yet.

        Args:
            address: The base URL under which it will be reached.
            key: The only key that it accepts; None accepts any.
            pace: How long tasks take.
            faults: What goes wrong.
            clock: Seconds, for the pace.
            frames_per_second: Of the films that it gives.
        """
        self.address = address.rstrip("/")
        self.key = key
        self.pace = pace or Pace()
        self.faults = set(faults)
        self.tasks: dict[str, Task] = {}
        self.calls: list[Call] = []
        self._clock = clock
        self.frames_per_second = frames_per_second
        self._uploads: dict[str, bytes] = {}
        self._lock = threading.Lock()

    # What a subclass says

    @abstractmethod
    def created(self, task: Task) -> Mapping[str, Any]:
        """Return the vendor's answer to a create that it accepts."""

    @abstractmethod
    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        """Return the vendor's answer to a look at a task."""

    @abstractmethod
    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        """Return the vendor's answer to an upload that it accepts."""

    @abstractmethod
    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        """Return the vendor's answer when it refuses."""

    @abstractmethod
    def film_card(self, task: Task) -> FilmCard:
        """Return what the film shows: what arrived, in the vendor's own words."""

    def new_task_id(self, number: int) -> str:
        """Return an id as the vendor spells them; the number counts from 1."""
        return f"{self.provider}-task-{number:04d}"

    # What every stand-in does

    def handle(self, call: Call) -> Reply:
        """Answer one call."""
        with self._lock:
            self.calls.append(call)
        if call.method == "GET" and call.path.startswith("/stand-in/"):
            return self._give_file(call)
        found = self.contract.find(call.method, call.path)
        if found is None:
            return self.refusal("not found", f"no such route: {call.method} {call.path}")
        operation, parameters = found
        if not self._key_fits(call):
            return self.refusal("no key", "the key is missing or wrong")
        match operation.role:
            case "create":
                return self._create(operation, call, parameters)
            case "upload":
                return self._upload(call)
            case "poll":
                return self._poll(parameters)

    def film_url(self, task: Task) -> str:
        """Return where a task's film can be fetched; signed, as real ones are."""
        return f"{self.address}/stand-in/{task.id}.mp4?Signature={_mark(task.id)}"

    def last_frame_url(self, task: Task) -> str:
        """Return where a task's last frame can be fetched."""
        return f"{self.address}/stand-in/{task.id}.png?Signature={_mark(task.id)}"

    def picture(self, label: str, value: object) -> Picture:
        """Return an image that arrived, for the film: inline, uploaded here, or only named."""
        text = str(value)
        data = self._uploads.get(text)
        if data is None and text.startswith("data:"):
            try:
                data = base64.b64decode(text.partition(",")[2], validate=True)
            except binascii.Error:
                data = b""
        return Picture(label, data if data is not None else b"")

    def _key_fits(self, call: Call) -> bool:
        shown = self.contract.key_in(call.headers)
        return shown is not None and self.key in (None, shown)

    def _create(self, operation: Operation, call: Call, parameters: Mapping[str, str]) -> Reply:
        try:
            body = json.loads(call.body)
        except ValueError:
            return self.refusal("invalid", "the body is not JSON")
        problem = self.contract.problem(operation, body, parameters)
        if problem:
            return self.refusal("invalid", problem)
        if Fault.CREATE_429 in self.faults:
            return self.refusal("too many", "too many requests")
        schema = self.contract.body_schema(operation, body, parameters) or {}
        with self._lock:
            task_id = self.new_task_id(len(self.tasks) + 1)
            task = Task(
                id=task_id,
                body={**body, **parameters},
                output=schema.get("x-output", {}),
                created=self._clock(),
            )
            self.tasks[task_id] = task
        answer = dict(self.created(task))
        if Fault.ACCEPTED_THEN_DROPPED in self.faults:
            return Reply(breaks_after=-1)
        if Fault.CREATE_500 in self.faults:
            return _page(500)
        if Fault.NOT_JSON in self.faults:
            return _page(200)
        if Fault.MISSING_ID in self.faults:
            return Reply.of(_without(answer, operation.task_id_path))
        return Reply.of(answer)

    def _poll(self, parameters: Mapping[str, str]) -> Reply:
        task = self.tasks.get(next(iter(parameters.values()), ""))
        if task is None:
            return self.refusal("not found", "no such task")
        task.looks += 1
        if Fault.BAD_POLL in self.faults and task.looks == 1:
            return _page(502)
        return Reply.of(self.status(task, self._progress(task)))

    def _progress(self, task: Task) -> Progress:
        elapsed = self._clock() - task.created
        if elapsed < self.pace.queued:
            return Progress(word="queued", fraction=0.0)
        worked = elapsed - self.pace.queued
        if worked < self.pace.running:
            unknown = Fault.UNKNOWN_WORD in self.faults
            return Progress(
                word="unknown" if unknown else "running",
                fraction=min(0.99, worked / self.pace.running),
            )
        for fault, word in _ENDS.items():
            if fault in self.faults:
                return Progress(word=word, fraction=0.0)
        return Progress(word="succeeded", fraction=1.0)

    def _upload(self, call: Call) -> Reply:
        part = _multipart_file(call)
        if part is None:
            return self.refusal("invalid", "the multipart field 'file' is missing")
        filename, mime_type, data = part
        url = f"{self.address}/stand-in/uploads/{len(self._uploads) + 1}/{path_segment(filename)}"
        with self._lock:
            self._uploads[url] = data
        return Reply.of(self.uploaded(filename, mime_type, data, url))

    def _give_file(self, call: Call) -> Reply:
        name, _, suffix = call.path.removeprefix("/stand-in/").rpartition(".")
        task = self.tasks.get(name)
        if task is None or Fault.EXPIRED_RESULT in self.faults:
            return Reply(status=404, body=b"no such file", content_type="text/plain")
        if suffix == "png":
            return Reply(body=draw_picture(task.id, 320, 180), content_type="image/png")
        with task.lock:
            if task.film is None:
                task.film = render_film(self.film_card(task))
            task.downloads += 1
            cut = Fault.CUT_DOWNLOAD in self.faults and task.downloads == 1
        return Reply(
            body=task.film,
            content_type="video/mp4",
            breaks_after=len(task.film) // 2 if cut else None,
        )


_ENDS: Mapping[Fault, Literal["failed", "canceled", "expired"]] = {
    Fault.FAILED: "failed",
    Fault.CANCELED: "canceled",
    Fault.EXPIRED: "expired",
}


def _page(status: int) -> Reply:
    page = b"<html><body><h1>gateway</h1></body></html>"
    return Reply(status=status, body=page, content_type="text/html")


def _without(answer: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in answer.items() if name != first}
    return {**answer, first: _without(answer[first], tuple(rest))}


def _mark(text: str) -> str:
    """Return something that looks like a signature and is always the same."""
    return f"{zlib.crc32(text.encode()):08x}secret"


def _multipart_file(call: Call) -> tuple[str, str, bytes] | None:
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + call.body)
    if not message.is_multipart():
        return None
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                return part.get_filename() or "file", part.get_content_type(), data
    return None
