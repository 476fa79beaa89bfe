"""Which operation of a contract a call is for, and what its headers and query must be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from polyreel_sandbox import Call, Contract, ContractError, Operation, Reply, StandInError, Task
from toys.gallery.stand_in import GalleryStandIn

KEY = {"authorization": "Bearer k", "x-gallery-version": "2026-01-05"}
PORTRAIT = {
    "text": "A kite",
    "seconds": 7,
    "shape": "1:1",
    "opening": "data:image/png;base64,AA==",
    "ending": "data:image/png;base64,AA==",
}


def contract(*paths: str) -> Contract:
    """Return a contract with a GET at each path, without roles."""
    get = {"get": {"responses": {"200": {"description": "Well."}}}}
    return Contract(
        {"servers": [{"url": "https://api.example/v1"}], "paths": dict.fromkeys(paths, get)}
    )


def found(made: Contract, path: str) -> tuple[str, dict[str, str]] | None:
    """Return the template and the parameters of a GET."""
    operation = made.find("GET", path)
    return None if operation is None else (operation[0].path, operation[1])


@pytest.mark.parametrize("paths", [("/a/{id}", "/a/b"), ("/a/b", "/a/{id}")])
def test_a_concrete_path_comes_before_a_template(paths: tuple[str, ...]) -> None:
    made = contract(*paths)
    assert found(made, "/a/b") == ("/a/b", {})
    assert found(made, "/a/c") == ("/a/{id}", {"id": "c"})


def test_a_plus_matches_slashes_and_comes_last() -> None:
    made = contract("/{+model}", "/{model}/jobs/{id}", "/{model}")
    assert found(made, "/a/b/c") == ("/{+model}", {"model": "a/b/c"})
    assert found(made, "/a") == ("/{model}", {"model": "a"})
    assert found(made, "/a/jobs/7") == ("/{model}/jobs/{id}", {"model": "a", "id": "7"})


def test_a_segment_can_have_several_parameters() -> None:
    made = contract("/{name}.{ext}", "/v{major}-{minor}/x")
    assert found(made, "/a.b.mp4") == ("/{name}.{ext}", {"name": "a.b", "ext": "mp4"})
    assert found(made, "/v1-2/x") == ("/v{major}-{minor}/x", {"major": "1", "minor": "2"})


def test_a_whole_address_and_a_query_are_found() -> None:
    made = contract("/jobs/{id}")
    expected = ("/jobs/{id}", {"id": "a/b"})
    assert found(made, "https://api.example/v1/jobs/a%2Fb?x=1") == expected


def test_keys_of_a_path_that_are_not_methods_are_not_operations() -> None:
    calls = [each.call for each in GalleryStandIn.contract.operations]
    assert calls == [
        *("POST /make/{+model}", "POST /make/collage", "GET /works/{id}", "GET /works/latest")
    ]
    (latest,) = [each for each in GalleryStandIn.contract.operations if each.role is None]
    assert (latest.id, latest.path_to("status"), latest.needed) == ("latestWork", (), ())


def test_each_create_serves_its_models() -> None:
    made = GalleryStandIn.contract
    assert made.model_names() == ["studio/portrait", "collage"]
    ids = {name: [each.id for each in made.creates_for(name)] for name in made.model_names()}
    assert ids == {"studio/portrait": ["makePortrait"], "collage": ["makeCollage"]}
    assert made.model_schemas("other") == []
    (schema,) = made.model_schemas("collage")
    assert "parts" in schema["properties"]


def answer(headers: dict[str, str], query: dict[str, str] | None = None) -> Reply:
    """Return the stand-in's answer to a poll of a task that it has."""
    stand_in = GalleryStandIn("https://api.gallery.example")
    body = json.dumps(PORTRAIT).encode()
    made = stand_in.handle(
        Call(method="POST", path="/make/studio/portrait", headers=KEY, body=body)
    )
    assert made.status == 200, made.body
    return stand_in.handle(
        Call(
            method="GET",
            path="/works/gallery-task-0001",
            headers=headers,
            query={"detail": "full"} if query is None else query,
        )
    )


def test_the_stand_in_refuses_a_call_without_a_required_parameter() -> None:
    assert answer(KEY).status == 200
    without = {"authorization": "Bearer k"}
    refused = answer(without)
    assert (refused.status, b"the header X-Gallery-Version is required" in refused.body) == (
        400,
        True,
    )
    refused = answer({**KEY, "x-gallery-version": "1999-01-01"})
    assert (refused.status, b"'2026-01-05' was expected" in refused.body) == (400, True)
    refused = answer(KEY, {})
    assert (refused.status, b"query parameter detail is required" in refused.body) == (400, True)


def test_the_stand_in_does_not_answer_an_operation_without_a_role() -> None:
    stand_in = GalleryStandIn("https://api.gallery.example")
    reply = stand_in.handle(Call(method="GET", path="/works/latest", headers=KEY))
    assert (reply.status, b"the contract gives it no role" in reply.body) == (404, True)


def parameters(*documents: dict[str, Any]) -> tuple[Contract, Operation]:
    """Return a contract with one call, and the call, which has these parameters."""
    get = {"parameters": list(documents), "responses": {"200": {"description": "Well."}}}
    made = Contract({"servers": [{"url": "https://api.example"}], "paths": {"/a": {"get": get}}})
    return made, made.operations[0]


def test_a_parameter_is_read_as_its_type() -> None:
    made, call = parameters(
        {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 9}}
    )
    assert made.call_problems(call, {}, {"page": "9"}) == []
    (problem,) = made.call_problems(call, {}, {"page": "10"})
    assert "page: 10 is greater than the maximum of 9" in problem
    (problem,) = made.call_problems(call, {}, {"page": "ten"})
    assert "'ten' is not of type 'integer'" in problem


def test_headers_of_http_and_credentials_are_not_parameters() -> None:
    made, call = parameters(
        {"name": "Authorization", "in": "header", "required": True, "schema": {}},
        {"name": "Accept", "in": "header", "required": True, "schema": {}},
    )
    assert made.call_problems(call, {}, {}) == []
    assert made.undeclared_in_call(call, {"Accept": "*/*", "User-Agent": "x"}, {}) == []
    assert made.undeclared_in_call(call, {"X-A": "1"}, {"b": "2"}) == [
        *("the header X-A", "the query parameter b")
    ]


def test_a_header_that_x_polyreel_names_is_documented() -> None:
    get = {
        "x-polyreel": {"role": "prices", "idempotency": {"header": "Idempotency-Key"}},
        "responses": {"200": {"description": "Well."}},
    }
    made = Contract({"servers": [{"url": "https://api.example"}], "paths": {"/a": {"get": get}}})
    assert made.undeclared_in_call(made.operations[0], {"idempotency-key": "1"}, {}) == []


def test_a_method_of_a_stand_in_that_goes_wrong_is_named() -> None:
    class Wrong(GalleryStandIn):
        def created(self, task: Task) -> Any:
            return None

        def refusal(self, kind: Any, message: str) -> Reply:
            raise KeyError(kind)

    stand_in = Wrong("https://api.gallery.example")
    with pytest.raises(StandInError, match=r"Wrong\.created returned NoneType; return the answer"):
        stand_in.created(Task(id="1", body={}, meaning={}, output={}, price={}, created=0.0))
    with pytest.raises(StandInError, match=r"Wrong\.refusal \(test_contract_paths.py:\d+\) raised"):
        stand_in.handle(Call(method="GET", path="/nowhere"))


def test_a_missing_contract_is_said(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "polyreel_none").mkdir()
    (tmp_path / "polyreel_none" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ContractError, match=r"contract\.json of polyreel_none is missing; write"):
        Contract.load("polyreel_none")
    (tmp_path / "polyreel_none" / "contract.json").write_text("{")
    with pytest.raises(ContractError, match=r"contract\.json of polyreel_none is not JSON"):
        Contract.load("polyreel_none")
