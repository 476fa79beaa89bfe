"""The table of faults in core/README.md, written from the conformance kit's expectations.

`python tests/fault_table.py --write` brings the page up to date.
"""

from __future__ import annotations

from pathlib import Path

from page_table import PageTable
from polyreel_conformance.laws.expectations import EXPECTATIONS, Expectation


def table() -> str:
    """Return the table, one row for each fault."""
    rows = [
        "| fault | phase | tasks at the vendor | what the caller gets |",
        "|---|---|---|---|",
        *(_row(expected) for expected in EXPECTATIONS),
    ]
    return "\n".join(rows) + "\n"


def _row(expected: Expectation) -> str:
    fault = expected.fault
    return f"| `{fault}` | {fault.phase} | {expected.tasks} | {expected.gets} |"


PAGE = PageTable(
    page=Path(__file__).parents[1] / "core" / "README.md",
    name="faults",
    script="fault_table.py",
    table=table,
)
current = PAGE.current

if __name__ == "__main__":
    PAGE.main()
