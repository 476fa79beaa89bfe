"""StandIn: a vendor's local double, driven by the vendor's contract.

It answers calls as values, so that one stand-in serves a test's mocked transport and the
sandbox's real HTTP alike. It refuses what the vendor's documents refuse, counts the tasks
that it made, and gives real films. It is a tool for tests and trials, not a claim about
how a vendor behaves beyond its documents.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import threading
import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Literal

from ..urls import path_segment
from .contract import Contract, Operation
from .exchange import Call, Reply
from .faults import Fault
from .film import FilmCard, Picture, render_film
from .picture import draw_picture
from .ranges import serve_file
from .shown import card_of
from .spoil import (
    FILE_URL,
    REFUSED_BY,
    answer_to_create,
    answer_to_download,
    answer_to_look,
    without_film,
)
from .task import Pace, Progress, Task
from .uploads import multipart_file

RefusalKind = Literal["no key", "invalid", "not found", "too many"]

USUAL_STATUS: Mapping[RefusalKind, int] = {
    "invalid": 400,
    "no key": 401,
    "not found": 404,
    "too many": 429,
}
"""The HTTP status that most vendors refuse with."""

_KINDS: Mapping[int, RefusalKind] = {status: kind for kind, status in USUAL_STATUS.items()}

# The same film is asked for again and again in tests, and drawing it is what takes the time.
_render = lru_cache(maxsize=4)(render_film)


class StandIn(ABC):
    """A vendor's double. A subclass says how the vendor spells things.

    Attributes:
        provider: The name of the provider that it stands in for.
        contract: The vendor's published facts.
        tasks: Every task made, by id. Their number is what "at most one" is proven by.
        calls: Every call that arrived, with its headers.
        calls_elsewhere: Every call that arrived at the other origin.
        dropped_unread: How many creates were dropped before they were read. They are no calls.
        faults: What goes wrong. Change it at any time.
        failures: What went wrong in the stand-in itself, which is nobody else's fault.
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
        elsewhere: str = "https://elsewhere.invalid",
    ) -> None:
        """Make a stand-in with no task yet.

        Args:
            address: The base URL under which it will be reached.
            key: The only key that it accepts; None accepts any.
            pace: How long tasks take.
            faults: What goes wrong.
            clock: Seconds, for the pace.
            frames_per_second: Of the films that it gives.
            elsewhere: An address at another origin, whose calls go to `handle_elsewhere`.
        """
        self.address = address.rstrip("/")
        self.key = key
        self.pace = pace or Pace()
        self.faults = set(faults)
        self.tasks: dict[str, Task] = {}
        self.calls: list[Call] = []
        self.calls_elsewhere: list[Call] = []
        self.dropped_unread = 0
        self.failures: list[Exception] = []
        self.elsewhere = elsewhere.rstrip("/")
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

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        """Return the vendor's answer to an upload that it accepts, where it takes uploads."""
        raise NotImplementedError(f"the contract of {self.provider} has uploads; write `uploaded`")

    def price_list(self) -> Mapping[str, Any]:
        """Return the vendor's answer to whoever asks for its prices, where it can be asked."""
        raise NotImplementedError(f"the contract of {self.provider} has prices; write `price_list`")

    def charge(self, task: Task) -> Decimal | None:
        """Return what a task costs by `x-price` of its body's schema; None where none is there."""
        price = task.price
        if not price:
            return None
        resolution = str(task.meaning.get("resolution") or task.output.get("resolution"))
        rate = price["rates"].get(resolution)
        units = int(task.meaning.get("duration", 5)) if price["unit"] == "second" else 1
        return None if rate is None else Decimal(rate) * units

    @abstractmethod
    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        """Return the vendor's answer when it refuses."""

    def refusal_by(self, status: int, message: str) -> Reply:
        """Return the vendor's answer when it refuses a create by a certain HTTP status.

        As `refusal` spells it where that has a kind for the status. A vendor whose documents
        say how it spells others says so here; the rest is refused by a gateway's page.
        """
        kind = _KINDS.get(status)
        page = Reply.page(status)
        return page if kind is None else replace(self.refusal(kind, message), status=status)

    def film_card(self, task: Task) -> FilmCard:
        """Return what the film shows: what arrived, read by the contract's `x-neutral`."""
        found = self.contract.operation("create")
        schema = self.contract.body_schema(found, task.body, _texts(task.body)) if found else None
        return card_of(task, schema or {}, self.provider, self.frames_per_second, self.picture)

    def new_task_id(self, number: int) -> str:
        """Return an id as the vendor spells them; the number counts from 1."""
        return f"{self.provider}-task-{number:04d}"

    # What every stand-in does

    def handle(self, call: Call) -> Reply:
        """Answer one call."""
        with self._lock:
            self.calls.append(call)
        try:
            return self._answer(call)
        except Exception as error:
            self.failures.append(error)
            raise

    def _answer(self, call: Call) -> Reply:
        if call.method == "GET" and call.path.startswith("/stand-in/"):
            return self._give_file(call)
        found = self.contract.find(call.method, call.path)
        if found is None:
            return self.refusal("not found", f"no such route: {call.method} {call.path}")
        operation, parameters = found
        # An empty `security` is OpenAPI's way to say that a call needs no key.
        if operation.document.get("security") != [] and not self._key_fits(call):
            return self.refusal("no key", "the key is missing or wrong")
        match operation.role:
            case "create":
                return self._create(operation, call, parameters)
            case "upload":
                return self._upload(call)
            case "poll":
                return self._poll(parameters)
            case "prices":
                return Reply.of(self.price_list())

    def handle_elsewhere(self, call: Call) -> Reply:
        """Answer one call at the other origin, where films may lie and nothing else does."""
        with self._lock:
            self.calls_elsewhere.append(call)
        if call.method == "GET" and call.path.startswith("/stand-in/"):
            return self._give_file(call)
        return Reply.page(404)

    def drops_unread(self, method: str, path: str) -> bool:
        """Whether a call's connection is to be closed before the call is read. Asked once each."""
        found = self.contract.find(method, path) if Fault.DROPPED_UNREAD in self.faults else None
        if found is None or found[0].role != "create":
            return False
        with self._lock:
            self.dropped_unread += 1
        return True

    def film_url(self, task: Task) -> str:
        """Return where a task's film can be fetched; signed, as real ones are."""
        if Fault.FILE_URL in self.faults:
            return FILE_URL
        address = self.elsewhere if Fault.FILM_ELSEWHERE in self.faults else self.address
        return f"{address}/stand-in/{task.id}.mp4?Signature={_mark(task.id)}"

    def last_frame_url(self, task: Task) -> str:
        """Return where a task's last frame can be fetched."""
        return f"{self.address}/stand-in/{task.id}.png?Signature={_mark(task.id)}"

    def picture(self, label: str, value: object) -> Picture:
        """Return an image that arrived, for the film: inline, uploaded here, or only named."""
        text = str(value)
        data = self.upload_at(text)
        if not data and text.startswith("data:"):
            with contextlib.suppress(binascii.Error):
                data = base64.b64decode(text.partition(",")[2], validate=True)
        return Picture(label, data)

    def upload_at(self, url: object) -> bytes:
        """Return what was uploaded here and lies at a URL; empty where nothing was."""
        return self._uploads.get(str(url), b"")

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
        refused = self._refused_create(call)
        if refused is not None:
            return refused
        schema = self.contract.body_schema(operation, body, parameters) or {}
        with self._lock:
            task_id = self.new_task_id(len(self.tasks) + 1)
            task = Task(
                id=task_id,
                body={**body, **parameters},
                meaning=self.contract.meaning(operation, {**_defaults(schema), **body}, parameters),
                output=schema.get("x-output", {}),
                price=schema.get("x-price", {}),
                created=self._clock(),
            )
            self.tasks[task_id] = task
        return answer_to_create(
            self.created(task),
            operation.path_to("task_id"),
            self.faults,
            operation.success_status,
        )

    def _refused_create(self, call: Call) -> Reply | None:
        """Return the answer to a create that makes no task because of a fault, or None."""
        for fault, status in REFUSED_BY.items():
            if fault in self.faults:
                return self.refusal_by(status, f"refused by the fault {fault}")
        if Fault.ERROR_IN_BODY in self.faults:
            return replace(self.refusal("invalid", "refused under HTTP 200"), status=200)
        if Fault.CREATE_REDIRECTS in self.faults:
            return Reply(status=307, headers={"location": f"{self.elsewhere}{call.path}"})
        return None

    def _poll(self, parameters: Mapping[str, str]) -> Reply:
        task = self.tasks.get(next(iter(parameters.values()), ""))
        if task is None:
            return self.refusal("not found", "no such task")
        task.looks += 1
        instead = answer_to_look(
            task.looks, self.faults, lambda: self.refusal("too many", "too many requests")
        )
        if instead is not None:
            return instead
        answer = self.status(
            task, Progress.after(self._clock() - task.created, self.pace, self.faults)
        )
        if Fault.NO_FILM in self.faults:
            answer = without_film(answer, self.film_url(task))
        return Reply.of(answer)

    def _upload(self, call: Call) -> Reply:
        part = multipart_file(call)
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
        if task is None:
            return Reply(status=404, body=b"no such file", content_type="text/plain")
        if suffix == "png":
            return serve_file(draw_picture(task.id, 320, 180), "image/png", call.headers)
        with task.lock:
            if task.film is None:
                task.film = _render(self.film_card(task))
            task.downloads += 1
            downloads = task.downloads
        whole = serve_file(task.film, "video/mp4", {})
        asked = serve_file(task.film, "video/mp4", call.headers)
        return answer_to_download(whole, asked, downloads, self.faults)


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the vendor assumes for the properties that a body leaves out."""
    properties = schema.get("properties", {})
    return {name: each["default"] for name, each in properties.items() if "default" in each}


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    """Return a body's texts, among which are the path's parameters of its create."""
    return {name: value for name, value in body.items() if isinstance(value, str)}


def _mark(text: str) -> str:
    """Return something that looks like a signature and is always the same."""
    return f"{zlib.crc32(text.encode()):08x}secret"
