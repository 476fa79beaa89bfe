"""Reads the facts of an adapter under test: its name, its versions and the laws for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import Any

import pytest

from ..ownership import case_of, law_of
from .facts import Law, Subject, Versioned


def subject_facts(collector: pytest.Class, items: Iterable[pytest.Item]) -> Subject:
    """Return the facts of the adapter that a class tests.

    Args:
        collector: The class.
        items: All its tests.
    """
    cls: Any = collector.obj
    # The report must also work for a class that does not set one of them.
    adapter: Any = getattr(cls, "adapter", None)
    contract: Any = getattr(getattr(cls, "stand_in", None), "contract", None)
    information = getattr(contract, "document", {}).get("info", {})
    return Subject(
        test_class=collector.nodeid,
        provider=str(getattr(adapter, "name", collector.name)),
        title=str(getattr(adapter, "title", collector.name)),
        distribution=_distribution(str(getattr(adapter, "__module__", ""))),
        contract=Versioned(information["title"], information["version"]) if information else None,
        models=tuple(str(spec.name) for spec in getattr(adapter, "models", ())),
        laws=tuple(_laws(cls, items)),
    )


def _laws(cls: type, items: Iterable[pytest.Item]) -> Iterable[Law]:
    """Yield each law with all its cases, in the kit's own order and not in pytest's."""
    cases: dict[str, list[str]] = {}
    functions: dict[str, Any] = {}
    for item in items:
        law = law_of(item)
        if law is not None:
            cases.setdefault(law, []).append(case_of(item))
            functions[law] = getattr(item, "obj", None)
    for name in dict.fromkeys(name for each in cls.__mro__ for name in vars(each)):
        if name in cases:
            title, _, meaning = (inspect.getdoc(functions[name]) or name).partition("\n\n")
            yield Law(
                name=name,
                title=" ".join(title.split()),
                meaning=meaning.strip(),
                cases=tuple(cases[name]),
            )


def _distribution(module: str) -> Versioned | None:
    """Return the distribution that offers a module's package to polyreel."""
    package = module.partition(".")[0]
    for point in entry_points(group="polyreel"):
        if point.module.partition(".")[0] == package and point.dist is not None:
            return Versioned(point.dist.name, point.dist.version)
    return None
