"""The base of both clients: the programs that they run, which do no I/O themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Unpack

from ..adapters import Account, Adapter, Registry, WireRequest
from ..config import Config, data_folder
from ..engine import (
    LiveJob,
    SubmitOptions,
    VideoResult,
    generate,
    submit_and_release,
    wire_requests,
)
from ..engine.effects import Program
from ..engine.plan import OnUnsupported
from ..engine.prepare import ReadAlready, media_problems
from ..engine.reference_durations import read_reference_durations
from ..errors import UnsupportedRequest, UsageError
from ..jobs import History, JobRecord
from ..jobs.address import account_of_job
from ..pricing import Offer, PriceSources
from ..pricing.addresses import Address
from ..pricing.budget import Price
from ..request import MediaOptions
from ..transport import NetworkSettings, read_network_settings
from .arguments import (
    AnyConfig,
    AnyPath,
    AnyRequest,
    ClientOptions,
    check_idempotency_key,
    check_retry_refused,
    check_timeout,
)
from .files import check_writable, temporary_folder
from .planner import Planner
from .priced_plan import PricedPlan
from .pricing import ask_prices
from .settling import settle

Accepted = tuple[Adapter, Account, LiveJob]
"""The parts of a `Job`."""


class ClientBase:
    """What `Client` and `AsyncClient` share.

    Attributes:
        planner: Resolves names to plans.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        self.planner = Planner(config, **options)

    @property
    def config(self) -> Config:
        """The user's config."""
        return self.planner.config

    @property
    def ignored_config(self) -> str | None:
        """What was ignored of an untrusted polyreel.toml, in one line; None where nothing was.

        Then no request that needs a key is sent: it raises `ConfigError`.
        """
        return self.planner.found.notice

    @property
    def registry(self) -> Registry:
        """The installed plugins."""
        return self.planner.registry

    @property
    def history(self) -> History:
        """The jobs in the journal: list, find and settle them. Its methods block."""
        return self.planner.journal.history

    @property
    def price_sources(self) -> PriceSources:
        """Every known price."""
        return self.planner.pricing.sources

    @cached_property
    def network_settings(self) -> NetworkSettings:
        """The proxies and the certificates, read and checked at the first use of the network.

        Raises:
            ConfigError: When one of them can't be used; nothing was sent.
        """
        return read_network_settings(self.config, self.planner.environment)

    def check_network(self) -> None:
        """Check the proxies and the certificates, before a job is opened or anything is paid.

        Raises:
            ConfigError: When one of them can't be used.
        """
        _ = self.network_settings

    def plan(
        self,
        request: AnyRequest,
        model: str | None = None,
        *,
        on_unsupported: OnUnsupported = "error",
        max_price: Price | None = None,
        **media: Unpack[MediaOptions],
    ) -> PricedPlan:
        """Return what `generate` would do, and its price. Sends nothing to any provider.

        Pass the plan to `generate` or `submit` in place of the request: then exactly what the
        plan shows is sent.

        Args:
            request: A `VideoRequest`, or a prompt.
            model: As in `submit`.
            on_unsupported: As in `submit`.
            max_price: As in `submit`.
            media: As in `submit`. The media themselves are read when the plan is submitted.

        Raises:
            UsageError: When no model of the target can do it, or it would cost too much.
        """
        return self.planner.priced_plan(request, model, on_unsupported, max_price, **media)

    def _submit(
        self,
        request: AnyRequest | PricedPlan,
        model: str | None,
        on_unsupported: OnUnsupported,
        idempotency_key: str | None,
        max_price: Price | None,
        media: MediaOptions,
        retry_refused: int | None = None,
    ) -> Program[Accepted]:
        self.check_network()
        if isinstance(request, PricedPlan):
            plan = self._planned(request, model, on_unsupported, max_price, media).first
        else:
            unpriced = self.planner.plan(request, model, on_unsupported, **media)
            plan = self.planner.pricing.priced(unpriced)
            self.planner.pricing.check([plan], max_price)
        live = LiveJob()
        options = SubmitOptions(
            idempotency_key=check_idempotency_key(idempotency_key),
            retry_refused=check_retry_refused(retry_refused),
        )
        yield from submit_and_release(self.planner.context, plan, live, options)
        if live.record.model == plan.model:
            # Under an idempotency key it may be an earlier call's job, at another address.
            account = account_of_job(live.record, type(plan.adapter), plan.account)
            return plan.adapter, account, live
        return self.planner.resume_live(live)  # a fallback's job has the same key

    def _generate(
        self,
        request: AnyRequest | PricedPlan,
        path: AnyPath,
        model: str | None,
        timeout: float | None,
        on_unsupported: OnUnsupported,
        idempotency_key: str | None,
        max_price: Price | None,
        media: MediaOptions,
        retry_refused: int | None = None,
    ) -> Program[VideoResult]:
        target = Path(path)
        check_timeout(timeout)
        check_writable(target)
        self.check_network()
        plan = self._planned(request, model, on_unsupported, max_price, media)
        key = check_idempotency_key(idempotency_key)
        most = check_retry_refused(retry_refused)
        context, live = self.planner.context, LiveJob()
        return (yield from generate(context, plan.choices, live, target, timeout, key, most))

    def _planned(
        self,
        request: AnyRequest | PricedPlan,
        model: str | None,
        on_unsupported: OnUnsupported,
        max_price: Price | None,
        media: MediaOptions,
    ) -> PricedPlan:
        if not isinstance(request, PricedPlan):
            return self.plan(
                request, model, on_unsupported=on_unsupported, max_price=max_price, **media
            )
        if model is not None or on_unsupported != "error" or max_price is not None or media:
            raise UsageError(
                "a plan was passed, so model, on_unsupported, max_price, convert_images and "
                "lift_bounds can't be; pass them to Client.plan"
            )
        return request.for_one_call()

    def _quote(
        self,
        request: AnyRequest,
        models: Sequence[str],
        on_unsupported: OnUnsupported,
        read_urls: bool,
        media: MediaOptions,
    ) -> Program[list[Offer]]:
        asked = self.planner.as_request(request)
        lengths = None
        if read_urls and asked.reference_videos and models:
            account = self.planner.any_account(models[0])
            with temporary_folder() as folder:
                lengths = yield from read_reference_durations(
                    asked, account, folder, self.planner.media_access
                )
        offers: list[Offer] = []
        known: ReadAlready = {}
        for name in models:
            first = self.planner.target(name).model
            try:
                plan = self.planner.plan(asked, name, on_unsupported, **media)
            except UnsupportedRequest as error:
                offers.append(Offer(name=name, model=first, findings=tuple(error.findings)))
                continue
            problems = yield from media_problems(plan, known)
            if problems:
                offers.append(Offer(name=name, model=plan.model, findings=tuple(problems)))
            else:
                offers.append(self.planner.offer_of(plan, name, lengths))
        return offers

    def _refresh_prices(self, provider: str) -> Program[int]:
        adapter = self.registry.adapter(provider)
        account = self.planner.account(adapter)
        data_folder(self.planner.environment)  # says why, if there is no place for them
        prices = yield from ask_prices(self.planner.context, adapter, account)
        address = Address.of(account.base_url, adapter)
        self.price_sources.save(provider, address, prices, self.planner.context.now().date())
        for spec in adapter.models:
            self.price_sources.warn_of_unusable(f"{provider}/{spec.name}", spec, address)
        return sum(len(rules) for rules in prices.values())

    def _settle(self, job_id: str, task_id: str | None, at: str | None) -> Program[JobRecord]:
        return (yield from settle(self.planner, job_id, task_id, at))

    def _wire(
        self,
        request: AnyRequest,
        model: str | None,
        on_unsupported: OnUnsupported,
        media: MediaOptions,
    ) -> Program[list[WireRequest]]:
        plan = self.planner.plan(request, model, on_unsupported, **media)
        return (yield from wire_requests(plan))
