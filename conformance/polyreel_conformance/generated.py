"""Holding a law: for the corners first, and then for what is generated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

T = TypeVar("T")


def hold(law: Callable[[T], None], corners: Iterable[T], others: st.SearchStrategy[T]) -> None:
    """Hold a law for each corner and for generated values. The first that breaks it is told.

    Args:
        law: Raises AssertionError for a value that breaks it.
        corners: The same values every time, the plainest first.
        others: Gives the generated ones.
    """

    def once(value: T) -> None:
        law(value)

    # One mistake breaks a law in many corners; all of them at once would hide what it is.
    generated = settings(report_multiple_bugs=False)(given(value=others)(once))
    for each in reversed(list(corners)):  # the one that is added last is tried first
        generated = example(value=each)(generated)
    generated()
