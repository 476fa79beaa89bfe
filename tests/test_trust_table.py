"""The table of what breaks around a payment is true: every cell is tried again."""

from __future__ import annotations

from pathlib import Path

import pytest
import trust_table
from trust_kinds import CALLERS, Caller, Kind, every_kind
from trust_kinds.kind import surroundings

KINDS = every_kind()
ROWS = [line.strip("| ").split(" | ") for line in trust_table.current().splitlines()[2:]]
CELLS = [(kind, caller) for kind in KINDS for caller in kind.callers]


@pytest.mark.docs
def test_the_page_has_a_row_for_each_kind() -> None:
    assert [row[:2] for row in ROWS] == [[str(kind.number), kind.tried] for kind in KINDS], (
        "run: python tests/trust_table.py --write"
    )


@pytest.mark.docs
@pytest.mark.parametrize(
    ("kind", "caller"),
    CELLS,
    ids=[f"{kind.number}-{kind.tried}-{caller}" for kind, caller in CELLS],
)
def test_what_the_page_says_comes_of_it(kind: Kind, caller: Caller, tmp_path: Path) -> None:
    with surroundings(caller, tmp_path) as around:
        came = kind.run(around)
    (row,) = [row for row in ROWS if row[:2] == [str(kind.number), kind.tried]]
    assert row[2 + CALLERS.index(caller)] == came, "run: python tests/trust_table.py --write"
