"""Known names: the providers and models that a config and a caller name exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ..adapters import Registry
from ..config import Config
from ..errors import ConfigError, UsageError
from ..text.suggestions import did_you_mean, nearest_name


def check_names(config: Config, registry: Registry, given: Iterable[str]) -> None:
    """Refuse the name of an unknown provider or model: what it is for would never be used.

    Args:
        config: The user's config.
        registry: The installed plugins.
        given: The providers for which the caller passed keys and addresses.

    Raises:
        UsageError: When the caller passed something for an unknown provider.
        ConfigError: When the config names an unknown provider or model.
    """
    unusable = {*registry.left_out, *(each.plugin.name for each in registry.broken)}
    unusable |= {each.provider for each in registry.broken if each.provider}
    for name in given:
        if name not in registry.adapters and name not in unusable:
            raise UsageError(f"provider {did_you_mean(name, registry.adapters)}")
    known = [full for full, _ in registry.models()]
    for price in config.prices:
        # A price may name a provider that is not installed, but not an unknown model.
        if price.model not in known and price.model.partition("/")[0] in registry.adapters:
            raise ConfigError(f"[[prices]]: model {nearest_name(price.model, known)}")
    for budget in config.budgets:
        # A budget that no job counts for would limit nothing.
        named = budget.provider
        if named is not None and named not in registry.adapters and named not in unusable:
            raise ConfigError(f"[[budgets]]: provider {did_you_mean(named, registry.adapters)}")
    for name in config.providers:
        # A shared config may name providers that are not installed here; a typo is an error.
        close = difflib.get_close_matches(name, registry.adapters, n=1, cutoff=0.75)
        if close and name not in registry.adapters and name not in unusable:
            raise ConfigError(
                f"[providers.{name}]: no such provider is installed; did you mean {close[0]!r}?"
            )
