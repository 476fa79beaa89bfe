"""The table of mutants in conformance/README.md: the mistake of each, and the kit's message.

`python tests/mutant_table.py --seeds 10` runs every mutant with ten seeds and fails when one of
them is not caught; `--write` updates the page.
"""

from __future__ import annotations

import argparse
import re
from functools import cache
from pathlib import Path

from mutants import running
from mutants.all_mutants import MUTANTS
from mutants.mutant import EASY, Mutant
from page_table import PageTable

_LONGEST = 110


@cache
def messages(seed: int) -> dict[Mutant, str | None]:
    """Return the kit's message for each mutant; None when it is not caught."""
    return running.messages(seed)


def table(seed: int = 0) -> str:
    """Return the table, one row for each mutant. It is the same for every seed."""
    found = messages(seed)
    rows = [
        "| mutant | its mistake | the test that catches it | its message |",
        "|---|---|---|---|",
        *(_row(each, found[each]) for each in MUTANTS),
    ]
    return "\n".join(rows) + "\n"


def first_words(message: str) -> str:
    """Return the beginning of a message, without line numbers and names that Python may change."""
    said = re.sub(r"^\w+: ", "", message.partition("\n")[0])
    said = re.sub(r" \([\w.]+\)(?= in )", "", said)  # the interpreter's name of a function
    said = re.sub(r"(\.py):\d+", r"\1", said)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST].rstrip()}…"


def missed(seeds: int) -> list[str]:
    """Return a line for each mutant and seed with which the mutant is not caught."""
    return [
        f"{each.name}: {each.caught_by} finds nothing wrong with seed {seed}"
        for seed in range(seeds)
        for each, message in messages(seed).items()
        if message is None
    ]


def _row(each: Mutant, message: str | None) -> str:
    wrong = each.wrong if each.seen == EASY else f"{each.wrong} Seen: {each.seen}."
    said = "nothing" if message is None else f"`{first_words(message)}`"
    # The table does not name the model of a case.
    cells = (each.name, wrong, f"`{re.sub(r'.kiln-.*', '', each.caught_by)}`", said)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


PAGE = PageTable(
    page=Path(__file__).parents[1] / "conformance" / "README.md",
    name="mutants",
    script="mutant_table.py",
    table=table,
)
current = PAGE.current


def main() -> None:
    """Run every mutant with some seeds, then print the table or write it to the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="the number of seeds for each mutant")
    parser.add_argument("--write", action="store_true", help="write the table to the page")
    seeds = parser.parse_args().seeds
    not_caught = missed(seeds)
    if not_caught:
        raise SystemExit("\n".join(not_caught))
    if len({table(seed) for seed in range(seeds)}) > 1:
        raise SystemExit("the kit's message for a mutant depends on the seed; it must not")
    PAGE.main()


if __name__ == "__main__":
    main()
