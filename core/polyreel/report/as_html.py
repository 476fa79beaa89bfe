"""The report as one page that stands alone: films, tables and charts, and no network.

The page's own style and script are named to the browser by their digests, so that nothing
else runs or loads, whatever a prompt or a provider's message holds.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from pathlib import PurePath
from typing import Any

import jinja2
from markupsafe import Markup

from .chart import Chart, dot_chart
from .figures import SPANS
from .films import PageFilms
from .timelines import timelines_of

_SETTINGS = ("duration", "aspect_ratio", "resolution")
_MEDIA = (
    "first_frame",
    "last_frame",
    "reference_images",
    "reference_videos",
    "reference_audios",
)
_UNITS = {"duration": " s", "expires_after": " s"}
_DELIVERED = ("shape", "lines", "pixels", "seconds", "sound", "frames per second")
_SIGNS = {"as asked": "✓", "note": "≈", "miss": "✗", "not asked": "·"}


def render(facts: Mapping[str, Any], films: PageFilms) -> str:
    """Return the report as an HTML page.

    Args:
        facts: From `report_facts`.
        films: Where the page finds its films.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "", "page"),
        autoescape=True,  # prompts, names and messages come from anywhere
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = _seconds
    environment.filters["file_name"] = lambda file: PurePath(file).name
    style, script = (_own(name) for name in ("comparison.css", "comparison.js"))
    rows = facts["rows"]
    return environment.get_template("comparison.html.jinja").render(
        facts=facts,
        rows=rows,
        shown=[row for row in rows if films.sources.get(row["file"])],
        films=films,
        settings=_settings(facts["request"]),
        media=_media(facts["request"]),
        delivered=_DELIVERED,
        by_field=_by_field,
        signs=_SIGNS,
        spans=SPANS,
        latency_charts=_latency_charts(rows),
        price_charts=_price_charts(rows),
        timelines=timelines_of(rows),
        troubles=_troubles(rows),
        limits=_limits(rows),
        style=Markup(style),  # noqa: S704  # the package's own file
        script=Markup(script),  # noqa: S704  # the same
        policy=_policy(style, script, films),
    )


def _own(name: str) -> str:
    return files(__package__ or "").joinpath("page", name).read_text(encoding="utf-8")


def _policy(style: str, script: str, films: PageFilms) -> str:
    """Return what the browser may load: the films, and this page's own style and script."""
    media = "data:" if films.are_inside else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"media-src {media}",
            "img-src data:",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"


def _seconds(value: float | None) -> str:
    """Return a duration for a person; one that nobody saw is unknown, never zero."""
    if value is None:
        return "unknown"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"


def _settings(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was asked for besides the prompt and the media."""
    rest = [name for name in request if name not in (*_SETTINGS, *_MEDIA, "prompt")]
    return [
        (name.replace("_", " "), _plain(request[name]) + _UNITS.get(name, ""))
        for name in (*_SETTINGS, *rest)
    ]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items())
    return str(value)


def _media(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the media by name only: their content is not the page's to show."""
    found: list[tuple[str, str]] = []
    for name in _MEDIA:
        value = request.get(name)
        items = value if isinstance(value, list) else [] if value is None else [value]
        found += [(name.replace("_", " "), _media_name(str(each))) for each in items]
    return found


def _media_name(text: str) -> str:
    """Return a file's name without its folders, and everything else as it is."""
    is_path = "://" not in text and not text.startswith("data:")
    return PurePath(text).name if is_path else text


def _by_field(row: Mapping[str, Any]) -> dict[str, Any]:
    return {each["field"]: each for each in row["asked_and_delivered"]}


def _latency_charts(rows: list[Mapping[str, Any]]) -> list[Chart]:
    names = list(dict.fromkeys(row["name"] for row in rows))
    charts = (
        dot_chart(
            words.capitalize(),
            "seconds",
            {
                name: [
                    (row["run"], row["seconds"][span])
                    for row in rows
                    if row["name"] == name and row["seconds"][span] is not None
                ]
                for name in names
            },
        )
        for span, words in reversed(list(SPANS.items()))
    )
    return [chart for chart in charts if chart is not None]


def _price_charts(rows: list[Mapping[str, Any]]) -> list[Chart]:
    """Return a chart for each unit, since units can't be compared."""
    found = [
        (row["name"], row["run"], row["status"]["charge"])
        for row in rows
        if row["status"] and row["status"]["charge"]
    ]
    tell = {name for name, _, _ in found}
    silent = [row["name"] for row in rows if row["charged"] and row["name"] not in tell]
    charts: list[Chart] = []
    for unit in dict.fromkeys(charge["unit"] for _, _, charge in found):
        values: dict[str, list[tuple[int, Decimal]]] = {name: [] for name in silent}
        for name, run, charge in found:
            if charge["unit"] == unit:
                values.setdefault(name, []).append((run, Decimal(charge["amount"])))
        chart = dot_chart(f"Charged in {unit}", unit, values)
        charts += [] if chart is None else [chart]
    return charts


def _troubles(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the runs without a film; a model that is not able stands once for all its runs."""
    return [
        row
        for row in rows
        if row["error"] and not (row["outcome"] == "not able" and row["run"] > 1)
    ]


def _limits(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what each model could not do, once for all its runs."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        error = row["error"] or {}
        refused = row["outcome"] == "not able"
        if row["name"] not in found and (refused or row["adjustments"]):
            found[row["name"]] = {
                "name": row["name"],
                "message": error.get("message") if refused else None,
                "findings": error.get("findings", []) if refused else [],
                "nearest": error.get("nearest"),
                "adjustments": row["adjustments"],
            }
    return list(found.values())
