"""A table that is written into a page, between two marks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PageTable:
    """Where a table stands, and what writes it.

    Attributes:
        page: The page.
        name: What the marks call the table.
        script: The script that writes it.
        table: Returns the table as it should be.
    """

    page: Path
    name: str
    script: str
    table: Callable[[], str]

    @property
    def start(self) -> str:
        """The line before the table."""
        how = f"`python tests/{self.script} --write`"
        return f"<!-- {self.name}: written by {how}, kept true by a test -->\n"

    @property
    def end(self) -> str:
        """The line after the table."""
        return f"<!-- /{self.name} -->\n"

    def current(self) -> str:
        """Return the table that stands on the page."""
        return self._text().partition(self.start)[2].partition(self.end)[0]

    def main(self) -> None:
        """Print the table, or with `--write` put it on the page."""
        if "--write" not in sys.argv:
            print(self.table())
            return
        before, start, rest = self._text().partition(self.start)
        _, end, after = rest.partition(self.end)
        if not start or not end:
            raise SystemExit(f"{self.page.name} has no place for it: {self.start}{self.end}")
        self.page.write_text(f"{before}{start}{self.table()}{end}{after}", encoding="utf-8")

    def _text(self) -> str:
        return self.page.read_text(encoding="utf-8")
