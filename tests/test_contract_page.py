"""The contract of a provider, printed as the kit has read it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from polyreel_conformance.contract_page import WIDTH, contract_page
from polyreel_sandbox import Contract
from toys.gallery.stand_in import GalleryStandIn


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the kit's own commands."""
    command = [sys.executable, "-m", "polyreel_conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_page_has_every_fact() -> None:
    page = " ".join(contract_page("gallery", GalleryStandIn.contract).split())
    for part in (
        "gallery: https://api.gallery.example",
        "Authorization: Bearer KEY",
        "POST /make/{+model}",
        'X-Gallery-Version (required): always "2026-01-05"',
        'detail (required): one of "full", "short"',
        "at least 30 s (https://gallery.example/docs/works#rate)",
        "no role GET /works/latest",
        "reference_images and reference_videos and reference_audios",
        "one of 7, 9",
        "succeeded hung",
        "components/schemas/Text: maxLength 800 is disputed",
    ):
        assert part in page, page


def test_the_page_shows_prices_and_unknown_keywords() -> None:
    document = json.loads(json.dumps(GalleryStandIn.contract.document))
    collage = document["components"]["schemas"]["Collage"]
    collage |= {"x-price": {"unit": "second", "rates": {"256p": "0.1"}}, "x-prise": {}}
    page = contract_page("gallery", Contract(document))
    assert 'collage             {"unit": "second", "rates": {"256p": "0.1"}}' in page
    assert "components/schemas/Collage/x-prise: 'x-prise' is not known" in page


@pytest.mark.parametrize("provider", ["jimmy", "modellix"])
def test_the_command_prints_80_columns(provider: str) -> None:
    done = run("contract", provider)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{provider}: https://")
    words = [line for line in done.stdout.splitlines() if len(line) > WIDTH and " " in line.strip()]
    assert words == []


def test_the_command_names_the_nearest_provider() -> None:
    done = run("contract", "jimy")
    assert (done.returncode, done.stdout) == (2, "")
    assert "provider 'jimy' is not known; did you mean 'jimmy'?" in done.stderr


def test_the_command_prints_the_document_as_json() -> None:
    done = run("contract", "jimmy", "--json")
    assert json.loads(done.stdout)["servers"] == [{"url": "https://www.jimmyai.cn"}]
