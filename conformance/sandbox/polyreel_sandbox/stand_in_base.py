"""StandInBase: what a stand-in has, what a vendor's subclass writes, and where its files are.

What it answers is in `roles`, by the role of the contract's operation; `stand_in` has the whole.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import threading
import time
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from polyreel.text.addresses import path_segment

from .assets import ASSET, ApprovalWord, Asset, approval, assets_in
from .contract import Contract
from .contract_keywords import Role
from .create_facts import DocumentedRefusal
from .exchange import Call, Reply
from .fault_effects import FIXED_URLS, answer_to_poll
from .faults import Fault
from .hooks import check_hooks
from .known_keys import KnownKeys
from .task import Pace, Progress, Task
from .task_card import card_of
from .video.card import Picture, VideoCard

RefusalKind = Literal["no key", "invalid", "not found", "too many"]
"""Why a stand-in refuses a call: its key, its values, an unknown task, or too many requests."""

USUAL_STATUS: Mapping[RefusalKind, int] = {
    "invalid": 400,
    "no key": 401,
    "not found": 404,
    "too many": 429,
}
"""The HTTP status that most vendors refuse with."""

_KINDS: Mapping[int, RefusalKind] = {status: kind for kind, status in USUAL_STATUS.items()}


class StandInBase(ABC):
    """The state of a local double of a vendor, and the methods that a vendor's subclass writes.

    Attributes:
        provider: The name of the provider that it replaces.
        contract: The vendor's published facts.
        assets: Every registered media, by id.
        takes_unknown_assets: Whether a create may name an asset that was not registered here. The
            kit lets it where it tries one call alone.
        tasks: Every task, by id. Their number proves "at most one task".
        calls: Every call to the vendor's address, with its headers.
        calls_elsewhere: Every call to the other origin.
        dropped_unread: How many creates were dropped before they were read; `calls` has none of
            them.
        refused_once: Whether `create-429-once` has refused its create.
        faults: The faults. They can be changed at any time.
        faulty_creates: How many creates the faults of a create affect, the first ones; None for
            all.
        refuses: A documented refusal by which creates are refused; None for none. One that is
            not definite comes after the task was made. `faulty_creates` counts here too.
        keys: The idempotency keys that it remembers.
        date: Returns the date and time, for when a task was made.
        faults_at: The role of the calls at which the faults of a poll that pass happen: a page of a
            gateway, a broken connection, no JSON, too many requests. It can be changed, too.
        asked: How often it was called, by the role of the operation.
        failures: The errors of the stand-in itself.
        videos_per_task: How many videos each task makes.
    """

    provider: ClassVar[str]
    contract: ClassVar[Contract]
    videos_per_task: ClassVar[int] = 1

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_hooks(cls)

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
        self.assets: dict[str, Asset] = {}
        self.takes_unknown_assets = False
        self.calls: list[Call] = []
        self.calls_elsewhere: list[Call] = []
        self.dropped_unread = 0
        self.faults_at: Role = "poll"
        self.asked: Counter[Role] = Counter()
        self.failures: list[Exception] = []
        self.faulty_creates: int | None = None
        self.refuses: DocumentedRefusal | None = None
        self.keys = KnownKeys()
        self.date: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._creates = 0
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

    def status_code(self, _progress: Progress) -> int:
        """Return the HTTP status of the answer to a poll; 200 unless the vendor's pages differ."""
        return 200

    def result(self, task: Task, progress: Progress) -> Mapping[str, Any] | Reply:
        """Return the vendor's answer to the second call of a poll, where the contract has one.

        It is asked for tasks that have ended. A `Reply` is sent as it is: where the vendor answers
        here with an error when the task has failed, return `Reply.of({…}, 422)` for it.
        """
        raise NotImplementedError(f"the contract of {self.provider} has results; write `result`")

    def uploaded(self, filename: str, mime_type: str, data: bytes, url: str) -> Mapping[str, Any]:
        """Return the vendor's answer to an upload that it accepts, if it has uploads."""
        raise NotImplementedError(f"the contract of {self.provider} has uploads; write `uploaded`")

    def registered(self, asset: Asset) -> Mapping[str, Any]:
        """Return the vendor's answer to a media that is registered, if it takes registrations."""
        raise NotImplementedError(f"the contract of {self.provider} registers; write `registered`")

    def asset_status(self, asset: Asset, word: ApprovalWord) -> Mapping[str, Any]:
        """Return the vendor's answer to a call that asks for a registered media."""
        raise NotImplementedError(
            f"the contract of {self.provider} registers; write `asset_status`"
        )

    def new_asset_id(self, number: int) -> str:
        """Return an asset's id in the vendor's form; the number counts from 1."""
        return f"{self.provider}-asset-{number:04d}"

    def price_list(self) -> Mapping[str, Any]:
        """Return the vendor's list of prices, if it has one."""
        raise NotImplementedError(f"the contract of {self.provider} has prices; write `price_list`")

    def task_list(self, tasks: Sequence[Task], query: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the vendor's list of tasks, if it has one.

        Args:
            tasks: All its tasks, the oldest first; `created_at` says when each was made.
            query: The parameters of the call.
        """
        raise NotImplementedError(f"the contract of {self.provider} has a list; write `task_list`")

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
        return card_of(task, task.schema, self.provider, self.frames_per_second, self.picture)

    def new_task_id(self, number: int) -> str:
        """Return a task id in the vendor's form; the number counts from 1."""
        return f"{self.provider}-task-{number:04d}"

    def content_path(self, task: Task, index: int = 0) -> str:
        """Return the path of a task's video behind the key, below the address, with its query.

        It is made from the contract's operation with the role `content`: its path gets the task's
        id, and what else stands in the path of the create, and its `x-polyreel.index` names the
        query parameter for the video's position. Override it where the vendor writes another one.

        Args:
            task: The task.
            index: Which of its videos, from 0.
        """
        content = self.contract.operation("content")
        assert content is not None, "only called where the contract has it"
        path = re.sub(r"\{(\+?)([^{}]+)\}", lambda found: _filled(found, task), content.path)
        return path if content.index is None else f"{path}?{content.index}={index}"

    # What every stand-in has

    def content_url(self, task: Task, index: int = 0) -> str:
        """Return the address of a task's video behind the key, as `content_path` has it."""
        return f"{self.address}{self.content_path(task, index)}"

    def video_url(self, task: Task, index: int = 0) -> str:
        """Return the address of a task's video.

        It is behind the key where the contract has an operation with the role `content`; else it
        has a signature, as public ones have.

        Args:
            task: The task.
            index: Which of its videos, from 0.
        """
        for fault, url in FIXED_URLS.items():
            if fault in self.faults:
                return url
        is_elsewhere = Fault.VIDEO_ELSEWHERE in self.faults
        address = self.elsewhere if is_elsewhere else self.address
        if Fault.PATH_URL in self.faults:
            address = urlsplit(self.address).path
        if self.contract.operation("content") is not None and not is_elsewhere:
            return f"{address}{self.content_path(task, index)}"
        which = f"index={index}&" if index else ""
        return f"{address}/stand-in/{task.id}.mp4?{which}Signature={_signature(task.id)}"

    def video_urls(self, task: Task) -> list[str]:
        """Return the address of each of a task's videos."""
        others = (self.video_url(task, index) for index in range(1, self.videos_per_task))
        return [self.video_url(task), *others]

    def progress(self, task: Task) -> Progress:
        """Return how far a task is now."""
        return Progress.after(self.now() - task.created, self.pace, self.faults)

    def passing_fault(self, role: Role, calls: int) -> Reply | None:
        """Return what is answered instead to a call by a fault of a poll that passes, or None.

        Args:
            role: The role of the call.
            calls: How many such calls there were, including this one.
        """
        if role != self.faults_at:
            return None
        return answer_to_poll(
            calls, self.faults, lambda: self.refusal("too many", "too many requests")
        )

    def last_frame_url(self, task: Task) -> str:
        """Return the address of a task's last frame."""
        return f"{self.address}/stand-in/{task.id}.png?Signature={_signature(task.id)}"

    def picture(self, label: str, value: object) -> Picture:
        """Return an image of the request, for the video: inline, uploaded, or only its label."""
        text = str(value)
        asset = self.assets.get(text.removeprefix(ASSET)) if text.startswith(ASSET) else None
        text = text if asset is None else asset.url
        data = self.upload_at(text)
        if not data and text.startswith("data:"):
            with contextlib.suppress(binascii.Error):
                data = base64.b64decode(text.partition(",")[2], validate=True)
        return Picture(label, data)

    def asset_problem(self, body: object) -> str | None:
        """Return why a create is refused for its assets; None where each is approved.

        Without registrations in the contract any asset is taken: polyreel did not register it.
        """
        if self.contract.operation("register") is None or self.takes_unknown_assets:
            return None
        for each in assets_in(body):
            asset = self.assets.get(each)
            age = 0.0 if asset is None else self.now() - asset.created
            if asset is None or approval(age, self.pace.approving, self.faults) != "approved":
                return f"the asset {each} is not approved"
        return None

    def upload_at(self, url: object) -> bytes:
        """Return the uploaded file at a URL; empty when there is none."""
        return self._uploads.get(str(url), b"")

    def add_upload(self, filename: str, data: bytes) -> str:
        """Keep an uploaded file, and return its URL."""
        with self._lock:
            url = (
                f"{self.address}/stand-in/uploads/{len(self._uploads) + 1}/{path_segment(filename)}"
            )
            self._uploads[url] = data
        return url

    def task_named(self, parameters: Mapping[str, str]) -> Task | None:
        """Return the task that one of the parameters of a path names, or None."""
        named = (self.tasks[each] for each in parameters.values() if each in self.tasks)
        return next(named, None)

    def has_valid_key(self, call: Call) -> bool:
        """Whether a call sends a key that the stand-in accepts, in the documented way."""
        key = self.contract.key_in(call.headers)
        return key is not None and self.key in (None, key)

    def created_at(self, task: Task) -> datetime:
        """Return when a task was made, in UTC."""
        return self.date() - timedelta(seconds=self.now() - task.created)

    def faults_of_create(self, *, counts: bool = True) -> frozenset[Fault] | None:
        """Return the faults of the create that is next; None where it has none by its number.

        Args:
            counts: Whether this create is counted.
        """
        with self._lock:
            number = self._creates + 1
            self._creates += counts
        is_faulty = self.faulty_creates is None or number <= self.faulty_creates
        return frozenset(self.faults) if is_faulty else None

    @property
    def lock(self) -> threading.Lock:
        """Guards what several calls at once may change."""
        return self._lock

    def now(self) -> float:
        """Return the time in seconds, for the pace."""
        return self._clock()


def _filled(parameter: re.Match[str], task: Task) -> str:
    """Return the value of a parameter in a path: as the create had it, or else the task's id."""
    known = task.body.get(parameter[2])
    value = known if isinstance(known, str) else task.id
    return value if parameter[1] else path_segment(value)


def _signature(text: str) -> str:
    """Return a text like a signature; always the same for one text."""
    return f"{zlib.crc32(text.encode()):08x}secret"
