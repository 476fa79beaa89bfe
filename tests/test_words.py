"""The words that polyreel does not use: one word for one thing, and plain ones."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BANNED = ("film", "desk", "archive", "keeper", "sighting", "spoil")
"""Nowhere, in no form: names, messages, help, documents, JSON keys."""
BANNED_IN_NAMES = ("look", "told", "tell", "hold", "held", "certainty")
"""Fine in an English sentence; not in a name."""
QUOTE_WORDS = ("certainty", "Certainty", "QUOTE_CERTAINTY", "_certainty", "certainties")
"""How sure a quote is: design.md's own word."""

_BANNED = re.compile(rf"(?i)(?<![a-z])({'|'.join(BANNED)})(s|d|ed|ing|er)?(?![a-z])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_FORMS = {form for word in BANNED_IN_NAMES for form in (word, f"{word}s", f"{word}ing")}


def tracked(*patterns: str) -> list[Path]:
    """Return the files of the repository, without this one and the lock file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [each for each in files if each.name != Path(__file__).name and each.is_file()]


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every name of a Python file with its line."""
    code = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def words_of(name: str) -> set[str]:
    """Return the words of a name, split at `_` and at capitals, in lower case."""
    return {part.lower() for part in _PARTS.findall(name)}


def texts() -> list[Path]:
    """Return every file that people read, this project's own words in them."""
    found = tracked(
        "*.py", "*.pyi", "*.md", "*.toml", "*.jinja", "*.js", "*.css", "*.json", "*.yml", "*.yaml"
    )
    found += tracked(".ci")
    # What old code wrote stands as it wrote it.
    return [each for each in found if "old_journal" not in each.parts]


def test_no_file_uses_a_banned_word() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        # The changelog's table says what an old name is called now.
        if has_banned_word(line) and not is_renaming(path, line)
    ]
    assert found == []


def has_banned_word(text: str) -> bool:
    """Whether a text has a banned word, also as a part of a name."""
    return _BANNED.search(_CAMEL.sub(" ", text.replace("_", " "))) is not None


def is_renaming(path: Path, line: str) -> bool:
    """Whether a line is a row of the changelog's table of old and new names."""
    return path.name == "CHANGELOG.md" and line.startswith("| `")


def test_no_name_uses_a_word_that_has_a_better_one() -> None:
    found = sorted(
        {
            f"{path.relative_to(ROOT)}:{line}: {name}"
            for path in tracked("*.py", "*.pyi")
            for line, name in names_in(path)
            if words_of(name) & _FORMS and name not in QUOTE_WORDS
        }
    )
    assert found == []


def test_no_file_is_named_with_a_banned_word() -> None:
    names = [str(path.relative_to(ROOT)) for path in tracked()]
    assert [name for name in names if has_banned_word(name)] == []


@pytest.mark.parametrize(
    "text", ["films", "a Film's", "half_film", "PricingDesk", "archived", "it spoils nothing"]
)
def test_a_banned_word_is_found_in_every_form(text: str) -> None:
    assert has_banned_word(text)


@pytest.mark.parametrize("name", ["tells_ids", "HoldOff", "FIRST_LOOK", "is_told", "holding"])
def test_a_banned_part_of_a_name_is_found(name: str) -> None:
    assert words_of(name) & _FORMS
