"""conformance/README.md's table of mutants: what is wrong with each, and what the kit says of it.

`python tests/mutant_table.py --seeds 10` tries every mutant with ten seeds and fails when one
of them gets through; `--write` brings the page up to date.
"""

from __future__ import annotations

import argparse
import re
from functools import cache
from pathlib import Path

from mutants import running
from mutants.all_of_them import MUTANTS
from mutants.mutant import EASY, Mutant
from page_table import PageTable

_LONGEST = 110


@cache
def messages(seed: int) -> dict[Mutant, str | None]:
    """Return what the kit says of each mutant; None where it finds nothing wrong."""
    return running.messages(seed)


def table(seed: int = 0) -> str:
    """Return the table, a row a mutant. It is the same whatever the seed."""
    found = messages(seed)
    rows = [
        "| mutant | what is wrong | test that catches it | what it says |",
        "|---|---|---|---|",
        *(_row(each, found[each]) for each in MUTANTS),
    ]
    return "\n".join(rows) + "\n"


def first_words(message: str) -> str:
    """Return how a message begins, without what a change of lines or of Python changes."""
    said = re.sub(r"^\w+: ", "", message.partition("\n")[0])
    said = re.sub(r" \([\w.]+\)(?= in )", "", said)  # the interpreter's name of a function
    said = re.sub(r"(\.py):\d+", r"\1", said)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST].rstrip()}…"


def missed(seeds: int) -> list[str]:
    """Return each mutant that gets through with one of some seeds, and with which."""
    return [
        f"{each.name}: {each.caught_by} finds nothing wrong with seed {seed}"
        for seed in range(seeds)
        for each, message in messages(seed).items()
        if message is None
    ]


def _row(each: Mutant, message: str | None) -> str:
    wrong = each.wrong if each.seen == EASY else f"{each.wrong} Seen: {each.seen}."
    said = "nothing" if message is None else f"`{first_words(message)}`"
    # Which model it is seen at says nothing of the law.
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
    """Try every mutant with some seeds, then print the table or put it on the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds each is tried with")
    parser.add_argument("--write", action="store_true", help="put the table on the page")
    seeds = parser.parse_args().seeds
    got_through = missed(seeds)
    if got_through:
        raise SystemExit("\n".join(got_through))
    if len({table(seed) for seed in range(seeds)}) > 1:
        raise SystemExit("what the kit says of a mutant hangs on the seed")
    PAGE.main()


if __name__ == "__main__":
    main()
