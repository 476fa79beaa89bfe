"""The report as one page that needs no network and no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape

from ..outcomes import Outcome
from .facts import AdapterReport, ConformanceReport, Result
from .table import collected, counts, models, reasons, rows, worst

_MARKS = {
    Outcome.PASSES: "✓",
    Outcome.NOT_DECLARED: "–",
    Outcome.KNOWN_GAP: "g",
    Outcome.FAILS: "✗",
}


def render(report: ConformanceReport) -> str:
    """Return the report as an HTML page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "", "page"),
        # Messages and names can contain anything.
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    page = environment.get_template("report.html.jinja")
    return page.render(
        report=report,
        adapters=[_adapter(each, place) for place, each in enumerate(report.adapters, 1)],
        marks=_MARKS,
        outcomes=Outcome,
    )


def _prose(text: str) -> Markup:
    """Return a description, with the text in backticks as code."""
    parts = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def _adapter(report: AdapterReport, place: int) -> dict[str, Any]:
    columns = models(report)
    titles = {law.name: law.title for law in report.subject.laws}
    return {
        "place": place,
        "subject": report.subject,
        "models": columns,
        "totals": counts(report.results),
        "ran": len(report.results),
        "collected": collected(report),
        "rows": [
            {
                "law": row.law,
                "cells": [_cell(row.of_model(model)) for model in columns]
                if row.is_by_model
                else None,
                "counts": counts(row.results),
            }
            for row in rows(report)
        ],
        "failures": reasons(report, Outcome.FAILS),
        "known_gaps": reasons(report, Outcome.KNOWN_GAP),
        "not_declared": reasons(report, Outcome.NOT_DECLARED),
        "titles": titles,
    }


def _cell(results: Sequence[Result]) -> dict[str, Any]:
    """Return a cell's outcome, and the reasons that it shows under the mouse pointer."""
    why = dict.fromkeys(each.reason for each in results if each.reason)
    return {"outcome": worst(results), "why": " | ".join(why)}
