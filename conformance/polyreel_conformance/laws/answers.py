"""Laws about what is made of the vendor's answers."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import strategies
from polyreel import (
    Job,
    JobError,
    JobStatus,
    ModelSpec,
    PolyreelError,
    ProviderError,
    State,
    WaitTimeout,
    WireResponse,
    error_kind,
)
from polyreel.sandbox import Operation, Place, Progress

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..requests.generating import hold
from ..tools.flows import Change, Line, run
from ..tools.mount import ManualClock, mounted
from ..tools.places import other_shapes, value_at, with_value
from .support import Note, UnderTest, with_changes

UNDOCUMENTED = ("pondering", "almost-done", "SUCCEEDED_MAYBE", "", "0")

LONG_ENOUGH = 600.0
"""Seconds on the hand-moved clock within which a job that has ended is seen to have."""


class Answers(UnderTest):
    """Words, codes and reasons of the vendor, and what a user is told of them."""

    def test_a_documented_word_has_its_state(self, word: str) -> None:
        """Each status word that the contract documents means the state that it says.

        To a user: queued, running, failed and succeeded mean the same everywhere. When it
        fails: mend `states`, or the word's meaning in the contract's `x-neutral`.
        """
        wanted = State(self.stand_in.contract.state_words()[word])
        status = self.status_with(word, wanted)
        assert status.state is wanted, f"{word!r} means {wanted}, and was taken for {status.state}"
        assert status.raw_state == word, f"{word!r} was kept as {status.raw_state!r}"
        assert status.is_documented, f"{word!r} is documented, and taken as a stranger"

    def test_the_same_answer_gives_the_same_status(self, word: str) -> None:
        """A look depends on the answer alone, and its status can be kept as JSON.

        When it fails: `poll` keeps something between looks, or a field holds what JSON can't.
        """
        wanted = State(self.stand_in.contract.state_words()[word])
        first, second = (self.status_with(word, wanted) for _ in range(2))
        assert first == second
        facts = first.facts()
        assert json.loads(json.dumps(facts)) == facts

    def test_a_film_is_offered_only_at_the_end(self, word: str) -> None:
        """Only a job that succeeded offers a film, and one that succeeded offers it.

        To a user: a half film is never taken for one. When it fails: give `outputs` for
        `State.SUCCEEDED` alone, and the film's URL as it stands in the answer.
        """
        wanted, answers = State(self.stand_in.contract.state_words()[word]), list[dict[str, Any]]()
        status = self.status_with(word, wanted)
        # An answer may name the film before it is there: the word decides.
        named_early = self.status_with(word, State.SUCCEEDED, answers.append)
        for each in (status, named_early):
            if wanted is not State.SUCCEEDED:
                assert not each.outputs, f"a film is offered while the job is {wanted} ({word!r})"
                continue
            assert each.video is not None, f"the job is {wanted} ({word!r}), and no film is offered"
            assert json.dumps(each.video.url) in json.dumps(answers[-1]), (
                "the film's URL is not the one in the answer"
            )

    def test_the_stand_in_answers_as_documented(self, word: str) -> None:
        """What the stand-in tells of a task is what the contract describes, key for key.

        To a user: what works at the stand-in works at the vendor, as far as its pages go. When
        it fails: spell `status` in the stand-in as the vendor's page does.
        """
        told: list[dict[str, Any]] = []
        state = State(self.stand_in.contract.state_words()[word])
        self.status_with(word, state, told.append)
        for answer in told:
            problem = self.stand_in.contract.answer_problem(self.operation("poll"), answer)
            assert problem is None, f"the stand-in's answer to a look: {problem}"

    def test_the_places_in_answers_are_there(self) -> None:
        """Where the contract says that an answer holds an id, a status or a code, it does.

        When it fails: mend the paths under `x-polyreel`, such as `data.task_id`.
        """
        stand_in = self.fresh_stand_in()
        line = Line(stand_in, self.adapter)
        self.submitted(self.adapter.models[0], line)
        (task,) = stand_in.tasks.values()
        create, poll = self.operation("create"), self.operation("poll")
        created = stand_in.created(task)
        status = stand_in.status(task, Progress(word="queued", fraction=0.0))
        refusal = json.loads(stand_in.refusal("invalid", "seconds must be even").body)
        places: list[tuple[Any, Operation, Place]] = [
            (created, create, "task_id"),
            (created, create, "success_code"),
            (status, poll, "status"),
            (status, poll, "success_code"),
            (refusal, create, "error_code"),
        ]
        for answer, operation, place in places:
            path = operation.path_to(place)
            if path:
                found = value_at(answer, path)
                assert found not in (None, ""), (
                    f"the contract has {place} at {'.'.join(path)}, and nothing stands there in "
                    f"the stand-in's answer"
                )

    def test_a_last_frame_that_was_asked_for_comes(self, model: ModelSpec) -> None:
        """Where a last frame can be asked for, it is given with the film.

        When it fails: give an `Output` of the kind `last_frame`, and let the stand-in answer
        with one where it was asked for.
        """
        if "return_last_frame" not in model.settings:
            not_declared("the model offers no last frame")
        told: list[dict[str, Any]] = []
        line = self.telling("succeeded", note=told.append)
        asked = with_changes(simplest_request(model), return_last_frame=True)
        job = run(self.adapter().submit(self.ready(asked, model), model), line)
        frame = run(self.adapter().poll(job), line).last_frame
        assert frame is not None, "the last frame was asked for, and none is offered"
        assert json.dumps(frame.url) in json.dumps(told[-1]), "its URL is not the one in the answer"

    def test_a_refusal_of_another_shape_is_a_refusal(self) -> None:
        """A refusal whose body is not quite as documented is still told as what its status says.

        To a user: an error that a gateway or a new server spells in its own way is no doubt
        about a paid job. When it fails: read a refusal's body leniently, as plain values, and
        let `self.refuse(response, …)` do the rest.
        """
        stand_in = self.fresh_stand_in()
        for kind in ("no key", "too many"):
            reply = stand_in.refusal(kind, "no")
            if reply.status < 400:
                continue
            usual = {self.refusal_kind(reply.status, reply.body), error_kind(reply.status)}
            for body in other_shapes(json.loads(reply.body)):
                found = self.refusal_kind(reply.status, json.dumps(body).encode())
                assert found in usual, (
                    f"HTTP {reply.status} with the body {json.dumps(body)[:80]} became "
                    f"{found.__name__}, not {error_kind(reply.status).__name__}"
                )

    def refusal_kind(self, status: int, body: bytes) -> type[PolyreelError]:
        """Return the kind of error that a refused create becomes."""
        response = WireResponse(status=status, body=body)
        try:
            run(self.submit_flow(self.adapter.models[0]), lambda _: response)
        except PolyreelError as error:
            return type(error)
        raise AssertionError(f"HTTP {status} was taken for success")

    def test_an_end_is_final(self, final_word: str) -> None:
        """A job that has ended is looked at no more, and stays what it is.

        To a user: a wait ends when the job does, and asking again costs no request. When it
        fails: a final word is mapped to a state that is not final.
        """
        wanted, clock = State(self.stand_in.contract.state_words()[final_word]), ManualClock()
        path = self.status_path()
        kind = self.stand_in_telling(
            wanted.value, change=lambda answer: with_value(answer, path, final_word)
        )
        with mounted(kind, clock=clock) as stand_in, self.client(clock) as client:
            model = self.adapter.models[0]
            job = client.submit(simplest_request(model), self.full_name(model))
            ends = [self.end_of(job) for _ in range(2)]
            (task,) = stand_in.tasks.values()
        assert ends == [wanted, wanted], f"{final_word!r} is the end, and the job was {ends}"
        assert task.looks == 1, (
            f"the vendor was asked {task.looks} times about a job that had ended"
        )

    def test_an_undocumented_word_keeps_the_job_running(self) -> None:
        """A status that nobody documents is neither the end nor a failure.

        To a user: a vendor's new word costs nobody a film. When it fails: never guess at a
        word; `self.state(word)` says what to make of it.
        """
        known = {*self.adapter.states, *self.stand_in.contract.state_words()}

        def law(word: str) -> None:
            if word.strip().lower() in known:
                return
            status = self.status_with(word, State.RUNNING)
            assert status.state is State.RUNNING, f"{word!r} was taken for {status.state}"
            assert not status.is_documented
            assert status.raw_state == word, f"{word!r} was kept as {status.raw_state!r}"

        hold(law, UNDOCUMENTED, strategies.text(max_size=20))

    def test_progress_is_a_share(self) -> None:
        """Progress runs from 0.0 to 1.0, or is not told at all.

        To a user: a bar at 40 % means 40 %. When it fails: divide what the vendor counts in.
        """
        told: list[float] = []
        for share in (0.0, 0.25, 0.5, 0.99):
            status = self.look(self.telling("running", share))
            if status.progress is None:
                continue
            told.append(status.progress)
            assert abs(status.progress - share) <= 0.01, (
                f"progress {share} became {status.progress}"
            )
        if not told:
            not_declared("the vendor tells no progress")

    def test_a_failed_job_says_why(self) -> None:
        """The vendor's own reason is kept.

        When it fails: give `failure` in the status of a failed job; the stand-in's answer shows
        where the vendor writes it.
        """
        answers: list[dict[str, Any]] = []
        status = self.look(self.telling("failed", note=answers.append))
        assert status.state is State.FAILED
        assert status.failure, "the vendor's reason is lost"
        assert json.dumps(status.failure) in json.dumps(answers[-1]), (
            "the reason is not the vendor's own"
        )
        assert status.outputs == ()

    def test_each_spelling_of_success_is_success(self, success_code: Any) -> None:
        """Every documented spelling of the code for success is taken as success.

        To a user: a film that was accepted is not taken for refused, and paid for twice. When
        it fails: compare the code as text with all the spellings of the contract.
        """
        if success_code is None:
            not_declared("the vendor's bodies have no code for success")
        change = self.with_code(success_code)
        line = self.line(change)
        try:
            job = self.submitted(self.adapter.models[0], line)
            status = run(self.adapter().poll(job), line)
        except ProviderError as error:
            raise AssertionError(
                f"the code {success_code!r} says success, and was taken for a refusal: {error}"
            ) from error
        assert job.task_id in line.stand_in.tasks
        assert not status.state.is_final

    def test_another_code_is_no_success(self, success_code: Any) -> None:
        """A 200 that carries an error is an error.

        To a user: a refusal is told as one, at once. When it fails: look at the body's code
        besides the HTTP status, and raise `self.refuse(…)`.
        """
        if success_code is None:
            not_declared("the vendor's bodies have no code for success")
        job = self.submitted(self.adapter.models[0], self.line())
        for code in (99999, "99999", None):
            line = self.line(self.with_code(code))
            for flow in (self.submit_flow(self.adapter.models[0]), self.adapter().poll(job)):
                with contextlib.suppress(ProviderError):
                    run(flow, line)
                    pytest.fail(f"HTTP 200 with the code {code!r} was taken for success")

    def test_a_refusal_keeps_what_the_vendor_said(self) -> None:
        """A refusal tells the vendor's own words, its code and the HTTP status.

        To a user: what to ask the vendor's support about. When it fails: hand the message and
        the code to `self.refuse(response, message, code=…)`.
        """
        refusal = self.fresh_stand_in().refusal("invalid", "seconds must be even")
        response = WireResponse(status=refusal.status, body=refusal.body)
        with pytest.raises(ProviderError) as raised:
            run(self.submit_flow(self.adapter.models[0]), lambda _: response)
        error = raised.value
        assert "seconds must be even" in str(error), "the vendor's own words are lost"
        assert error.http_status == refusal.status, (
            f"HTTP {refusal.status} became HTTP {error.http_status}"
        )
        path = self.operation("create").path_to("error_code")
        if path:
            code = value_at(json.loads(refusal.body), path)
            assert code is not None, "the stand-in's refusal has no code where the contract has it"
            assert error.vendor_code == str(code), f"the code {code!r} became {error.vendor_code!r}"

    def end_of(self, job: Job) -> State | None:
        """Return the state in which waiting for a job ends; None where it never does."""
        try:
            return job.wait(timeout=LONG_ENOUGH).state
        except WaitTimeout:
            return None
        except JobError:
            return job.status.state if job.status is not None else None

    def status_with(self, word: str, state: State, note: Note | None = None) -> JobStatus:
        """Return what is made of an answer of some state that has another word for it."""
        path = self.status_path()

        def change(answer: dict[str, Any]) -> dict[str, Any]:
            return with_value(answer, path, word)

        return self.look(self.telling(state.value, change=change, note=note))

    def status_path(self) -> tuple[str, ...]:
        path = self.operation("poll").path_to("status")
        assert path, "the contract's poll operation does not say where the status stands"
        return path

    def with_code(self, code: Any) -> Change:
        """Return a change that gives an answer another code."""
        path = self.operation("create").path_to("success_code")
        return lambda answer: with_value(answer, path, code)

    def look(self, line: Line) -> JobStatus:
        """Return the status that a look at a new task gives."""
        job = self.submitted(self.adapter.models[0], line)
        try:
            return run(self.adapter().poll(job), line)
        except ProviderError as error:
            raise AssertionError(
                f"a look at a job that the vendor tells of is a status, and poll raised {error!r}"
            ) from error
