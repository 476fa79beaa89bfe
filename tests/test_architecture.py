"""The shape of the code: arrows, weight and public names."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import polyreel
import pytest
from polyreel.adapters import Registry

ROOT = Path(__file__).parents[1]


def loaded_by(code: str) -> set[str]:
    """Return the names of the modules that some code loads in a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(run.stdout.split())


@pytest.mark.tools
def test_the_arrows_run_one_way() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout


def test_importing_polyreel_loads_neither_network_nor_vendor_nor_command_line() -> None:
    heavy = {"httpx", "pydantic", "typer", "rich", "pluggy", "sqlite3", "av", "PIL", "jsonschema"}
    heavy |= {"polyreel_jimmy", "polyreel_modellix", "polyreel_conformance", "puremagic"}
    assert not loaded_by("import polyreel") & heavy


def test_a_request_needs_no_network() -> None:
    modules = loaded_by("import polyreel; polyreel.VideoRequest(prompt='x')")
    assert not modules & {"httpx", "typer", "rich", "polyreel_jimmy", "polyreel_modellix"}


def test_a_client_needs_no_command_line_and_no_media_library() -> None:
    modules = loaded_by("import polyreel; polyreel.Client().close()")
    # rich is not among them: httpx loads it for its own command line where it is installed.
    assert not modules & {"typer", "av", "PIL", "jsonschema", "puremagic"}
    # The kit is a plugin, too, for its command; its laws are nothing to a client.
    assert not modules & {"pytest", "hypothesis", "respx"}


def test_the_template_engine_is_loaded_only_when_a_page_is_written() -> None:
    assert "jinja2" not in loaded_by("import polyreel.cli.app, polyreel.comparing.report")


def test_every_public_name_is_there_and_is_itself() -> None:
    for name in importlib.import_module("polyreel").__all__:
        value = getattr(polyreel, name)
        assert not isinstance(value, type(polyreel)), f"{name} is a module, not what it names"


def test_every_public_name_is_there_also_after_every_module_was_loaded() -> None:
    code = (
        "import pkgutil, importlib, polyreel\n"
        "for each in pkgutil.walk_packages(polyreel.__path__, 'polyreel.'):\n"
        "    importlib.import_module(each.name)\n"
        "for name in polyreel.__all__:\n"
        "    assert type(getattr(polyreel, name)).__name__ != 'module', name\n"
    )
    assert "polyreel.client" in loaded_by(code)


def test_every_model_says_where_and_when_it_was_read() -> None:
    models = list(Registry.installed().models())
    assert len(models) == 32
    for name, spec in models:
        assert spec.source.startswith("https://"), name
        assert spec.checked.year >= 2026, name


def test_jimmys_models_are_the_names_on_its_pages() -> None:
    names = {name.partition("/")[2] for name, _ in Registry.installed().models() if "jimmy" in name}
    full = {
        *(f"sd2_mx_{each}" for each in ("720p", "1080p", "2k", "4k")),
        *(f"sd2_mx_fast_{each}" for each in ("720p", "1080p")),
        *(f"sd2_mx_video_{each}" for each in ("720p", "1080p", "2k", "4k")),
        *(f"sd2_mx_video_fast_{each}" for each in ("720p", "1080p")),
    }
    others = "sp fast-sp of-sp of-fast-sp mini mini-video mini-sp md fast-md fast-i2v std"
    assert names == full | {f"seedance2.0-{each}" for each in others.split()}
