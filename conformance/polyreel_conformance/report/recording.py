"""Notes what came of each test of the kit, and hands it on with pytest's own reports.

The facts travel as a report's user properties, so that with xdist they reach the process that
started the workers. An adapter's own facts travel once from each process.
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
_HANDED_ON = pytest.StashKey[set[str]]()


def note_collected(collector: pytest.Class, items: Sequence[pytest.Item]) -> None:
    """Note all tests of a class, before some are selected."""
    collector.stash[_COLLECTED] = items


def note_phase(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    verdict: Verdict | None,
) -> None:
    """Note what a phase of a test came to; the last one hands all of it on.

    Args:
        item: The test.
        call: How its phase went.
        report: What carries the facts.
        verdict: The phase's verdict, if it decides anything.
    """
    if call.when == "setup":
        # A test may be run again, and then only the last time counts.
        item.stash[_NOTED] = _Noted()
    noted = item.stash.setdefault(_NOTED, _Noted())
    noted.seconds += call.duration
    if verdict is not None and (
        noted.verdict is None or _WEIGHT[verdict.outcome] >= _WEIGHT[noted.verdict.outcome]
    ):
        keys = _keys(item)
        noted.verdict = replace(verdict, reason=without_secrets(verdict.reason, keys))
    if call.when == "teardown" and noted.verdict is not None:
        _hand_on(item, report, noted.verdict, noted.seconds)


def _hand_on(
    item: pytest.Item, report: pytest.TestReport, verdict: Verdict, seconds: float
) -> None:
    collector = item.getparent(pytest.Class)
    assert collector is not None
    handed_on = item.config.stash.setdefault(_HANDED_ON, set())
    if collector.nodeid not in handed_on:
        from .subject import subject_facts

        handed_on.add(collector.nodeid)
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
    """Return the kit's own invented key, and the developer's real one."""
    from ..tools.flows import KEY

    adapter = getattr(getattr(item, "cls", None), "adapter", None)
    real = os.environ.get(str(getattr(adapter, "key_variable", "")), "")
    return [each for each in (KEY, real) if each]
