"""What a contract says of a create's refusals and key: misspelt or wrong facts are refused."""

from __future__ import annotations

from typing import Any

import pytest
from polyreel_sandbox import Call, Contract
from polyreel_sandbox.known_keys import Conflict, KnownKeys
from polyreel_sandbox.task import Task
from toys.keyed.stand_in import KeyedStandIn

REFUSAL: dict[str, Any] = {
    "status": 503,
    "definite": True,
    "later": False,
    "source": "https://docs.example/errors",
    "body": {"error": "full"},
}
KEY: dict[str, Any] = {
    "header": "Idempotency-Key",
    "valid_seconds": 86400,
    "source": "https://docs.example/keys",
}


def problems(role: str = "create", **facts: Any) -> list[str]:
    """Return what is wrong with an operation's `x-polyreel`."""
    operation = {"x-polyreel": {"role": role, "task_id": "id", "status": "status", **facts}}
    document = {"servers": [{"url": "https://a.example"}], "paths": {"/v": {"post": operation}}}
    operation["operationId"] = "create"  # type: ignore[assignment]
    return Contract(document).keyword_problems()


def test_right_facts_have_no_problem() -> None:
    assert problems(refusals=[REFUSAL], idempotency=KEY) == []
    assert problems(idempotency={**KEY, "replay_status": 200, "conflict_status": 409}) == []
    assert problems("find") == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"refusals": {}}, "refusals is not a list"),
    ({"refusals": [7]}, "refusals/0: not an object"),
    ({"refusals": [{**REFUSAL, "definit": True}]}, "definit"),
    ({"refusals": [{**REFUSAL, "status": "503"}]}, "status is not a whole number"),
    ({"refusals": [{**REFUSAL, "status": True}]}, "status is not a whole number"),
    ({"refusals": [{**REFUSAL, "later": 1}]}, "later is not true or false"),
    ({"refusals": [{**REFUSAL, "source": "docs"}]}, "source must start with https://"),
    ({"refusals": [{**REFUSAL, "body": "full"}]}, "body is not an object"),
    ({"refusals": [{"status": 503}]}, "source is missing"),
    ({"idempotency": {**KEY, "heador": "x"}}, "heador"),
    ({"idempotency": {"header": "x"}}, "valid_seconds is missing"),
    ({"idempotency": "Idempotency-Key"}, "idempotency: not an object"),
    ({"role": "poll", "refusals": [REFUSAL]}, "refusals is of a create only"),
]


@pytest.mark.parametrize(("facts", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_wrong_fact_is_named_with_its_place(facts: dict[str, Any], says: str) -> None:
    found = problems(**facts)
    assert any(says in each for each in found), found


def test_a_known_key_gives_its_task_and_another_body_is_a_conflict() -> None:
    found = KeyedStandIn.contract.operation("create")
    assert found is not None
    documented, keys = found.idempotency, KnownKeys()
    call = Call(method="POST", path="/videos", headers={"idempotency-key": "k1"})
    other = Call(method="POST", path="/videos", headers={"idempotency-key": "k2"})
    task = Task(id="1", body={}, meaning={}, output={}, price={}, created=0.0)
    assert keys.task_of(documented, call, {"a": 1}) is None
    keys.remember(documented, call, {"a": 1}, task)
    assert keys.task_of(documented, call, {"a": 1}) is task
    assert keys.task_of(documented, other, {"a": 1}) is None
    with pytest.raises(Conflict):
        keys.task_of(documented, call, {"a": 2})
    keys.refuses_all = True
    with pytest.raises(Conflict):
        keys.task_of(documented, call, {"a": 1})
