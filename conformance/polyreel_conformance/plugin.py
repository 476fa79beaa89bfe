"""The pytest plugin: the kit's four outcomes, the report, and the generated requests.

Importing it must stay fast: pytest imports it in every run where the kit is installed.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from . import __path__ as _package_path

_PACKAGE = __name__.rpartition(".")[0]
# Before they are imported, so that a law that fails shows what it compared. pytest itself does
# this only when the kit is installed as plain files.
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
        help="also run the tests at the vendor itself, with the key from the environment",
    )
    group.addoption(
        "--live-cost",
        metavar="COST",
        help="confirm the cost of live mode's one video: the cost that it printed",
    )
    group.addoption(
        "--live-timeout",
        type=float,
        default=1800.0,
        metavar="SECONDS",
        help="how long live mode waits for its video (1800)",
    )
    group.addoption(
        "--conformance-report",
        metavar="FILE",
        action="append",
        help="write the outcome of each law to FILE: .json for programs, .html for people; "
        "repeatable",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set up the generated requests, the mark of live mode and the report."""
    config.addinivalue_line("markers", f"{LIVE_MARK}: a test that runs at the vendor itself")
    examples: int = config.getoption("--conformance-examples") or 0
    if examples < 1:
        raise pytest.UsageError("--conformance-examples must be 1 or more")
    generate(examples)
    # With xdist the workers run the tests, and only the process that started them reports.
    if not hasattr(config, "workerinput"):
        from .report.publishing import Publisher

        folder = Path(config.invocation_params.dir)
        asked: list[str] | None = config.getoption("--conformance-report")
        publisher = Publisher([folder / each for each in asked or ()])
        config.pluginmanager.register(publisher, "polyreel-conformance-report")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out live mode's tests unless `--live` is given."""
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
    """Apply a class's known gaps to its tests, once all tests are collected."""
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
