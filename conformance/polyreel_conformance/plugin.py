"""The pytest plugin: how many requests are generated for each law and model."""

from __future__ import annotations

import os

import hypothesis
import pytest

DEFAULT_EXAMPLES = 200


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--conformance-examples`."""
    parser.addoption(
        "--conformance-examples",
        type=int,
        default=DEFAULT_EXAMPLES,
        help=f"generated requests for each law and model (default {DEFAULT_EXAMPLES})",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let hypothesis generate as many as asked, in its own time."""
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
