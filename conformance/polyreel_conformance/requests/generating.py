"""How many requests are generated for a law, and how.

The settings apply only to the kit's own laws, not to an author's other property tests.
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
    """Set the number of generated requests for each law."""
    global _examples  # noqa: PLW0603  # pytest sets it once, before any law runs
    _examples = count


def check_law(
    law: Callable[[T], None],
    corners: Iterable[T],
    others: SearchStrategy[T],
    one_in: int = 1,
) -> None:
    """Check a law with each corner value and with generated values. Report the first failure.

    Args:
        law: Raises AssertionError for a value that breaks it.
        corners: The same values every time, the simplest first.
        others: Gives the generated values. One that breaks the law is made as small as possible.
        one_in: Divides the number of generated values.
    """
    import hypothesis  # pytest loads this module at its start, and may never run a law

    def once(value: T) -> None:
        law(value)

    settings = hypothesis.settings(
        max_examples=max(1, _examples // one_in),
        # Machines vary in speed, so no example has a deadline and none counts as too slow.
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),  # pyright: ignore[reportArgumentType]
        # In CI only a change of the code may cause a failure, not chance.
        derandomize=bool(os.environ.get("CI")),
        database=None,
        # One mistake often breaks many corners; a list of all would hide the mistake.
        report_multiple_bugs=False,
    )
    run = settings(hypothesis.given(value=others)(once))
    for each in reversed(list(corners)):  # the last one that is added runs first
        run = hypothesis.example(value=each)(run)
    run()
