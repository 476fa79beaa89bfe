"""How many requests are generated for a law, and how.

The settings stay with the kit's own laws: an author's other property tests keep theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

DEFAULT_EXAMPLES = 200

_examples = DEFAULT_EXAMPLES


def generate(count: int) -> None:
    """Let each law be held for so many generated requests."""
    global _examples  # pytest sets it once, before any law runs
    _examples = count


def hold(
    law: Callable[[T], None],
    corners: Iterable[T],
    others: SearchStrategy[T],
    one_in: int = 1,
) -> None:
    """Hold a law for each corner and for generated values. The first that breaks it is told.

    Args:
        law: Raises AssertionError for a value that breaks it.
        corners: The same values every time, the plainest first.
        others: Gives the generated ones. What breaks the law is made as small as it can be.
        one_in: The share of the usual number that is generated: one in so many.
    """
    import hypothesis  # pytest loads this module at its start, and may never run a law

    def once(value: T) -> None:
        law(value)

    settings = hypothesis.settings(
        max_examples=max(1, _examples // one_in),
        # Machines are noisy, so no example has a deadline and none is called too slow.
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),  # pyright: ignore[reportArgumentType]
        # A failure in CI must be the change's fault, not the day's.
        derandomize=bool(os.environ.get("CI")),
        database=None,
        # One mistake breaks a law in many corners; all of them at once would hide what it is.
        report_multiple_bugs=False,
    )
    run = settings(hypothesis.given(value=others)(once))
    for each in reversed(list(corners)):  # the one that is added last is tried first
        run = hypothesis.example(value=each)(run)
    run()
