"""The facts of a report. Every rendering is made of these and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from ..outcomes import Outcome


@dataclass(frozen=True)
class Versioned:
    """Something that comes in versions.

    Attributes:
        name: What it is called.
        version: Which one it is.
    """

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one case of a law.

    Attributes:
        law: The test's name.
        case: What stands in brackets after it; empty where it runs once.
        model: The model's name, or None for a law that does not run model by model.
        outcome: One of the four.
        reason: Why, in one line without secrets; empty where it passes.
        link: Where a known gap is followed up.
        seconds: How long it took, with set-up and tear-down.
    """

    law: str
    case: str
    model: str | None
    outcome: Outcome
    reason: str
    link: str | None
    seconds: float

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return a result from its own plain data."""
        return cls(**{**facts, "outcome": Outcome(facts["outcome"])})


@dataclass(frozen=True, kw_only=True)
class Law:
    """A test of the kit.

    Attributes:
        name: The test's name.
        title: What it means to a user, in a sentence.
        meaning: What its description says besides, e.g. what to change when it fails.
        cases: All its cases, also those that were not selected to run.
    """

    name: str
    title: str
    meaning: str
    cases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An adapter under test.

    Attributes:
        test_class: The class of its tests, as pytest names it.
        provider: The adapter's name.
        title: The vendor's.
        distribution: The installed distribution; None for a bare module.
        contract: What the vendor published, by its title.
        models: The models that it declares.
        laws: What it is held against.
    """

    test_class: str
    provider: str
    title: str
    distribution: Versioned | None
    contract: Versioned | None
    models: tuple[str, ...]
    laws: tuple[Law, ...]

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return a subject from its own plain data."""
        laws = tuple(Law(**{**law, "cases": tuple(law["cases"])}) for law in facts["laws"])
        versions = {
            name: Versioned(**facts[name]) if facts[name] else None
            for name in ("distribution", "contract")
        }
        return cls(**{**facts, **versions, "models": tuple(facts["models"]), "laws": laws})


@dataclass(frozen=True, kw_only=True)
class AdapterReport:
    """An adapter and what came of its tests.

    Attributes:
        subject: The adapter.
        results: In the order of the laws and their cases.
    """

    subject: Subject
    results: tuple[Result, ...]


@dataclass(frozen=True, kw_only=True)
class ConformanceReport:
    """A run of the kit.

    Attributes:
        kit: The kit's distribution.
        ran_at: When the run began, in UTC.
        seconds: How long it took.
        adapters: One for each test class of the run.
    """

    kit: Versioned
    ran_at: datetime
    seconds: float
    adapters: tuple[AdapterReport, ...]
