"""What a vendor documents about its refusals of a create, as an adapter declares it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from polyreel import JobRef, PolyreelError, ProviderUnavailable, RateLimited, SubmitUnknown
from polyreel.adapters import Adapter, Refusal, WireResponse
from polyreel.client.drivers import drive
from polyreel.engine.context import LiveJob
from polyreel.engine.submit import SubmitOptions, submit
from polyreel.jobs import Stage
from toy_adapter import TASK, Script, ToyAdapter, answer, context_at, plan_for

PAGE = "https://docs.toy.example/errors"
ACCEPTED = answer(200, {"id": TASK})


class Documented(ToyAdapter):
    """The toy, whose vendor documents more than the general list."""

    contract_version = 3
    refusals = (
        Refusal(status=503, text_contains="No maker", later=True, source=PAGE),
        Refusal(status=500, code="E5", source=PAGE),
        Refusal(status=200, code="E7", source=PAGE),
        Refusal(status=429, code="E8", is_definite=False, source=PAGE),
        Refusal(status=422, later=True, source=PAGE),
        Refusal(status=400, is_definite=False, text_contains="maybe", source=PAGE),
    )


def run(script: Script, adapter: Adapter | None = None, most: int = 0) -> JobRef:
    plan = plan_for(adapter or Documented())
    options = SubmitOptions(retry_refused=most)
    return drive(submit(context_at(script.clock), plan, LiveJob(), options), script)


def failure_of(*answers: WireResponse, **more: Any) -> PolyreelError:
    script = Script(*answers, then=ACCEPTED)
    with pytest.raises(PolyreelError) as raised:
        run(script, **more)
    assert len(script.paid) == len(answers)
    unknown = isinstance(raised.value, SubmitUnknown)
    assert script.records[-1].stage is (Stage.UNKNOWN if unknown else Stage.REJECTED)
    return raised.value


BUSY = answer(503, {"error": "No maker can take it"})


def test_a_documented_answer_is_a_sure_refusal() -> None:
    assert type(failure_of(BUSY)) is ProviderUnavailable
    assert type(failure_of(answer(500, {"error": "full", "code": "E5"}))) is ProviderUnavailable
    assert type(failure_of(BUSY, adapter=ToyAdapter())) is SubmitUnknown


def test_a_code_that_is_a_number_is_compared_as_text() -> None:
    class Numbered(ToyAdapter):
        contract_version = 3
        refusals = (Refusal(status=503, code="503", later=True, source=PAGE),)

    own = answer(503, {"error": "nobody can take it", "code": 503})
    assert run(Script(own, ACCEPTED), adapter=Numbered(), most=1).task_id == TASK
    assert type(failure_of(BUSY, adapter=Numbered())) is SubmitUnknown


def test_one_that_passes_is_sent_again_where_the_caller_asked_for_it() -> None:
    script = Script(BUSY, ACCEPTED)
    assert run(script, most=1).task_id == TASK
    assert len(script.paid) == 2
    assert run(Script(answer(422, {"error": "later"}), ACCEPTED), most=1).task_id == TASK
    failure_of(answer(500, {"error": "full", "code": "E5"}), most=3)  # sure, and does not pass


# Almost the documented one.
OTHERS = {
    "other words": answer(503, {"error": "overloaded"}),
    "other status": answer(502, {"error": "No maker can take it"}),
    "a gateway's page": answer(503, b"<html>No maker can take it</html>"),
    "a list": answer(503, ["No maker can take it"]),
    "nothing": answer(503),
    "other code": answer(500, {"error": "full", "code": "E6"}),
    "no code": answer(500, {"error": "full"}),
    "other code in the body": answer(200, {"error": "no", "code": "E9"}),
    "an unreadable success": answer(200, {"code": "E7"}),
    "declared as not sure": answer(429, {"error": "busy", "code": "E8"}),
    "words that are not sure": answer(400, {"error": "Maybe made"}),
}


@pytest.mark.parametrize("given", OTHERS.values(), ids=OTHERS)
def test_any_other_answer_stays_unknown(given: WireResponse) -> None:
    assert type(failure_of(given, most=3)) is SubmitUnknown


def test_the_general_list_stays_for_the_rest() -> None:
    assert type(failure_of(answer(429, {"error": "slow"}))) is RateLimited
    assert run(Script(answer(429, {"error": "slow"}), ACCEPTED), most=1).task_id == TASK


def test_a_documented_refusal_that_names_a_task_is_not_sure() -> None:
    named = answer(503, {"error": "No maker can take it", "task_id": TASK})
    error = failure_of(named, most=3)
    assert isinstance(error, SubmitUnknown)
    assert error.candidate == TASK


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"source": "docs.example"}, "https://"),
        ({"later": True, "is_definite": False}, "only after a definite refusal"),
        ({"status": 502}, "a gateway may answer it too"),
        ({"status": 200}, "a gateway may answer it too"),
        ({"status": 503, "text_contains": " "}, "a gateway may answer it too"),
    ],
    ids=str,
)
def test_a_wrong_declaration_is_refused_where_it_is_written(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        replace(Refusal(status=402, source=PAGE), **changes)
