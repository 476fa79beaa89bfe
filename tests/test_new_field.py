"""A new field of a request: written in two places, and known everywhere.

Tried in a copy of the core: the field, and the signature that type checkers see. The command line,
the checks, the journal, the kit's values and the README's table follow from them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tree_copy import copy_tree, environment_of

REQUEST = Path("core/polyreel/request/video_request.py")
EDITS = (
    (
        "    provider_options: Mapping[str, Mapping[str, Any]] = Field(\n",
        "    style_strength: StrictInt | None = Field(\n"
        '        default=None, ge=2, le=9, description="How much of the style to keep."\n'
        "    )\n",
    ),
    (
        "            provider_options: Mapping[str, Mapping[str, Any]] = ...,\n",
        "            style_strength: int | None = None,\n",
    ),
)
PROBE = """
import json
from dataclasses import replace
from datetime import date
from typer.testing import CliRunner
import polyreel.request.video_request as module
from polyreel.adapters import Billing, ModelSpec, Setting, VideoRequest
from polyreel.cli.app import build_app
from polyreel.jobs.journal.requests import readable_request, request_digest
from polyreel.models import check
from polyreel_conformance.requests.accepted import accepted_requests
from polyreel_conformance.requests.corners import corner_requests
from polyreel_conformance.requests.refused import refused_corners

spec = ModelSpec(
    name="m", durations=(5,), aspect_ratios=("16:9",), resolutions=("720p",), source="s",
    checked=date(2026, 1, 1), billing=Billing(unit=None), settings={"style_strength": Setting()},
)
without = replace(spec, settings={})
asked = VideoRequest(prompt="x", style_strength=3)
values = {each.style_strength for each in corner_requests(spec)}
steps = {each.style_strength for each, *_ in refused_corners(without)}
help_text = CliRunner().invoke(build_app(), ["generate", "--help"], env={"COLUMNS": "200"}).output
print(json.dumps({
    "file": module.__file__,
    "checked": [check(asked, spec) == [], [each.field for each in check(asked, without)]],
    "corners": sorted(each for each in values if each is not None),
    "refused": sorted(each for each in steps if each is not None),
    "journal": readable_request(asked)["style_strength"],
    "digest": request_digest(asked, {}, "m") != request_digest(VideoRequest(prompt="x"), {}, "m"),
    "help": "--style-strength" in help_text and "How much of the style to keep." in help_text,
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository's code with a new optional number in `VideoRequest`."""
    tree = copy_tree(tmp_path_factory.mktemp("copy") / "tree")
    text = (tree / REQUEST).read_text(encoding="utf-8")
    for before, added in EDITS:
        assert text.count(before) == 1
        text = text.replace(before, added + before)
    (tree / REQUEST).write_text(text, encoding="utf-8")
    return tree


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment_of(tree),
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_known_everywhere(copy: Path) -> None:
    import json

    done = run(copy, "-c", PROBE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "file": str(copy / REQUEST),
        "checked": [True, ["style_strength"]],
        "corners": [2, 9],  # the numbers that the kit sends are those of the field's own bounds
        "refused": [2],
        "journal": 3,
        "digest": True,
        "help": True,
    }


def test_the_readme_is_brought_up_to_date_by_its_script(copy: Path) -> None:
    written = run(copy, "tests/field_table.py", "--write")
    assert written.returncode == 0, written.stderr
    assert "`style_strength`" in (copy / "README.md").read_text(encoding="utf-8")


def test_a_signature_that_was_forgotten_says_what_to_do(copy: Path, tmp_path: Path) -> None:
    tree = tmp_path / "forgotten"
    shutil.copytree(copy, tree)
    _, added = EDITS[1]
    path = tree / REQUEST
    path.write_text(path.read_text(encoding="utf-8").replace(added, ""), encoding="utf-8")
    test = "tests/test_typing.py::test_a_request_is_typed_by_what_it_accepts"
    done = run(tree, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", test)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "write the new field into VideoRequest.__init__" in done.stdout
