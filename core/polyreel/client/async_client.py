"""AsyncClient: makes videos on the event loop (asyncio or trio)."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from ..adapters import WireRequest
from ..engine import VideoResult
from ..engine.effects import Effect, Program
from ..engine.plan import OnUnsupported
from ..jobs import JobRecord
from ..pricing import Offer
from ..pricing.budget import Price
from ..request import MediaOptions
from ..transport import AsyncTransport
from .arguments import DEFAULT_TIMEOUT, AnyConfig, AnyPath, AnyRef, AnyRequest, ClientOptions
from .base import ClientBase
from .drivers import drive_async
from .job import AsyncJob
from .ports import Ports, perform_async
from .priced_plan import PricedPlan

T = TypeVar("T")


class AsyncClient(ClientBase):
    """Makes videos at any installed provider, on the event loop (asyncio or trio).

    Takes the arguments of `Client`. Use it as an asynchronous context manager.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        super().__init__(config, **options)
        self._transport = AsyncTransport(lambda: self.network_settings)
        self._ports = Ports(
            network=self._transport,
            sleep=self.planner.context.clock.sleep_async,
            journal=self.planner.journal.port,
            notify=self.planner.observers.notify,
        )

    async def submit(
        self,
        request: AnyRequest | PricedPlan,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        idempotency_key: str | None = None,
        max_price: Price | None = None,
        retry_refused: int | None = None,
        **media: Unpack[MediaOptions],
    ) -> AsyncJob:
        """Submit a request and return the accepted job, as `Client.submit`."""
        program = self._submit(
            request, model, on_unsupported, idempotency_key, max_price, media, retry_refused
        )
        return AsyncJob(self, *(await self.run_program(program)))

    def job(self, ref: AnyRef, *, target: AnyPath | None = None, at: str | None = None) -> AsyncJob:
        """Resume an accepted job, as `Client.job`."""
        return AsyncJob(self, *self.planner.resume(ref, target, at))

    async def generate(
        self,
        request: AnyRequest | PricedPlan,
        path: AnyPath,
        model: str | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        on_unsupported: OnUnsupported = "error",
        idempotency_key: str | None = None,
        max_price: Price | None = None,
        retry_refused: int | None = None,
        **media: Unpack[MediaOptions],
    ) -> VideoResult:
        """Submit, wait and save, as `Client.generate`."""
        return await self.run_program(
            self._generate(
                request,
                path,
                model,
                timeout,
                on_unsupported,
                idempotency_key,
                max_price,
                media,
                retry_refused,
            )
        )

    async def settle(
        self, job_id: str, *, task_id: str | None = None, at: str | None = None
    ) -> JobRecord:
        """Accept a job whose outcome is unknown, as `Client.settle`."""
        return await self.run_program(self._settle(job_id, task_id, at))

    async def quote(
        self,
        request: AnyRequest,
        models: Sequence[str],
        *,
        on_unsupported: OnUnsupported = "error",
        read_urls: bool = False,
        **media: Unpack[MediaOptions],
    ) -> list[Offer]:
        """Return what each of some targets would do with a request, as `Client.quote`."""
        return await self.run_program(
            self._quote(request, models, on_unsupported, read_urls, media)
        )

    async def refresh_prices(self, provider: str) -> int:
        """Ask a provider for its prices and save them, as `Client.refresh_prices`."""
        return await self.run_program(self._refresh_prices(provider))

    async def wire(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        **media: Unpack[MediaOptions],
    ) -> list[WireRequest]:
        """Return the HTTP requests that `submit` would send, and send nothing."""
        return await self.run_program(self._wire(request, model, on_unsupported, media))

    async def close(self) -> None:
        """Close the connections and the journal. Jobs at the providers continue."""
        await self._transport.close()
        self.planner.journal.close()

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
        """Perform one effect of a program without blocking the loop."""
        return await perform_async(self._ports, effect)
