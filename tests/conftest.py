"""What every test here starts from: no config, no keys and no address of the machine's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from market import Market, open_market
from polyreel.adapters import Registry
from polyreel_sandbox import Pace, Sandbox, installed_stand_ins
from quick import QUICK, end_retention
from quiet_machine import NETWORK_VARIABLES, OWN_VARIABLES

SLOWEST = 600
"""Seconds after which a test that is marked slow hangs. pyproject.toml has the others' limit."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests more time."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOWEST))


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run each test in an empty folder, without the developer's own settings."""
    for name in list(os.environ):
        if name.startswith(OWN_VARIABLES) or name.lower() in NETWORK_VARIABLES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-user-config"))
    # Two, since a client may be handed an environment of its own.
    monkeypatch.setenv("POLYREEL_HOME", str(tmp_path / "polyreel-home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no-user-data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Serve both vendors' stand-ins, point the environment at them, and poll quickly."""
    registry = Registry.installed()
    for installed in registry.adapters.values():
        monkeypatch.setattr(installed.adapter, "poll_timing", QUICK)
    with Sandbox(
        installed_stand_ins(registry), pace=Pace(queued=0.02, running=0.05), frames_per_second=2
    ) as served:
        for name, url in served.base_urls.items():
            monkeypatch.setenv(f"{name.upper()}_BASE_URL", url)
            monkeypatch.setenv(f"{name.upper()}_API_KEY", f"sk-{name}-key")
        yield served


@pytest.fixture
def retention_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no vendor store a video after a job's end."""
    end_retention(monkeypatch)


@pytest.fixture
def market() -> Iterator[Market]:
    """Give both toy providers, behind a mocked transport."""
    with open_market() as opened:
        yield opened
