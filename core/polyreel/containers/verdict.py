"""A verdict: whether a file has everything that it announces."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Wholeness(StrEnum):
    """The four answers to whether a file is whole."""

    WHOLE = "whole"
    """It has everything that it announces, and nothing follows."""
    OPEN_ENDED = "whole if the length was met"
    """Nothing that it announces is missing, but it does not say where it ends, or bytes follow its
    end. It counts when something else shows that all its bytes are there."""
    CUT = "cut"
    """Something that it announces is missing."""
    SOMETHING_ELSE = "something else"
    """It is not of the kind that was asked for."""


@dataclass(frozen=True)
class Verdict:
    """Whether a file is whole, and why not.

    Attributes:
        wholeness: Whether it is whole.
        reason: Why it is not, for a message after "the file"; empty where it is whole.
    """

    wholeness: Wholeness
    reason: str = ""


WHOLE = Verdict(Wholeness.WHOLE)


def cut(missing: str) -> Verdict:
    """Return the verdict on a file in which something is missing, e.g. "its index"."""
    return Verdict(Wholeness.CUT, f"is cut: {missing}")


def open_ended(reason: str) -> Verdict:
    """Return the verdict on a file that does not say where it ends, or goes on after its end."""
    return Verdict(Wholeness.OPEN_ENDED, reason)


def something_else(wanted: str, found: str) -> Verdict:
    """Return the verdict on a file of another kind: what was wanted, and what it is."""
    return Verdict(Wholeness.SOMETHING_ELSE, f"is not {wanted}: it is {found}")
