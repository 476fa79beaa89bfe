"""The pytest plugin: four outcomes for the kit's tests, a report of them, and generated requests.

Importing it must stay light, since pytest does so in every run where the kit is installed.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from . import __path__ as _package_path

_PACKAGE = __name__.rpartition(".")[0]
# Before they are imported, so that a law that fails shows what it compared. pytest does this by
# itself only where the kit is installed as plain files.
pytest.register_assert_rewrite(
    *(
        name
        for each in pkgutil.iter_modules(_package_path, f"{_PACKAGE}.")
        if (name := each.name) not in sys.modules
    )
)

from .known_gaps import apply_known_gaps  # noqa: E402
from .ownership import law_of, refuse_replacements  # noqa: E402
from .report.recording import note_collected, note_phase  # noqa: E402
from .requests.generating import DEFAULT_EXAMPLES, generate  # noqa: E402  # below the line it depends on
from .verdict import judge  # noqa: E402

LIVE_MARK = "polyreel_live"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the kit's options."""
    group = parser.getgroup("conformance", "polyreel's conformance suite")
    group.addoption(
        "--conformance-examples",
        type=int,
        default=DEFAULT_EXAMPLES,
        help=f"generated requests for each law and model (default {DEFAULT_EXAMPLES})",
    )
    group.addoption(
        "--live",
        action="store_true",
        help="run the laws at the vendor itself too, with the key from the environment",
    )
    group.addoption(
        "--live-cost",
        metavar="COST",
        help="confirm what live mode's one film costs, in the words in which it says so",
    )
    group.addoption(
        "--live-timeout",
        type=float,
        default=1800.0,
        metavar="SECONDS",
        help="how long live mode waits for its film (1800)",
    )
    group.addoption(
        "--conformance-report",
        metavar="FILE",
        action="append",
        help="write what came of each law to FILE: .json for programs, .html for people; "
        "may be given more than once",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set up the generated requests, the mark of live mode and the report."""
    config.addinivalue_line("markers", f"{LIVE_MARK}: a law that runs at the vendor itself")
    examples: int = config.getoption("--conformance-examples") or 0
    if examples < 1:
        raise pytest.UsageError("--conformance-examples: give at least 1")
    generate(examples)
    # With xdist the workers run the tests, and only the process that started them reports.
    if not hasattr(config, "workerinput"):
        from .report.publishing import Publisher

        folder = Path(config.invocation_params.dir)
        asked: list[str] | None = config.getoption("--conformance-report")
        publisher = Publisher([folder / each for each in asked or ()])
        config.pluginmanager.register(publisher, "polyreel-conformance-report")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave live mode's laws out unless they are asked for."""
    wanted = _wanted(config, items)
    if len(wanted) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = wanted


def _wanted(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    if config.getoption("--live"):
        return list(items)
    return [item for item in items if item.get_closest_marker(LIVE_MARK) is None]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Put a class's known gaps onto its tests, when all of them are there to be named."""
    report = yield
    if isinstance(collector, pytest.Class) and report.passed:
        items = [each for each in report.result or () if isinstance(each, pytest.Item)]
        if any(map(law_of, items)):
            try:
                # Again, since a name may have been replaced after the class was made.
                refuse_replacements(collector.obj)
                apply_known_gaps(items, collector.obj)
            except (TypeError, ValueError) as error:
                report.outcome, report.result = "failed", []
                report.longrepr = str(error)
            note_collected(collector, _wanted(collector.config, items))
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give each test of the kit one of the four outcomes, and note it for the report."""
    report = yield
    if law_of(item) is not None:
        verdict = judge(item, call, report)
        note_phase(item, call, report, verdict)
    return report
