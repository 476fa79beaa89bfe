"""What the pages say is so: programs run, tables are true, commands and paths are all there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import field_table
import names_page
import page_programs
import pytest
import vendor_table
from polyreel.adapters import PollTiming, Registry
from polyreel.cli.app import build_app
from polyreel.cli.exit_codes import EXIT_CODES_IN_WORDS
from polyreel.cli.init import starter
from polyreel.comparing import output_check
from polyreel.comparing.report.videos import EMBED_LIMIT
from polyreel.config import Config, load_config
from polyreel.jobs.journal import schema
from polyreel.jobs.timeline import SPAN_NAMES
from polyreel.pricing.latency import LONGEST_DOWNLOAD_DELAY
from polyreel.request import probe
from polyreel.request.media_rules import MAXIMUM_INLINE_BYTES, MAXIMUM_INLINE_TOTAL, SMALLEST_SIDE
from polyreel_modellix.adapter import ModellixAdapter
from polyreel_modellix.stand_in import ModellixStandIn
from polyreel_sandbox import Pace, Sandbox, draw_picture
from typer.main import get_command

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSIDE = (ROOT / "core" / "README.md").read_text(encoding="utf-8")
BLOCKS = page_programs.blocks("README.md")

pytestmark = pytest.mark.docs


def block(language: str) -> str:
    """Return the README's first block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_makes_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("example", BLOCKS[1:], ids=lambda each: each.name)
def test_the_other_examples_run(
    example: page_programs.Block, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "boat.png").write_bytes(draw_picture("boat", 64, 64))
    exec(compile(example.code, "README.md", "exec"), {})
    for name in re.findall(r'"(\w+\.mp4)"', example.code):
        assert probe(tmp_path / name).seconds > 0


def test_every_example_of_the_readme_is_a_program() -> None:
    assert {each.name: each.missing() for each in BLOCKS if each.missing()} == {}, (
        "complete the block, so that a reader can run it as it is"
    )


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("from polyreel import Client\nprint(Client())", set()),
        ("print(client)", {"client"}),
        ("def finish() -> None: ...", {"..."}),
        ("import polyreel_acme.adapter", {"polyreel_acme.adapter"}),
        ("try:\n    print()\nexcept OSError as error:\n    print(error)", set()),
    ],
)
def test_what_a_block_lacks_is_found(code: str, missing: set[str]) -> None:
    assert page_programs.Block("README.md", 1, code).missing() == missing


@pytest.fixture(scope="module")
def program_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write each program of each page to a file of its own, all in one folder."""
    folder = tmp_path_factory.mktemp("programs")
    files = []
    for each in page_programs.programs():
        files.append(folder / f"{each.name}.py")
        files[-1].write_text(each.code, encoding="utf-8")
    return files


def errors_of(files: list[Path], *command: str) -> str:
    """Return what a type checker says of some files; nothing where they are right."""
    found = subprocess.run(
        [sys.executable, "-m", *command, *(each.name for each in files)],
        cwd=files[0].parent,
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
    )
    return f"{found.stdout}{found.stderr}" if found.returncode else ""


@pytest.mark.tools
def test_the_programs_pass_mypy(program_files: list[Path]) -> None:
    assert len(program_files) >= len(BLOCKS)
    # Without any config file: a user has none of this project's settings.
    assert errors_of(program_files, "mypy", "--strict", "--config-file=") == ""


@pytest.mark.tools
def test_the_programs_pass_basedpyright(program_files: list[Path]) -> None:
    assert len(program_files) >= len(BLOCKS)
    # Its own default rules. A warning is no error: a program may leave a result unused.
    command = ("basedpyright", "--pythonpath", sys.executable, "--level", "error")
    assert errors_of(program_files, *command) == ""


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


def test_the_budget_example_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[2], encoding="utf-8")
    (budget,) = load_config(path).budgets
    assert (budget.amount, budget.period, budget.provider) == ("20.00 USD", "day", "jimmy")


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.timeout(600)  # it runs the kit over both vendors
def test_the_table_of_models_is_the_models_own_data() -> None:
    assert vendor_table.current() == vendor_table.table(), (
        "run: python tests/vendor_table.py --write"
    )


def test_the_table_of_fields_is_the_requests_own_data() -> None:
    assert field_table.current() == field_table.table(), "run: python tests/field_table.py --write"


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    assert f" {EXIT_CODES_IN_WORDS}. " in " ".join(README.split()), (
        "write EXIT_CODES_IN_WORDS of cli/exit_codes.py into README.md"
    )


def test_limits_in_the_readme_are_those_of_the_code() -> None:
    assert output_check.SHAPE_TOLERANCE == output_check.LINES_TOLERANCE
    assert f"(within {output_check.LINES_TOLERANCE:.0%})".replace("%", " %") in README
    assert f"(within {output_check.SECONDS_TOLERANCE:g} s)" in README
    assert f"Videos of more than {EMBED_LIMIT / 1e6:g} MB together" in README
    assert f"for more than {LONGEST_DOWNLOAD_DELAY.total_seconds():g} s" in README
    assert ", ".join(f"`{name}`" for name in SPAN_NAMES) in README
    inline, total = MAXIMUM_INLINE_BYTES / 2**20, MAXIMUM_INLINE_TOTAL / 2**20
    assert f"at most {inline:g} MiB" in README
    assert f"and {total:g} MiB in one request" in README
    assert f"at least {SMALLEST_SIDE} pixels" in README


def test_every_command_is_documented() -> None:
    commands = get_command(build_app()).commands  # type: ignore[attr-defined]  # a group has them
    assert commands
    for name in commands:
        assert f"`polyreel {name}" in README, f"the README does not say what {name} does"


def test_every_hook_is_documented() -> None:
    hooks = [name for name in vars(Registry([]).hooks) if name.startswith("polyreel_")]
    assert hooks
    for hook in hooks:
        assert f"`{hook}`" in INSIDE


def test_the_page_of_names_is_the_rooms_own_lists() -> None:
    assert names_page.NAMES.current() == names_page.names(), (
        "run: python tests/names_page.py --write"
    )


def test_no_room_with_public_names_is_left_out() -> None:
    core = ROOT / "core"
    with_names = {
        ".".join(path.parent.relative_to(core).parts)
        for path in core.rglob("__init__.py")
        if "__all__" in path.read_text(encoding="utf-8")
    }
    # The programs' own HTTP, what other journals are made of, and what cleans the logs.
    internal = {"polyreel.transport", "polyreel.jobs.journal", "polyreel.text"}
    assert with_names - internal == set(names_page.PUBLIC) - set(names_page.WITHOUT_A_LIST)


def test_the_table_of_rooms_is_the_rooms_own_words() -> None:
    assert names_page.ROOMS.current() == names_page.rooms(), (
        "run: python tests/names_page.py --write"
    )


def test_the_arrows_are_those_of_the_import_contracts() -> None:
    assert " ─► ".join(names_page.layers()) in " ".join(INSIDE.split())


def test_every_path_in_the_page_of_the_core_exists() -> None:
    named = set(re.findall(r"`([\w./]+(?:\.py|/))`", INSIDE))
    assert len(named) > 50
    absent = {
        name
        for name in named
        if not (ROOT / "core" / "polyreel" / name).exists() and not (ROOT / name).exists()
    }
    assert absent == set(), "core/README.md names them; say where they are now"


def test_every_room_has_a_place_in_the_page_of_the_core() -> None:
    rooms = {path.name for path in (ROOT / "core" / "polyreel").iterdir() if path.is_dir()}
    named = {name.split("/")[0] for name in re.findall(r"`([\w./]+\.py)`", INSIDE)}
    assert rooms - {"__pycache__"} <= named


def test_the_journals_format_is_the_one_in_the_page_of_the_core() -> None:
    assert f"A file has a format version, now {schema.VERSION}." in INSIDE


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
