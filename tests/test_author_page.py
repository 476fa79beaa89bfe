"""The author's pages list every public name of the rooms that an author imports from."""

from __future__ import annotations

from typing import get_args

import author_page
import pytest
from polyreel_sandbox import Word

README = (author_page.ROOT / "providers" / "README.md").read_text(encoding="utf-8")


def test_every_public_name_has_a_task() -> None:
    assert author_page.without_a_task() == [], "add each to a task in tests/author_page.py"
    assert author_page.unknown() == [], "take each out of its task in tests/author_page.py"


def test_no_name_has_two_tasks() -> None:
    names = [name for each in author_page.TASKS.values() for name in each]
    assert len(set(names)) == len(names)


@pytest.mark.docs
def test_the_tables_are_current() -> None:
    said = "run: python tests/author_page.py --write"
    assert author_page.current() == author_page.table(), said


@pytest.mark.docs
def test_the_words_of_the_sandbox_are_listed() -> None:
    place = author_page.ROOT / "conformance/polyreel_conformance/scaffold/template"
    template = (place / "polyreel_acme" / "stand_in.py").read_text(encoding="utf-8")
    for word in get_args(Word):
        assert f'"{word}": ' in template, f"the template of stand_in.py lacks {word}"
        assert f"`{word}`" in README, f"providers/README.md lacks {word}"
