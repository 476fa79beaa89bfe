"""An unknown create that is sent once more with the same key, where the vendor documents one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from polyreel import (
    InvalidRequest,
    JobRef,
    PluginError,
    PolyreelError,
    SubmitUnknown,
    TransportError,
    VideoRequest,
)
from polyreel.adapters import IdempotencyKey, WireRequest
from polyreel.client.drivers import drive
from polyreel.engine.context import LiveJob
from polyreel.engine.effects import Effect, Persist, Send, Sleep, TakeTurn
from polyreel.engine.submit import SubmitOptions, submit
from polyreel.errors import JournalError
from polyreel.jobs import JobRecord, Stage
from polyreel.jobs.journal.interface import Intent
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel.jobs.journal.sqlite import SqliteJournal
from toy_adapter import (
    TASK,
    Script,
    Scripted,
    ToyAdapter,
    account_at,
    answer,
    context_at,
    plan_for,
)

KEY = IdempotencyKey(
    header="Idempotency-Key",
    valid_for=timedelta(hours=24),
    source="https://docs.toy.example/idempotency",
)
ACCEPTED = answer(200, {"id": TASK})
BROKEN = TransportError("the connection broke", sent=True)
BUSY = answer(503, {"error": "busy"})


class KeyedAdapter(ToyAdapter):
    """The toy, whose vendor remembers keys."""

    contract_version = 3
    idempotency = KEY


def run(script: Script, adapter: ToyAdapter | None = None, **options: Any) -> JobRef:
    """Submit by a script."""
    plan = plan_for(adapter or KeyedAdapter())
    program = submit(context_at(script.clock), plan, LiveJob(), SubmitOptions(**options))
    return drive(program, script)


def failure_of(script: Script, **more: Any) -> PolyreelError:
    with pytest.raises(PolyreelError) as raised:
        run(script, **more)
    return raised.value


def keys_of(script: Script) -> list[str | None]:
    return [each.headers.get("Idempotency-Key") for each in script.paid]


UNKNOWN: dict[str, Scripted] = {
    "broken": BROKEN,
    "500": answer(500, {"error": "oops"}),
    "408": answer(408),
    "page": answer(200, b"<html>"),
    "no id": answer(200, {}),
    "redirect": answer(307, location="https://elsewhere.example"),
}


@pytest.mark.parametrize("first", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_create_is_sent_once_more_with_the_same_key_and_body(first: Scripted) -> None:
    script = Script(first, ACCEPTED)
    assert run(script).task_id == TASK
    one, two = script.paid
    assert one == two
    (key,) = set(keys_of(script))
    assert key is not None
    assert str(uuid.UUID(key)) == key


def test_without_a_documented_key_nothing_is_sent_again() -> None:
    script = Script(BROKEN, then=ACCEPTED)
    assert type(failure_of(script, adapter=ToyAdapter())) is SubmitUnknown
    assert (keys_of(script), script.records[-1].sent_key) == ([None], None)


def test_the_row_has_the_key_before_it_leaves_and_counts_the_second_request() -> None:
    script = Script(BROKEN, ACCEPTED)
    run(script)
    steps = [
        "paid" if isinstance(each, Send) else (str(each.record.stage), each.record.resends)
        for each in script.effects
        if isinstance(each, (Send, Persist))
    ]
    assert steps == [("sending", 0), "paid", ("sending", 1), "paid", ("accepted", 1)]
    kept = [each.record.sent_key for each in script.effects if isinstance(each, Persist)]
    assert set(kept) == set(keys_of(script))


@pytest.mark.parametrize("second", UNKNOWN.values(), ids=UNKNOWN)
def test_after_two_unknown_requests_nothing_more_is_sent(second: Scripted) -> None:
    script = Script(BROKEN, second, then=ACCEPTED)
    error = failure_of(script)
    assert type(error) is SubmitUnknown
    assert "the connection broke" in error.message
    assert "sent once more with the same key" in error.message
    assert (len(script.paid), script.records[-1].stage) == (2, Stage.UNKNOWN)


# Each is a sure refusal of a first request; of the second it says nothing about the first.
REFUSED: dict[str, Scripted] = {
    "never sent": TransportError("no route", sent=False),
    "conflict": answer(409, {"error": "in progress"}),
    **{str(status): answer(status, {"error": "no"}) for status in (400, 401, 402, 403, 422, 429)},
}


@pytest.mark.parametrize("second", REFUSED.values(), ids=REFUSED)
def test_a_refusal_of_the_second_request_leaves_it_unknown(second: Scripted) -> None:
    script = Script(BROKEN, second, then=ACCEPTED)
    error = failure_of(script, retry_refused=5)
    assert type(error) is SubmitUnknown
    assert (len(script.paid), script.records[-1].stage) == (2, Stage.UNKNOWN)


def test_a_conflict_says_that_the_key_was_not_taken() -> None:
    error = failure_of(Script(BROKEN, answer(409, {"error": "in progress"})))
    assert "did not take the key again (HTTP 409)" in error.message


def test_a_sure_refusal_is_no_reason_to_send_with_the_same_key() -> None:
    script = Script(answer(400, {"error": "no"}), then=ACCEPTED)
    assert type(failure_of(script)) is InvalidRequest
    assert len(script.paid) == 1


def test_after_a_refusal_the_next_request_has_a_new_key() -> None:
    script = Script(answer(429, {"error": "slow"}), BROKEN, ACCEPTED)
    assert run(script, retry_refused=1).task_id == TASK
    first, second, third = keys_of(script)
    assert first != second == third


def test_a_known_task_id_of_either_answer_is_kept() -> None:
    named = answer(500, {"error": "oops", "task_id": "task-7"})
    for answers in ((named, BROKEN), (BROKEN, named)):
        error = failure_of(Script(*answers))
        assert isinstance(error, SubmitUnknown)
        assert error.candidate == "task-7"
        assert error.answer is not None


def test_another_task_in_the_first_answer_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    script = Script(answer(500, {"error": "oops", "task_id": "task-7"}), ACCEPTED)
    assert run(script).task_id == TASK
    assert "task-7" in str(script.records[-1].note)
    assert "check that only one is charged" in caplog.text


def test_the_pause_before_it_follows_the_answer_and_the_deadline() -> None:
    slow = answer(503, {"error": "busy"}, retry_after="20")
    script = Script(slow, ACCEPTED)
    run(script)
    assert script.clock.slept == [20.0]
    script = Script(slow, ACCEPTED)
    assert type(failure_of(script, within=15.0)) is SubmitUnknown
    assert (len(script.paid), script.clock.slept) == (1, [])


def test_a_key_that_is_no_longer_valid_is_not_sent() -> None:
    class Short(KeyedAdapter):
        idempotency = replace(KEY, valid_for=timedelta(minutes=3))

    script = Script(BUSY, ACCEPTED)
    late = answer(503, {"error": "busy"}, retry_after="121")
    assert run(script, adapter=Short()).task_id == TASK
    script = Script(late, ACCEPTED)
    assert type(failure_of(script, adapter=Short())) is SubmitUnknown
    assert len(script.paid) == 1


class Crowded(Script):
    """The second request's turn comes only after a long wait."""

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, TakeTurn) and self.paid:
            return 3600.0
        return super().perform(effect)


def test_a_key_that_expires_while_waiting_for_a_turn_is_not_sent() -> None:
    class Short(KeyedAdapter):
        idempotency = replace(KEY, valid_for=timedelta(minutes=30))

    script = Crowded(BROKEN, ACCEPTED)
    error = failure_of(script, adapter=Short())
    assert type(error) is SubmitUnknown
    assert (len(script.paid), script.records[-1].resends) == (1, 0)
    assert script.records[-1].stage is Stage.UNKNOWN


class Broken(Script):
    """Raises, or answers, in place of one effect."""

    def __init__(self, *answers: Scripted, at: Callable[[Effect], bool], gives: object) -> None:
        super().__init__(*answers)
        self.at, self.gives = at, gives

    def perform(self, effect: Effect) -> Any:
        if self.at(effect):
            self.effects.append(effect)
            if isinstance(self.gives, BaseException):
                raise self.gives
            return self.gives
        return super().perform(effect)


def counts_the_second(effect: Effect) -> bool:
    return (
        isinstance(effect, Persist)
        and effect.record.stage is Stage.SENDING
        and effect.record.resends == 1
    )


@pytest.mark.parametrize("gives", [False, JournalError("the disk is full")], ids=str)
def test_without_the_row_the_second_request_does_not_leave(gives: object) -> None:
    script = Broken(BROKEN, ACCEPTED, at=counts_the_second, gives=gives)
    error = failure_of(script)
    assert type(error) is SubmitUnknown
    assert "the connection broke" in error.message
    assert (len(script.paid), script.records[-1].stage) == (1, Stage.UNKNOWN)


def test_an_interrupt_before_the_second_request_leaves_it_unknown() -> None:
    script = Broken(
        BROKEN, ACCEPTED, at=lambda each: isinstance(each, Sleep), gives=KeyboardInterrupt()
    )
    with pytest.raises(KeyboardInterrupt):
        run(script)
    assert (len(script.paid), script.records[-1].stage) == (1, Stage.UNKNOWN)


@pytest.mark.parametrize("first", [True, False], ids=["of the first", "of the second"])
def test_an_interrupted_request_is_not_sent_again(first: bool) -> None:
    answers: list[Scripted] = [KeyboardInterrupt()] if first else [BROKEN, KeyboardInterrupt()]
    script = Script(*answers, then=ACCEPTED)
    with pytest.raises(KeyboardInterrupt):
        run(script)
    last = script.records[-1]
    assert (len(script.paid), last.stage) == (len(answers), Stage.UNKNOWN)
    assert type(last.error) is SubmitUnknown


def test_an_adapter_that_sets_the_header_itself_sends_nothing() -> None:
    class Own(KeyedAdapter):
        def paid_request(self, request: VideoRequest) -> WireRequest:
            return replace(super().paid_request(request), headers={"idempotency-key": "mine"})

    script = Script(then=ACCEPTED)
    assert type(failure_of(script, adapter=Own())) is PluginError
    assert (script.paid, script.records[-1].stage) == ([], Stage.REJECTED)


def test_the_adapter_knows_the_jobs_name_in_both_requests() -> None:
    class Named(KeyedAdapter):
        def paid_request(self, request: VideoRequest) -> WireRequest:
            wire = super().paid_request(request)
            return replace(wire, json={**(wire.json or {}), "client_id": self.job_reference})

    script = Script(BROKEN, ACCEPTED)
    run(script, adapter=Named())
    assert [(each.json or {})["client_id"] for each in script.paid] == [script.records[-1].id] * 2


@pytest.mark.parametrize(
    "wrong",
    [{"header": "a b"}, {"source": "docs.example"}, {"valid_for": timedelta(seconds=100)}],
    ids=lambda each: next(iter(each)),
)
def test_a_wrong_declaration_is_refused_where_it_is_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"header|https|2 minutes"):
        replace(KEY, **wrong)


# The row alone decides.


def sent(journal: SqliteJournal, **fields: Any) -> JobRecord:
    """Open a job and bring it to `sending`."""
    job = JobRecord(id=uuid.uuid4().hex, model="toy/video", **fields)
    journal.open_job(Intent(record=replace(job, sent_key=None), digest="d", place="toy"))
    sending = replace(job, stage=Stage.SENDING)
    assert journal.move(sending)
    return sending


def test_the_row_allows_one_more_request_with_its_key(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    job = sent(journal, sent_key="k1")
    again = replace(job, resends=1)
    assert not journal.move(job)
    assert not journal.move(replace(again, sent_key="k2"))
    assert not journal.move(replace(again, sent_key=None))
    assert not journal.move(replace(again, resends=2))
    assert not SqliteJournal(tmp_path / "journal.sqlite3").move(again)  # another process
    assert journal.move(again)
    assert not journal.move(again)
    assert not journal.move(replace(again, resends=2))
    assert not journal.move(replace(again, stage=Stage.INTENT))  # never a first request again
    assert not journal.move(replace(again, stage=Stage.INTENT, resends=0))
    assert journal.move(replace(again, stage=Stage.UNKNOWN, error=SubmitUnknown("unknown")))
    journal.close()


def test_a_row_without_a_key_allows_no_second_request(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    job = sent(journal)
    assert not journal.move(replace(job, resends=1))
    assert not journal.move(replace(job, resends=1, sent_key="k1"))
    journal.close()


def test_an_intent_is_never_sent_as_a_second_request(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    job = JobRecord(id=uuid.uuid4().hex, model="toy/video", sent_key="k1")
    journal.open_job(Intent(record=job, digest="d", place="toy"))
    assert not journal.move(replace(job, stage=Stage.SENDING, resends=1))
    assert journal.move(replace(job, stage=Stage.SENDING))
    journal.close()


def test_a_process_that_ends_between_the_two_leaves_an_unknown_job(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    job = sent(journal, sent_key="k1")
    first = SubmitUnknown("unknown", candidate="task-7")
    assert journal.move(replace(job, resends=1, error=first))
    journal.close()
    other = SqliteJournal(tmp_path / "journal.sqlite3")
    (left,) = other.jobs()
    assert (left.stage, left.resends, left.sent_key) == (Stage.UNKNOWN, 1, "k1")
    assert isinstance(left.error, SubmitUnknown)
    assert left.error.candidate == "task-7"
    assert not other.move(replace(job, resends=1))
    other.close()


def test_a_record_with_a_key_comes_back_as_it_was_kept() -> None:
    job = JobRecord(id="a" * 32, model="toy/video", sent_key="k1", resends=1)
    assert load_record(dump_record(job)) == job
    assert job.facts()["resends"] == 1
    plain = replace(job, sent_key=None, resends=0)
    assert load_record(dump_record(plain)) == plain
    assert not {"resends", "sent_key"} & {*plain.facts()}


def test_the_account_of_the_second_request_is_the_first_ones() -> None:
    script = Script(BROKEN, ACCEPTED)
    run(script)
    places = {each.account.place for each in script.effects if isinstance(each, Send)}
    assert places == {account_at().place}
