"""Mutants: adapters with one mistake, and what the kit must say about each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from polyreel.adapters import CONTRACT_VERSION, Adapter

EASY = "easy to get wrong"


@dataclass(frozen=True)
class Mutant:
    """An adapter with one mistake.

    Attributes:
        adapter: The adapter.
        caught_by: The kit's test that must fail, with its case.
        says: A part of the message that the test must give.
        seen: Where such a mistake was seen.
        of: The package of the toy vendor that it is a mutant of, such as `toys.orbit`: it has a
            stand-in and a folder of examples, in `stand_in` and `examples`.
    """

    adapter: type[Adapter]
    caught_by: str
    says: str
    seen: str
    of: str = "mutants.kiln"

    @property
    def name(self) -> str:
        """The mutant's name, for people: `drops the seed zero`."""
        words = re.findall(r"[A-Z][a-z]*|\d+", self.adapter.__name__)
        return " ".join(words).lower()

    @property
    def wrong(self) -> str:
        """Its mistake, in a sentence."""
        return inspect.cleandoc(self.adapter.__doc__ or "")

    @property
    def test_class(self) -> str:
        """The name of its test class."""
        return f"Test{self.adapter.__name__}"

    @property
    def law(self) -> str:
        """The test's name without its case."""
        return self.caught_by.partition("[")[0]


MUTANTS: list[Mutant] = []
"""All mutants; importing `mutants.all_mutants` fills the list."""

AnyAdapter = TypeVar("AnyAdapter", bound=type[Adapter])


def mutant(
    *,
    caught_by: str,
    says: str,
    seen: str = EASY,
    writes_version: bool = True,
    of: str = "mutants.kiln",
) -> Callable[[AnyAdapter], AnyAdapter]:
    """Add an adapter to the mutants. Its docstring says what its mistake is."""

    def note(adapter: AnyAdapter) -> AnyAdapter:
        if writes_version:  # every adapter writes it in its own class; here it is written once
            adapter.contract_version = CONTRACT_VERSION
        MUTANTS.append(Mutant(adapter, caught_by, says, seen, of))
        return adapter

    return note
