"""The README's table of models, written from the models' own data.

`python tests/vendor_table.py --write` brings the README up to date.
"""

from __future__ import annotations

from pathlib import Path

from page_table import PageTable
from polyreel import Frames, ModelSpec, Registry
from polyreel.catalogue import describe_numbers


def table() -> str:
    """Return the table, a summary line a vendor and every model below it."""
    registry = Registry.installed()
    parts: list[str] = []
    for provider, installed in registry.adapters.items():
        adapter = installed.adapter
        heading = f"{adapter.title}: {len(adapter.models)} models, `{provider}/…`"
        rows = [
            "| model | seconds | ratios | resolutions | made from | settings | billed by |",
            "|---|---|---|---|---|---|---|",
            *(_row(spec) for spec in adapter.models),
        ]
        parts.append(
            f"<details><summary>{heading}</summary>\n\n" + "\n".join(rows) + "\n\n</details>\n"
        )
    return "\n".join(parts)


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
    page=Path(__file__).parents[1] / "README.md",
    name="models",
    script="vendor_table.py",
    table=table,
)
current = PAGE.current

if __name__ == "__main__":
    PAGE.main()
