"""Records the result of each test of the kit and attaches it to pytest's own reports.

The facts are user properties of a report. With xdist they reach the process that started the
workers. Each process sends an adapter's own facts once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest

from ..outcomes import Outcome
from ..ownership import case_of, law_of
from ..verdict import Verdict
from .facts import Result
from .secrets import without_secrets

RESULT = "polyreel-conformance-result"
SUBJECT = "polyreel-conformance-subject"

_WEIGHT = {outcome: weight for weight, outcome in enumerate(Outcome)}


@dataclass
class _Noted:
    seconds: float = 0.0
    verdict: Verdict | None = None


_NOTED = pytest.StashKey[_Noted]()
_COLLECTED = pytest.StashKey[Sequence[pytest.Item]]()
_DESCRIBED = pytest.StashKey[set[str]]()


def note_collected(collector: pytest.Class, items: Sequence[pytest.Item]) -> None:
    """Note all tests of a class, before pytest selects some of them."""
    collector.stash[_COLLECTED] = items


def note_phase(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    verdict: Verdict | None,
) -> None:
    """Note the verdict on a phase of a test; the last phase attaches the result to its report.

    Args:
        item: The test.
        call: The result of the phase.
        report: Carries the facts.
        verdict: The phase's verdict, if it decides anything.
    """
    if call.when == "setup":
        # When a test runs again, only the last run counts.
        item.stash[_NOTED] = _Noted()
    noted = item.stash.setdefault(_NOTED, _Noted())
    noted.seconds += call.duration
    if verdict is not None and (
        noted.verdict is None or _WEIGHT[verdict.outcome] >= _WEIGHT[noted.verdict.outcome]
    ):
        keys = _keys(item)
        noted.verdict = replace(verdict, reason=without_secrets(verdict.reason, keys))
    if call.when == "teardown" and noted.verdict is not None:
        _attach_result(item, report, noted.verdict, noted.seconds)


def _attach_result(
    item: pytest.Item, report: pytest.TestReport, verdict: Verdict, seconds: float
) -> None:
    collector = item.getparent(pytest.Class)
    assert collector is not None
    described = item.config.stash.setdefault(_DESCRIBED, set())
    if collector.nodeid not in described:
        from .subject import subject_facts

        described.add(collector.nodeid)
        collected = collector.stash[_COLLECTED]
        facts = subject_facts(collector, collected)
        report.user_properties.append((SUBJECT, asdict(facts)))
    result = Result(
        law=law_of(item) or "",
        case=case_of(item),
        model=model_of(item),
        outcome=verdict.outcome,
        reason=verdict.reason,
        link=verdict.link,
        seconds=round(seconds, 3),
    )
    plain = {**asdict(result), "outcome": str(result.outcome)}
    report.user_properties.append((RESULT, {"test_class": collector.nodeid, **plain}))


def model_of(item: pytest.Item) -> str | None:
    """Return the name of the model that a test runs for, or None."""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    name = getattr(parameters.get("model"), "name", None)
    return None if name is None else str(name)


def _keys(item: pytest.Item) -> list[str]:
    """Return the kit's own invented key, and the developer's real key."""
    from ..tools.flows import KEY

    adapter = getattr(getattr(item, "cls", None), "adapter", None)
    real = os.environ.get(str(getattr(adapter, "key_variable", "")), "")
    return [each for each in (KEY, real) if each]
