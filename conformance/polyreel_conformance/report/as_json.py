"""The report for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .facts import AdapterReport, ConformanceReport
from .table import OUTCOME_ORDER, collected, counts

FORMAT = 1
"""Goes up when a name changes its meaning or is removed. New names may be added at any time."""


def render(report: ConformanceReport) -> str:
    """Return the report as JSON."""
    facts = {
        "format": FORMAT,
        "kit": asdict(report.kit),
        "ran_at": report.ran_at.isoformat().replace("+00:00", "Z"),
        "seconds": report.seconds,
        "adapters": [_adapter(each) for each in report.adapters],
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _adapter(report: AdapterReport) -> dict[str, Any]:
    subject, found = report.subject, dict(counts(report.results))
    return {
        "test_class": subject.test_class,
        "provider": subject.provider,
        "title": subject.title,
        "distribution": asdict(subject.distribution) if subject.distribution else None,
        "contract": asdict(subject.contract) if subject.contract else None,
        "models": list(subject.models),
        "totals": {
            **{str(outcome): found.get(outcome, 0) for outcome in OUTCOME_ORDER},
            "ran": len(report.results),
            "collected": collected(report),
        },
        "laws": [
            {
                "name": law.name,
                "title": law.title,
                "meaning": law.meaning,
                "collected": len(law.cases),
                "results": [
                    {
                        "case": each.case,
                        "model": each.model,
                        "outcome": str(each.outcome),
                        "reason": each.reason,
                        "link": each.link,
                        "seconds": each.seconds,
                    }
                    for each in report.results
                    if each.law == law.name
                ],
            }
            for law in subject.laws
        ],
    }
