"""StandIn: a local double of a vendor, driven by the vendor's contract.

Calls and answers are values, so that one stand-in serves both a test's mocked transport and the
sandbox's real HTTP. It refuses what the vendor's documents refuse, counts the tasks that it makes,
and gives real videos. It is a tool for tests and trials. It does not show how a vendor behaves
beyond its documents.
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
from urllib.parse import urlsplit

from polyreel.text.addresses import path_segment

from .contract import Contract, Operation
from .exchange import Call, Reply
from .fault_effects import (
    FIXED_URLS,
    REFUSED_BY,
    answer_to_create,
    answer_to_download,
    answer_to_poll,
    refusal_with_id,
    without_video,
)
from .faults import Fault
from .picture import draw_picture
from .ranges import serve_file
from .task import Pace, Progress, Task
from .task_card import card_of
from .uploads import multipart_file
from .video.card import Picture, VideoCard
from .video.encode import render_video

RefusalKind = Literal["no key", "invalid", "not found", "too many"]

USUAL_STATUS: Mapping[RefusalKind, int] = {
    "invalid": 400,
    "no key": 401,
    "not found": 404,
    "too many": 429,
}
"""The HTTP status that most vendors refuse with."""

_KINDS: Mapping[int, RefusalKind] = {status: kind for kind, status in USUAL_STATUS.items()}

# Tests ask for the same video many times, and drawing it is slow.
_render = lru_cache(maxsize=4)(render_video)


class StandIn(ABC):
    """A local double of a vendor. A subclass writes the vendor's answers.

    Attributes:
        provider: The name of the provider that it replaces.
        contract: The vendor's published facts.
        tasks: Every task, by id. Their number proves "at most one task".
        calls: Every call to the vendor's address, with its headers.
        calls_elsewhere: Every call to the other origin.
        dropped_unread: How many creates were dropped before they were read; `calls` has none of
            them.
        refused_once: Whether `create-429-once` has refused its create.
        faults: The faults. They can be changed at any time.
        failures: The errors of the stand-in itself.
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
        """Make a stand-in without tasks.

        Args:
            address: Its base URL.
            key: The only key that it accepts; None accepts any.
            pace: How long tasks take.
            faults: The faults.
            clock: Returns the time in seconds, for the pace.
            frames_per_second: Of its videos.
            elsewhere: An address at another origin; `handle_elsewhere` answers its calls.
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
        self.refused_once = False
        self.elsewhere = elsewhere.rstrip("/")
        self._clock = clock
        self.frames_per_second = frames_per_second
        self._uploads: dict[str, bytes] = {}
        self._lock = threading.Lock()

    # What a subclass writes

    @abstractmethod
    def created(self, task: Task) -> Mapping[str, Any]:
        """Return the vendor's answer to a create that it accepts."""

    @abstractmethod
    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        """Return the vendor's answer to a poll of a task."""

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        """Return the vendor's answer to an upload that it accepts, if it has uploads."""
        raise NotImplementedError(f"the contract of {self.provider} has uploads; write `uploaded`")

    def price_list(self) -> Mapping[str, Any]:
        """Return the vendor's list of prices, if it has one."""
        raise NotImplementedError(f"the contract of {self.provider} has prices; write `price_list`")

    def charge(self, task: Task) -> Decimal | None:
        """Return the cost of a task by the contract's `x-price`; None when it has no price."""
        price = task.price
        if not price:
            return None
        resolution = str(task.meaning.get("resolution") or task.output.get("resolution"))
        rate = price["rates"].get(resolution)
        units = int(task.meaning.get("duration", 5)) if price["unit"] == "second" else 1
        return None if rate is None else Decimal(rate) * units

    @abstractmethod
    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        """Return the vendor's refusal of a kind, with a message."""

    def refusal_by(self, status: int, message: str) -> Reply:
        """Return the vendor's refusal of a create by a certain HTTP status.

        When `refusal` has a kind for the status, it is that refusal, else a gateway's page.
        Override this method when the vendor documents refusals by other statuses.
        """
        kind = _KINDS.get(status)
        page = Reply.page(status)
        return page if kind is None else replace(self.refusal(kind, message), status=status)

    def video_card(self, task: Task) -> VideoCard:
        """Return what the video shows: the request, read by the contract's `x-neutral`."""
        found = self.contract.operation("create")
        schema = self.contract.body_schema(found, task.body, _texts(task.body)) if found else None
        return card_of(task, schema or {}, self.provider, self.frames_per_second, self.picture)

    def new_task_id(self, number: int) -> str:
        """Return a task id in the vendor's form; the number counts from 1."""
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
        # In OpenAPI an empty `security` means that a call needs no key.
        if operation.document.get("security") != [] and not self._has_valid_key(call):
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
        """Answer one call at the other origin, which has only videos."""
        with self._lock:
            self.calls_elsewhere.append(call)
        if call.method == "GET" and call.path.startswith("/stand-in/"):
            return self._give_file(call)
        return Reply.page(404)

    def drops_unread(self, method: str, path: str) -> bool:
        """Whether to close a call's connection before the call is read. Ask once for each call."""
        found = self.contract.find(method, path) if Fault.DROPPED_UNREAD in self.faults else None
        if found is None or found[0].role != "create":
            return False
        with self._lock:
            self.dropped_unread += 1
        return True

    def video_url(self, task: Task) -> str:
        """Return the address of a task's video, with a signature as real ones have."""
        for fault, url in FIXED_URLS.items():
            if fault in self.faults:
                return url
        address = self.elsewhere if Fault.VIDEO_ELSEWHERE in self.faults else self.address
        if Fault.PATH_URL in self.faults:
            address = urlsplit(self.address).path
        return f"{address}/stand-in/{task.id}.mp4?Signature={_signature(task.id)}"

    def last_frame_url(self, task: Task) -> str:
        """Return the address of a task's last frame."""
        return f"{self.address}/stand-in/{task.id}.png?Signature={_signature(task.id)}"

    def picture(self, label: str, value: object) -> Picture:
        """Return an image of the request, for the video: inline, uploaded, or only its label."""
        text = str(value)
        data = self.upload_at(text)
        if not data and text.startswith("data:"):
            with contextlib.suppress(binascii.Error):
                data = base64.b64decode(text.partition(",")[2], validate=True)
        return Picture(label, data)

    def upload_at(self, url: object) -> bytes:
        """Return the uploaded file at a URL; empty when there is none."""
        return self._uploads.get(str(url), b"")

    def _has_valid_key(self, call: Call) -> bool:
        key = self.contract.key_in(call.headers)
        return key is not None and self.key in (None, key)

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
            number = len(self.tasks) + 1
            is_number = Fault.NUMERIC_ID in self.faults
            task_id = str(7_000_000 + number) if is_number else self.new_task_id(number)
            task = Task(
                id=task_id,
                body={**body, **parameters},
                meaning=self.contract.meaning(operation, {**_defaults(schema), **body}, parameters),
                output=schema.get("x-output", {}),
                price=schema.get("x-price", {}),
                created=self._clock(),
            )
            self.tasks[task_id] = task
        answer, path = self.created(task), operation.path_to("task_id")
        for fault, status in ((Fault.REFUSAL_WITH_ID, 400), (Fault.ERROR_IN_BODY_WITH_ID, 200)):
            if fault in self.faults:
                refusal = self.refusal("invalid", f"refused by the fault {fault}")
                return refusal_with_id(replace(refusal, status=status), answer, path)
        return answer_to_create(
            answer,
            path,
            self.faults,
            operation.success_status,
        )

    def _refused_create(self, call: Call) -> Reply | None:
        """Return the answer to a create that a fault refuses, or None."""
        for fault, status in REFUSED_BY.items():
            if fault in self.faults:
                return self.refusal_by(status, f"refused by the fault {fault}")
        if Fault.CREATE_429_ONCE in self.faults and not self.refused_once:
            self.refused_once = True
            return self.refusal_by(429, f"refused by the fault {Fault.CREATE_429_ONCE}")
        if Fault.ERROR_IN_BODY in self.faults:
            return replace(self.refusal("invalid", "refused under HTTP 200"), status=200)
        if Fault.CREATE_REDIRECTS in self.faults:
            return Reply(status=307, headers={"location": f"{self.elsewhere}{call.path}"})
        return None

    def _poll(self, parameters: Mapping[str, str]) -> Reply:
        task = self.tasks.get(next(iter(parameters.values()), ""))
        if task is None:
            return self.refusal("not found", "no such task")
        task.polls += 1
        instead = answer_to_poll(
            task.polls, self.faults, lambda: self.refusal("too many", "too many requests")
        )
        if instead is not None:
            return instead
        answer = self.status(
            task, Progress.after(self._clock() - task.created, self.pace, self.faults)
        )
        if Fault.NO_VIDEO in self.faults:
            answer = without_video(answer, self.video_url(task))
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
            if task.video is None:
                task.video = _render(self.video_card(task))
            task.downloads += 1
            downloads = task.downloads
        whole = serve_file(task.video, "video/mp4", {})
        asked = serve_file(task.video, "video/mp4", call.headers)
        return answer_to_download(whole, asked, downloads, self.faults)


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the vendor's defaults for the properties that a body leaves out."""
    properties = schema.get("properties", {})
    return {name: each["default"] for name, each in properties.items() if "default" in each}


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    """Return a body's text values, which include the path's parameters of its create."""
    return {name: value for name, value in body.items() if isinstance(value, str)}


def _signature(text: str) -> str:
    """Return a text like a signature; always the same for one text."""
    return f"{zlib.crc32(text.encode()):08x}secret"
