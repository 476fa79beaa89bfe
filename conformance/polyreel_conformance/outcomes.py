"""The outcomes of a test of the kit: passes, not declared, known gap, fails. There is no fifth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

import pytest


class Outcome(StrEnum):
    """What came of a test of the kit; the later outweighs the earlier."""

    NOT_DECLARED = "not declared"
    PASSES = "passes"
    KNOWN_GAP = "known gap"
    FAILS = "fails"


# pytest's public name for it is an attribute, which mypy does not take for a class.
class NotDeclared(pytest.skip.Exception):  # type: ignore[name-defined,misc]
    """What the test is about, the adapter does not declare. Only the kit raises it."""


def not_declared(reason: str) -> NoReturn:
    """End a test because the adapter does not declare what the test is about.

    A law that ends so has a mirror: another test, which holds that what is not declared is
    refused before anything is sent.

    Args:
        reason: What is not declared, for the report.

    Raises:
        NotDeclared: Always.
    """
    # So that pytest shows the law as the place where the test ended.
    __tracebackhide__ = True
    raise NotDeclared(reason)


@dataclass(frozen=True, kw_only=True)
class KnownGap:
    """A test of the kit that is known to fail, written down in `known_gaps`.

    Attributes:
        reason: What does not hold, and why it is left so for now.
        link: Where it is followed up: an issue, or the vendor's page.

    Raises:
        ValueError: When there is no reason, or when the link is no web address.
    """

    reason: str
    link: str

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.link.startswith(("https://", "http://")):
            raise ValueError("a known gap needs a reason and a link that tells more")
