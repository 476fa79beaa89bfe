"""Collects the facts of a run, writes the requested files, and prints the table at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from ..outcomes import Outcome
from .facts import AdapterReport, ConformanceReport, Result, Subject, Versioned
from .recording import RESULT, SUBJECT

_DISTRIBUTION = "polyreel-conformance"


class Publisher:
    """A pytest plugin for the process that reports.

    Args:
        files: The files to write; each ends in `.json` or `.html`.

    Raises:
        pytest.UsageError: When a file has another suffix, or is a folder.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        for each in files:
            if each.suffix not in (".json", ".html") or each.is_dir():
                raise pytest.UsageError(
                    f"--conformance-report: {each} must be a file ending in .json or .html"
                )
        self._files = files
        self._ran_at = datetime.now(UTC).replace(microsecond=0)
        self._started = time.monotonic()
        self._subjects: dict[str, Subject] = {}
        # By test: when a test runs again, only the last run counts.
        self._results: dict[str, dict[str, Result]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the facts that a report carries."""
        for name, value in report.user_properties:
            facts: Any = value
            if name == SUBJECT:
                subject = Subject.of(facts)
                self._subjects[subject.test_class] = subject
            elif name == RESULT:
                rest = {each: facts[each] for each in facts if each != "test_class"}
                self._results.setdefault(facts["test_class"], {})[report.nodeid] = Result.of(rest)
        if report.when not in ("setup", "call", "teardown"):
            self._note_crash(report)

    def _note_crash(self, report: pytest.TestReport) -> None:
        """Note a test as failed whose worker process died and reported nothing."""
        for subject in self._subjects.values():
            law, _, case = report.nodeid.removeprefix(f"{subject.test_class}::").partition("[")
            if any(law == each.name for each in subject.laws):
                case = case.removesuffix("]")
                self._results.setdefault(subject.test_class, {})[report.nodeid] = Result(
                    law=law,
                    case=case,
                    model=next((name for name in subject.models if name == case), None),
                    outcome=Outcome.FAILS,
                    reason="the process that ran this test died",
                    link=None,
                    seconds=0.0,
                )

    def report(self) -> ConformanceReport:
        """Return the report with the results so far."""
        return ConformanceReport(
            kit=Versioned(_DISTRIBUTION, version(_DISTRIBUTION)),
            ran_at=self._ran_at,
            seconds=round(time.monotonic() - self._started, 1),
            adapters=tuple(
                AdapterReport(subject=subject, results=self._in_order(subject))
                for subject in sorted(self._subjects.values(), key=lambda each: each.test_class)
            ),
        )

    def _in_order(self, subject: Subject) -> tuple[Result, ...]:
        """Return the results in a fixed order, although workers finish in any order."""
        places = {
            (law.name, case): place
            for place, (law, case) in enumerate(
                (law, case) for law in subject.laws for case in law.cases
            )
        }
        results = self._results.get(subject.test_class, {}).values()
        return tuple(
            sorted(results, key=lambda each: places.get((each.law, each.case), len(places)))
        )

    def pytest_sessionfinish(self) -> None:
        """Write the requested files."""
        for path in self._files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_rendered(self.report(), path.suffix), encoding="utf-8")

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Print the table, one line for each adapter with `-q`, and nothing with `-qq`."""
        from . import as_text

        report, verbosity = self.report(), config.get_verbosity()
        if report.adapters and verbosity >= -1:
            writer = config.get_terminal_writer()
            encoding = getattr(getattr(writer, "_file", None), "encoding", None) or "utf-8"
            terminalreporter.ensure_newline()
            terminalreporter.section("conformance")
            lines = (
                as_text.brief(report, encoding)
                if verbosity < 0
                else as_text.full(report, encoding, writer.fullwidth)
            )
            for line in lines:
                terminalreporter.write_line(line)
        for path in self._files:
            terminalreporter.write_line(f"conformance report: {path}")


def _rendered(report: ConformanceReport, suffix: str) -> str:
    # Imported only when needed, since one of them loads a template engine.
    if suffix == ".json":
        from . import as_json

        return as_json.render(report)
    from . import as_html

    return as_html.render(report)
