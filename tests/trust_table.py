"""The table on the core's page of what breaks around a payment, written from what is tried.

`python tests/trust_table.py --write` tries every kind and brings the page up to date.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from page_table import PageTable
from trust_kinds import CALLERS, Caller, Kind, every_kind
from trust_kinds.kind import surroundings

HEAD = f"| kind | what is tried | {' | '.join(CALLERS)} |\n|---|---|---|---|---|\n"


def came_of(kind: Kind, caller: Caller) -> str:
    """Try a kind as a caller, and return what came of it."""
    with tempfile.TemporaryDirectory() as folder, surroundings(caller, Path(folder)) as around:
        return kind.run(around)


@cache
def table() -> str:
    """Return the table, one row for each kind; every cell is tried."""
    rows = [
        row(kind, {each: came_of(kind, each) for each in kind.callers}) for kind in every_kind()
    ]
    return HEAD + "".join(f"{each}\n" for each in rows)


def row(kind: Kind, cells: dict[Caller, str]) -> str:
    """Return a row of the table."""
    shown = " | ".join(cells.get(caller, "–") for caller in CALLERS)
    return f"| {kind.number} | {kind.tried} | {shown} |"


PAGE = PageTable(
    page=Path(__file__).parents[1] / "core" / "README.md",
    name="trust",
    script="trust_table.py",
    table=table,
)
current = PAGE.current

if __name__ == "__main__":
    PAGE.main()
