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
    generated: SearchStrategy[T],
    always: Iterable[T] = (),
    one_in: int = 1,
) -> None:
    """Hold a law for what is generated, and first for what is always tried.

    Args:
        law: Raises where something is wrong.
        generated: What it is held for. What fails is made as small as it can be.
        always: What is tried each time, so that nothing important is left to chance.
        one_in: The share of the usual number that is generated: one in so many.
    """

    import hypothesis  # pytest loads this module at its start, and may never run a law

    def held(case: T) -> None:
        law(case)

    settings = hypothesis.settings(
        max_examples=max(1, _examples // one_in),
        # Machines are noisy, so no example has a deadline and none is called too slow.
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        # A failure in CI must be the change's fault, not the day's.
        derandomize=bool(os.environ.get("CI")),
        database=None,
    )
    run = settings(hypothesis.given(case=generated)(held))
    for each in always:
        run = hypothesis.example(case=each)(run)
    run()
