"""Catalogues: the lists of prices that providers gave, saved by provider and address.

The file is `prices.json` in polyreel's data folder. An older file has no addresses: its prices are
kept and shown, and price nothing until they are requested again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ..config import HOME_VARIABLE
from ..errors import ConfigError
from ..models import PriceRule
from ..text.plain_files import read_plain_file

CATALOGUE_NAME = "prices.json"
VERSION = 2
"""The file's layout. Version 1 has the prices by model, without a version or an address."""

MOST_BYTES = 2**24

# A ValidationError is a ValueError.
_UNREADABLE = (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError)
_RULES: TypeAdapter[tuple[PriceRule, ...]] = TypeAdapter(tuple[PriceRule, ...])

Prices = Mapping[str, tuple[PriceRule, ...]]
"""By model, written `provider/name`."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What one provider gave at one address.

    Attributes:
        provider: Its name.
        address: One that stands for all its documented addresses, or another that was asked; None
            where it is unknown.
        prices: By model, written `provider/name`.
    """

    provider: str
    address: str | None
    prices: Prices


def read_catalogues(folder: Path | None) -> list[Catalogue]:
    """Return the saved catalogues; none where none was saved or the file can't be read."""
    if folder is None:
        return []
    try:
        content = json.loads(read_plain_file(folder / CATALOGUE_NAME, MOST_BYTES))
        if "version" not in content:
            return _of_version_1(content)
        if content["version"] != VERSION:
            return []
        return [
            Catalogue(
                provider=str(each["provider"]),
                address=None if each["address"] is None else str(each["address"]),
                prices=_prices(each["prices"]),
            )
            for each in content["catalogues"]
        ]
    except _UNREADABLE:
        return []  # a file that can't be read can be requested again


def save_catalogue(
    folder: Path | None,
    provider: str,
    address: str,
    prices: Mapping[str, Sequence[PriceRule]],
    today: date,
) -> None:
    """Save a provider's catalogue. It replaces the older one of this address, and one without.

    Args:
        folder: Its folder; None saves nothing.
        provider: Its name.
        address: One that stands for all its documented addresses, or another that was asked.
        prices: By model, as the provider names it.
        today: The day on which the provider gave it.

    Raises:
        ConfigError: When the folder can't be written.
    """
    if folder is None:
        return
    saved = [
        each
        for each in read_catalogues(folder)
        if each.provider != provider or each.address not in (None, address)
    ]
    named = {
        f"{provider}/{model}": tuple(replace(each, read=today) for each in rules)
        for model, rules in prices.items()
    }
    saved.append(Catalogue(provider=provider, address=address, prices=named))
    content = {"version": VERSION, "catalogues": [_dumped(each) for each in saved]}
    try:
        _write(folder / CATALOGUE_NAME, json.dumps(content, indent=1))
    except OSError as error:
        raise ConfigError(
            f"can't save the prices in {folder}: {error.strerror}. Make the folder writable, or "
            f"name another with {HOME_VARIABLE}"
        ) from None


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".prices-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)  # it exists only if writing failed


def _of_version_1(content: Mapping[str, Any]) -> list[Catalogue]:
    prices = _prices(content)
    providers = dict.fromkeys(model.partition("/")[0] for model in prices)
    return [
        Catalogue(
            provider=provider,
            address=None,
            prices={
                model: rules
                for model, rules in prices.items()
                if model.partition("/")[0] == provider
            },
        )
        for provider in providers
    ]


def _prices(content: Mapping[str, Any]) -> Prices:
    return {
        model: tuple(replace(each, origin="catalogue") for each in _RULES.validate_python(rules))
        for model, rules in content.items()
    }


def _dumped(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "provider": catalogue.provider,
        "address": catalogue.address,
        "prices": {
            model: _RULES.dump_python(rules, mode="json")
            for model, rules in catalogue.prices.items()
        },
    }
