"""Laws about how the adapter reads the vendor's answers."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import strategies
from polyreel import Job, JobError, JobRef, PolyreelError, ProviderError, WaitTimeout
from polyreel.adapters import Flow, JobStatus, ModelSpec, State, WireResponse, error_kind
from polyreel_sandbox import Operation, Place, Progress, Role

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..requests.generating import check_law
from ..tools.content import is_documented_address
from ..tools.flows import Change, OfflineVendor, job_of, run
from ..tools.mount import ManualClock
from ..tools.places import other_shapes, value_at, with_value
from .support import Note, UnderTest, body_of, with_changes

UNDOCUMENTED = ("pondering", "almost-done", "SUCCEEDED_MAYBE", "", "0")

LONG_ENOUGH = 600.0
"""Usual seconds on the kit's own clock: a wait for a job that has ended returns within them."""


class Answers(UnderTest):
    """Words, codes and reasons of the vendor, and what a user gets."""

    def test_a_documented_status_has_its_state(self, word: str) -> None:
        """Each status word that the contract documents becomes the state that the contract gives.

        For a user: queued, running, failed and succeeded mean the same everywhere. When it
        fails: correct `states`, or the word's meaning in the contract's `x-neutral`.
        """
        wanted = State(self.stand_in.contract.state_words()[word])
        status = self.status_with(word, wanted)
        assert status.state is wanted, f"{word!r} means {wanted}, but was read as {status.state}"
        assert status.raw_state == word, f"{word!r} was kept as {status.raw_state!r}"
        assert status.is_documented, f"{word!r} is documented, but was read as unknown"

    def test_the_same_answer_gives_the_same_status(self, word: str) -> None:
        """A status depends only on the answer, and it can be saved as JSON.

        When it fails: `poll` keeps something between polls, or a field has a value that JSON
        does not have.
        """
        wanted = State(self.stand_in.contract.state_words()[word])
        first, second = (self.status_with(word, wanted) for _ in range(2))
        assert first == second, f"one answer gives two statuses: {first} and {second}"
        facts = first.facts()
        try:
            saved = json.loads(json.dumps(facts))
        except (TypeError, ValueError) as error:
            raise AssertionError(f"the status can't be saved as JSON: {error}") from None
        assert saved == facts, f"as JSON the status {facts} becomes {saved}"

    def test_a_video_is_offered_only_at_the_end(self, word: str) -> None:
        """A job offers a video when it has succeeded, and only then.

        For a user: an unfinished video is never downloaded. When it fails: give `outputs` only
        for `State.SUCCEEDED`, with the video's URL exactly as in the answer.
        """
        wanted, answers = State(self.stand_in.contract.state_words()[word]), list[dict[str, Any]]()
        # An answer may name the video before it is ready; the status word decides.
        for state in (wanted, State.SUCCEEDED):
            job, each = self.polled(self.vendor_with(word, state, answers.append))
            if wanted is not State.SUCCEEDED:
                assert not each.outputs, f"a video is offered while the job is {wanted} ({word!r})"
                continue
            assert each.video is not None, (
                f"the job is {wanted} ({word!r}), but no video is offered"
            )
            contract, task_id = self.stand_in.contract, job.task_id
            assert is_documented_address(contract, each.video, task_id, answers), (
                "the video's URL is not the one in the answer"
            )

    def test_the_stand_in_answers_as_documented(self, word: str) -> None:
        """The stand-in's answer to a poll is what the contract describes, key for key.

        For a user: what works at the stand-in works at the vendor, as far as its pages say. When
        it fails: write `status` of the stand-in as the vendor's page shows it.
        """
        statuses, results = list[dict[str, Any]](), list[dict[str, Any]]()
        state = State(self.stand_in.contract.state_words()[word])
        self.polled(self.vendor_with(word, state, statuses.append, results.append))
        calls: tuple[tuple[Role, list[dict[str, Any]]], ...] = (
            ("poll", statuses),
            ("result", results),
        )
        for role, answers in calls:
            operation = self.stand_in.contract.operation(role)
            for answer in answers:
                assert operation is not None, "only a contract with results has answers of them"
                problem = self.stand_in.contract.answer_problem(operation, answer)
                assert problem is None, f"the stand-in's answer to a {role}: {problem}"

    def test_paths_into_answers_lead_to_a_value(self) -> None:
        """At each path under `x-polyreel` an answer has the id, the status or the code.

        When it fails: correct the paths under `x-polyreel`, such as `data.task_id`.
        """
        stand_in = self.fresh_stand_in()
        self.submitted(self.adapter.models[0], OfflineVendor(stand_in, self.adapter))
        (task,) = stand_in.tasks.values()
        create, poll = self.create_of(self.adapter.models[0]), self.operation("poll")
        created = stand_in.created(task)
        status = stand_in.status(task, Progress(word="queued", fraction=0.0))
        refusal = body_of(stand_in.refusal("invalid", "seconds must be even"))
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
                    f"the contract has {place} at {'.'.join(path)}, but the stand-in's answer has "
                    "no value there"
                )

    def test_a_requested_last_frame_is_offered(self, model: ModelSpec) -> None:
        """When a model accepts `return_last_frame`, the job offers the last frame.

        When it fails: give an `Output` of the kind `last_frame`, and add the frame to the
        stand-in's answer when the request asks for it.
        """
        if "return_last_frame" not in model.settings:
            not_declared("the model offers no last frame")
        answers: list[dict[str, Any]] = []
        vendor = self.vendor_at("succeeded", note=answers.append, note_result=answers.append)
        asked = with_changes(simplest_request(model), return_last_frame=True)
        job = job_of(run(self.adapter().submit(self.ready(asked, model), model), vendor))
        frame = run(self.adapter().poll(job), vendor).last_frame
        assert frame is not None, "the last frame was requested, but none is offered"
        assert json.dumps(frame.url) in json.dumps(answers), (
            "the last frame's URL is not the one in the answer"
        )

    def test_a_refusal_in_another_shape_is_a_refusal(self) -> None:
        """A refusal with an undocumented body still becomes the error of its HTTP status.

        For a user: when a gateway or a new server writes a refusal in its own way, the outcome
        is still known. When it fails: read a refusal's body leniently, as plain values, and use
        `self.refuse(response, …)` for the rest.
        """
        stand_in = self.fresh_stand_in()
        for kind in ("no key", "too many"):
            reply = stand_in.refusal(kind, "no")
            if reply.status < 400:
                continue
            usual = {self.refusal_kind(reply.status, reply.body), error_kind(reply.status)}
            for body in other_shapes(body_of(reply)):
                found = self.refusal_kind(reply.status, json.dumps(body).encode())
                assert found in usual, (
                    f"HTTP {reply.status} with the body {json.dumps(body)[:80]} became "
                    f"{found.__name__}, not {error_kind(reply.status).__name__}"
                )

    def refusal_kind(self, status: int, body: bytes) -> type[PolyreelError]:
        """Return the type of error that a refused create becomes."""
        response = WireResponse(status=status, body=body)
        try:
            run(self.submit_flow(self.adapter.models[0]), lambda _: response)
        except PolyreelError as error:
            return type(error)
        raise AssertionError(f"HTTP {status} was read as success")

    def test_a_finished_job_is_not_polled_again(self, final_word: str) -> None:
        """A job that has ended is not polled again and keeps its state.

        For a user: a wait ends with the job, and a second wait sends no request. When it
        fails: a final word is mapped to a state that is not final.
        """
        wanted, clock = State(self.stand_in.contract.state_words()[final_word]), ManualClock()
        path = self.status_path()
        kind = self.stand_in_at(
            wanted.value, change=lambda answer: with_value(answer, path, final_word)
        )
        with self.mounted(kind, clock=clock) as stand_in, self.client(clock) as client:
            model = self.adapter.models[0]
            job = client.submit(simplest_request(model), self.full_name(model))
            ends = [self.end_of(job) for _ in range(2)]
            (task,) = stand_in.tasks.values()
        assert ends == [wanted, wanted], f"{final_word!r} is an end, but the job was {ends}"
        assert task.polls == 1, f"the job had ended, but was polled {task.polls} times"

    def test_an_unknown_status_keeps_the_job_running(self) -> None:
        """A status that the vendor does not document is neither an end nor a failure.

        For a user: a new status word at the vendor loses no video. When it fails: do not guess
        the meaning of a word; use `self.state(word)`.
        """
        known = {*self.adapter.states, *self.stand_in.contract.state_words()}

        def law(word: str) -> None:
            if word.strip().lower() in known:
                return
            status = self.status_with(word, State.RUNNING)
            assert status.state is State.RUNNING, f"{word!r} was read as {status.state}"
            assert not status.is_documented, f"{word!r} was read as documented"
            assert status.raw_state == word, f"{word!r} was kept as {status.raw_state!r}"

        check_law(law, UNDOCUMENTED, strategies.text(max_size=20))

    def test_progress_is_a_fraction(self) -> None:
        """Progress is a number from 0.0 to 1.0, or None.

        For a user: a bar at 40 % means 40 %. When it fails: divide the vendor's number, e.g.
        percent by 100.
        """
        found: list[float] = []
        for fraction in (0.0, 0.25, 0.5, 0.99):
            status = self.poll(self.vendor_at("running", fraction))
            if status.progress is None:
                continue
            found.append(status.progress)
            assert abs(status.progress - fraction) <= 0.01, (
                f"progress {fraction} became {status.progress}"
            )
        if not found:
            not_declared("the vendor reports no progress")

    def test_a_failed_job_says_why(self) -> None:
        """A failed job carries the vendor's own reason.

        When it fails: give `failure` in the status of a failed job. The stand-in's answer shows
        where the vendor writes the reason.
        """
        answers: list[dict[str, Any]] = []
        vendor = self.vendor_at("failed", note=answers.append, note_result=answers.append)
        status = self.poll(vendor)
        assert status.state is State.FAILED, f"a failed task was read as {status.state}"
        assert status.failure, "the vendor's reason is lost"
        assert json.dumps(status.failure) in json.dumps(answers), (
            "the reason is not the vendor's own"
        )
        assert status.outputs == (), "a failed job offers a video"

    def test_each_spelling_of_success_is_success(self, success_code: Any) -> None:
        """Every documented spelling of the success code is read as success.

        For a user: an accepted job is not reported as refused, and not paid for a second time.
        When it fails: compare the code, as text, with all spellings in the contract.
        """
        if success_code is None:
            not_declared("the vendor's bodies have no success code")
        change = self.with_code(success_code)
        vendor = self.vendor(change)
        try:
            job = self.submitted(self.adapter.models[0], vendor)
            status = run(self.adapter().poll(job), vendor)
        except ProviderError as error:
            raise AssertionError(
                f"the code {success_code!r} means success, but was read as a refusal: {error}"
            ) from error
        assert job.task_id in vendor.stand_in.tasks, f"{job.task_id!r} is not the task's id"
        assert not status.state.is_final, f"a task that was just made was read as {status.state}"

    def test_another_code_is_not_success(self, success_code: Any) -> None:
        """An HTTP 200 whose body has an error code is an error; a create needs a success code.

        For a user: a refusal is reported at once. When it fails: check the body's code as well
        as the HTTP status, and raise `self.refuse(…)`.
        """
        if success_code is None:
            not_declared("the vendor's bodies have no success code")
        job = self.submitted(self.adapter.models[0], self.vendor())
        for code in (99999, "99999", None):
            vendor = self.vendor(self.with_code(code))
            flows: list[Flow[Any]] = [self.submit_flow(self.adapter.models[0])]
            if code is not None:  # a poll may be read by its status alone
                flows.append(self.adapter().poll(job))
            for flow in flows:
                with contextlib.suppress(ProviderError):
                    run(flow, vendor)
                    pytest.fail(f"HTTP 200 with the code {code!r} was read as success")

    def test_a_refusal_keeps_what_the_vendor_said(self) -> None:
        """The error for a refusal has the vendor's own message, its code and the HTTP status.

        For a user: these are the facts for the vendor's support. When it fails: pass the message
        and the code to `self.refuse(response, message, code=…)`.
        """
        refusal = self.fresh_stand_in().refusal("invalid", "seconds must be even")
        response = WireResponse(status=refusal.status, body=refusal.body)
        with pytest.raises(ProviderError) as raised:
            run(self.submit_flow(self.adapter.models[0]), lambda _: response)
        error = raised.value
        assert "seconds must be even" in str(error), "the vendor's own message is lost"
        assert error.http_status == refusal.status, (
            f"HTTP {refusal.status} became HTTP {error.http_status}"
        )
        path = self.create_of(self.adapter.models[0]).path_to("error_code")
        if path:
            code = value_at(body_of(refusal), path)
            assert code is not None, (
                "the contract has an error code, but the stand-in's refusal has none"
            )
            assert error.vendor_code == str(code), f"the code {code!r} became {error.vendor_code!r}"

    def end_of(self, job: Job) -> State | None:
        """Return the state in which a wait for a job ends; None when it times out."""
        try:
            return job.wait(timeout=self.seconds(LONG_ENOUGH)).state
        except WaitTimeout:
            return None
        except JobError:
            return job.status.state if job.status is not None else None

    def status_with(self, word: str, state: State) -> JobStatus:
        """Return the status for an answer whose status word is replaced.

        Args:
            word: The status word.
            state: Of the rest of the answer.
        """
        return self.poll(self.vendor_with(word, state))

    def vendor_with(
        self,
        word: str,
        state: State,
        note: Note | None = None,
        note_result: Note | None = None,
    ) -> OfflineVendor:
        """Return a stand-in whose answer to a poll has another status word.

        Args:
            word: The status word.
            state: Of the rest of the answer.
            note: Gets the answer.
            note_result: Gets the answer to the second call of a poll; None for `note`.
        """
        path = self.status_path()

        def change(answer: dict[str, Any]) -> dict[str, Any]:
            return with_value(answer, path, word)

        return self.vendor_at(
            state.value, change=change, note=note, note_result=note_result or note
        )

    def status_path(self) -> tuple[str, ...]:
        """Return where the answer to a poll has the status."""
        path = self.operation("poll").path_to("status")
        assert path, "the contract's poll operation does not say where its answer has the status"
        return path

    def with_code(self, code: Any) -> Change:
        """Return a change that replaces an answer's code."""
        operations = (self.create_of(self.adapter.models[0]), self.operation("poll"))
        paths = {each.path_to("success_code") for each in operations} - {()}

        def change(answer: dict[str, Any]) -> dict[str, Any]:
            for path in sorted(paths):
                answer = with_value(answer, path, code)
            return answer

        return change

    def poll(self, vendor: OfflineVendor) -> JobStatus:
        """Submit the simplest request, poll it once and return the status."""
        return self.polled(vendor)[1]

    def polled(self, vendor: OfflineVendor) -> tuple[JobRef, JobStatus]:
        """Submit the simplest request, poll it once and return the job and the status."""
        job = self.submitted(self.adapter.models[0], vendor)
        try:
            return job, run(self.adapter().poll(job), vendor)
        except ProviderError as error:
            raise AssertionError(
                f"the vendor answers a poll with a status, but poll raised {error!r}"
            ) from error
