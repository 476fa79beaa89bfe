"""What a test class, its adapter and its stand-in must have before any law can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from polyreel.adapters import Adapter
from polyreel_sandbox import Contract, StandIn

_OF_THE_CLASS: Mapping[str, str] = {
    "adapter": "the adapter's class",
    "stand_in": "the stand-in's class",
    "examples": "the folder of examples, as examples_folder(__file__)",
}
_OF_THE_ADAPTER: Mapping[str, str] = {
    "name": "the provider's name, as in name/model",
    "title": "the vendor's name for people",
    "base_url": "the documented address",
    "key_variable": "the environment variable for the key",
    "base_url_variable": "the environment variable for the address",
    "models": "a tuple of ModelSpec",
    "states": "the vendor's status words and their states",
}
_OF_THE_STAND_IN: Mapping[str, str] = {
    "provider": "the provider's name",
    "contract": 'Contract.load("the package")',
}


def what_is_missing(kit: type[Any]) -> str | None:
    """Return what a test class lacks, with what to write; None when laws can run."""
    return next(_problems(kit), None)


def _problems(kit: type[Any]) -> Iterator[str]:
    yield from _unset(kit, _OF_THE_CLASS)
    for name, kind in (("adapter", Adapter), ("stand_in", StandIn)):
        found = getattr(kit, name)
        if not (isinstance(found, type) and issubclass(found, kind)):
            yield f"{kit.__name__}.{name} is not a subclass of {kind.__name__}; write one"
    yield from _unset(kit.adapter, _OF_THE_ADAPTER)
    yield from _unset(kit.stand_in, _OF_THE_STAND_IN)
    if not kit.adapter.models:
        yield f"{kit.adapter.__name__}.models is empty; write a ModelSpec for each model"
    if not isinstance(kit.stand_in.contract, Contract):
        yield f"{kit.stand_in.__name__}.contract is not a Contract; write Contract.load(…)"
    if not Path(kit.examples).is_dir():
        yield f"{kit.__name__}.examples: there is no folder {Path(kit.examples).name}; make it"


def _unset(owner: type[Any], names: Mapping[str, str]) -> Iterator[str]:
    for name, what in names.items():
        if not hasattr(owner, name):
            yield f"{owner.__name__} has no {name}: write {what}"
