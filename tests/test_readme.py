"""What the README says is so: its example runs, its table is true, its commands are all there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import vendor_table
from polyreel import PollTiming, Registry, probe
from polyreel.cli.app import build_app
from polyreel.cli.init import starter
from polyreel.config import Config, load_config
from polyreel.sandbox import Pace, Sandbox, draw_picture
from polyreel_modellix.adapter import ModellixAdapter
from polyreel_modellix.stand_in import ModellixStandIn
from typer.main import get_command

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Return the README's first block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_makes_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ModellixAdapter, "poll_timing", PollTiming(first=0.05, gap=0.05, floor=0.01)
    )
    (tmp_path / "boat.png").write_bytes(draw_picture("boat", 64, 64))
    with Sandbox(
        {"modellix": ModellixStandIn}, pace=Pace(queued=0.05, running=0.1), frames_per_second=2
    ) as sandbox:
        monkeypatch.setenv("MODELLIX_API_KEY", "sk_readme")
        monkeypatch.setenv("MODELLIX_BASE_URL", sandbox.base_urls["modellix"])
        exec(compile(block("python"), "README.md", "exec"), {})
    assert round(probe(tmp_path / "boat.mp4").seconds) == 6


def test_the_config_example_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(block("toml"), encoding="utf-8")
    config = load_config(path)
    assert config.default in config.targets


def test_the_price_example_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[1], encoding="utf-8")
    config = load_config(path)
    assert [each.model for each in config.prices] == ["jimmy/seedance2.0-std"]
    assert config.targets["cheap"].policy == "cheapest"


def test_the_table_of_models_is_the_models_own_data() -> None:
    assert vendor_table.current() == vendor_table.table(), (
        "run: python tests/vendor_table.py --write"
    )


def test_every_command_is_documented() -> None:
    commands = get_command(build_app()).commands  # type: ignore[attr-defined]  # a group has them
    assert commands
    for name in commands:
        assert f"`polyreel {name}" in README, f"the README does not say what {name} does"


def test_every_hook_is_documented() -> None:
    text = (ROOT / "core" / "README.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(Registry([]).hooks) if name.startswith("polyreel_")]
    assert hooks
    for hook in hooks:
        assert f"`{hook}`" in text


def test_the_two_commands_do_their_own_set_up() -> None:
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert [shlex.split(line)[-1] for line in lines] == ["demo", "pytest"]
    assert all("--locked" in line for line in lines)


def test_the_starter_config_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(starter(Registry.installed()), encoding="utf-8")
    config = load_config(path)
    assert isinstance(config, Config)
    assert set(config.targets) == {"jimmy", "modellix"}
