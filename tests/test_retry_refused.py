"""A create that is sent again after a sure refusal, where the caller asked for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import anyio
import httpx
import pytest
from market import TOY, Market, both_ways, config
from polyreel import (
    AsyncClient,
    Client,
    ConfigError,
    InsufficientBalance,
    InvalidRequest,
    JobRef,
    PolyreelError,
    RateLimited,
    SubmitUnknown,
    TransportError,
    UsageError,
)
from polyreel.adapters import Refusal
from polyreel.cli.app import build_app
from polyreel.client.accounts import account_for
from polyreel.client.drivers import drive
from polyreel.config import Config, load_config
from polyreel.engine.context import LiveJob
from polyreel.engine.effects import Effect, Persist, Send, Sleep
from polyreel.engine.submit import SubmitOptions, submit
from polyreel.errors import JournalError
from polyreel.jobs import Stage
from polyreel_sandbox import Fault, Sandbox
from toy_adapter import (
    PROMPT,
    TASK,
    Script,
    Scripted,
    ToyAdapter,
    account_at,
    answer,
    context_at,
    plan_for,
)
from typer.testing import CliRunner

PAGE = "https://docs.toy.example/errors"
ACCEPTED = answer(200, {"id": TASK})
SLOW = answer(429, {"error": "slow"}, retry_after="20")


def run(script: Script, most: int = 1, adapter: ToyAdapter | None = None, **options: Any) -> JobRef:
    """Submit by a script, and let a refused create be sent again."""
    plan = plan_for(adapter)
    options = {"retry_refused": most, **options}
    program = submit(context_at(script.clock), plan, LiveJob(), SubmitOptions(**options))
    return drive(program, script)


def failure_of(script: Script, most: int = 1, **more: Any) -> PolyreelError:
    with pytest.raises(PolyreelError) as raised:
        run(script, most, **more)
    return raised.value


def test_a_refused_create_is_sent_again_after_the_pause_that_was_asked_for() -> None:
    script = Script(SLOW, ACCEPTED)
    assert run(script).task_id == TASK
    assert (len(script.paid), script.clock.slept) == (2, [20.0])


def test_the_row_goes_back_to_its_intent_before_the_request_leaves_again() -> None:
    script = Script(SLOW, SLOW, ACCEPTED)
    run(script, most=2)
    steps = [
        "paid" if isinstance(each, Send) else str(each.record.stage)
        for each in script.effects
        if isinstance(each, (Send, Persist))
    ]
    again = ["intent", "sending", "paid"]
    assert steps == ["sending", "paid", *again, *again, "accepted"]
    kept = [each.record for each in script.effects if isinstance(each, Persist)]
    assert [each.refusals for each in kept] == [0, 1, 1, 2, 2, 2]
    assert [type(each.error) for each in kept[1:3]] == [RateLimited, type(None)]


def test_the_time_of_the_request_is_that_of_the_one_that_made_the_task() -> None:
    script = Script(SLOW, ACCEPTED)
    run(script)
    timeline = script.records[-1].timeline
    assert timeline.submitted_at == script.clock.now()


def test_by_default_nothing_is_sent_again() -> None:
    script = Script(SLOW, ACCEPTED)
    assert type(failure_of(script, most=0)) is RateLimited
    program = submit(context_at(script.clock), plan_for(), LiveJob())
    with pytest.raises(RateLimited):
        drive(program, Script(SLOW, ACCEPTED))
    assert len(script.paid) == 1


def test_it_is_sent_again_no_oftener_than_asked_for() -> None:
    script = Script(then=SLOW)
    assert type(failure_of(script, most=3)) is RateLimited
    assert (len(script.paid), script.records[-1].stage) == (4, Stage.REJECTED)


NEVER: dict[str, Scripted] = {
    "500": answer(500, {"error": "oops"}),
    "503 that asks to come again": answer(503, {"error": "busy"}, retry_after="1"),
    "409": answer(409, {"error": "busy"}),
    "a broken connection": TransportError("reset", sent=True),
    "no connection": TransportError("refused", sent=False),
    "no task id": answer(200, {}),
    "429 with a task id": answer(429, {"error": "slow", "task_id": TASK}),
    "400": answer(400, {"error": "no"}),
    "402": answer(402, {"error": "empty"}),
}


@pytest.mark.parametrize("sent", list(NEVER.values()), ids=list(NEVER))
def test_what_is_not_a_sure_and_passing_refusal_is_never_sent_again(sent: Scripted) -> None:
    script = Script(sent, then=ACCEPTED)
    failure_of(script, most=5)
    assert len(script.paid) == 1


def test_an_unknown_outcome_after_a_refusal_ends_it() -> None:
    script = Script(SLOW, answer(500, {"error": "oops"}), ACCEPTED)
    assert type(failure_of(script, most=5)) is SubmitUnknown
    assert (len(script.paid), script.records[-1].stage) == (2, Stage.UNKNOWN)


def test_an_adapter_lists_what_may_pass() -> None:
    class Full(ToyAdapter):
        refusals = (
            Refusal(status=402, later=True, source=PAGE),
            Refusal(status=429, source=PAGE),
        )

    assert run(Script(answer(402, {"error": "empty"}), ACCEPTED), adapter=Full()).task_id == TASK
    assert type(failure_of(Script(SLOW, ACCEPTED), adapter=Full())) is RateLimited


def test_a_refusal_under_http_200_may_pass_too() -> None:
    class Coded(ToyAdapter):
        error_codes: ClassVar[dict[str, Any]] = {"E9": RateLimited, "E1": InvalidRequest}

    slow, wrong = (answer(200, {"error": "no", "code": code}) for code in ("E9", "E1"))
    assert run(Script(slow, ACCEPTED), adapter=Coded()).task_id == TASK
    assert type(failure_of(Script(wrong, ACCEPTED), adapter=Coded())) is InvalidRequest


def test_the_callers_deadline_is_kept() -> None:
    script = Script(SLOW, ACCEPTED)
    assert type(failure_of(script, within=15.0)) is RateLimited
    assert (len(script.paid), script.clock.slept) == (1, [])
    script = Script(SLOW, SLOW, ACCEPTED)
    assert type(failure_of(script, most=5, within=30.0)) is RateLimited
    assert (len(script.paid), script.clock.slept) == (2, [20.0])


class Refusing(Script):
    """A performer whose journal does not let the job become an intent again."""

    def __init__(self, *answers: Scripted, error: Exception | None = None) -> None:
        super().__init__(*answers)
        self.error = error

    def perform(self, effect: Effect) -> Any:
        done = super().perform(effect)
        if isinstance(effect, Persist) and effect.record.stage is Stage.INTENT:
            return False
        return done


def test_a_row_that_belongs_to_another_process_is_not_sent_again() -> None:
    script = Refusing(SLOW, ACCEPTED)
    assert type(failure_of(script)) is RateLimited
    assert (len(script.paid), script.records[-1].stage) == (1, Stage.REJECTED)
    assert script.records[-1].refusals == 0


def test_an_interrupt_before_it_is_sent_again_leaves_the_job_refused() -> None:
    class Interrupted(Script):
        def perform(self, effect: Effect) -> Any:
            if isinstance(effect, Sleep):
                raise KeyboardInterrupt
            return super().perform(effect)

    script = Interrupted(SLOW, ACCEPTED)
    with pytest.raises(KeyboardInterrupt):
        run(script)
    assert (len(script.paid), script.records[-1].stage) == (1, Stage.REJECTED)
    assert isinstance(script.records[-1].error, RateLimited)


# Clients, config and command line


def limited_once(market: Market) -> None:
    """Let the toy refuse its first create."""
    market.toy.create = httpx.Response(429, json={"error": "slow"}, headers={"retry-after": "9"})

    def sleep(seconds: float, usual: Any = market.clock.sleep) -> None:
        market.toy.create = None
        usual(seconds)

    market.clock.sleep = sleep  # type: ignore[method-assign]


@both_ways
def test_both_clients_send_a_refused_create_again(
    market: Market, tmp_path: Path, is_async: bool
) -> None:
    limited_once(market)
    video, options = tmp_path / "video.mp4", market.options(journal=tmp_path / "j.sqlite3")
    if is_async:

        async def make() -> None:
            async with AsyncClient(**options) as client:
                await client.generate(PROMPT, video, TOY, retry_refused=2)

        anyio.run(make)
    else:
        with Client(**options) as client:
            client.generate(PROMPT, video, TOY, retry_refused=2)
    with Client(**options) as client:
        (job,) = client.history.jobs()
    assert (job.stage, job.refusals, len(market.toy.created)) == (Stage.DOWNLOADED, 1, 2)


@pytest.mark.parametrize(("most", "creates"), [(None, 2), (0, 1), (1, 2)])
def test_the_argument_comes_before_the_config(
    market: Market, most: int | None, creates: int
) -> None:
    limited_once(market)
    with Client(**market.options(config=config(toy={"retry_refused": 1}))) as client:
        if creates == 1:
            with pytest.raises(RateLimited):
                client.submit(PROMPT, TOY, retry_refused=most)
        else:
            client.submit(PROMPT, TOY, retry_refused=most)
    assert len(market.toy.created) == creates


@pytest.mark.parametrize(
    ("values", "most"),
    [
        ({}, 0),
        ({"retry_refused": 3}, 3),
        ({"retry_refused": 3, "providers": {"toy": {"retry_refused": 0}}}, 0),
        ({"providers": {"toy": {"retry_refused": 2}, "tin": {"retry_refused": 9}}}, 2),
    ],
)
def test_the_config_says_it_for_all_or_for_one(values: dict[str, Any], most: int) -> None:
    found = account_for(ToyAdapter, Config.model_validate(values), {})
    assert found.retry_refused == most
    assert account_at().retry_refused == 0


@pytest.mark.parametrize("value", ["-1", "true", '"2"', "1.5", "1000"])
def test_a_config_that_makes_no_sense_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(f"retry_refused = {value}\n")
    with pytest.raises(ConfigError, match="retry_refused"):
        load_config(path)


@pytest.mark.parametrize("most", [-1, True, 1.5, "2", 1000])
def test_an_argument_that_makes_no_sense_is_refused_and_sends_nothing(
    market: Market, most: Any, tmp_path: Path
) -> None:
    with Client(**market.options()) as client:
        with pytest.raises(UsageError, match="retry_refused"):
            client.submit(PROMPT, TOY, retry_refused=most)
        with pytest.raises(UsageError, match="retry_refused"):
            client.generate(PROMPT, tmp_path / "video.mp4", TOY, retry_refused=most)
    assert market.toy.created == []


def test_a_fallback_has_its_own_tries(market: Market, tmp_path: Path) -> None:
    market.toy.create = httpx.Response(429, json={"error": "slow"})
    with Client(**market.options()) as client:
        result = client.generate(PROMPT, tmp_path / "video.mp4", retry_refused=1)
    assert result.job.model == "tin/video"
    assert (len(market.toy.created), len(market.tin.created)) == (2, 1)


def test_a_journal_that_fails_meanwhile_sends_nothing_again(market: Market) -> None:
    limited_once(market)
    with Client(**market.options()) as client:
        journal = client.history.journal
        usual = journal.move

        def move(record: Any, **more: Any) -> bool:
            if record.stage is Stage.INTENT:
                raise JournalError("the disk is full.")
            return usual(record, **more)

        journal.move = move  # type: ignore[method-assign]
        with pytest.raises(RateLimited):
            client.submit(PROMPT, TOY, retry_refused=1)
        (job,) = client.history.jobs()
    assert (job.stage, len(market.toy.created)) == (Stage.REJECTED, 1)


def test_the_command_line_sends_it_again(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyreel.clock.SystemClock.sleep", lambda clock, seconds: None)
    sandbox.set_faults(Fault.CREATE_429_ONCE)
    usual = ["generate", "-p", "A paper boat", "-o", "video.mp4", "-m", "jimmy/seedance2.0-std"]
    done = CliRunner().invoke(build_app(), [*usual, "--yes", "--retry-refused", "1"])
    assert done.exit_code == 0, done.output
    assert "refused, and sent again soon" in done.stderr
    assert len(sandbox.stand_ins["jimmy"].tasks) == 1
    wrong = CliRunner().invoke(build_app(), [*usual, "--yes", "--retry-refused", "-1"])
    assert (wrong.exit_code, "retry_refused" in wrong.stderr) == (2, True)


def test_a_refusal_that_can_not_pass_is_reported_at_once(market: Market) -> None:
    market.toy.create = httpx.Response(402, json={"error": "empty"})
    with Client(**market.options()) as client, pytest.raises(InsufficientBalance):
        client.submit(PROMPT, TOY, retry_refused=9)
    assert len(market.toy.created) == 1
