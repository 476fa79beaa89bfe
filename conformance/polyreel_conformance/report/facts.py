"""The facts of a report. Every format is made only from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from ..outcomes import Outcome


@dataclass(frozen=True)
class Versioned:
    """A name and a version.

    Attributes:
        name: The name.
        version: The version.
    """

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of one case of a law.

    Attributes:
        law: The test's name.
        case: The text in brackets after it; empty when it runs once.
        model: The model's name, or None for a law that does not run model by model.
        outcome: One of the four.
        reason: Why, in one line without secrets; empty when it passes.
        link: Where a known gap is tracked.
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
        title: What it checks, in a sentence.
        meaning: The rest of its description, e.g. what to change when it fails.
        cases: All its cases, including those that were not selected to run.
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
        title: The vendor's name for people.
        distribution: The installed distribution; None for a plain module.
        contract: The contract's title and version.
        models: The models that it declares.
        laws: The laws that run for it.
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
    """An adapter and the results of its tests.

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
