"""core/README.md's table of faults, written from the conformance kit's expectations.

`python tests/fault_table.py --write` brings the page up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from polyreel_conformance.expectations import EXPECTATIONS, Expectation

README = Path(__file__).parents[1] / "core" / "README.md"
START = "<!-- faults: written by `python tests/fault_table.py --write`, kept true by a test -->\n"
END = "<!-- /faults -->\n"


def table() -> str:
    """Return the matrix, a row a fault."""
    rows = [
        "| fault | phase | tasks at the vendor | what the caller gets |",
        "|---|---|---|---|",
        *(_row(expected) for expected in EXPECTATIONS),
    ]
    return "\n".join(rows) + "\n"


def _row(expected: Expectation) -> str:
    fault = expected.fault
    return f"| `{fault}` | {fault.phase} | {expected.tasks} | {expected.gets} |"


def current() -> str:
    """Return the table that stands on the page."""
    return README.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]


def main() -> None:
    """Print the table, or write it into the page."""
    if "--write" not in sys.argv:
        print(table())
        return
    text = README.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise SystemExit(f"{README.name} has no place for the table: {START}{END}")
    README.write_text(f"{before}{START}{table()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
