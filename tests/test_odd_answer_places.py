"""The kit's odd answers reach every field, and a contract says which others are needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from polyreel_conformance.tools.odd_answers import NEW_KEY, ODD, OddAnswer, odd_answers
from polyreel_sandbox import Contract

ANSWER: dict[str, Any] = {
    "task": "t-1",
    "state": "ready",
    "files": [{"url": "https://a.example/v.mp4", "kind": "video"}],
}
SCHEMA = {
    "type": "object",
    "properties": {
        "state": {"x-neutral": {"field": "state", "words": {"ready": "succeeded"}}},
        "cost": {"type": "string"},
        "task": {"type": "string"},
        "files": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
    },
}


def contract(**more: Any) -> Contract:
    """Return a contract whose poll has these keywords."""
    content = {"content": {"application/json": {"schema": SCHEMA}}}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    poll = {"role": "poll", "status": "state", **more}
    create = {"role": "create", "task_id": "task"}
    operations = {
        "/videos": {
            "post": {
                "operationId": "create",
                "x-polyreel": create,
                "requestBody": body,
                "responses": {"200": content},
            }
        },
        "/videos/{id}": {
            "get": {"operationId": "poll", "x-polyreel": poll, "responses": {"200": content}}
        },
    }
    files = {"File": {"properties": {"width": {"type": "integer"}, "kind": {"type": "string"}}}}
    return Contract(
        {
            "servers": [{"url": "https://api.example"}],
            "paths": operations,
            "components": {"schemas": files},
        }
    )


def every(**more: Any) -> list[OddAnswer]:
    """Return each odd answer."""
    facts = contract(**more)
    poll = facts.operation("poll")
    assert poll is not None
    return list(odd_answers(ANSWER, facts, poll, "t-1", ["https://a.example/v.mp4"]))


def test_each_place_gets_each_odd_value() -> None:
    places = {odd.where for odd in every()}
    assert places == {
        *("state", "files", "files.0", "files.0.url", "files.0.kind"),
        *("cost", "files.0.width", NEW_KEY, f"files.0.{NEW_KEY}", "one more entry, files.0"),
    }
    assert len(every()) == len(places) * len(ODD)


def test_the_status_and_the_way_to_the_address_are_needed() -> None:
    needed = {odd.where for odd in every() if odd.is_needed}
    assert needed == {"state", "files", "files.0", "files.0.url"}


def test_a_contract_says_what_else_is_needed() -> None:
    needed = {odd.where for odd in every(needed=["files.kind"]) if odd.is_needed}
    assert "files.0.kind" in needed
    assert "cost" not in needed


def test_the_answer_itself_is_not_changed() -> None:
    before = json.dumps(ANSWER)
    every()
    assert json.dumps(ANSWER) == before


@pytest.mark.parametrize("needed", ["files.kind", [7], [""], {"files": "kind"}])
def test_what_is_needed_is_a_list_of_paths(needed: Any) -> None:
    (problem,) = contract(needed=needed).keyword_problems()
    assert problem.endswith("needed is not a list of paths, such as data.files.type")
    assert contract(needed=["files.kind"]).keyword_problems() == []
