"""Client and AsyncClient: two thin drivers over the engine's programs."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import anyio
import anyio.to_thread

from .account import Account
from .adapter import Adapter
from .checks import Adjustment
from .desk import (
    DEFAULT_TIMEOUT,
    AnyConfig,
    AnyRef,
    AnyRequest,
    ClientOptions,
    Desk,
    check_timeout,
)
from .engine import Film, LiveJob, fetch, generate, look, submit, wait, wire_requests
from .engine.plan import OnUnsupported
from .files import check_writable, move_file, read_media
from .jobs import JobRef, JobStatus
from .program import (
    AcquireSlot,
    Changed,
    DeleteFile,
    Download,
    Effect,
    MoveFile,
    Program,
    ReadMedia,
    Send,
    Sleep,
    Slot,
    drive,
    drive_async,
)
from .records import JobRecord
from .transport import AsyncTransport, SyncTransport
from .wire import WireRequest

T = TypeVar("T")
AnyPath = str | os.PathLike[str]


class _JobView:
    """What a job of either client shows."""

    def __init__(self, adapter: Adapter, account: Account, live: LiveJob) -> None:
        self._adapter = adapter
        self._account = account
        self._live = live

    @property
    def record(self) -> JobRecord:
        """Everything known of the job."""
        return self._live.record

    @property
    def ref(self) -> JobRef:
        """The handle: JSON with which any process can take the job up again."""
        assert self.record.ref is not None, "a job is made when the provider has accepted it"
        return self.record.ref

    @property
    def model(self) -> str:
        """The model, written `provider/name`."""
        return self.record.model

    @property
    def status(self) -> JobStatus | None:
        """What the provider said last; None before the first look."""
        return self.record.status

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """What the caller allowed to be dropped, and was."""
        return self.record.adjustments

    def __repr__(self) -> str:
        state = self.status.state if self.status else self.record.stage
        return f"<{type(self).__name__} {self.ref.full_model} {self.ref.task_id} {state}>"


class Job(_JobView):
    """An accepted job of a `Client`."""

    def __init__(self, client: Client, adapter: Adapter, account: Account, live: LiveJob) -> None:
        super().__init__(adapter, account, live)
        self._client = client

    def poll(self) -> JobStatus:
        """Ask once for the status.

        Raises:
            ProviderError, TransportError: When this look failed. The job goes on.
        """
        return self._client.run_program(
            look(self._client.desk.context, self._adapter, self._account, self._live)
        )

    def wait(self, timeout: float | None = DEFAULT_TIMEOUT) -> JobStatus:
        """Wait until the job succeeded.

        Args:
            timeout: Seconds from now; None for no deadline.

        Raises:
            JobFailed, JobCanceled, JobExpired: How else it ended.
            WaitTimeout: The deadline passed; the job goes on and can be waited for again.
        """
        check_timeout(timeout)
        return self._client.run_program(
            wait(self._client.desk.context, self._adapter, self._account, self._live, timeout)
        )

    def fetch(self, path: AnyPath) -> Path:
        """Save the film of a finished job, whole or not at all.

        Raises:
            FetchError: When it can't be saved; fetching again is free.
        """
        target = Path(path)
        check_writable(target)
        return self._client.run_program(
            fetch(self._client.desk.context, self._adapter, self._account, self._live, target)
        )


class Client:
    """Makes films at any installed provider, blocking. Use it as a context manager.

    Takes the arguments of `Desk`: `config`, `api_keys`, `base_urls`, `on_change`,
    `poll_timing` and, for tests, `environment`, `registry` and `clock`. One client may be
    used from several threads.

    Raises:
        ConfigError: When the config can't be used.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        self.desk = Desk(config, **options)
        self._transport = SyncTransport()
        self._slots: dict[str, threading.Semaphore] = {}
        self._slots_lock = threading.Lock()

    def submit(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
    ) -> Job:
        """Submit a request and return the accepted job. At most one paid request leaves.

        Args:
            request: A `VideoRequest`, or a prompt.
            model: `provider/name` or a configured target; None for the config's default.
            on_unsupported: `error` refuses what the model can't do; `drop` leaves out the
                settings it lacks and says so in `Job.adjustments`.

        Raises:
            UsageError: Nothing was sent.
            ProviderError: The provider refused; nothing was made.
            TransportError: The provider was not reached; nothing was made.
            SubmitUnknown: A task may have been made. Look before submitting again.
        """
        plan = self.desk.plan(request, model, on_unsupported)
        live = LiveJob()
        self.run_program(submit(self.desk.context, plan, live))
        return Job(self, plan.adapter, plan.account, live)

    def job(self, ref: AnyRef, *, target: AnyPath | None = None) -> Job:
        """Take up an accepted job again, from its handle or the handle's JSON.

        Args:
            ref: A `JobRef`, its JSON, or the values of its JSON.
            target: Where the film is to go, for observers to know.

        Raises:
            UsageError: When the handle can't be read or its provider is not installed.
        """
        return Job(self, *self.desk.resumed(ref, target))

    def generate(
        self,
        request: AnyRequest,
        path: AnyPath,
        model: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        on_unsupported: OnUnsupported = "error",
    ) -> Film:
        """Submit, wait and save, falling back to the target's fallbacks where that is safe.

        Args:
            path: The film's file; replaced when it is there.
            timeout: Seconds to wait for one job to end; None for no deadline.

        Raises:
            As `submit`, `Job.wait` and `Job.fetch`. Where a job exists, the error's `job`
            is its handle.
        """
        target = Path(path)
        check_timeout(timeout)
        check_writable(target)
        plans = self.desk.plans(request, model, on_unsupported)
        return self.run_program(generate(self.desk.context, plans, LiveJob(), target, timeout))

    def wire(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
    ) -> list[WireRequest]:
        """Return the HTTP requests that `submit` would send, and send nothing."""
        return self.run_program(wire_requests(self.desk.plan(request, model, on_unsupported)))

    def close(self) -> None:
        """Close the connections. Jobs at the providers go on."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def run_program(self, program: Program[T]) -> T:
        """Run one of the engine's programs to its end."""
        return drive(program, self)

    def perform(self, effect: Effect) -> Any:
        """Carry out one effect of a program, blocking."""
        match effect:
            case Send(account, request):
                return self._transport.send(account, request)
            case Sleep(seconds):
                return self.desk.context.clock.sleep(seconds)
            case Download():
                return self._transport.download(effect)
            case Changed(record):
                return self.desk.tell(record)
            case AcquireSlot(account):
                return self._acquire(account)
            case _:
                return _perform_on_disk(effect)

    def _acquire(self, account: Account) -> Slot:
        if account.max_in_flight is None:
            return _NoSlot()
        with self._slots_lock:
            slots = self._slots.setdefault(
                account.provider, threading.BoundedSemaphore(account.max_in_flight)
            )
        slots.acquire()
        return slots


class AsyncJob(_JobView):
    """An accepted job of an `AsyncClient`."""

    def __init__(
        self, client: AsyncClient, adapter: Adapter, account: Account, live: LiveJob
    ) -> None:
        super().__init__(adapter, account, live)
        self._client = client

    async def poll(self) -> JobStatus:
        """Ask once for the status, as `Job.poll`."""
        return await self._client.run_program(
            look(self._client.desk.context, self._adapter, self._account, self._live)
        )

    async def wait(self, timeout: float | None = DEFAULT_TIMEOUT) -> JobStatus:
        """Wait until the job succeeded, as `Job.wait`."""
        check_timeout(timeout)
        return await self._client.run_program(
            wait(self._client.desk.context, self._adapter, self._account, self._live, timeout)
        )

    async def fetch(self, path: AnyPath) -> Path:
        """Save the film of a finished job, as `Job.fetch`."""
        target = Path(path)
        check_writable(target)
        return await self._client.run_program(
            fetch(self._client.desk.context, self._adapter, self._account, self._live, target)
        )


class AsyncClient:
    """Makes films at any installed provider, on the event loop (asyncio or trio).

    Takes the same arguments as `Client`. Use it as an asynchronous context manager.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        self.desk = Desk(config, **options)
        self._transport = AsyncTransport()
        self._slots: dict[str, anyio.Semaphore] = {}

    async def submit(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
    ) -> AsyncJob:
        """Submit a request and return the accepted job, as `Client.submit`."""
        plan = self.desk.plan(request, model, on_unsupported)
        live = LiveJob()
        await self.run_program(submit(self.desk.context, plan, live))
        return AsyncJob(self, plan.adapter, plan.account, live)

    def job(self, ref: AnyRef, *, target: AnyPath | None = None) -> AsyncJob:
        """Take up an accepted job again, as `Client.job`."""
        return AsyncJob(self, *self.desk.resumed(ref, target))

    async def generate(
        self,
        request: AnyRequest,
        path: AnyPath,
        model: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        on_unsupported: OnUnsupported = "error",
    ) -> Film:
        """Submit, wait and save, as `Client.generate`."""
        target = Path(path)
        check_timeout(timeout)
        check_writable(target)
        plans = self.desk.plans(request, model, on_unsupported)
        return await self.run_program(
            generate(self.desk.context, plans, LiveJob(), target, timeout)
        )

    async def wire(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
    ) -> list[WireRequest]:
        """Return the HTTP requests that `submit` would send, and send nothing."""
        return await self.run_program(wire_requests(self.desk.plan(request, model, on_unsupported)))

    async def close(self) -> None:
        """Close the connections. Jobs at the providers go on."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def run_program(self, program: Program[T]) -> T:
        """Run one of the engine's programs to its end."""
        return await drive_async(program, self)

    async def perform(self, effect: Effect) -> Any:
        """Carry out one effect of a program without blocking the loop."""
        match effect:
            case Send(account, request):
                return await self._transport.send(account, request)
            case Sleep(seconds):
                return await self.desk.context.clock.sleep_async(seconds)
            case Download():
                return await self._transport.download(effect)
            case Changed(record):
                return self.desk.tell(record)
            case AcquireSlot(account):
                return await self._acquire(account)
            case ReadMedia():
                return await anyio.to_thread.run_sync(_perform_on_disk, effect)
            case _:
                return _perform_on_disk(effect)

    async def _acquire(self, account: Account) -> Slot:
        if account.max_in_flight is None:
            return _NoSlot()
        slots = self._slots.setdefault(account.provider, anyio.Semaphore(account.max_in_flight))
        await slots.acquire()
        return slots


class _NoSlot:
    """A place where there is no limit."""

    def release(self) -> None:
        return None


def _perform_on_disk(effect: Effect) -> Any:
    match effect:
        case ReadMedia(field_name, kind, media):
            return read_media(field_name, kind, media)
        case MoveFile(source, target):
            return move_file(source, target)
        case DeleteFile(path):
            return path.unlink(missing_ok=True)
        case _:
            raise TypeError(f"{effect!r} is no effect of the disk")
