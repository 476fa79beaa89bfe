"""Registry: what is installed, found through entry points.

A broken plugin is recorded with the reason, and the others stay usable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from ..errors import PluginError, UnknownModel
from ..models import ModelSpec
from ..text.redact import redact_message
from ..text.suggestions import did_you_mean, nearest_name
from . import hookspecs
from .adapter import CONTRACT_PAGE, CONTRACT_VERSION, Adapter
from .hookspecs import ENTRY_POINT_GROUP

if TYPE_CHECKING:
    from .stand_in import StandIn

PLUGINS_VARIABLE = "POLYREEL_PLUGINS"
PROVIDER_NAME = re.compile(r"[a-z][a-z0-9-]*")
"""A valid provider name. It is used in commands, config and model names."""


@dataclass(frozen=True)
class Plugin:
    """An installed distribution that offers adapters or observers.

    Attributes:
        name: The entry point's name.
        distribution: The distribution's name and version.
    """

    name: str
    distribution: str


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin, or one of its adapters, that can't be used.

    Attributes:
        plugin: The plugin.
        provider: The adapter's name, where it is known.
        reason: Why, and what to do.
    """

    plugin: Plugin
    provider: str | None
    reason: str


@dataclass(frozen=True)
class InstalledAdapter:
    """A usable adapter and the plugin it came from."""

    adapter: type[Adapter]
    plugin: Plugin


class Registry:
    """The adapters that are installed.

    Attributes:
        hooks: pluggy's relay, to call the observing hooks.
        adapters: By provider name.
        broken: What can't be used, and why.
        left_out: The names of the plugins that `POLYREEL_PLUGINS` leaves out.
    """

    def __init__(self, points: Iterable[EntryPoint], chosen: str | None = None) -> None:
        """Load plugins.

        Args:
            points: Entry points of the group `polyreel`.
            chosen: As in `POLYREEL_PLUGINS`: names to load, or names with `-` before them
                to leave out; None loads all.
        """
        self.manager = pluggy.PluginManager("polyreel")
        self.manager.add_hookspecs(hookspecs)
        self.hooks = self.manager.hook
        self.adapters: dict[str, InstalledAdapter] = {}
        self.broken: list[BrokenPlugin] = []
        self.left_out: list[str] = []
        self._plugins: dict[int, Plugin] = {}
        for point in sorted(points, key=lambda each: each.name):
            if _is_chosen(point.name, chosen):
                self._load(point)
            else:
                self.left_out.append(point.name)
        self._collect_adapters()

    @classmethod
    def installed(cls, environment: Mapping[str, str] = os.environ) -> Registry:
        """Return the registry of everything installed, as `POLYREEL_PLUGINS` picks it."""
        return cls(entry_points(group=ENTRY_POINT_GROUP), environment.get(PLUGINS_VARIABLE))

    def adapter(self, provider: str) -> type[Adapter]:
        """Return a provider's adapter.

        Raises:
            PluginError: When its plugin is broken.
            UnknownModel: When no plugin offers it.
        """
        if provider in self.adapters:
            return self.adapters[provider].adapter
        for broken in self.broken:
            if provider in (broken.provider, broken.plugin.name):
                raise PluginError(f"{provider} can't be used: {broken.reason}", provider=provider)
        left_out = ""
        if self.left_out:
            left_out = f". {PLUGINS_VARIABLE} leaves out {', '.join(self.left_out)}"
        if self.adapters:
            raise UnknownModel(f"provider {did_you_mean(provider, self.adapters)}{left_out}")
        if self.broken:
            raise UnknownModel(
                f"no installed provider can be used, so {provider!r} is not known; "
                f"`polyreel providers` says why{left_out}"
            )
        raise UnknownModel(
            f"{provider!r} is not known{left_out}"
            if left_out
            else f"no provider is installed, so {provider!r} is not known. "
            "Install one, e.g. pip install polyreel-jimmy"
        )

    def model(self, name: str) -> tuple[type[Adapter], ModelSpec]:
        """Return the adapter and the data of a model written `provider/name`.

        Raises:
            UnknownModel: With the nearest names.
            PluginError: When its plugin is broken.
        """
        provider, separator, model = name.partition("/")
        if not separator:
            raise UnknownModel(
                f"{nearest_name(name, [full for full, _ in self.models()])} "
                "(a model is written provider/name)"
            )
        adapter = self.adapter(provider)
        for spec in adapter.models:
            if spec.name == model:
                return adapter, spec
        raise UnknownModel(
            f"{did_you_mean(name, [f'{provider}/{spec.name}' for spec in adapter.models])}",
            provider=provider,
        )

    def models(self) -> Iterator[tuple[str, ModelSpec]]:
        """Yield every usable model with its full name."""
        for provider, installed in self.adapters.items():
            for spec in installed.adapter.models:
                yield f"{provider}/{spec.name}", spec

    def stand_ins(self) -> dict[str, type[StandIn]]:
        """Return the vendors' local doubles by provider name.

        Raises:
            PluginError: When a plugin's stand-in can't be loaded.
        """
        found: dict[str, type[StandIn]] = {}
        for implementation in self.hooks.polyreel_stand_ins.get_hookimpls():
            plugin = self._plugin(implementation)
            try:
                offered: Iterable[type[StandIn]] = implementation.function()  # type: ignore[assignment]  # pluggy's is untyped
                found |= {stand_in.provider: stand_in for stand_in in offered}
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin may fail in any way
                extra = " For stand-ins: pip install 'polyreel[sandbox]'."
                raise PluginError(
                    f"the stand-in of {plugin.name} ({plugin.distribution}) can't be "
                    f"loaded: {type(error).__name__}: {redact_message(str(error))}."
                    + (extra if isinstance(error, ImportError) else "")
                ) from None
        return {name: found[name] for name in self.adapters if name in found}

    def _plugin(self, implementation: pluggy.HookImpl) -> Plugin:
        return self._plugins.get(
            id(implementation.plugin), Plugin(implementation.plugin_name, "unknown")
        )

    def _load(self, point: EntryPoint) -> None:
        plugin = Plugin(point.name, _distribution(point))
        try:
            module = point.load()
            # Two distributions may use one name; both are loaded, and both are named.
            name = point.name
            if self.manager.has_plugin(name):
                name = f"{name} of {plugin.distribution}"
            self.manager.register(module, name=name)
            self._plugins[id(module)] = plugin
            if not self.manager.get_hookcallers(module):
                self.manager.unregister(module)
                raise TypeError("it has no @polyreel.hookimpl function")
            try:
                self.manager.check_pending()
            except pluggy.PluginValidationError:
                self.manager.unregister(module)
                raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
            self.broken.append(BrokenPlugin(plugin, None, _load_failure(plugin, error)))

    def _collect_adapters(self) -> None:
        offered: dict[str, list[InstalledAdapter]] = {}
        for implementation in self.hooks.polyreel_adapters.get_hookimpls():
            plugin = self._plugin(implementation)
            try:
                adapters: Iterable[Any] = implementation.function()  # type: ignore[assignment]  # as above
                for adapter in adapters:
                    problem = _problem(adapter)
                    if problem:
                        name = getattr(adapter, "name", None)
                        self.broken.append(BrokenPlugin(plugin, name, problem))
                    else:
                        offered.setdefault(adapter.name, []).append(
                            InstalledAdapter(adapter, plugin)
                        )
            except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
                self.broken.append(BrokenPlugin(plugin, None, _load_failure(plugin, error)))
        for name in sorted(offered):
            claims = offered[name]
            if len(claims) == 1:
                self.adapters[name] = claims[0]
                continue
            rivals = " and ".join(claim.plugin.distribution for claim in claims)
            reason = f"{rivals} both offer a provider named {name!r}. Uninstall one"
            names = {claim.plugin.name for claim in claims}
            if len(names) == len(claims):
                leave_out = f"{PLUGINS_VARIABLE}=-{claims[-1].plugin.name}"
                reason += f", or leave one out with {leave_out}"
            self.broken += [BrokenPlugin(claim.plugin, name, reason) for claim in claims]


def _is_chosen(name: str, chosen: str | None) -> bool:
    if chosen is None:
        return True
    words = [word.strip() for word in chosen.split(",") if word.strip()]
    if not words:
        return True
    wanted = [word for word in words if not word.startswith("-")]
    if f"-{name}" in words:
        return False
    return name in wanted if wanted else True


def _distribution(point: EntryPoint) -> str:
    distribution = point.dist
    if distribution is None:
        return "unknown"
    return f"{distribution.metadata['Name']} {distribution.version}"


def _load_failure(plugin: Plugin, error: BaseException) -> str:
    reason = redact_message(str(error)) or "no reason given"
    return (
        f"the plugin {plugin.name!r} ({plugin.distribution}) failed to load: "
        f"{type(error).__name__}: {reason}. Update or uninstall it, or leave it out with "
        f"{PLUGINS_VARIABLE}=-{plugin.name}"
    )


def _version_problem(adapter: type[Adapter]) -> str | None:
    """Return why an adapter's version of the contract does not fit, and what to do; else None."""
    version = vars(adapter).get("contract_version")
    if version == CONTRACT_VERSION and isinstance(version, int):
        return None
    if isinstance(version, int) and version > CONTRACT_VERSION:
        return (
            f"{adapter.__name__} was written for version {version} of the adapter contract; this "
            f"polyreel has version {CONTRACT_VERSION}. Update polyreel"
        )
    written = "does not say which version of the adapter contract it was written for"
    if version is not None:
        written = f"was written for version {version!r} of the adapter contract"
    return (
        f"{adapter.__name__} {written}; this polyreel has version {CONTRACT_VERSION}. Update the "
        f"plugin. Its author finds what to change at {CONTRACT_PAGE}, then writes the number "
        f"contract_version = {CONTRACT_VERSION} in the class"
    )


def _problem(adapter: Any) -> str | None:
    """Return what makes an adapter unusable, or None."""
    if not (isinstance(adapter, type) and issubclass(adapter, Adapter)):
        return f"{adapter!r} is not a subclass of polyreel.adapters.Adapter"
    unfit = _version_problem(adapter)
    if unfit is not None:
        return unfit
    needed = ("name", "title", "base_url", "key_variable", "base_url_variable", "models", "states")
    missing = [name for name in needed if not hasattr(adapter, name)]
    missing += sorted(getattr(adapter, "__abstractmethods__", ()))
    if missing:
        return f"{adapter.__name__} lacks {', '.join(missing)}"
    if not PROVIDER_NAME.fullmatch(adapter.name):
        return (
            f"{adapter.name!r} is not a valid provider name; use lower-case letters, digits and "
            "hyphens"
        )
    if isinstance(adapter.task_id_names, str):
        return f"{adapter.__name__}.task_id_names is a text; write several names, e.g. ('id',)"
    names = [spec.name for spec in adapter.models]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        return f"it declares {', '.join(twice)} twice" if twice else "it declares no model"
    return None
