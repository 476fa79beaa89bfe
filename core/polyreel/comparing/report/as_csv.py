"""The report as CSV: one line for each run."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...jobs.timeline import SPANS
from ...text.csv_cells import csv_cell
from .writing import write_text

_FIELDS = ("shape", "lines", "pixels", "seconds", "sound", "frames per second")


def render(facts: Mapping[str, Any]) -> str:
    """Return the report as CSV, with a line of column names."""
    lines = [_line(row) for row in facts["rows"]]
    written = io.StringIO()
    writer = csv.DictWriter(written, fieldnames=list(lines[0]) if lines else [])
    writer.writeheader()
    writer.writerows(lines)
    return written.getvalue()


def write_csv(facts: Mapping[str, Any], path: Path) -> None:
    """Write the report as CSV.

    Raises:
        UsageError: When the file can't be written.
    """
    write_text(path, render(facts))


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    checks = {each["field"]: each for each in row["output_checks"]}
    by_verdict = {
        verdict: "; ".join(
            f"{each['field']}: asked {each['asked']}, delivered {each['actual']}"
            for each in checks.values()
            if each["verdict"] == verdict
        )
        for verdict in ("miss", "note")
    }
    error = row["error"] or {}
    line = {
        "name": row["name"],
        "model": row["model"],
        "run": row["run"],
        "outcome": row["outcome"],
        "meaning": row["meaning"],
        "reason": " ".join(str(error.get("message", "")).split()),
        "command": row["command"],
        "job": row["id"],
        "quoted": row["quoted"] or "unknown",
        "charged": row["charged"],
        **{f"seconds {span.title}": row["seconds"][span.name] for span in SPANS},
        **{f"delivered {name}": checks.get(name, {}).get("actual") for name in _FIELDS},
        "misses": by_verdict["miss"],
        "notes": by_verdict["note"],
        "file": row["file"],
        "other files": "; ".join(row.get("other_files", ())),
    }
    return {name: csv_cell(value) for name, value in line.items()}
