"""The README's table of vendors: the models' own data, and what the conformance kit reports.

`python tests/vendor_table.py --write` runs the kit over both vendors and brings the README up
to date.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from page_table import PageTable
from polyreel import Frames, ModelSpec, Registry
from polyreel.catalogue import describe_numbers

ROOT = Path(__file__).parents[1]


@cache
def conformance() -> dict[str, Any]:
    """Return the kit's report of each provider. What is generated does not change it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--conformance-examples", "1", "--conformance-report", str(report)]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", *options, "providers"],
            cwd=ROOT,
            check=False,  # what fails is in the report
            capture_output=True,
            timeout=500,
        )
        found = json.loads(report.read_text(encoding="utf-8"))
    return {each["provider"]: each | {"kit": found["kit"]} for each in found["adapters"]}


def table() -> str:
    """Return the table: for each vendor how it conforms, and every model."""
    registry = Registry.installed()
    parts: list[str] = []
    for provider, installed in registry.adapters.items():
        adapter, report = installed.adapter, conformance()[provider]
        heading = f"{adapter.title}: {len(adapter.models)} models, `{provider}/…`"
        rows = [
            "| model | seconds | ratios | resolutions | made from | settings | billed by | laws |",
            "|---|---|---|---|---|---|---|---|",
            *(f"{_row(spec)} {_laws(report, spec.name)} |" for spec in adapter.models),
        ]
        parts.append(
            f"{_conforms(report)}\n\n"
            f"<details><summary>{heading}</summary>\n\n" + "\n".join(rows) + "\n\n</details>\n"
        )
    return "\n".join(parts)


def _conforms(report: dict[str, Any]) -> str:
    """Return a sentence on all that the kit found."""
    distribution, contract, totals = report["distribution"], report["contract"], report["totals"]
    kept = sum(_is_kept(law) for law in report["laws"])
    counted = [
        f"{totals['passes']} checks pass",
        f"{totals['not declared']} are about what it does not declare",
        f"{totals['known gap'] or 'none'} known to fail",
        f"{totals['fails'] or 'none'} fail otherwise",
    ]
    return (
        f"**{report['title']}**, {distribution['name']} {distribution['version']}, keeps {kept} of "
        f"the {len(report['laws'])} laws of {report['kit']['name']} {report['kit']['version']} by "
        f"its contract of {contract['version']}: {', '.join(counted)}."
    )


def _is_kept(law: dict[str, Any]) -> bool:
    """Whether a law holds wherever it is about what is declared."""
    return {each["outcome"] for each in law["results"]} <= {"passes", "not declared"}


def _laws(report: dict[str, Any], model: str) -> str:
    """Return the laws of one model: how many it keeps, and how many are not about it."""
    marks = {"passes": "✓", "not declared": "–", "known gap": "g", "fails": "✗"}
    found = Counter(
        result["outcome"]
        for law in report["laws"]
        for result in law["results"]
        if result["model"] == model
    )
    return " ".join(f"{found[outcome]} {mark}" for outcome, mark in marks.items() if found[outcome])


def _row(spec: ModelSpec) -> str:
    cells = (
        f"`{spec.name}`",
        describe_numbers(spec.durations),
        " ".join(spec.aspect_ratios),
        " ".join(spec.resolutions) + ("" if spec.sends_resolution else " only"),
        ", ".join(_sources(spec)),
        " ".join(f"`{name}`" for name in spec.settings) or "–",
        spec.billing.unit or "unknown",
    )
    return "| " + " | ".join(cells) + " |"


def _sources(spec: ModelSpec) -> list[str]:
    found = ["text"] if spec.takes_text_only else []
    if spec.frames == frozenset({Frames.BOTH}):
        found.append("first and last frame together")
    elif spec.frames:
        found.append("first and/or last frame")
    for word, limit in (("images", spec.images), ("videos", spec.videos), ("audios", spec.audios)):
        if limit is None or limit.maximum == 0:
            continue
        number = "" if limit.maximum is None else f" ≤ {limit.maximum}"
        needed = f" (at least {limit.minimum})" if limit.minimum else ""
        assets = " as assets" if limit.forms == frozenset({"asset"}) else ""
        found.append(f"{word}{number}{needed}{assets}")
    return found


PAGE = PageTable(
    page=ROOT / "README.md",
    name="models",
    script="vendor_table.py",
    table=table,
)
current = PAGE.current

if __name__ == "__main__":
    PAGE.main()
