"""Mutants that read doubt as certainty: refusals, idempotency keys, and tasks found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from polyreel import JobRef, ProviderError, VideoRequest
from polyreel.adapters import Flow, Found, ModelSpec, Refusal, Sought, WireRequest, WireResponse
from toys.keyed.adapter import DOCS, KEY, KeyedAdapter
from toys.listed.adapter import ListedAdapter, Task, UnnamedAdapter

from mutants.mutant import mutant

_KEYED, _LISTED = "toys.keyed", "toys.listed"
_DECLARED = "test_the_documented_refusals_are_declared"
_MEANING = "test_each_documented_refusal_has_its_meaning"
_ONCE_MORE = "test_an_unknown_create_is_sent_once_more[accepted-then-dropped-blocking-mocked]"


@mutant(of=_KEYED, caught_by=_DECLARED, says="only the adapter says HTTP 502, definite: True")
class CallsA502Definite(KeyedAdapter):
    """It calls a gateway's HTTP 502 a sure refusal, though a task may have been made behind it."""

    refusals = (
        *KeyedAdapter.refusals,
        Refusal(status=502, text_contains="gateway", source=f"{DOCS}/errors"),
    )


@mutant(of=_KEYED, caught_by=_MEANING, says="though a task may exist")
class TakesALate429ForARefusal(KeyedAdapter):
    """It knows the 429 that may come after the task by a code that the vendor never sends."""

    refusals = (
        *(each for each in KeyedAdapter.refusals if each.status != 429),
        Refusal(status=429, code="LATE", is_definite=False, source=f"{DOCS}/errors#late"),
    )


@mutant(of=_KEYED, caught_by=_MEANING, says="though certainly nothing was made")
class LosesTheCodeOfARefusal(KeyedAdapter):
    """It does not read the code of a refusal, so that a documented refusal stays in doubt."""

    def refuse(
        self,
        response: WireResponse,
        message: object,
        *,
        code: object = None,
        kind: type[ProviderError] | None = None,
    ) -> ProviderError:
        return super().refuse(response, message, kind=kind)


@mutant(of=_KEYED, caught_by=_DECLARED, says="only the contract says HTTP 503, definite: True")
class SendsAgainWhatDoesNotPass(KeyedAdapter):
    """It says of a refusal that passes that it never does."""

    refusals = tuple(replace(each, later=False) for each in KeyedAdapter.refusals)


@mutant(
    of=_KEYED,
    caught_by="test_the_idempotency_key_is_the_documented_one",
    says="idempotency.header is X-Request-Id",
)
class KeyUnderAnotherName(KeyedAdapter):
    """It names a header for the key that the vendor does not read, so that two tasks are made."""

    idempotency = replace(KEY, header="X-Request-Id")


@mutant(of=_KEYED, caught_by=_ONCE_MORE, says="sets Idempotency-Key itself")
class NewKeyForEachRequest(KeyedAdapter):
    """It sets a key of its own in each request, so that a second request makes a second task."""

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        wire = super().create(request, model)
        return replace(wire, headers={"idempotency-key": f"key-{id(wire)}"})


@mutant(of=_KEYED, caught_by=_ONCE_MORE, says="the caller gets SubmitUnknown, not the video")
class ReadsAReplayAsARefusal(KeyedAdapter):
    """It takes only HTTP 201 for a success, though a repeated create is answered by 200."""

    def made(self, response: WireResponse, model: ModelSpec) -> JobRef:
        if response.status != 201:
            raise self.refuse(response, "not created")
        return super().made(response, model)


@mutant(of=_KEYED, caught_by=_ONCE_MORE, says="the caller gets NotFound, not the video")
class ReadsAReplayAsANewTask(KeyedAdapter):
    """It takes the answer to a repeated create for a second task, which does not exist."""

    def made(self, response: WireResponse, model: ModelSpec) -> JobRef:
        ref = super().made(response, model)
        return self.job(f"{ref.task_id}-2", model) if response.status == 200 else ref


@mutant(
    of=_KEYED,
    caught_by="test_the_idempotency_key_is_the_documented_one",
    says="the contract documents a key; declare it",
)
class HasNoKey(KeyedAdapter):
    """It does not declare the key that the vendor documents."""

    idempotency = None


@mutant(
    of=_LISTED,
    caught_by="test_two_tasks_that_fit_leave_it_unknown",
    says="one of two tasks that fit was taken for the lost one",
)
class FindsTheNewestOfTwo(ListedAdapter):
    """It gives the newest task of the list alone, as if it were the only one."""

    def find(self, sought: Sought) -> Flow[Sequence[Found]]:
        found = yield from super().find(sought)
        return found[-1:]


@mutant(
    of=_LISTED,
    caught_by="test_no_other_task_is_taken",
    says="a task of the model listed-two was taken for the lost one",
)
class FindsATaskOfAnotherModel(ListedAdapter):
    """It gives each task of the list the model that is sought."""

    def found(self, task: Task, sought: Sought) -> Found:
        return replace(super().found(task, sought), model=sought.model.name)


@mutant(
    of=_LISTED,
    caught_by="test_no_other_task_is_taken",
    says="a task with another reference was taken for the lost one",
)
class FindsATaskOfAnotherReference(ListedAdapter):
    """It lists all tasks, and gives each the reference that is sought."""

    def query(self, sought: Sought) -> dict[str, str]:
        return {}

    def found(self, task: Task, sought: Sought) -> Found:
        return replace(super().found(task, sought), echo=sought.reference)


@mutant(
    of=_LISTED,
    caught_by="test_no_other_task_is_taken",
    says="a task that was made an hour before was taken for the lost one",
)
class FindsATaskOfAnotherHour(UnnamedAdapter):
    """It says of each task of the list that it was made at the time that is sought."""

    def found(self, task: Task, sought: Sought) -> Found:
        return replace(super().found(task, sought), created_at=sought.latest)


@mutant(
    of=_LISTED,
    caught_by="test_a_lost_task_is_found_again[listed-one]",
    says="the task is not found again",
)
class SendsNoReference(ListedAdapter):
    """It sends no reference with a create, though it looks for a task by it."""

    def reference(self) -> dict[str, str]:
        return {}
