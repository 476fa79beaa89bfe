"""The author's pages list every public name of the rooms that an author imports from."""

from __future__ import annotations

from typing import get_args

import author_names
import pytest
from polyreel_sandbox import Word

README = (author_names.ROOT / "providers" / "README.md").read_text(encoding="utf-8")


def test_every_public_name_has_a_task() -> None:
    assert author_names.without_a_task() == [], "add each to a task in tests/author_names.py"
    assert author_names.unknown() == [], "take each out of its task in tests/author_names.py"


def test_no_name_has_two_tasks() -> None:
    names = [name for each in author_names.TASKS.values() for name in each]
    assert len(set(names)) == len(names)


@pytest.mark.docs
def test_the_tables_are_current() -> None:
    said = "run: python tests/author_names.py --write"
    assert author_names.current() == author_names.table(), said


@pytest.mark.docs
def test_the_words_of_the_sandbox_are_listed() -> None:
    place = author_names.ROOT / "conformance/polyreel_conformance/scaffold/template"
    template = (place / "polyreel_acme" / "stand_in.py").read_text(encoding="utf-8")
    for word in get_args(Word):
        assert f'"{word}": ' in template, f"the template of stand_in.py lacks {word}"
        assert f"`{word}`" in README, f"providers/README.md lacks {word}"
