"""Refuse a key among the arguments: the process list and the shell's history show it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence

from ..client.accounts import bare_key
from ..errors import UsageError

_OPTION = re.compile(r"(?i)^--?(?:(?:[a-z0-9]+[-_])*api[-_]?(?:key|token|secret)|key|token)$")
_SETTING = re.compile(r"(?i)^(?:-O)?[\w.-]*?(?:api[-_]?(?:key|token|secret)|authorization)$")
_VARIABLE = re.compile(r"^[A-Z0-9_]+_API_(?:KEY|TOKEN|SECRET)$")
_SHORTEST = 8
"""A shorter value is compared as a whole only: it may be a part of any word."""


def check_no_key(
    arguments: Sequence[str],
    key_variables: Collection[str],
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Refuse arguments that hold a key, or offer one. The message does not show the value.

    Args:
        arguments: Those of the command line.
        key_variables: The environment variables of the installed providers' keys.
        environment: The environment variables.

    Raises:
        UsageError: Says where keys go.
    """
    keys = {
        key: name
        for name, value in environment.items()
        if (name in key_variables or _VARIABLE.match(name)) and (key := bare_key(value))
    }
    for argument in arguments:
        variable = next((keys[key] for key in keys if _contains(argument, key)), None)
        if variable is not None:
            raise _refusal(f"an argument holds the key in {variable}", key_variables)
        name, separator, _ = argument.partition("=")
        if _OPTION.match(name):
            raise _refusal(f"{name} is not an option", key_variables)
        if separator and _SETTING.match(name):
            raise _refusal(f"{name} is not a setting", key_variables)


def _contains(argument: str, key: str) -> bool:
    if len(key) >= _SHORTEST:
        return key in argument
    return key in (argument, argument.partition("=")[2])


def _refusal(what: str, key_variables: Collection[str]) -> UsageError:
    variables = ", ".join(sorted(key_variables)) or "the provider's variable"
    return UsageError(
        f"{what}: never pass a key as an argument, since the process list and the shell's history "
        f"show it. Set the environment variable of the provider ({variables}), or name one of "
        'your own under [providers.NAME] in polyreel.toml: api_key = "$MY_KEY". Replace a key '
        "that was shown"
    )
