"""Desk: what both clients need before anything runs: config, registry, accounts, plans."""

from __future__ import annotations

import difflib
import functools
import logging
import os
import random
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, TypedDict

import pluggy
from pydantic import ValidationError

from .account import Account
from .adapter import Adapter, PollTiming
from .archive import Archive
from .catalogue import ModelSpec
from .clock import Clock, SystemClock
from .config import (
    Config,
    TargetConfig,
    account_for,
    find_config,
    journal_file,
    load_config,
)
from .engine import EngineContext, LiveJob, Plan, new_id
from .engine.plan import OnUnsupported
from .errors import ConfigError, JournalError, UnknownModel, UnsupportedRequest, UsageError
from .jobs import JobRef
from .journal.interface import Journal
from .keeper import Keeper
from .messages import describe_validation_error
from .pricing_desk import PricingDesk
from .quotes import choose
from .records import JobRecord, Stage
from .registry import Registry
from .request import VideoRequest, did_you_mean, nearest_name
from .request_file import build_request

log = logging.getLogger("polyreel")

LONGEST_KEY = 255
_ID = re.compile(r"(?i)[0-9a-f]{1,32}")
DEFAULT_TIMEOUT = 1800.0
"""Seconds that `wait` and `generate` wait unless told otherwise."""

Observer = Callable[[JobRecord], None]
AnyRequest = VideoRequest | str
AnyConfig = Config | str | os.PathLike[str] | None
AnyRef = JobRef | str | Mapping[str, Any]


class UsualJournal(Enum):
    """Stands for the journal that the config names."""

    USUAL = "usual"


AnyJournal = Journal | str | os.PathLike[str] | UsualJournal | None


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that `Desk` and both clients take; see `Desk`."""

    api_keys: Mapping[str, str] | None
    base_urls: Mapping[str, str] | None
    environment: Mapping[str, str] | None
    registry: Registry | None
    on_change: Observer | None
    poll_timing: PollTiming | None
    clock: Clock | None
    journal: AnyJournal


class Desk(PricingDesk):
    """Resolves names to plans. Sends nothing.

    Args:
        config: A `Config`, the path of a file, or None to look for `polyreel.toml`.
        api_keys: Keys by provider name, before any other source.
        base_urls: Addresses by provider name, before any other source.
        environment: Where variables are looked up.
        registry: What is installed; None looks.
        on_change: Called with a `JobRecord` at every change of any job.
        poll_timing: When to look at jobs; None for each provider's own advice.
        clock: Where the time comes from.
        journal: Where jobs are kept: a file, or a `Journal`; unless given, the one that the
            config names. None keeps them in memory, and then a job whose process ends is
            lost, unless its handle was kept.
    """

    def __init__(
        self,
        config: AnyConfig = None,
        *,
        api_keys: Mapping[str, str] | None = None,
        base_urls: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        registry: Registry | None = None,
        on_change: Observer | None = None,
        poll_timing: PollTiming | None = None,
        clock: Clock | None = None,
        journal: AnyJournal = UsualJournal.USUAL,
    ) -> None:
        self.environment = os.environ if environment is None else environment
        if isinstance(config, Config):
            self.config = config
        else:
            path = find_config(self.environment) if config is None else Path(config)
            self.config = load_config(path)
        self.registry = Registry.installed(self.environment) if registry is None else registry
        self.context = EngineContext(
            clock=clock or SystemClock(),
            random=random.random,
            poll_timing=poll_timing,
            maximum_film_bytes=self.config.maximum_film_bytes,
            keeps_jobs=self._keeps_jobs(journal),
        )
        self._journal = journal
        self._keeper: Keeper | None = None
        self._opening = threading.Lock()
        self._api_keys = dict(api_keys or {})
        self._base_urls = dict(base_urls or {})
        super().__init__()
        self._observers = [] if on_change is None else [on_change]
        self._check_names()

    @property
    def keeper(self) -> Keeper:
        """What carries out the journal's part of programs; opened when it is first used."""
        with self._opening:
            if self._keeper is None:
                self._keeper = Keeper(self._open_journal())
            return self._keeper

    @property
    def archive(self) -> Archive:
        """The jobs that are kept."""
        return Archive(self.keeper.journal, self.registry)

    def close(self) -> None:
        """Let go of the journal, unless the caller gave it."""
        with self._opening:
            keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.journal is not self._journal:
            keeper.journal.close()

    def account(self, adapter: type[Adapter]) -> Account:
        """Return how a provider is reached."""
        return account_for(
            adapter,
            self.config,
            self.environment,
            key=self._api_keys.get(adapter.name),
            base_url=self._base_urls.get(adapter.name),
        )

    def target(self, name: str | None) -> TargetConfig:
        """Return the target that a name stands for: a configured one, or a model itself.

        Raises:
            UsageError: When nothing is named and the config has no default.
            UnknownModel: When the name is no model's, and there are no targets.
            ConfigError: When the name or the default is none of the targets.
        """
        if name is None:
            name = self.config.default
            if name is not None and name not in self.config.targets and "/" not in name:
                raise ConfigError(f"the config's default: {self._unknown_name(name)}")
            if name is None:
                raise UsageError(
                    "no model was named, and the config has no default. Name one "
                    '(-m provider/name, or model="provider/name"); `polyreel models` lists them, '
                    "`polyreel init` writes a config"
                )
        if name in self.config.targets:
            return self.config.targets[name]
        if "/" not in name:
            # With targets in the config a bare name can only be meant for one of them.
            kind = ConfigError if self.config.targets else UnknownModel
            raise kind(self._unknown_name(name))
        return TargetConfig.model_construct(model=name)

    def plan(
        self,
        request: AnyRequest,
        name: str | None = None,
        on_unsupported: OnUnsupported = "error",
    ) -> Plan:
        """Return the plan for a request at a target or model.

        Raises:
            UsageError: Any kind of it; nothing was sent.
        """
        target = self.target(name)
        return self._plan_target(as_request(request), target, on_unsupported, name or target.model)

    def plans(
        self,
        request: AnyRequest,
        name: str | None = None,
        on_unsupported: OnUnsupported = "error",
    ) -> list[Plan | UnsupportedRequest]:
        """Return the plans for a target and its fallbacks, in order.

        A fallback that can't do the request stands as its refusal.
        """
        request = as_request(request)
        first = self.target(name)
        plans: list[Plan | UnsupportedRequest] = []
        for target in (first, *(self.target(fallback) for fallback in first.fallbacks)):
            try:
                plans.append(
                    self._plan_target(request, target, on_unsupported, name or first.model)
                )
            except UnsupportedRequest as error:
                plans.append(error)
        if all(isinstance(plan, UnsupportedRequest) for plan in plans):
            raise next(plan for plan in plans if isinstance(plan, UnsupportedRequest))
        return plans

    def resumed(
        self, ref: AnyRef, target: str | os.PathLike[str] | None = None
    ) -> tuple[Adapter, Account, LiveJob]:
        """Return what is needed to go on with an accepted job.

        Raises:
            UsageError: When the handle can't be read or its provider is not installed.
        """
        handle = as_ref(ref)
        if isinstance(handle, str):
            record = self.archive.find(handle)
        else:
            record = self._known(handle) or JobRecord(
                id=new_id(), model=handle.full_model, stage=Stage.ACCEPTED, ref=handle
            )
        if record.ref is None:
            raise record.error or UsageError(
                f"job {record.short_id} is {record.stage}: no task of it is known",
                job_id=record.id,
            )
        if target is not None:
            record = replace(record, target=Path(target).absolute())
        return self.in_hand(LiveJob(record))

    def in_hand(self, live: LiveJob) -> tuple[Adapter, Account, LiveJob]:
        """Return what is needed to go on with a job whose record is here."""
        adapter = self.registry.adapter(live.record.provider)
        return adapter(self._options(adapter, {}, {})), self.account(adapter), live

    def _known(self, handle: JobRef) -> JobRecord | None:
        """Return what the journal knows of a job; a journal that fails must not stop it."""
        try:
            found = self.keeper.journal.jobs(provider=handle.provider, task_id=handle.task_id)
        except JournalError as error:
            log.error("%s", error)
            return None
        return found[0] if found else None

    def _keeps_jobs(self, journal: AnyJournal) -> bool:
        """Whether jobs outlive this process. Opens nothing."""
        if isinstance(journal, UsualJournal):
            return self.config.journal is not False
        if journal is None or isinstance(journal, (str, os.PathLike)):
            return journal is not None
        return journal.is_lasting

    def _open_journal(self) -> Journal:
        """Return the journal that was asked for."""
        from .journal.sqlite import SqliteJournal  # SQLite is loaded when it is first needed

        journal = self._journal
        if journal is None or isinstance(journal, (str, os.PathLike)):
            path = None if journal is None else Path(journal)
        elif isinstance(journal, UsualJournal):
            path = journal_file(self.config, self.environment)
        else:
            return journal
        if path is None:
            log.warning(
                "no journal is kept: a job that this process does not finish is lost, unless its "
                "handle was kept, and nothing stops another process from paying for it again"
            )
        return SqliteJournal(path, now=self.context.clock.now)

    def tell(self, record: JobRecord) -> None:
        """Tell observers of a change. One that fails is logged and harms no job."""
        hooks = self.registry.hooks.polyreel_job_changed.get_hookimpls()
        plugins = (functools.partial(_call_hook, each) for each in hooks)
        observers: list[Observer] = [*self._observers, *plugins]
        for observer in observers:
            try:
                observer(record)
            except Exception:  # an observer may fail in any way; a paid job must go on
                log.exception("an observer of %s failed", record.model)

    def _unknown_name(self, name: str) -> str:
        known = [*self.config.targets, *(full for full, _ in self.registry.models())]
        where = "" if self.config.targets else ", and no polyreel.toml with targets was found"
        return f"target {nearest_name(name, known)} (a model is written provider/name{where})"

    def _check_names(self) -> None:
        """Refuse a key or address for a provider that nobody knows: it would be of no use."""
        registry = self.registry
        out_of_use = {*registry.left_out, *(each.plugin.name for each in registry.broken)}
        out_of_use |= {each.provider for each in registry.broken if each.provider}
        for given in (self._api_keys, self._base_urls):
            for name in given:
                if name not in registry.adapters and name not in out_of_use:
                    raise UsageError(f"provider {did_you_mean(name, registry.adapters)}")
        known = [full for full, _ in registry.models()]
        for price in self.config.prices:
            # So may prices; but not of a model that an installed provider does not have.
            if price.model not in known and price.model.partition("/")[0] in registry.adapters:
                raise ConfigError(f"[[prices]]: model {nearest_name(price.model, known)}")
        for name in self.config.providers:
            # A shared config may name providers that are not installed here; a typo may not.
            close = difflib.get_close_matches(name, registry.adapters, n=1, cutoff=0.75)
            if close and name not in registry.adapters and name not in out_of_use:
                raise ConfigError(
                    f"[providers.{name}] is for no installed provider; did you mean {close[0]!r}?"
                )

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
                model=choose(offers, target.policy, self.prices).model
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
        )
        return plan.fitted(on_unsupported, self._models())

    def _models(self) -> list[tuple[str, ModelSpec]]:
        return list(self.registry.models())

    def _options(
        self, adapter: type[Adapter], target: Mapping[str, Any], own: Mapping[str, Any]
    ) -> Any:
        section = self.config.providers.get(adapter.name)
        merged = {**(section.options if section else {}), **target, **own}
        try:
            return adapter.options_type.model_validate(merged)
        except ValidationError as error:
            said = describe_validation_error(error, adapter.options_type)
            raise UsageError(f"options of {adapter.name}: {said}", provider=adapter.name) from None


def _call_hook(implementation: pluggy.HookImpl, record: JobRecord) -> None:
    """Call one plugin's observer with as much as it wants to know."""
    wanted = {"job": record} if "job" in implementation.argnames else {}
    implementation.function(**wanted)


def check_timeout(timeout: float | None) -> None:
    """Refuse a deadline that is no number of seconds, before anything is paid.

    Raises:
        UsageError: When it is negative or not a number.
    """
    if timeout is not None and not timeout >= 0:
        raise UsageError(f"a timeout of {timeout} makes no sense; give seconds from 0, or none")


def check_idempotency_key(key: str | None) -> str | None:
    """Refuse a key that could be nobody's name for a call, before anything is paid.

    Raises:
        UsageError: When it is empty or endless.
    """
    if key is not None and not 0 < len(key.strip()) <= LONGEST_KEY:
        raise UsageError(f"an idempotency key has 1 to {LONGEST_KEY} characters")
    return key


def as_request(request: AnyRequest) -> VideoRequest:
    """Return a request; plain text is a prompt with every setting at its default.

    Raises:
        UsageError: When the text can't be a prompt.
    """
    return build_request({"prompt": request}) if isinstance(request, str) else request


def as_ref(ref: AnyRef) -> JobRef | str:
    """Return a job's handle from itself, its JSON or the values of its JSON; or a job's id.

    Raises:
        UsageError: When it is none of these.
    """
    if isinstance(ref, JobRef):
        return ref
    try:
        if isinstance(ref, str):
            if _ID.fullmatch(ref.strip()):
                return ref.strip().lower()
            return JobRef.model_validate_json(ref)
        return JobRef.model_validate(ref)
    except ValidationError as error:
        raise UsageError(
            f"this is no job's handle: {describe_validation_error(error, JobRef)}. "
            "Give what Job.ref.model_dump_json() wrote"
        ) from None
