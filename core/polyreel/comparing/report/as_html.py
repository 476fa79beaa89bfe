"""The report as one self-contained page: videos, tables and charts, without network.

The page's policy names its own style and script by their digests. So the browser runs and loads
nothing else, whatever is in a prompt or in a provider's message.
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

from ...characters import clean
from ...jobs import JobOutcome
from ...jobs.timeline import SPANS
from .chart import Chart, dot_chart
from .timelines import timelines_of
from .videos import PageVideos

_SETTINGS = ("duration", "aspect_ratio", "resolution")
_MEDIA = (
    "first_frame",
    "last_frame",
    "reference_images",
    "reference_videos",
    "reference_audios",
)
_UNITS = {"duration": " s", "expires_after": " s"}
_CHECKED = ("shape", "lines", "pixels", "seconds", "sound", "frames per second")
_SIGNS = {"as asked": "✓", "note": "≈", "miss": "✗", "not asked": "·"}


def render(facts: Mapping[str, Any], videos: PageVideos) -> str:
    """Return the report as an HTML page.

    Args:
        facts: From `report_facts`.
        videos: Where the page finds its videos.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "", "page"),
        autoescape=True,  # prompts, names and messages may come from anywhere
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = _seconds
    environment.filters["file_name"] = lambda file: PurePath(file).name
    style, script = (_part(name) for name in ("comparison.css", "comparison.js"))
    rows = facts["rows"]
    return environment.get_template("comparison.html.jinja").render(
        facts=facts,
        rows=rows,
        shown=[row for row in rows if videos.sources.get(row["file"])],
        videos=videos,
        settings=_settings(facts["request"]),
        media=_media(facts["request"]),
        checked=_CHECKED,
        by_field=_by_field,
        signs=_SIGNS,
        spans=SPANS,
        latency_charts=_latency_charts(rows),
        price_charts=_price_charts(rows),
        timelines=timelines_of(rows),
        failures=_failures(rows),
        limits=_limits(rows),
        style=Markup(style),  # noqa: S704  # the package's own file
        script=Markup(script),  # noqa: S704  # the same
        policy=_policy(style, script, videos),
    )


def _shown(value: object) -> object:
    """Return what the page shows of a value: no text has control characters."""
    is_foreign = isinstance(value, str) and not isinstance(value, Markup)
    return clean(str(value)) if is_foreign else value


def _part(name: str) -> str:
    return files(__package__ or "").joinpath("page", name).read_text(encoding="utf-8")


def _policy(style: str, script: str, videos: PageVideos) -> str:
    """Return the policy: the browser may load the videos, and this page's own style and script."""
    media = "data:" if videos.are_inside else "'self'"
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
    """Return a duration for a person; one that was not seen is unknown, never zero."""
    if value is None:
        return "unknown"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"


def _settings(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the request's settings, without the prompt and the media."""
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
    """Return the media by name only; the page does not show their content."""
    found: list[tuple[str, str]] = []
    for name in _MEDIA:
        value = request.get(name)
        items = value if isinstance(value, list) else [] if value is None else [value]
        found += [(name.replace("_", " "), _media_name(str(each))) for each in items]
    return found


def _media_name(text: str) -> str:
    """Return a file's name without its folders, and any other text unchanged."""
    is_path = "://" not in text and not text.startswith("data:")
    return PurePath(text).name if is_path else text


def _by_field(row: Mapping[str, Any]) -> dict[str, Any]:
    return {each["field"]: each for each in row["output_checks"]}


def _latency_charts(rows: list[Mapping[str, Any]]) -> list[Chart]:
    names = list(dict.fromkeys(row["name"] for row in rows))
    charts = (
        dot_chart(
            span.title.capitalize(),
            "seconds",
            {
                name: [
                    (row["run"], row["seconds"][span.name])
                    for row in rows
                    if row["name"] == name and row["seconds"][span.name] is not None
                ]
                for name in names
            },
        )
        for span in reversed(SPANS)
    )
    return [chart for chart in charts if chart is not None]


def _price_charts(rows: list[Mapping[str, Any]]) -> list[Chart]:
    """Return one chart for each unit, since units can't be compared."""
    found = [
        (row["name"], row["run"], row["status"]["charge"])
        for row in rows
        if row["status"] and row["status"]["charge"]
    ]
    charged = {name for name, _, _ in found}
    unreported = [row["name"] for row in rows if row["charged"] and row["name"] not in charged]
    charts: list[Chart] = []
    for unit in dict.fromkeys(charge["unit"] for _, _, charge in found):
        values: dict[str, list[tuple[int, Decimal]]] = {name: [] for name in unreported}
        for name, run, charge in found:
            if charge["unit"] == unit:
                values.setdefault(name, []).append((run, Decimal(charge["amount"])))
        derived = any(each["unit"] == unit and each.get("derived_from") for _, _, each in found)
        title = f"Charged in {unit}{', partly derived from units billed' if derived else ''}"
        chart = dot_chart(title, unit, values)
        charts += [] if chart is None else [chart]
    return charts


def _failures(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the runs without a video; a model that is not able is listed once for all its runs."""
    return [
        row
        for row in rows
        if row["error"] and not (row["outcome"] == JobOutcome.UNABLE and row["run"] > 1)
    ]


def _limits(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what each model could not do, once for all its runs."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        error = row["error"] or {}
        refused = row["outcome"] == JobOutcome.UNABLE
        if row["name"] not in found and (refused or row["adjustments"]):
            found[row["name"]] = {
                "name": row["name"],
                "message": error.get("message") if refused else None,
                "findings": error.get("findings", []) if refused else [],
                "nearest": error.get("nearest"),
                "adjustments": row["adjustments"],
            }
    return list(found.values())
