"""How one provider is reached: from the config, the environment and the caller's values."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from pydantic import SecretStr

from ..adapters import Account, Adapter, Timeouts
from ..config import Config, ProviderConfig
from ..errors import ConfigError
from ..text.addresses import why_not_base

_BLANK = " \t\r\n\ufeff\u200b\xa0"
_QUOTES = ('""', "''", "``", "“”", "‘’")
_AROUND = re.compile(r"(?i)^(?:authorization:\s*)?bearer(?:\s+|$)")


def account_for(
    adapter: type[Adapter],
    config: Config,
    environment: Mapping[str, str] = os.environ,
    *,
    key: str | None = None,
    base_url: str | None = None,
) -> Account:
    """Return how one provider is reached.

    The caller's values come first. Then the base URL is taken from the environment, the config
    file or the adapter, and the key from the variable that the config file names, or else from
    the provider's usual variable.

    Raises:
        ConfigError: When the base URL is not https and not loopback, or the key is not valid.
    """
    section = config.providers.get(adapter.name, ProviderConfig())
    variable = section.key_variable or adapter.key_variable
    secret = key if key is not None else environment.get(variable) or None
    if secret is not None:
        secret = bare_key(secret)
        if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
            where = "the key that was passed" if key is not None else f"the variable {variable}"
            raise ConfigError(
                f"the key for {adapter.name} is not valid: {where} is empty or has spaces or "
                "special characters"
            )
    address, origin = adapter.base_url, "the adapter"
    if section.base_url is not None:
        address, origin = section.base_url, f"[providers.{adapter.name}] base_url"
    if environment.get(adapter.base_url_variable):
        address, origin = environment[adapter.base_url_variable], adapter.base_url_variable
    if base_url is not None:
        address, origin = base_url, "base_url"
    reason = why_not_base(address)
    if reason is not None:
        raise ConfigError(f"{origin} for {adapter.name} is not valid: {reason}")
    return Account(
        provider=adapter.name,
        base_url=address.rstrip("/"),
        credential=adapter.credential,
        key=None if secret is None else SecretStr(secret),
        key_variable=variable,
        timeouts=Timeouts(**section.timeouts.model_dump()),
        max_in_flight=section.max_in_flight,
        requests_per_minute=section.requests_per_minute,
        request_id_headers=adapter.request_id_headers,
        retry_refused=config.retry_refused
        if section.retry_refused is None
        else section.retry_refused,
    )


def bare_key(text: str) -> str:
    """Return a key without what is often copied along with it.

    That is white space, a byte order mark, the quotes of a .env file and the word `Bearer`. No
    key begins or ends with any of them.
    """
    while True:
        bare = _AROUND.sub("", text.strip(_BLANK))
        if len(bare) > 1 and bare[0] + bare[-1] in _QUOTES:
            bare = bare[1:-1]
        if bare == text:
            return bare
        text = bare
