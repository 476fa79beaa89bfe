"""A task id in the answer to a paid request: as a number, elsewhere, or beside a refusal."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from polyreel import AsyncClient, Client, InvalidRequest, JobRef, PolyreelError, SubmitUnknown
from polyreel.adapters import Account, Adapter, Flow, ModelSpec, WireResponse
from polyreel.adapters.registry import _problem
from polyreel.cli.app import build_app
from polyreel.client.drivers import drive
from polyreel.engine.context import LiveJob
from polyreel.engine.paid_answer import KEPT_CHARACTERS, READ_BYTES, candidate_in, kept_answer
from polyreel.engine.submit import submit
from polyreel.errors import UsageError
from polyreel.request import VideoRequest, probe
from polyreel_sandbox import Fault, Sandbox
from pydantic import BaseModel
from quick import QUICK
from toy_adapter import (
    KEY,
    TASK,
    Script,
    ToyAdapter,
    account_at,
    answer,
    context_at,
    everything_said,
    plan_for,
)
from typer.testing import CliRunner

STD = "jimmy/seedance2.0-std"


class Listing(ToyAdapter):
    """The toy whose contract lists the names of its task ids."""

    contract_version = 3
    task_id_names: ClassVar[tuple[str, ...]] = ("id", "ticket")


def outcome(
    sent: WireResponse, adapter: Adapter | None = None, account: Account | None = None
) -> JobRef | PolyreelError:
    """Return the job, or the error, that an answer to the paid request comes to."""
    script = Script(sent)
    try:
        plan = plan_for(adapter or Listing(), account)
        return drive(submit(context_at(script.clock), plan, LiveJob()), script)
    except PolyreelError as error:
        assert len(script.paid) == 1
        return error


# A number


@pytest.mark.parametrize("number", [7, 10**30])
def test_an_integer_in_the_documented_place_is_read_as_text(number: int) -> None:
    came = outcome(answer(200, {"id": number}))
    assert isinstance(came, JobRef)
    assert came.task_id == str(number)


def test_an_integer_is_read_as_text_where_the_adapter_documents_text() -> None:
    class Created(BaseModel):
        id: str

    class Data(BaseModel):
        data: Created

    class Strict(ToyAdapter):
        def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
            response = yield self.paid_request(request)
            return self.job(self.read_part(Data, self.read(response)).data.id, model)

    came = outcome(answer(200, {"data": {"id": 7}}), Strict())
    assert isinstance(came, JobRef)
    assert came.task_id == "7"
    assert isinstance(outcome(answer(200, {"data": {"id": True}}), Strict()), SubmitUnknown)


# Elsewhere, or beside a refusal

NAMED = {
    "under another name": answer(200, {"ticket": TASK}),
    "under a usual name": answer(200, {"task_id": TASK}),
    "deeper": answer(200, {"data": {"task": [{"taskId": TASK}]}}),
    "in a list": answer(200, [{"id": TASK}]),
    "as a number elsewhere": answer(200, {"data": {"ticket": 40817}}),
    "beside a code of refusal": answer(200, {"error": "no", "code": "E1", "id": TASK}),
    "beside HTTP 400": answer(400, {"error": "no", "ticket": TASK}),
    "beside HTTP 429": answer(429, {"error": "no", "data": {"id": TASK}}),
    "beside HTTP 500": answer(500, {"error": "no", "job_id": TASK}),
}


@pytest.mark.parametrize("sent", list(NAMED.values()), ids=list(NAMED))
def test_a_task_id_elsewhere_leaves_the_outcome_unknown_with_that_id(sent: WireResponse) -> None:
    class Refusing(Listing):
        error_codes: ClassVar[Mapping[str, Any]] = {"E1": InvalidRequest}

    error = outcome(sent, Refusing())
    assert isinstance(error, SubmitUnknown)
    assert error.candidate in (TASK, "40817")
    assert error.candidate in error.message
    assert error.facts()["candidate"] == error.candidate


NOT_NAMED: dict[str, Any] = {
    "a request's id": {"error": "no", "request_id": "req-1", "requestId": "req-1"},
    "an error's id": {"error": {"id": "err-1", "name": "bad_request"}},
    "nothing": {"error": "no", "task_id": ""},
    "null": {"error": "no", "task_id": None},
    "the word null": {"error": "no", "task_id": "null"},
    "zero": {"error": "no", "task_id": 0},
    "false": {"error": "no", "task_id": False},
    "a sentence": {"error": "no", "task_id": "there is none"},
    "an object": {"error": "no", "task_id": {}},
    "a page of text": {"error": "no", "task_id": "x" * 5000},
}


@pytest.mark.parametrize("body", list(NOT_NAMED.values()), ids=list(NOT_NAMED))
def test_a_refusal_that_names_no_task_stays_a_refusal(body: Any) -> None:
    assert type(outcome(answer(400, body), ToyAdapter())) is InvalidRequest


def test_a_refusal_that_repeats_what_was_sent_names_no_task() -> None:
    sent = {"prompt": "A boat", "extends": {"task_id": "task-0"}}
    refused = answer(400, {"input": sent, "error": "no"})
    assert candidate_in(refused, ("task_id",), sent) is None
    assert candidate_in(refused, ("task_id",), {"prompt": "A boat"}) == "task-0"


def test_the_best_name_and_the_nearest_place_come_first() -> None:
    body = {"id": "a", "data": {"task_id": "b"}, "other": {"deep": {"task_id": "c"}}}
    assert candidate_in(answer(200, body), ("task_id", "id")) == "b"


def test_a_large_or_deep_answer_is_not_searched_without_bound() -> None:
    deep: Any = {"task_id": TASK}
    for _ in range(50):
        deep = {"data": deep}
    assert candidate_in(answer(200, deep), ("task_id",)) is None
    large = answer(200, {"task_id": TASK, "more": "x" * READ_BYTES})
    assert candidate_in(large, ("task_id",)) is None
    brackets = answer(200, b"[" * 100_000)
    assert candidate_in(brackets, ("task_id",)) is None


def test_names_that_are_written_as_one_text_are_refused() -> None:
    class OneText(ToyAdapter):
        contract_version = 3
        task_id_names = "task_id"  # type: ignore[assignment]

    assert "task_id_names" in str(_problem(OneText))
    assert _problem(Listing) is None


# What is kept of the answer


def test_the_answer_is_kept_without_secrets_and_bounded() -> None:
    body = {
        "error": f"the key {KEY} \x1b[31mis not known\x07\x9b",
        "url": "https://videos.example/1.mp4?Signature=secret",
        "image": "data:image/png;base64," + "iVBORw0KGgo" * 9000,
        "long": "word " * 3000,
    }
    sent = answer(500, body, x_request_id=f"req-{KEY}\x1b]0;", set_cookie="session=1")
    kept = outcome(sent)
    assert isinstance(kept, SubmitUnknown)
    assert kept.answer is not None
    text = json.dumps(kept.answer, ensure_ascii=False)
    assert kept.answer["status"] == 500
    assert len(kept.answer["body"]) <= KEPT_CHARACTERS
    for secret in (KEY, KEY[:12], "Signature=secret", "iVBORw0KGgo", "session"):
        assert secret not in everything_said(kept)
    assert text.isprintable()
    assert "is not known" in text


def test_a_key_at_the_end_of_what_is_read_is_not_kept_in_part() -> None:
    for part in range(1, len(KEY)):
        body = b"a b " * (READ_BYTES // 4 - 1) + b" " * (4 - part % 4) + KEY.encode() * 20
        assert KEY[:8] not in kept_answer(answer(500, body), (KEY,))["body"]


def test_a_key_that_is_escaped_is_not_kept() -> None:
    escaped = "".join(f"\\u{ord(each):04x}" for each in KEY)
    kept = kept_answer(answer(500, f'{{"error": "{escaped}"}}'.encode()), (KEY,))
    assert KEY not in kept["body"]
    assert escaped not in kept["body"]


def test_a_key_with_a_quote_is_not_kept() -> None:
    key = 'sk"toy\\51f0c2d9a7e84b36'
    kept = kept_answer(answer(500, {"error": f"the key {key} is wrong"}), (key,))
    assert "51f0c2d9" not in kept["body"]


def test_a_key_in_the_place_of_a_task_id_is_not_shown() -> None:
    error = outcome(answer(400, {"error": "no", "id": KEY}), account=account_at())
    assert isinstance(error, SubmitUnknown)
    assert KEY not in everything_said(error)


def test_what_is_known_of_an_unknown_outcome_survives_pickle() -> None:
    error = outcome(answer(400, {"error": "no", "id": TASK}))
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, SubmitUnknown)
    assert isinstance(error, SubmitUnknown)
    assert again.facts() == error.facts()
    assert (again.candidate, again.answer and again.answer["status"]) == (TASK, 400)


# A user's way out


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


def refused_with_id(served: Sandbox) -> str:
    """Leave a job whose refusal named its task; return the task's id."""
    served.set_faults(Fault.REFUSAL_WITH_ID)
    done = run("generate", "-o", "video.mp4", "-p", "A paper boat", "-m", STD, "--yes")
    served.set_faults()
    assert done.exit_code == 4, done.output
    (task_id,) = served.stand_ins["jimmy"].tasks
    return task_id


def the_job() -> dict[str, Any]:
    (job,) = json.loads(run("jobs", "list", "--json").stdout)
    found: dict[str, Any] = job
    return found


def test_the_answer_is_shown_with_the_job(sandbox: Sandbox) -> None:
    task_id = refused_with_id(sandbox)
    shown = run("jobs", "show", the_job()["id"])
    assert f"task that the answer names\t{task_id}" in shown.stdout
    assert "answer: HTTP status\t400" in shown.stdout
    assert "refused by the fault refusal-with-id" in shown.stdout
    error = json.loads(run("jobs", "show", the_job()["id"], "--json").stdout)["error"]
    assert (error["candidate"], error["answer"]["status"]) == (task_id, 400)


def test_settle_asks_for_the_task_once_and_the_video_comes_home(sandbox: Sandbox) -> None:
    task_id = refused_with_id(sandbox)
    job, jimmy = the_job()["id"], sandbox.stand_ins["jimmy"]
    before = len(jimmy.calls)
    settled = run("jobs", "settle", job)
    assert (settled.exit_code, len(jimmy.calls) - before) == (0, 1), settled.output
    assert (the_job()["stage"], the_job()["job"]["task_id"]) == ("accepted", task_id)
    assert "answer to the paid request" in the_job()["note"]
    assert run("jobs", "wait", job).exit_code == 0
    assert round(probe(Path("video.mp4")).seconds) == 5
    assert len(jimmy.tasks) == 1


def test_settle_says_that_the_vendor_knows_no_such_task(sandbox: Sandbox) -> None:
    refused_with_id(sandbox)
    job = the_job()["id"]
    sandbox.stand_ins["jimmy"].tasks.clear()
    done = run("jobs", "settle", job)
    assert (done.exit_code, the_job()["stage"]) == (2, "unknown")
    assert "has no task" in done.stderr
    assert f"polyreel jobs settle {job[:8]} --not-created" in done.stderr


def test_settle_leaves_a_job_unknown_while_the_vendor_can_not_be_asked(sandbox: Sandbox) -> None:
    refused_with_id(sandbox)
    sandbox.set_faults(Fault.BAD_POLL)
    done = run("jobs", "settle", the_job()["id"])
    assert (done.exit_code, the_job()["stage"]) == (5, "unknown"), done.output


def test_a_task_of_another_job_is_not_taken_for_this_ones(sandbox: Sandbox) -> None:
    task_id = refused_with_id(sandbox)
    with Client() as client:
        other = client.submit("Another boat", STD)
        client.history.settle(the_unknown(client), not_created=True)
        sandbox.stand_ins["jimmy"].tasks[task_id] = next(
            iter(sandbox.stand_ins["jimmy"].tasks.values())
        )
    sandbox.set_faults(Fault.ACCEPTED_THEN_DROPPED)
    run("generate", "-o", "late.mp4", "-p", "A paper boat", "-m", STD, "--yes")
    sandbox.set_faults()
    with Client() as client:
        job = the_unknown(client)
        with pytest.raises(UsageError, match=f"belongs to job {other.record.short_id}"):
            client.settle(job, task_id=other.ref.task_id)


def the_unknown(client: Client) -> str:
    (record,) = [each for each in client.history.jobs() if each.stage == "unknown"]
    return record.id


def test_python_settles_as_the_command_line_does(sandbox: Sandbox) -> None:
    task_id = refused_with_id(sandbox)
    with Client(poll_timing=QUICK) as client:
        record = client.settle(the_job()["id"][:8])
        assert record.ref is not None
        assert record.ref.task_id == task_id
        with pytest.raises(UsageError, match="is accepted"):
            client.settle(record.id, task_id="x")


def test_the_async_client_settles_too(sandbox: Sandbox) -> None:
    async def run() -> None:
        sandbox.set_faults(Fault.ID_ELSEWHERE)
        async with AsyncClient(poll_timing=QUICK) as client:
            with pytest.raises(SubmitUnknown) as raised:
                await client.submit("A paper boat", STD)
            assert raised.value.job_id is not None
            sandbox.set_faults()
            record = await client.settle(raised.value.job_id)
            await client.job(record.id).finish("video.mp4")

    anyio.run(run)
    assert len(sandbox.stand_ins["jimmy"].tasks) == 1


def test_an_answer_without_a_task_leaves_it_to_the_console(sandbox: Sandbox) -> None:
    sandbox.set_faults(Fault.MISSING_ID)
    run("generate", "-o", "video.mp4", "-p", "A paper boat", "-m", STD, "--yes")
    done = run("jobs", "settle", the_job()["id"])
    assert (done.exit_code, the_job()["stage"]) == (2, "unknown")
    assert "answer: HTTP status: 200" in done.stderr
    with Client() as client, pytest.raises(UsageError, match="names no task"):
        client.settle(the_job()["id"])


def test_a_refusal_with_a_task_pays_no_fallback(sandbox: Sandbox, tmp_path: Path) -> None:
    fallback = "modellix/seedance-2.0-fast-t2v"
    text = f'[targets.best]\nmodel = "{STD}"\nfallbacks = ["{fallback}"]\n'
    (tmp_path / "two.toml").write_text(text)
    sandbox.stand_ins["jimmy"].faults = {Fault.REFUSAL_WITH_ID}
    with Client(tmp_path / "two.toml") as client, pytest.raises(SubmitUnknown):
        client.generate("A paper boat", tmp_path / "video.mp4", "best")
    assert {name: len(each.tasks) for name, each in sandbox.stand_ins.items()} == {
        "jimmy": 1,
        "modellix": 0,
    }
