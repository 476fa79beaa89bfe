"""What every test here starts from: no config, no keys and no address of the machine's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run each test in an empty folder, without the developer's own settings."""
    for name in list(os.environ):
        if name.startswith(("POLYREEL_", "JIMMY_", "MODELLIX_", "TOY_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-user-config"))
    monkeypatch.chdir(tmp_path)
