"""A mistake in a contract is said with its place, and never as an error of Python's own."""

from __future__ import annotations

import re
from typing import Any

import misspelt_contracts
import pytest
from misspelt_contracts import DOCUMENT, Kit, Misspelling
from polyreel_sandbox import Contract, ContractError

CREATE = ("paths", "/make/collage", "post")
POLL = ("paths", "/works/{id}", "get")
SCHEMAS = ("components", "schemas")
NAMES = {str(place[-1]) for place in misspelt_contracts.places(DOCUMENT, ())}


def said(*place: str | int, value: Any) -> str:
    """Return why Gallery's contract is refused with another value at a place."""
    whole = Misspelling(place, "text").document
    inside: Any = whole
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    with pytest.raises(ContractError) as refused:
        Contract(whole)
    return str(refused.value)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("servers",), [], "servers: "),
        (("servers", 0, "url"), "api.gallery.example", "servers/0/url: "),
        (("paths", "/works/latest"), {"gte": {}}, "paths//works/latest: 'gte' does not belong"),
        (
            (*CREATE, "requestBody"),
            {},
            "paths//make/collage/post/requestBody: write the body of the create",
        ),
        (
            (*CREATE, "responses"),
            {"400": {"description": "Refused."}},
            "paths//make/collage/post/responses: write the answer of the create",
        ),
        (
            (*CREATE, "x-polyreel", "task_id"),
            "data.work",
            "paths//make/collage/post/x-polyreel/task_id: data.work leads nowhere: no documented "
            "answer has 'data'; correct one of the two",
        ),
        (
            (*POLL, "x-polyreel", "needed"),
            ["video", "artist.name"],
            "x-polyreel/needed: artist.name leads nowhere: no documented answer has 'artist'",
        ),
        ((*POLL, "x-polyreel"), {"status": "phase"}, "'role' is missing; write the purpose"),
        (
            (*POLL, "x-polyreel"),
            {"rol": "poll", "status": "phase"},
            "'role' is missing; rename 'rol', or write the purpose of the call",
        ),
        ((*SCHEMAS, "Made", "type"), "objekt", "schemas/Made/type: not a valid JSON Schema"),
        (
            (*SCHEMAS, "Portrait", "properties", "text"),
            {"$ref": "#/components/schemas/Txt"},
            "there is no #/components/schemas/Txt in this document",
        ),
        (
            (*SCHEMAS, "Text"),
            {"$ref": "#/components/schemas/Text"},
            "#/components/schemas/Text leads back to itself",
        ),
        (
            (*SCHEMAS, "Text", "x-disputed", "values"),
            {"800": "https://gallery.example/docs"},
            'schemas/Text/x-disputed: write "values"',
        ),
        (
            (*SCHEMAS, "Text", "x-disputed", "keyword"),
            "minLength",
            "the schema's minLength has none of the values",
        ),
        (
            ("components", "securitySchemes", "key"),
            {"type": "apiKey", "in": "query", "name": "key"},
            "components/securitySchemes/key/in: ",
        ),
    ],
    ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_can_not_work_is_refused_when_it_is_read(
    place: tuple[str | int, ...], value: Any, message: str
) -> None:
    assert message in said(*place, value=value)


def test_an_error_code_is_looked_for_in_every_answer() -> None:
    assert Contract(DOCUMENT)
    facts = {"role": "create", "task_id": "work", "models": ["collage"], "error_code": "why.code"}
    assert "error_code: why.code leads nowhere" in said(*CREATE, "x-polyreel", value=facts)


def test_the_first_mistakes_are_named_and_the_rest_counted() -> None:
    whole = Misspelling(("servers",), "null").document
    whole["paths"] = {f"/{n}": [] for n in range(9)}
    with pytest.raises(ContractError) as refused:
        Contract(whole)
    assert re.search(r"; and 5 more$", str(refused.value))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["left out", "misspelt", "null", "text", "list"])
def test_each_mistake_is_said_in_words(how: str) -> None:
    wrong = [each for each in misspelt_contracts.misspellings() if each.how == how]
    assert len(wrong) > 200
    for mistake in wrong:
        for message in misspelt_contracts.says(mistake):
            assert not re.match(r"\w*(Key|Attribute|Type|Index)Error", message), (mistake, message)
            assert message.strip(), mistake


@pytest.mark.slow
def test_a_refused_contract_names_a_place_in_it() -> None:
    found = {
        mistake: misspelt_contracts.refusal_of(mistake.document)
        for mistake in misspelt_contracts.misspellings()
    }
    refused = {mistake: message for mistake, message in found.items() if message is not None}
    assert len(refused) > 300
    for mistake, message in refused.items():
        steps = message.partition(": ")[0].split("/")
        is_place = any(step in NAMES for step in steps)
        assert is_place or "is missing" in message, (mistake, message)


def test_an_untouched_contract_has_no_mistake() -> None:
    assert Kit.stand_in.contract.keyword_problems() == []
