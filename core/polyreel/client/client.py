"""Client: makes videos at any installed provider, blocking."""

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
from ..transport import SyncTransport
from .arguments import DEFAULT_TIMEOUT, AnyConfig, AnyPath, AnyRef, AnyRequest, ClientOptions
from .base import ClientBase
from .drivers import drive
from .job import Job
from .ports import Ports, perform
from .priced_plan import PricedPlan

T = TypeVar("T")


class Client(ClientBase):
    """Makes videos at any installed provider, blocking. Use it as a context manager.

    One client may be used from several threads.

    Args:
        config: A `Config`, the path of a file, or None to look for `polyreel.toml`. Of one in
            the working folder that the user does not trust (`polyreel trust`), only the choice
            of models counts; see `ignored_config`.
        options: `api_keys`, `base_urls`, `on_change`, `poll_timing`, `journal`,
            `convert_images`, `local_files`, `assets` and, for tests, `environment`, `registry` and
            `clock`; see `ClientOptions`.

    Raises:
        ConfigError: When the config can't be used.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        super().__init__(config, **options)
        self._transport = SyncTransport(lambda: self.network_settings)
        self._ports = Ports(
            network=self._transport,
            sleep=self.planner.context.clock.sleep,
            journal=self.planner.journal.port,
            notify=self.planner.observers.notify,
        )

    def submit(
        self,
        request: AnyRequest | PricedPlan,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        idempotency_key: str | None = None,
        max_price: Price | None = None,
        retry_refused: int | None = None,
        **media: Unpack[MediaOptions],
    ) -> Job:
        """Submit a request and return the accepted job. Sends at most one paid request.

        Args:
            request: A `VideoRequest`, or a prompt.
            model: `provider/name` or a configured target; None for the config's default.
            on_unsupported: `error` refuses what the model can't do; `drop` leaves out the
                settings that the model lacks and lists them in `Job.adjustments`.
            idempotency_key: Your own name for this call, such as an order number. A second
                submit with the same key returns the first job, in this process or another, also
                after a crash. With another request it is an error.
            max_price: The most that it may cost, such as `0.50 USD`, or a `Budget`. A request
                that costs more, or whose price is unknown, is refused before anything is sent.
            retry_refused: How often the request is sent again after a sure refusal that may
                pass, such as HTTP 429; None for what the config says, which is 0 by default.
                It is never sent again after an unknown outcome.
            media: `convert_images`, `lift_bounds`; see `MediaOptions`.

        Raises:
            UsageError: Nothing was sent.
            ProviderError: The provider refused; no task exists.
            TransportError: The provider was not reached; no task exists.
            SubmitUnknown: A task may exist. Check the provider's console before you submit again.
        """
        program = self._submit(
            request, model, on_unsupported, idempotency_key, max_price, media, retry_refused
        )
        return Job(self, *(self.run_program(program)))

    def job(self, ref: AnyRef, *, target: AnyPath | None = None, at: str | None = None) -> Job:
        """Resume an accepted job, from its id or its reference.

        Args:
            ref: The id of a job in the journal, or the beginning of it; a `JobRef`, its JSON, or
                the values of its JSON, which need no journal; or an error that is about a job.
            target: The video's file; None for the one that the job was started with.
            at: The address that the job was submitted to. It is needed where that is neither the
                configured address nor a documented one of the provider.

        Raises:
            UsageError: When the job is unknown or its provider is not installed.
            ConfigError: When the job was submitted to another address, and `at` does not name it.
            SubmitUnknown: When it is unknown whether a task exists.
        """
        return Job(self, *self.planner.resume(ref, target, at))

    def generate(
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
        """Submit, wait and save; use the target's fallbacks where that is safe.

        Args:
            path: The video's file; an existing file is replaced.
            timeout: Seconds to wait for one job to end; None for no deadline.
            idempotency_key: As in `submit`: the same call, repeated, continues its job.
            max_price: As in `submit`; each fallback must also be within it.
            retry_refused: As in `submit`; `timeout` bounds this too.
            media: As in `submit`.

        Raises:
            As `submit`, `Job.wait` and `Job.download`. Where a job exists, the error's `job`
            is its reference.
        """
        return self.run_program(
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

    def settle(
        self, job_id: str, *, task_id: str | None = None, at: str | None = None
    ) -> JobRecord:
        """Accept a job whose outcome is unknown, once its provider knows the task. Costs nothing.

        Args:
            job_id: The job's id, or the beginning of it.
            task_id: The provider's id of the task, as its console shows it; None for the one
                that the answer to the paid request names (`SubmitUnknown.candidate`), or, where
                it names none, for the only one in the provider's list that can be the job's.
            at: The address that the job was submitted to, where it is not the configured one.

        Returns:
            The accepted job. `history.settle` saves that no task was created.

        Raises:
            UsageError: When the provider has no such task, none or several can be the job's, or
                the job's outcome is known.
            ProviderError, TransportError: When the provider could not be asked.
        """
        return self.run_program(self._settle(job_id, task_id, at))

    def quote(
        self,
        request: AnyRequest,
        models: Sequence[str],
        *,
        on_unsupported: OnUnsupported = "error",
        read_urls: bool = False,
        **media: Unpack[MediaOptions],
    ) -> list[Offer]:
        """Return what each target would do with a request, and its price.

        Costs nothing and sends nothing to any provider.

        Args:
            models: Targets, or models written `provider/name`.
            read_urls: Whether to download reference videos at URLs and read their lengths, where
                a price depends on them. Local files are always read.
            media: As in `submit`.

        Raises:
            UsageError: When a target is unknown.
        """
        return self.run_program(self._quote(request, models, on_unsupported, read_urls, media))

    def refresh_prices(self, provider: str) -> int:
        """Ask a provider for its prices and save them. Costs nothing.

        Returns:
            How many prices the provider has now.

        Raises:
            UsageError: When the provider is not installed or has no list of prices.
            ProviderError: When the provider refused.
        """
        return self.run_program(self._refresh_prices(provider))

    def wire(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        **media: Unpack[MediaOptions],
    ) -> list[WireRequest]:
        """Return the HTTP requests that `submit` would send, and send nothing."""
        return self.run_program(self._wire(request, model, on_unsupported, media))

    def close(self) -> None:
        """Close the connections and the journal. Jobs at the providers continue."""
        self._transport.close()
        self.planner.journal.close()

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
        """Perform one effect of a program, blocking."""
        return perform(self._ports, effect)
