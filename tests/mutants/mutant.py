"""Mutants: adapters that are wrong in one way, and what the kit has to say of each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from polyreel import Adapter

EASY = "easy to get wrong"


@dataclass(frozen=True)
class Mutant:
    """An adapter that is wrong in one way.

    Attributes:
        adapter: The adapter.
        caught_by: The kit's test that names the fault, with its case where only that one can.
        says: What the test's message has to say.
        seen: Where the like was seen.
    """

    adapter: type[Adapter]
    caught_by: str
    says: str
    seen: str

    @property
    def name(self) -> str:
        """The mutant's name, for people: `drops the seed zero`."""
        words = re.findall(r"[A-Z][a-z]*|\d+", self.adapter.__name__)
        return " ".join(words).lower()

    @property
    def wrong(self) -> str:
        """What is wrong with it, in a sentence."""
        return inspect.cleandoc(self.adapter.__doc__ or "")

    @property
    def test_class(self) -> str:
        """The name of the class of tests that it is under."""
        return f"Test{self.adapter.__name__}"

    @property
    def law(self) -> str:
        """The test's name without its case."""
        return self.caught_by.partition("[")[0]


MUTANTS: list[Mutant] = []
"""All of them; importing `mutants.all_of_them` fills it."""

AnyAdapter = TypeVar("AnyAdapter", bound=type[Adapter])


def mutant(*, caught_by: str, says: str, seen: str = EASY) -> Callable[[AnyAdapter], AnyAdapter]:
    """Note an adapter as a mutant. Its docstring says what is wrong with it."""

    def note(adapter: AnyAdapter) -> AnyAdapter:
        MUTANTS.append(Mutant(adapter, caught_by, says, seen))
        return adapter

    return note
