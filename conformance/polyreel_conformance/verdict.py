"""The verdict on a test of the kit: one of the four outcomes, whatever pytest would make of it.

A skip or an expected failure that the kit does not know of hides a law, so it becomes a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from .known_gaps import APPLIED_GAP
from .outcomes import NotDeclared, Outcome
from .ownership import is_of_the_kit

_NO_FIFTH = (
    "A test of the kit passes, is not declared (which only the kit itself says), is a known gap, "
    "or fails. Where the adapter does not keep a law yet, write it down in `known_gaps` with a "
    "reason and a link."
)


@dataclass(frozen=True)
class Verdict:
    """What came of a test of the kit.

    Attributes:
        outcome: Which of the four.
        reason: Why; nothing where it passes. May hold anything, so it is not yet fit to be shown.
        link: Where a known gap is followed up.
    """

    outcome: Outcome
    reason: str = ""
    link: str | None = None


def judge(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> Verdict | None:
    """Return what a phase of a test of the kit comes to, and make pytest's report say the same.

    Args:
        item: The test.
        call: How its phase went.
        report: What pytest makes of it. Changed where pytest would hide a law.

    Returns:
        None where the phase decides nothing: a set-up or a tear-down that went well.
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
            f"this known gap is none: remove it. {applied.key!r} is not declared: {_message(call)}",
        )
    passed_against_expectation = str(report.longrepr).startswith("[XPASS(strict)]")
    if passed_against_expectation and applied is not None:
        cases = "" if applied.is_of_one_case else ", or name only the cases that still fail"
        return _failed(
            report,
            f"this known gap has closed: remove it{cases}. known_gaps[{applied.key!r}]: "
            f"{applied.expected_failure}",
        )
    if report.skipped and expected_failure is None:
        return _failed(report, f"this test of the kit was skipped: {_message(call)}. {_NO_FIFTH}")
    if passed_against_expectation or expected_failure is not None:
        reason = f": {expected_failure}" if expected_failure else ""
        return _failed(
            report, f"this test of the kit was marked as an expected failure{reason}. {_NO_FIFTH}"
        )
    if report.failed:
        return Verdict(Outcome.FAILS, _message(call))
    return Verdict(Outcome.PASSES) if call.when == "call" else None


def _failed(report: pytest.TestReport, message: str) -> Verdict:
    report.outcome = "failed"
    report.longrepr = message
    # A skip mark works in the set-up, but it is the test that fails and not its set-up.
    report.when = "call"
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    return Verdict(Outcome.FAILS, message)


def _says_not_declared(call: pytest.CallInfo[None]) -> bool:
    """Whether a law itself ended with `not_declared`, and nobody on its behalf."""
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
    # Not from pytest's own report, since that depends on how tracebacks are to be shown.
    return call.excinfo.exconly(tryshort=True)
