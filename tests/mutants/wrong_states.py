"""Mutants that tell wrongly how a job stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from polyreel import (
    Flow,
    JobRef,
    JobStatus,
    Output,
    ProviderError,
    State,
    WireResponse,
)

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_STRANGE = "test_an_undocumented_word_keeps_the_job_running"


@mutant(caught_by=_STRANGE, says="'pondering' was taken for failed")
class TakesAStrangeWordForFailure(KilnAdapter):
    """A status that nobody documents is taken for a failure."""

    def state(self, word: str) -> tuple[State, bool]:
        return self.states.get(word, State.FAILED), word in self.states


@mutant(caught_by=_STRANGE, says="'pondering' was taken for succeeded")
class TakesAStrangeWordForSuccess(KilnAdapter):
    """A status that nobody documents is taken for success."""

    def state(self, word: str) -> tuple[State, bool]:
        return self.states.get(word, State.SUCCEEDED), word in self.states


@mutant(
    caught_by="test_a_documented_word_has_its_state[canceled]",
    says="'canceled' means canceled, and was taken for failed",
)
class TakesCanceledForFailed(KilnAdapter):
    """A job that was canceled is told as failed."""

    states: ClassVar[Mapping[str, State]] = {
        **KilnAdapter.states,
        "canceled": State.FAILED,
        "cancelled": State.FAILED,
    }


@mutant(
    caught_by="test_a_documented_word_has_its_state[cancelled]",
    says="'cancelled' means canceled, and was taken for running",
    seen="Modellix's own clients know both spellings",
)
class KnowsOneSpellingOfCanceled(KilnAdapter):
    """`cancelled` with two l is a strange word to it, so that the job never ends."""

    states: ClassVar[Mapping[str, State]] = {
        word: state for word, state in KilnAdapter.states.items() if word != "cancelled"
    }


@mutant(caught_by="test_progress_is_a_share", says="0.25 became 25", seen="Jimmy counts to 100")
class TellsProgressInPercent(KilnAdapter):
    """Progress runs from 0 to 100."""

    def told(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().told(data), progress=data.get("percent"))


@mutant(caught_by="test_a_film_is_offered_only_at_the_end[firing]", says="a film is offered")
class OffersAFilmBeforeTheEnd(KilnAdapter):
    """A film is offered as soon as an answer names an address for it."""

    def told(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().told(data), outputs=self.outputs(data))


@mutant(caught_by="test_a_film_is_offered_only_at_the_end[ready]", says="the film's URL")
class CutsTheFilmsSignature(KilnAdapter):
    """The query of the film's URL, which is its signature, is cut off."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        return tuple(
            replace(each, url=each.url.partition("?")[0]) for each in super().outputs(data)
        )


@mutant(caught_by="test_a_failed_job_says_why", says="the vendor's reason is lost")
class LosesTheReason(KilnAdapter):
    """Why a job failed is not told."""

    def told(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().told(data), failure=None)


@mutant(caught_by="test_a_failed_job_says_why", says="the reason is not the vendor's own")
class TellsAReasonOfItsOwn(KilnAdapter):
    """The vendor's reason for a failure is replaced by a friendlier one."""

    def told(self, data: Mapping[str, Any]) -> JobStatus:
        status = super().told(data)
        return replace(status, failure="Please try again." if status.failure else None)


@mutant(caught_by="test_a_failed_job_says_why", says="a look at a job")
class RaisesAFailure(KilnAdapter):
    """A job that failed is raised as an error; it is a status."""

    def told(self, data: Mapping[str, Any]) -> JobStatus:
        status = super().told(data)
        if status.state is State.FAILED:
            raise ProviderError(f"Kiln failed: {status.failure}")
        return status


@mutant(caught_by="test_poll_fault[bad-poll-blocking-mocked]", says="JobFailed, not the film")
class TakesABadLookForTheEnd(KilnAdapter):
    """A gateway's page in the place of a status is taken for a failed job."""

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response: WireResponse = yield self.look(job)
        if response.status >= 500:
            return JobStatus(state=State.FAILED, raw_state="error", failure="no answer")
        return self.told(self.data(response))


@mutant(
    caught_by="test_poll_fault[no-film-blocking-mocked]",
    says="not BadResponse",
)
class MakesUpAFilmThatIsNotThere(KilnAdapter):
    """Where an answer names no film its address is guessed from the task's id."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        guessed = Output(url=f"{self.base_url}/films/{data['film_id']}.mp4")
        return super().outputs(data) or (guessed,)
