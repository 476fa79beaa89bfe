"""Known gaps: the entries of `known_gaps`, applied to the tests that they name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from .outcomes import KnownGap
from .ownership import law_of


@dataclass(frozen=True)
class AppliedGap:
    """A known gap on one test.

    Attributes:
        key: How `known_gaps` names it: a test, or one case of a test.
        gap: The gap.
    """

    key: str
    gap: KnownGap

    @property
    def is_of_one_case(self) -> bool:
        """Whether the key names one case, and not a test with all its cases."""
        return "[" in self.key

    @property
    def expected_failure(self) -> str:
        """What pytest shows beside a test that fails as expected."""
        return f"{self.gap.reason} ({self.gap.link})"


APPLIED_GAP = pytest.StashKey[AppliedGap]()


def apply_known_gaps(collected: Iterable[pytest.Item | pytest.Collector], cls: type) -> None:
    """Mark the tests that a class lists in `known_gaps` as expected to fail.

    Args:
        collected: Everything that pytest collected from the class.
        cls: The class.

    Raises:
        ValueError: When a key does not name a test of the kit, or its value is not a `KnownGap`.
    """
    gaps: Mapping[str, KnownGap] = getattr(cls, "known_gaps", {})
    laws = {
        each: law for each in collected if isinstance(each, pytest.Item) and (law := law_of(each))
    }
    _check(gaps, {*laws.values(), *(item.name for item in laws)}, cls)
    for item, law in laws.items():
        key = item.name if item.name in gaps else law
        if key in gaps:
            applied = AppliedGap(key, gaps[key])
            item.stash[APPLIED_GAP] = applied
            # First, so that no other mark of the class or the module replaces it.
            mark = pytest.mark.xfail(reason=applied.expected_failure, strict=True)
            item.add_marker(mark, append=False)


def _check(gaps: Mapping[str, KnownGap], names: set[str], cls: type) -> None:
    for key, gap in gaps.items():
        if key not in names:
            close = difflib.get_close_matches(key, sorted(names), n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(
                f"known_gaps of {cls.__name__} names {key!r}, "
                f"but the kit has no such test here.{hint}"
            )
        if not isinstance(gap, KnownGap):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(
                f"known_gaps of {cls.__name__}: {key!r} needs a KnownGap(reason=…, link=…)"
            )
