"""Planner: resolves names to plans, and prices them, before anything runs."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from pydantic import ValidationError

from ..adapters import Account, Adapter, JobRef, Registry
from ..clock import SystemClock
from ..config import Config, FoundConfig, TargetConfig, data_folder, load_config, usual_config
from ..engine import EngineContext, LiveJob, Plan, new_id
from ..engine.plan import OnUnsupported
from ..errors import ConfigError, JournalError, UnknownModel, UnsupportedRequest, UsageError
from ..jobs import JobRecord, Stage
from ..jobs.address import account_of_job, address_of, may_be_same
from ..pricing import Offer, PriceSources, choose
from ..pricing.addresses import Address
from ..pricing.budget import Price
from ..pricing.sources import KnownPrice
from ..pricing.units import ReferenceDurations
from ..request import MediaOptions, MediaRules, VideoRequest
from ..text.paths import absolute
from ..text.suggestions import did_you_mean, nearest_name
from ..text.validation import describe_validation_error
from .accounts import account_for
from .arguments import (
    AnyConfig,
    AnyRef,
    AnyRequest,
    ClientOptions,
    UsualJournal,
    as_ref,
    as_request,
    media_access,
)
from .journal_access import JournalAccess
from .known_names import check_names
from .observers import Observers
from .priced_plan import PricedPlan
from .pricing import Pricing
from .shapes import shaped

log = logging.getLogger("polyreel")
config_log = logging.getLogger("polyreel.config")


class Planner:
    """Resolves names to plans. Sends nothing.

    Attributes:
        config: The user's config.
        found: Where the config was found, and what of it was ignored.
        environment: The environment variables.
        registry: The installed plugins.
        context: What programs run with.
        journal: The journal, opened when it is first used.
        observers: Notified of every change of a job.
        pricing: Prices plans.
        media_rules: How local media are treated, unless a call says otherwise.
        media_access: Which media are taken; no call can change it.
    """

    def __init__(self, config: AnyConfig = None, **options: Unpack[ClientOptions]) -> None:
        """Read the config and find the installed plugins.

        Args:
            config: A `Config`, the path of a file, or None to look for `polyreel.toml`.
            options: See `ClientOptions`.

        Raises:
            ConfigError: When the config is wrong.
            UsageError: When a key or an address is for an unknown provider, or `local_files` is
                not a folder.
        """
        environment, registry = options.get("environment"), options.get("registry")
        self.environment = os.environ if environment is None else environment
        if isinstance(config, Config):
            self.found = FoundConfig(config)
        elif config is None:
            self.found = usual_config(self.environment)
        else:
            self.found = FoundConfig(load_config(Path(config)), Path(config))
        self.config = self.found.config
        if self.found.notice is not None:
            config_log.warning("%s", self.found.notice)
        self.registry = Registry.installed(self.environment) if registry is None else registry
        clock = options.get("clock") or SystemClock()
        self.journal = JournalAccess(
            options.get("journal", UsualJournal.USUAL),
            self.config,
            self.environment,
            self.registry,
            clock,
        )
        self.context = EngineContext(
            clock=clock,
            random=random.random,
            poll_timing=options.get("poll_timing"),
            maximum_video_bytes=self.config.maximum_video_bytes,
            journal_is_persistent=self.journal.is_persistent,
        )
        self.observers = Observers(self.registry, options.get("on_change"))
        try:
            folder = data_folder(self.environment)
        except ConfigError:
            folder = None  # no price was saved there either; what saves prices says why
        self.pricing = Pricing(
            PriceSources(self.config, folder, self.journal.recent),
            self.journal.recent,
            self.journal.spent,
        )
        converts = options.get("convert_images")
        self.media_rules = MediaRules(
            convert_images=self.config.convert_images if converts is None else converts,
            maximum_inline_bytes=self.config.maximum_inline_bytes,
        )
        self.media_access = media_access(self.config, options)
        self._api_keys = dict(options.get("api_keys") or {})
        self._base_urls = dict(options.get("base_urls") or {})
        check_names(self.config, self.registry, [*self._api_keys, *self._base_urls])

    def account(self, adapter: type[Adapter]) -> Account:
        """Return how a provider is reached."""
        account = account_for(
            adapter,
            self.config,
            self.environment,
            key=self._api_keys.get(adapter.name),
            base_url=self._base_urls.get(adapter.name),
        )
        return replace(account, why_no_key=self.found.why_no_key)

    def require_trust(self) -> None:
        """Check that keys may be sent.

        Raises:
            ConfigError: When something of the config was ignored, since it is not trusted.
        """
        if self.found.why_no_key is not None:
            raise ConfigError(self.found.why_no_key)

    def target(self, name: str | None) -> TargetConfig:
        """Return the target of a name: a configured one, or a model itself.

        Raises:
            UsageError: When no name is given and the config has no default.
            UnknownModel: When no model has the name, and the config has no targets.
            ConfigError: When the name or the default is not one of the targets.
        """
        if name is None:
            name = self.config.default
            if name is not None and name not in self.config.targets and "/" not in name:
                raise ConfigError(f"the config's default: {self._unknown_name(name)}")
            if name is None:
                raise UsageError(
                    "no model is named, and the config has no default. Name one "
                    '(-m provider/name, or model="provider/name"); `polyreel models` lists them, '
                    "`polyreel init` writes a config"
                )
        if name in self.config.targets:
            return self.config.targets[name]
        if "/" not in name:
            # If the config has targets, a name without a slash means one of them.
            kind = ConfigError if self.config.targets else UnknownModel
            raise kind(self._unknown_name(name))
        return TargetConfig.model_construct(model=name)

    def as_request(self, request: AnyRequest) -> VideoRequest:
        """Return the request, once each of its media is one that this client takes.

        Raises:
            UsageError: When a text is not a valid prompt.
            MediaUnreadable: When a media may not be taken. Its file was not looked for.
        """
        request = as_request(request)
        self.media_access.check(request)
        return request

    def plan(
        self,
        request: AnyRequest,
        name: str | None = None,
        on_unsupported: OnUnsupported = "error",
        **media: Unpack[MediaOptions],
    ) -> Plan:
        """Return the plan for a request at a target or model.

        Raises:
            UsageError: Of any kind. Nothing was sent.
        """
        target = self.target(name)
        plan = self._plan_target(
            self.as_request(request), target, on_unsupported, name or target.model
        )
        return replace(plan, media_rules=replace(self.media_rules, **media))

    def priced_plan(
        self,
        request: AnyRequest,
        name: str | None = None,
        on_unsupported: OnUnsupported = "error",
        max_price: Price | None = None,
        **media: Unpack[MediaOptions],
    ) -> PricedPlan:
        """Return the priced plan for a target and its fallbacks, each within a budget.

        Raises:
            UsageError: Of any kind. Nothing was sent.
        """
        request = self.as_request(request)
        target = self.target(name)
        rules = replace(self.media_rules, **media)
        choices: list[Plan | UnsupportedRequest] = []
        for each in (target, *(self.target(fallback) for fallback in target.fallbacks)):
            try:
                plan = self._plan_target(request, each, on_unsupported, name or target.model)
            except UnsupportedRequest as error:
                choices.append(error)
                continue
            choices.append(self.pricing.priced(replace(plan, media_rules=rules)))
        priced = PricedPlan(tuple(choices))
        if not priced.able:
            raise next(each for each in choices if isinstance(each, UnsupportedRequest))
        for plan in priced.able:  # any one of them may be paid
            self.pricing.check([plan], max_price)
        return priced

    def offer(
        self,
        request: AnyRequest,
        name: str,
        on_unsupported: OnUnsupported = "error",
        reference_videos: ReferenceDurations | None = None,
    ) -> Offer:
        """Return what a target would do with a request, and its price. Sends nothing.

        Args:
            request: A `VideoRequest`, or a prompt.
            name: The target.
            on_unsupported: As in `Client.submit`.
            reference_videos: The lengths of the reference videos, as for `Pricing.quote`.

        Raises:
            UsageError: When the target is unknown.
        """
        model = self.target(name).model
        try:
            plan = self.plan(request, name, on_unsupported)
        except UnsupportedRequest as error:
            return Offer(name=name, model=model, findings=tuple(error.findings))
        return self.offer_of(plan, name, reference_videos)

    def offer_of(
        self, plan: Plan, name: str, reference_videos: ReferenceDurations | None = None
    ) -> Offer:
        """Return what a plan would do, and its price, as `offer`."""
        return Offer(
            name=name,
            model=plan.model,
            adjustments=plan.adjustments,
            quote=self.pricing.quote(plan, reference_videos),
            usual=self.pricing.usual(plan),
        )

    def known_prices(self, model: str) -> list[KnownPrice]:
        """Return every price of a model, whether or not it counts at the configured address.

        Args:
            model: Written `provider/name`.
        """
        adapter, spec = self.registry.model(model)
        address = Address.of(self.account(adapter).base_url, adapter)
        return self.pricing.sources.known(model, spec, address, adapter)

    def any_account(self, name: str) -> Account:
        """Return how the provider of a target is reached."""
        return self.account(self.registry.model(self.target(name).model)[0])

    def resume(
        self,
        ref: AnyRef,
        target: str | os.PathLike[str] | None = None,
        at: str | None = None,
    ) -> tuple[Adapter, Account, LiveJob]:
        """Return the parts of an accepted job, to resume it.

        Raises:
            UsageError: When the reference is not valid or its provider is not installed.
            ConfigError: When the job was submitted to an address where it may not be asked for.
        """
        found = as_ref(ref)
        if isinstance(found, str):
            record = self.journal.history.find(found)
        else:
            record = self._known(found) or JobRecord(
                id=new_id(), model=found.full_model, stage=Stage.ACCEPTED, ref=found
            )
        if record.ref is None:
            raise record.error or UsageError(
                f"job {record.short_id} is {record.stage}: it has no known task",
                job_id=record.id,
            )
        if target is not None:
            record = replace(record, target=absolute(Path(target), "the output file"))
        return self.resume_live(LiveJob(record), at)

    def resume_live(self, live: LiveJob, at: str | None = None) -> tuple[Adapter, Account, LiveJob]:
        """Return the parts of a job whose record is loaded, at the job's own address."""
        adapter = self.registry.adapter(live.record.provider)
        account = account_of_job(live.record, adapter, self.account(adapter), at)
        return adapter(self._options(adapter, {}, {})), account, live

    def _known(self, ref: JobRef) -> JobRecord | None:
        """Return the journal's record of a job, if any. A journal error does not stop the job."""
        try:
            found = self.journal.port().journal.jobs(provider=ref.provider, task_id=ref.task_id)
        except JournalError as error:
            log.error("%s", error)
            return None
        adapter = self.registry.adapter(ref.provider)
        # Two addresses, such as a sandbox's and the vendor's, may use one id for two tasks.
        same = [each for each in found if may_be_same(adapter, address_of(each), ref.base_url)]
        return same[0] if same else None

    def _unknown_name(self, name: str) -> str:
        known = [*self.config.targets, *(full for full, _ in self.registry.models())]
        where = "" if self.config.targets else ", and no polyreel.toml with targets was found"
        return f"target {nearest_name(name, known)} (a model is written provider/name{where})"

    def _plan_target(
        self,
        request: VideoRequest,
        target: TargetConfig,
        on_unsupported: OnUnsupported,
        name: str,
    ) -> Plan:
        if target.models:
            offers = [self.offer(request, each, on_unsupported) for each in target.models]
            target = TargetConfig.model_construct(
                model=choose(offers, target.policy, self.pricing.sources).model
            )
        adapter, spec = self.registry.model(target.model)
        for provider in request.provider_options:
            if provider not in self.registry.adapters:
                raise UsageError(
                    f"provider_options: {did_you_mean(provider, self.registry.adapters)}"
                )
        own = request.provider_options.get(adapter.name, {})
        plan = Plan(
            request=request,
            adapter=adapter(self._options(adapter, target.options, own)),
            spec=spec,
            account=self.account(adapter),
            asked=request,
            named=name,
            media_access=self.media_access,
        )
        return shaped(plan).fitted(on_unsupported, list(self.registry.models()))

    def _options(
        self, adapter: type[Adapter], target: Mapping[str, Any], own: Mapping[str, Any]
    ) -> Any:
        section = self.config.providers.get(adapter.name)
        merged = {**(section.options if section else {}), **target, **own}
        try:
            return adapter.options_type.model_validate(merged)
        except ValidationError as error:
            problems = describe_validation_error(error, adapter.options_type)
            raise UsageError(
                f"options of {adapter.name}: {problems}", provider=adapter.name
            ) from None
