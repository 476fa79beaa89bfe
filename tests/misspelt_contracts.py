"""Contracts with one key left out or misspelt, and the laws that then read them."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from polyreel import PolyreelError
from polyreel.adapters import ModelSpec
from polyreel_conformance import AdapterConformance
from polyreel_conformance.outcomes import NotDeclared
from polyreel_conformance.requests.generating import generate
from polyreel_sandbox import Contract, ContractError, StandInError
from pydantic import ValidationError
from toys.gallery.adapter import GalleryAdapter
from toys.gallery.stand_in import GalleryStandIn

GALLERY = Path(inspect.getfile(GalleryStandIn)).parent
DOCUMENT: dict[str, Any] = json.loads((GALLERY / "contract.json").read_text(encoding="utf-8"))

IN_WORDS = (AssertionError, PolyreelError, StandInError, ContractError, ValidationError)
"""Errors that are made for people; their messages say what is wrong."""
OF_PYTEST = (NotDeclared, pytest.fail.Exception, pytest.Collector.CollectError)

LAWS = (
    "test_every_contract_keyword_is_known",
    "test_the_models_are_the_documented_ones",
    "test_name_address_and_key_match_the_contract",
    "test_polls_keep_the_documented_gap",
    "test_paths_into_answers_lead_to_a_value",
    "test_examples_match_the_contract",
    "test_every_documented_error_has_an_example",
    "test_a_failed_job_says_why",
)
LAWS_OF_A_MODEL = (
    "test_the_contract_has_the_model",
    "test_the_vendors_defaults_are_the_documented_ones",
    "test_documented_values_are_accepted",
    "test_each_model_is_sent_by_its_name",
    "test_headers_and_query_meet_the_contract",
    "test_defaults_are_explicit",
    "test_frames_are_not_swapped",
    "test_media_keep_their_order",
)


@dataclass(frozen=True)
class Misspelling:
    """One key of the contract that is left out, misspelt, or has another value.

    Attributes:
        place: The keys and positions that lead to it.
        how: `left out`, `misspelt`, `null`, `text` or `list`.
    """

    place: tuple[str | int, ...]
    how: str

    def __str__(self) -> str:
        return f"{'/'.join(map(str, self.place))} {self.how}"

    @property
    def document(self) -> dict[str, Any]:
        """The contract with the mistake."""
        whole = copy.deepcopy(DOCUMENT)
        inside: Any = whole
        for step in self.place[:-1]:
            inside = inside[step]
        key: Any = self.place[-1]
        others = {"null": None, "text": "odd", "list": ["odd"]}
        if self.how in others:
            inside[key] = others[self.how]
            return whole
        value = inside.pop(key)
        if self.how == "misspelt":
            inside[f"{key[:-1]}{key[-1]}{key[-1]}"] = value
        return whole


def misspellings() -> Iterator[Misspelling]:
    """Yield each key of Gallery's contract with each mistake."""
    for place in places(DOCUMENT, ()):
        for how in ("left out", "misspelt", "null", "text", "list"):
            if how != "misspelt" or isinstance(place[-1], str):
                yield Misspelling(place, how)


def places(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of each key and position inside a value."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield (*place, name)
            yield from places(each, (*place, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield (*place, number)
            yield from places(each, (*place, number))


def refusal_of(document: dict[str, Any]) -> str | None:
    """Return why a contract is refused when it is read, or None."""
    try:
        Contract(document)
    except ContractError as error:
        return str(error)
    return None


def says(mistake: Misspelling) -> Iterator[str]:
    """Yield what an author reads about a mistake; nothing where nothing depends on the key.

    Raises:
        AssertionError: When it is an error of Python's own.
    """
    try:
        made = Contract(mistake.document)
    except ContractError as error:
        yield str(error)
        return
    except Exception as error:
        raise AssertionError(f"{mistake}: reading it raised {error!r}") from error
    kind = type("GalleryStandIn", (GalleryStandIn,), {"contract": made})
    kit = type("TestGallery", (Kit,), {"stand_in": kind})()
    calls: list[tuple[str, tuple[ModelSpec, ...]]] = [(name, ()) for name in LAWS]
    calls += [(name, (model,)) for name in LAWS_OF_A_MODEL for model in GalleryAdapter.models]
    generate(1)
    for name, arguments in calls:
        try:
            getattr(kit, name)(*arguments)
        except IN_WORDS as error:
            yield str(error)
        except OF_PYTEST as outcome:
            yield str(outcome)
        except Exception as error:
            raise AssertionError(f"{mistake}: {name} raised {error!r}") from error


class Kit(AdapterConformance):
    """The kit on Gallery; its name keeps pytest from collecting it."""

    adapter = GalleryAdapter
    stand_in = GalleryStandIn
    examples = GALLERY / "examples"
