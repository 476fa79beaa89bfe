"""The report for a terminal: a table of laws and models, with the reasons below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from ..outcomes import Outcome
from .facts import AdapterReport, ConformanceReport, Result, Versioned
from .table import Row, collected, counts, models, reasons, rows, worst

_MARKS = {
    Outcome.PASSES: "✓",
    Outcome.NOT_DECLARED: "–",
    Outcome.KNOWN_GAP: "g",
    Outcome.FAILS: "✗",
}
# For a terminal that can't show these signs.
_PLAIN_MARKS = {**_MARKS, Outcome.PASSES: "+", Outcome.NOT_DECLARED: "-", Outcome.FAILS: "X"}
_ENDED = {Outcome.PASSES: "passed", Outcome.FAILS: "failed"}
_WIDEST = 100
"""A wider table is hard to read."""


def full(report: ConformanceReport, encoding: str, width: int) -> list[str]:
    """Return the lines of the whole report.

    Args:
        report: The facts.
        encoding: The terminal's encoding.
        width: The terminal's width, in characters.
    """
    lines: list[str] = []
    for each in report.adapters:
        if lines:
            lines.append("")
        lines += _Table(each, report.kit, _marks(encoding), min(width, _WIDEST)).lines()
    return [_shown(line, encoding) for line in lines]


def brief(report: ConformanceReport, encoding: str) -> list[str]:
    """Return one line for each adapter."""
    marks = _marks(encoding)
    lines = [f"{each.subject.title}: {_totals(each, marks)}" for each in report.adapters]
    return [_shown(line, encoding) for line in lines]


class _Table:
    """One adapter's part."""

    def __init__(
        self, report: AdapterReport, kit: Versioned, marks: dict[Outcome, str], width: int
    ) -> None:
        self._report, self._kit, self._marks, self._width = report, kit, marks, width
        self._rows, self._models = rows(report), models(report)
        self._label_width = max((len(_label(row)) for row in self._rows), default=0)
        # At least a few columns must fit beside it.
        self._label_width = min(self._label_width, max(20, width - 30))

    def lines(self) -> list[str]:
        return [
            *self._header(),
            *self._legend(),
            *self._by_model(),
            *self._once(),
            "",
            *self._wrapped(_totals(self._report, self._marks), "  "),
            *self._reasons(),
        ]

    def _header(self) -> Iterator[str]:
        subject = self._report.subject
        installed = f", {subject.distribution}" if subject.distribution else ""
        yield from self._wrapped(f"{subject.title} ({subject.provider}{installed})", "  ")
        contract = f"contract {subject.contract}; " if subject.contract else ""
        yield from self._wrapped(f"{contract}{self._kit}", "  ")

    def _legend(self) -> Iterator[str]:
        if self._models:
            entries = [f"{n} {name}" for n, name in enumerate(self._models, 1)]
            space = max(map(len, entries)) + 2
            per_line = max(1, (self._width - 2) // space)
            yield ""
            for start in range(0, len(entries), per_line):
                line = "".join(each.ljust(space) for each in entries[start : start + per_line])
                yield f"  {line}".rstrip()

    def _by_model(self) -> Iterator[str]:
        space = len(str(len(self._models))) + 1
        per_group = max(1, (self._width - self._label_width) // space)
        found = [row for row in self._rows if row.is_by_model]
        for start in range(0, len(self._models), per_group):
            group = list(enumerate(self._models, 1))[start : start + per_group]
            yield ""
            yield " " * self._label_width + "".join(f"{n:>{space}}" for n, _ in group)
            for row in found:
                cells = (self._mark(row.of_model(model)).rjust(space) for _, model in group)
                yield f"{self._fitted(row)}{''.join(cells)}".rstrip()

    def _once(self) -> Iterator[str]:
        found = [row for row in self._rows if not row.is_by_model]
        if found:
            yield ""
        for row in found:
            numbers = " ".join(f"{n} {self._marks[outcome]}" for outcome, n in counts(row.results))
            yield f"{self._fitted(row)} {numbers}"

    def _reasons(self) -> Iterator[str]:
        for outcome in (Outcome.NOT_DECLARED, Outcome.KNOWN_GAP):
            found = reasons(self._report, outcome)
            if found:
                yield f"{self._marks[outcome]} {outcome}:"
            for each in found:
                link = f" ({each.link})" if each.link else ""
                yield from self._wrapped(f"{len(each.results):>5} × {each.reason}{link}", " " * 8)

    def _mark(self, results: Sequence[Result]) -> str:
        outcome = worst(results)
        return " " if outcome is None else self._marks[outcome]

    def _fitted(self, row: Row) -> str:
        label = _label(row)
        if len(label) > self._label_width:
            label = label[: self._label_width - 3] + "..."
        return label.ljust(self._label_width)

    def _wrapped(self, line: str, indent: str) -> Iterable[str]:
        return textwrap.wrap(
            line,
            self._width,
            subsequent_indent=indent,
            drop_whitespace=True,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _label(row: Row) -> str:
    return row.law.name.removeprefix("test_").replace("_", " ")


def _totals(report: AdapterReport, marks: dict[Outcome, str]) -> str:
    found = counts(report.results)
    parts = [f"{marks[outcome]} {n} {_ENDED.get(outcome, outcome)}" for outcome, n in found]
    ran, all_cases = len(report.results), collected(report)
    selected = "" if ran == all_cases else f" ({ran} of {all_cases} ran)"
    return ", ".join(parts) + selected


def _marks(encoding: str) -> dict[Outcome, str]:
    try:
        "".join(_MARKS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _PLAIN_MARKS
    return _MARKS


def _shown(line: str, encoding: str) -> str:
    """Return a line with only the characters that the terminal can show."""
    line = line.replace("×", "x") if _marks(encoding) is _PLAIN_MARKS else line
    try:
        return line.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return line.encode("ascii", "replace").decode("ascii")
