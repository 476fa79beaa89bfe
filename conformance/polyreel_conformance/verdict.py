"""The verdict on a test of the kit: one of the four outcomes, whatever pytest would report.

A skip or an expected failure that the kit does not know about would hide a law. It becomes a
failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from .known_gaps import APPLIED_GAP
from .outcomes import NotDeclared, Outcome
from .ownership import is_of_the_kit

_FOUR_OUTCOMES = (
    "A test of the kit passes, is not declared (only the kit itself can say so), is a known gap, "
    "or fails. When the adapter does not pass a test yet, add the test to `known_gaps` with a "
    "reason and a link."
)


@dataclass(frozen=True)
class Verdict:
    """The result of a test of the kit.

    Attributes:
        outcome: One of the four.
        reason: Why; empty when it passes. It may contain secrets, so it is not ready to show.
        link: Where a known gap is tracked.
    """

    outcome: Outcome
    reason: str = ""
    link: str | None = None


def judge(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> Verdict | None:
    """Return the verdict on one phase of a test, and make pytest's report say the same.

    Args:
        item: The test.
        call: The result of the phase.
        report: pytest's report of it. It is changed where pytest would hide a law.

    Returns:
        None when the phase decides nothing: a set-up or a tear-down without an error.
    """
    applied = item.stash.get(APPLIED_GAP, None)
    expected_failure: str | None = getattr(report, "wasxfail", None)
    if applied is not None and expected_failure == applied.expected_failure:
        return Verdict(Outcome.KNOWN_GAP, applied.gap.reason, applied.gap.link)
    if _says_not_declared(call):
        if applied is None or not applied.is_of_one_case:
            return Verdict(Outcome.NOT_DECLARED, _message(call))
        return _failed(
            report,
            f"not a known gap: remove it. {applied.key!r} is not declared: {_message(call)}",
        )
    passed_against_expectation = str(report.longrepr).startswith("[XPASS(strict)]")
    if passed_against_expectation and applied is not None:
        cases = "" if applied.is_of_one_case else ", or name only the cases that still fail"
        return _failed(
            report,
            f"this known gap passes now: remove it{cases}. known_gaps[{applied.key!r}]: "
            f"{applied.expected_failure}",
        )
    if report.skipped and expected_failure is None:
        return _failed(
            report, f"this test of the kit was skipped: {_message(call)}. {_FOUR_OUTCOMES}"
        )
    if passed_against_expectation or expected_failure is not None:
        reason = f": {expected_failure}" if expected_failure else ""
        return _failed(
            report,
            f"this test of the kit was marked as an expected failure{reason}. {_FOUR_OUTCOMES}",
        )
    if report.failed:
        return Verdict(Outcome.FAILS, _message(call))
    return Verdict(Outcome.PASSES) if call.when == "call" else None


def _failed(report: pytest.TestReport, message: str) -> Verdict:
    report.outcome = "failed"
    report.longrepr = message
    # A skip mark acts during the set-up, but the test fails and not its set-up.
    report.when = "call"
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    return Verdict(Outcome.FAILS, message)


def _says_not_declared(call: pytest.CallInfo[None]) -> bool:
    """Whether the law itself called `not_declared`, and not the author's code."""
    if call.excinfo is None or not isinstance(call.excinfo.value, NotDeclared):
        return False
    callers = [str(entry.frame.f_globals.get("__name__")) for entry in call.excinfo.traceback]
    while callers and callers[-1] == NotDeclared.__module__:
        callers.pop()
    return bool(callers) and is_of_the_kit(callers[-1])


def _message(call: pytest.CallInfo[None]) -> str:
    if call.excinfo is None:
        return ""
    error: Any = call.excinfo.value
    if isinstance(error, pytest.skip.Exception):
        return str(error.msg)
    # Not from pytest's own report, which depends on the options for tracebacks.
    return call.excinfo.exconly(tryshort=True)
