"""The pytest plugin: four outcomes for the kit's tests, a report of them, and generated requests.

Importing it must stay light, since pytest does so in every run where the kit is installed.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Generator
from pathlib import Path

import hypothesis
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

from .known_gaps import apply_known_gaps  # noqa: E402  # below the line that it is subject to
from .ownership import law_of, refuse_replacements  # noqa: E402
from .report.recording import note_collected, note_phase  # noqa: E402
from .verdict import judge  # noqa: E402

DEFAULT_EXAMPLES = 200


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--conformance-examples` and `--conformance-report`."""
    group = parser.getgroup("conformance", "polyreel's conformance suite")
    group.addoption(
        "--conformance-examples",
        type=int,
        default=DEFAULT_EXAMPLES,
        help=f"generated requests for each law and model (default {DEFAULT_EXAMPLES})",
    )
    group.addoption(
        "--conformance-report",
        metavar="FILE",
        action="append",
        help="write what came of each law to FILE: .json for programs, .html for people; "
        "may be given more than once",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let hypothesis generate as many as asked, in its own time, and set up the report."""
    hypothesis.settings.register_profile(
        "polyreel-conformance",
        max_examples=config.getoption("--conformance-examples"),
        # Machines are noisy, so no example has a deadline and none is called too slow.
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        # A failure in CI must be the change's fault, not the day's.
        derandomize=bool(os.environ.get("CI")),
        database=None,
    )
    hypothesis.settings.load_profile("polyreel-conformance")
    # With xdist the workers run the tests, and only the process that started them reports.
    if not hasattr(config, "workerinput"):
        from .report.publishing import Publisher

        folder = Path(config.invocation_params.dir)
        asked: list[str] | None = config.getoption("--conformance-report")
        publisher = Publisher([folder / each for each in asked or ()])
        config.pluginmanager.register(publisher, "polyreel-conformance-report")


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
            note_collected(collector, items)
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
