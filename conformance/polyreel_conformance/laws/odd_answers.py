"""Laws about odd values in the answer to a poll: none of them hides a video that was paid for."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from polyreel import ProviderError, VideoRequest
from polyreel.adapters import JobStatus, ModelSpec, State
from polyreel_sandbox import Role, Word

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.examples import Example
from ..tools.flows import answered_in_turn, job_of, run
from ..tools.odd_answers import OddAnswer, odd_answers, places_in, put
from ..tools.result_calls import has_result
from .support import UnderTest, with_changes

Read = Callable[[dict[str, Any]], JobStatus]


class OddAnswers(UnderTest):
    """Of an answer to a poll only the status and the video's address are needed."""

    def test_an_odd_field_hides_no_video(self) -> None:
        """Whatever a vendor writes into any other field, a finished video is offered.

        Each field of the stand-in's answer and of the contract gets null, text, numbers beyond
        every limit, lists and objects, one at a time.

        For a user: a cost of "free" does not keep the job running for ever. When it fails: read
        the part as an `Answer`, whose fields have defaults; write `cost: Amount | None = None`.
        A field that decides the state, or which address is the video's, belongs into `needed` of
        the contract's poll.
        """
        self.check_odd_answers("succeeded", State.SUCCEEDED)

    def test_an_odd_field_hides_no_failure(self) -> None:
        """Whatever a vendor writes into any other field, a failed job has failed.

        For a user: a reason that is a list does not keep a failed job running. When it fails: as
        above; a reason is `Text | None`, which takes every type.
        """
        self.check_odd_answers("failed", State.FAILED)

    def test_an_odd_field_in_a_documented_answer(self, status_example: Example | None) -> None:
        """An odd value in any field of the vendor's own example changes neither state nor video.

        When it fails: as above.
        """
        if status_example is None:
            not_declared("there is no example of a status")
        ref = self.unknown_ref(status_example.content.get("details"))
        answers = status_example.answers
        for number, (http_status, answer) in enumerate(answers):

            def read(
                changed: dict[str, Any], number: int = number, http_status: int = http_status
            ) -> JobStatus:
                others = [*answers]
                others[number] = (http_status, changed)
                return answered_in_turn(self.adapter().poll(ref), others, needs_all=False)

            self.check_each(answer, ref.task_id, read, "result" if number else "poll")

    def test_an_answer_about_another_task_is_seen(self) -> None:
        """Where an answer repeats the task's id, the status carries it, so that it is compared.

        For a user: when two answers change places, no job gets another job's video. When it
        fails: read the id in the answer and return it as `JobStatus(task_id=…)`.
        """
        model = self.adapter.models[0]
        box: list[str] = []

        def change(answer: dict[str, Any]) -> dict[str, Any]:
            for place, value in places_in(answer):
                if box and value == box[0]:
                    box.append("".join(map(str, place[-1:])))
                    answer = put(answer, place, f"{value}-of-another")
            return answer

        vendor = self.vendor_at("succeeded", change=change)
        request = self.ready(simplest_request(model), model)
        job = job_of(run(self.adapter().submit(request, model), vendor))
        box[:] = [job.task_id]
        status = run(self.adapter().poll(job), vendor)
        if len(box) == 1:
            not_declared("the vendor's answer to a poll does not repeat the task's id")
        assert status.task_id == f"{job.task_id}-of-another", (
            f"the answer's {box[1]} is another task's, and the status carries {status.task_id}"
        )

    def check_odd_answers(self, word: Word, state: State) -> None:
        """Check the stand-in's answer for a neutral word, with each odd value."""
        model, request = self.richest_request()
        calls: tuple[Role, ...] = ("poll", "result") if has_result(self.stand_in) else ("poll",)
        answers: dict[Role, list[dict[str, Any]]] = {"poll": [], "result": []}
        # What is answered instead, where anything is.
        instead: dict[Role, dict[str, Any]] = {}
        vendor = self.vendor_at(
            word,
            change=lambda answer: instead.get("poll", answer),
            note=answers["poll"].append,
            change_result=lambda answer: instead.get("result", answer),
            note_result=answers["result"].append,
        )
        job = job_of(run(self.adapter().submit(self.ready(request, model), model), vendor))
        status = run(self.adapter().poll(job), vendor)
        assert status.state is state, f"the stand-in's task {word}, but was read as {status.state}"
        for role in calls:

            def read(changed: dict[str, Any], role: Role = role) -> JobStatus:
                instead.clear()
                instead[role] = changed
                return run(self.adapter().poll(job), vendor)

            for answer in answers[role][:1]:  # there is none where the adapter did not ask
                self.check_each(answer, job.task_id, read, role)

    def check_each(
        self, answer: dict[str, Any], task_id: str, read: Read, role: Role = "poll"
    ) -> None:
        """Check one answer with each odd value."""
        usual = read(answer)
        addresses = [each.url for each in usual.videos]
        contract, poll = self.stand_in.contract, self.operation(role)
        for odd in odd_answers(answer, contract, poll, task_id, addresses):
            try:
                status = read(odd.answer)
            except Exception as error:
                if odd.is_needed and isinstance(error, ProviderError):
                    continue  # without it nothing is known, and the job stays open
                raise AssertionError(f"{odd}, poll raised {error!r}") from error
            problem = nonsense_in(status) or changed_in(status, usual, odd)
            assert problem is None, f"{odd}, {problem}"

    def richest_request(self) -> tuple[ModelSpec, VideoRequest]:
        """Return a simple request that asks for a last frame, where a model offers it."""
        for model in self.adapter.models:
            if "return_last_frame" in model.settings:
                return model, with_changes(simplest_request(model), return_last_frame=True)
        model = self.adapter.models[0]
        return model, simplest_request(model)


def changed_in(status: JobStatus, usual: JobStatus, odd: OddAnswer) -> str | None:
    """Return what an odd value changed that it must not change; None for nothing."""
    found, expected = ([video.url for video in each.videos] for each in (status, usual))
    if odd.is_needed:
        # No other address may take the place of a documented one.
        given = odd.value if isinstance(odd.value, list) else [odd.value]
        others = [each for each in found if each not in expected and each not in given]
        return f"another address is taken for the video's: {others[0]}" if others else None
    if status.state is not usual.state:
        return f"the job is {status.state}, not {usual.state}"
    if found != expected:
        return f"the video's address became {found[0]}" if found else "the video is lost"
    if status.charge not in (None, usual.charge):
        return f"the charge became {status.charge}"
    if status.billed_units not in (None, usual.billed_units):
        return f"the billed units became {status.billed_units}"
    return None


def nonsense_in(status: JobStatus) -> str | None:
    """Return which value of a status makes no sense; None for none."""
    progress, at = status.progress, status.expires_at
    if progress is not None and not (
        isinstance(progress, (int, float)) and math.isfinite(progress) and 0 <= progress <= 1
    ):
        return f"the progress became {progress}"
    if at is not None and (not isinstance(at, datetime) or at.tzinfo is None):
        return f"the retention's end became {at!r}"
    for side in (side for each in status.outputs for side in (each.width, each.height)):
        if side is not None and (type(side) is not int or side <= 0):
            return f"a width or height became {side!r}"
    for text in (status.failure, status.failure_code, status.task_id):
        if text is not None and not isinstance(text, str):
            return f"the reason or the task's id became {type(text).__name__}, not text"
    if status.task_id is not None and not status.task_id.strip():
        return "the task's id became a blank text, which is no other task's"
    return None
