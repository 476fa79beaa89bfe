"""The four outcomes of a test of the kit: passes, not declared, known gap, fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

import pytest


class Outcome(StrEnum):
    """The outcome of a test of the kit. Of several outcomes the last in this list counts."""

    NOT_DECLARED = "not declared"
    PASSES = "passes"
    KNOWN_GAP = "known gap"
    FAILS = "fails"


# pytest's public name for it is an attribute, which mypy does not accept as a class.
class NotDeclared(pytest.skip.Exception):  # type: ignore[name-defined,misc]
    """The adapter does not declare what the test checks. Only the kit raises this."""


def not_declared(reason: str) -> NoReturn:
    """End a test because the adapter does not declare what the test checks.

    For each test that can end like this there is another one: it checks that what is not
    declared is refused before anything is sent.

    Args:
        reason: What is not declared, for the report.

    Raises:
        NotDeclared: Always.
    """
    # pytest then shows the law as the place where the test ended.
    __tracebackhide__ = True
    raise NotDeclared(reason)


@dataclass(frozen=True, kw_only=True)
class KnownGap:
    """A test of the kit that is known to fail, listed in `known_gaps`.

    Attributes:
        reason: What does not work, and why it stays like that for now.
        link: Where it is tracked: an issue, or the vendor's page.

    Raises:
        ValueError: When there is no reason, or when the link is not a web address.
    """

    reason: str
    link: str

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.link.startswith(("https://", "http://")):
            raise ValueError(
                "not a valid known gap; give it a reason and a link that starts with https://"
            )
