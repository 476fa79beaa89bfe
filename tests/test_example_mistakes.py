"""A mistake in an example is named with its file, its key and what to write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from polyreel_conformance.tools.examples import load_examples

SOURCE = "https://acme.example/docs"
GOOD: dict[str, dict[str, Any]] = {
    "request": {
        "model": "acme-1",
        "request": {"prompt": "A kite"},
        "sent": {"method": "POST", "path": "/videos", "body": {}},
    },
    "created": {"model": "acme-1", "answer": {"id": "1"}, "task_id": "1"},
    "status": {"answer": {"status": "done"}, "gives": {"state": "succeeded"}},
    "error": {
        "http_status": 400,
        "answer": {"message": "no"},
        "error": "InvalidRequest",
        "vendor_code": None,
    },
    "price": {
        "model": "acme-1",
        "request": {"prompt": "A kite"},
        "billing_name": None,
        "units": 5,
        "rate": "0.1",
        "cost": "0.5",
    },
}


def said(folder: Path, content: object) -> str:
    """Return why an example is refused; empty when it is not."""
    (folder / "one.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        load_examples(folder)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", GOOD)
def test_an_example_with_every_key_is_read(kind: str, tmp_path: Path) -> None:
    assert said(tmp_path, {"kind": kind, "source": SOURCE, **GOOD[kind]}) == ""


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("request", {"sent_explicitely": {}}, "did you mean 'sent_explicitly'?"),
        ("request", {"sent": {"method": "POST", "path": "/a"}}, "sent must have body"),
        ("request", {"sent": []}, "sent is not an object; correct it"),
        ("request", {"sent": {**GOOD["request"]["sent"], "query": {}}}, "sent: 'query' is not"),
        ("request", {"request": "A kite"}, "request is not an object; correct it"),
        ("created", {"answer": ["1"]}, "answer is not an object; correct it"),
        ("created", {"task_id": 1}, "task_id is not text; correct it"),
        ("status", {"gives": {"stat": "queued"}}, "gives: 'stat' is not known; did you mean"),
        ("error", {"http_status": "400"}, "http_status is not a number, such as 400"),
        ("error", {"error": "InvalidRequst"}, "did you mean 'InvalidRequest'?"),
        ("price", {"rate": "cheap"}, "rate is not an amount as text"),
    ],
)
def test_a_mistake_is_named(
    kind: str, changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    found = said(tmp_path, {"kind": kind, "source": SOURCE, **GOOD[kind], **changes})
    assert found.startswith("one.json: ")
    assert message in found


@pytest.mark.parametrize("kind", GOOD)
def test_every_missing_key_and_every_other_type_is_said(kind: str, tmp_path: Path) -> None:
    whole = {"kind": kind, "source": SOURCE, **GOOD[kind]}
    for name in whole:
        assert said(tmp_path, {key: whole[key] for key in whole if key != name}) != ""
        for other in (None, 7, "odd", [], ["odd"], True):
            said(tmp_path, {**whole, name: other})  # raises nothing but the ValueError
    for other in (None, 7, "odd", []):
        assert said(tmp_path, other) == "one.json: write one object, with kind and source"
