"""The table of vendors in the README: the models' own data and the conformance kit's report.

`python tests/vendor_table.py --write` runs the kit for both vendors and updates the README.
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
from polyreel.adapters import Frames, ModelSpec, Registry
from polyreel.models.spec import describe_numbers

ROOT = Path(__file__).parents[1]


@cache
def conformance() -> dict[str, Any]:
    """Return the kit's report for each provider. Generated requests do not change it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--conformance-examples", "1", "--conformance-report", str(report)]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", *options, "providers"],
            cwd=ROOT,
            check=False,  # failures are in the report
            capture_output=True,
            timeout=500,
        )
        found = json.loads(report.read_text(encoding="utf-8"))
    return {each["provider"]: each | {"kit": found["kit"]} for each in found["adapters"]}


def table() -> str:
    """Return the table: for each vendor its conformance and every model."""
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
    """Return a sentence with the kit's results."""
    distribution, contract, totals = report["distribution"], report["contract"], report["totals"]
    passed = sum(_passes(law) for law in report["laws"])
    counted = [
        f"{totals['passes']} checks pass",
        f"{totals['not declared']} are not declared",
        f"{totals['known gap'] or 'none'} known to fail",
        f"{totals['fails'] or 'none'} fail otherwise",
    ]
    return (
        f"**{report['title']}**, {distribution['name']} {distribution['version']}, passes {passed} "
        f"of the {len(report['laws'])} laws of {report['kit']['name']} {report['kit']['version']} "
        f"with its contract of {contract['version']}: {', '.join(counted)}."
    )


def _passes(law: dict[str, Any]) -> bool:
    """Whether a law passes in every case that is declared."""
    return {each["outcome"] for each in law["results"]} <= {"passes", "not declared"}


def _laws(report: dict[str, Any], model: str) -> str:
    """Return the number of results of one model, by outcome."""
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
