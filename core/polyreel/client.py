"""Client and AsyncClient: two thin drivers over the engine's programs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import anyio
import anyio.to_thread

from .archive import Archive
from .desk import (
    DEFAULT_TIMEOUT,
    AnyConfig,
    AnyRef,
    AnyRequest,
    ClientOptions,
    Desk,
    as_request,
    check_idempotency_key,
    check_timeout,
)
from .engine import Call, Film, LiveJob, generate, submit_and_release, wire_requests
from .engine.plan import OnUnsupported
from .files import check_writable, move_file, read_media
from .handles import AnyPath, AsyncJob, Job
from .program import (
    Changed,
    Claim,
    DeleteFile,
    Download,
    Effect,
    HoldOff,
    JournalEffect,
    Kept,
    MoveFile,
    OpenJob,
    Program,
    ReadMedia,
    Release,
    Send,
    Sleep,
    TakeTurn,
    drive,
    drive_async,
)
from .quotes import Offer, Price
from .transport import AsyncTransport, SyncTransport
from .video_reading import reading_lengths
from .wire import WireRequest

T = TypeVar("T")


class Client:
    """Makes films at any installed provider, blocking. Use it as a context manager.

    Takes the arguments of `Desk`: `config`, `api_keys`, `base_urls`, `on_change`,
    `poll_timing`, `journal` and, for tests, `environment`, `registry` and `clock`. One
    client may be used from several threads.

    Raises:
        ConfigError: When the config can't be used.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        self.desk = Desk(config, **options)
        self._transport = SyncTransport()

    def submit(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        idempotency_key: str | None = None,
        max_price: Price | None = None,
    ) -> Job:
        """Submit a request and return the accepted job. At most one paid request leaves.

        Args:
            request: A `VideoRequest`, or a prompt.
            model: `provider/name` or a configured target; None for the config's default.
            on_unsupported: `error` refuses what the model can't do; `drop` leaves out the
                settings it lacks and says so in `Job.adjustments`.
            idempotency_key: Your own name for this call, such as an order's number. A second
                submit with it returns the first job, in this process or another, also after
                a crash; for another request it is an error.
            max_price: The most that it may cost, such as `0.50 USD`, or a `Budget`. What costs
                more, or has no known price, is refused before anything is sent.

        Raises:
            UsageError: Nothing was sent.
            ProviderError: The provider refused; nothing was made.
            TransportError: The provider was not reached; nothing was made.
            SubmitUnknown: A task may have been made. Look before submitting again.
        """
        plan = self.desk.priced(self.desk.plan(request, model, on_unsupported))
        self.desk.check_all([plan], max_price)
        live = LiveJob()
        call = Call(idempotency_key=check_idempotency_key(idempotency_key))
        self.run_program(submit_and_release(self.desk.context, plan, live, call))
        if live.record.model == plan.model:
            return Job(self, plan.adapter, plan.account, live)
        return Job(self, *self.desk.in_hand(live))  # a fallback's, under the same key

    def job(self, ref: AnyRef, *, target: AnyPath | None = None) -> Job:
        """Take up an accepted job again, from its id or its handle.

        Args:
            ref: The id of a job in the journal or its beginning; or a `JobRef`, its JSON, or
                the values of its JSON, which need no journal.
            target: Where the film is to go, unless it is where it was to go at first.

        Raises:
            UsageError: When the job is not known or its provider is not installed.
            SubmitUnknown: When nobody knows whether there is a task.
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
        idempotency_key: str | None = None,
        max_price: Price | None = None,
    ) -> Film:
        """Submit, wait and save, falling back to the target's fallbacks where that is safe.

        Args:
            path: The film's file; replaced when it is there.
            timeout: Seconds to wait for one job to end; None for no deadline.
            idempotency_key: As in `submit`: the same call made again goes on with its job.
            max_price: As in `submit`; each fallback has to be within it, too.

        Raises:
            As `submit`, `Job.wait` and `Job.fetch`. Where a job exists, the error's `job`
            is its handle.
        """
        target = Path(path)
        check_timeout(timeout)
        check_writable(target)
        plans = self.desk.plans(request, model, on_unsupported)
        plans = self.desk.priced_within(plans, max_price)
        key = check_idempotency_key(idempotency_key)
        return self.run_program(generate(self.desk.context, plans, LiveJob(), target, timeout, key))

    def quote(
        self,
        request: AnyRequest,
        models: Sequence[str],
        *,
        on_unsupported: OnUnsupported = "error",
        read_urls: bool = False,
    ) -> list[Offer]:
        """Return what each of some targets would do with a request, and for how much.

        Costs nothing and sends nothing to any provider.

        Args:
            models: Targets, or models written `provider/name`.
            read_urls: Whether reference videos at URLs are fetched to read their lengths, where
                a price hangs on them; those in files always are.

        Raises:
            UsageError: When a target is not known.
        """
        asked = as_request(request)
        lengths = None
        if read_urls and asked.reference_videos and models:
            with tempfile.TemporaryDirectory() as folder:
                lengths = self.run_program(
                    reading_lengths(asked, self.desk.any_account(models[0]), Path(folder))
                )
        return [self.desk.offer(asked, name, on_unsupported, lengths) for name in models]

    def refresh_prices(self, provider: str) -> int:
        """Ask a provider for its prices and keep them. Costs nothing.

        Returns:
            How many prices there are now.

        Raises:
            UsageError: When the provider is not installed or can't be asked.
            ProviderError: When it refused.
        """
        return self.desk.keep_prices(provider, self.run_program(self.desk.asking_prices(provider)))

    def wire(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
    ) -> list[WireRequest]:
        """Return the HTTP requests that `submit` would send, and send nothing."""
        return self.run_program(wire_requests(self.desk.plan(request, model, on_unsupported)))

    @property
    def archive(self) -> Archive:
        """The jobs that the journal keeps: list, find and settle them."""
        return self.desk.archive

    def close(self) -> None:
        """Close the connections and the journal. Jobs at the providers go on."""
        self._transport.close()
        self.desk.close()

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
            case OpenJob() | Claim() | Release() | TakeTurn() | HoldOff():
                return self.desk.keeper.perform(effect)
            case Kept(record):
                took_place = self.desk.keeper.perform(effect)
                self.desk.tell(record)
                return took_place
            case _:
                return _perform_on_disk(effect)


class AsyncClient:
    """Makes films at any installed provider, on the event loop (asyncio or trio).

    Takes the same arguments as `Client`. Use it as an asynchronous context manager.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        self.desk = Desk(config, **options)
        self._transport = AsyncTransport()

    async def submit(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        idempotency_key: str | None = None,
        max_price: Price | None = None,
    ) -> AsyncJob:
        """Submit a request and return the accepted job, as `Client.submit`."""
        plan = self.desk.priced(self.desk.plan(request, model, on_unsupported))
        self.desk.check_all([plan], max_price)
        live = LiveJob()
        call = Call(idempotency_key=check_idempotency_key(idempotency_key))
        await self.run_program(submit_and_release(self.desk.context, plan, live, call))
        if live.record.model == plan.model:
            return AsyncJob(self, plan.adapter, plan.account, live)
        return AsyncJob(self, *self.desk.in_hand(live))

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
        idempotency_key: str | None = None,
        max_price: Price | None = None,
    ) -> Film:
        """Submit, wait and save, as `Client.generate`."""
        target = Path(path)
        check_timeout(timeout)
        check_writable(target)
        plans = self.desk.plans(request, model, on_unsupported)
        plans = self.desk.priced_within(plans, max_price)
        key = check_idempotency_key(idempotency_key)
        return await self.run_program(
            generate(self.desk.context, plans, LiveJob(), target, timeout, key)
        )

    async def quote(
        self,
        request: AnyRequest,
        models: Sequence[str],
        *,
        on_unsupported: OnUnsupported = "error",
        read_urls: bool = False,
    ) -> list[Offer]:
        """Return what each of some targets would do with a request, as `Client.quote`."""
        asked = as_request(request)
        lengths = None
        if read_urls and asked.reference_videos and models:
            with tempfile.TemporaryDirectory() as folder:
                lengths = await self.run_program(
                    reading_lengths(asked, self.desk.any_account(models[0]), Path(folder))
                )
        return [self.desk.offer(asked, name, on_unsupported, lengths) for name in models]

    async def refresh_prices(self, provider: str) -> int:
        """Ask a provider for its prices and keep them, as `Client.refresh_prices`."""
        prices = await self.run_program(self.desk.asking_prices(provider))
        return self.desk.keep_prices(provider, prices)

    async def wire(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
    ) -> list[WireRequest]:
        """Return the HTTP requests that `submit` would send, and send nothing."""
        return await self.run_program(wire_requests(self.desk.plan(request, model, on_unsupported)))

    @property
    def archive(self) -> Archive:
        """The jobs that the journal keeps. Its methods block, for as long as a small file takes."""
        return self.desk.archive

    async def close(self) -> None:
        """Close the connections and the journal. Jobs at the providers go on."""
        await self._transport.close()
        self.desk.close()

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
            case OpenJob() | Claim() | Release() | TakeTurn() | HoldOff():
                return await self._keep(effect)
            case Kept(record):
                took_place = await self._keep(effect)
                self.desk.tell(record)
                return took_place
            case ReadMedia():
                return await anyio.to_thread.run_sync(_perform_on_disk, effect)
            case _:
                return _perform_on_disk(effect)

    async def _keep(self, effect: JournalEffect) -> Any:
        """Carry out an effect of the journal in a thread, also when this task was canceled."""
        with anyio.CancelScope(shield=True):
            return await anyio.to_thread.run_sync(self.desk.keeper.perform, effect)


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
