"""An adapter's results as a table of laws and models, with totals and reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..outcomes import Outcome
from .facts import AdapterReport, Law, Result

OUTCOME_ORDER = (Outcome.PASSES, Outcome.NOT_DECLARED, Outcome.KNOWN_GAP, Outcome.FAILS)
"""The order in which the numbers of outcomes are shown."""

_WEIGHT = {outcome: weight for weight, outcome in enumerate(Outcome)}


@dataclass(frozen=True)
class Row:
    """A law and its results.

    Attributes:
        law: The law.
        results: All its cases that ran.
    """

    law: Law
    results: Sequence[Result]

    @property
    def is_by_model(self) -> bool:
        """Whether the law runs model by model."""
        return any(each.model is not None for each in self.results)

    def of_model(self, model: str) -> Sequence[Result]:
        """Return the cases of one model."""
        return [each for each in self.results if each.model == model]


@dataclass(frozen=True)
class Reason:
    """Why some cases did not pass.

    Attributes:
        outcome: Their outcome.
        reason: Why.
        link: Where a known gap is tracked.
        laws: The names of the laws with this reason.
        results: The cases.
    """

    outcome: Outcome
    reason: str
    link: str | None
    laws: Sequence[str]
    results: Sequence[Result]


def rows(report: AdapterReport) -> list[Row]:
    """Return each law of which at least one case ran."""
    return [
        Row(law, results)
        for law in report.subject.laws
        if (results := [each for each in report.results if each.law == law.name])
    ]


def models(report: AdapterReport) -> list[str]:
    """Return the models for which a case ran, in the adapter's order."""
    ran = {each.model for each in report.results if each.model is not None}
    declared = report.subject.models
    return [*(name for name in declared if name in ran), *sorted(ran.difference(declared))]


def worst(results: Iterable[Result]) -> Outcome | None:
    """Return the outcome that counts for several cases, or None without cases.

    `NOT_DECLARED` weighs least: a law passes when it passes wherever it applies.
    """
    found = [each.outcome for each in results]
    return max(found, key=_WEIGHT.__getitem__) if found else None


def counts(results: Iterable[Result]) -> list[tuple[Outcome, int]]:
    """Return the number of cases for each outcome that occurred."""
    found = Counter(each.outcome for each in results)
    return [(outcome, found[outcome]) for outcome in OUTCOME_ORDER if found[outcome]]


def collected(report: AdapterReport) -> int:
    """Return the number of all cases, including those that were not selected to run."""
    return sum(len(law.cases) for law in report.subject.laws)


def reasons(report: AdapterReport, outcome: Outcome) -> list[Reason]:
    """Return each reason for an outcome once, the most frequent first."""
    grouped: dict[tuple[str, str | None], list[Result]] = {}
    for each in report.results:
        if each.outcome is outcome:
            grouped.setdefault((each.reason, each.link), []).append(each)
    found = [
        Reason(outcome, reason, link, list(dict.fromkeys(each.law for each in same)), same)
        for (reason, link), same in grouped.items()
    ]
    return sorted(found, key=lambda each: -len(each.results))
