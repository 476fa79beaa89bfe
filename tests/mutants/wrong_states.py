"""Mutants that report the wrong status of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from polyreel import JobRef, ProviderError
from polyreel.adapters import Flow, JobStatus, Output, State, WireResponse

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_UNKNOWN = "test_an_unknown_status_keeps_the_job_running"


@mutant(caught_by=_UNKNOWN, says="'pondering' was read as failed")
class ReadsAnUnknownStatusAsFailure(KilnAdapter):
    """It reads a status that the vendor does not document as a failure."""

    def state(self, raw_state: str) -> tuple[State, bool]:
        return self.states.get(raw_state, State.FAILED), raw_state in self.states


@mutant(caught_by=_UNKNOWN, says="'pondering' was read as succeeded")
class ReadsAnUnknownStatusAsSuccess(KilnAdapter):
    """It reads a status that the vendor does not document as success."""

    def state(self, raw_state: str) -> tuple[State, bool]:
        return self.states.get(raw_state, State.SUCCEEDED), raw_state in self.states


@mutant(
    caught_by="test_a_documented_status_has_its_state[canceled]",
    says="'canceled' means canceled, but was read as failed",
)
class ReadsCanceledAsFailed(KilnAdapter):
    """It reports a canceled job as failed."""

    states: ClassVar[Mapping[str, State]] = {
        **KilnAdapter.states,
        "canceled": State.FAILED,
        "cancelled": State.FAILED,
    }


@mutant(
    caught_by="test_a_documented_status_has_its_state[cancelled]",
    says="'cancelled' means canceled, but was read as running",
    seen="Modellix's own clients know both spellings",
)
class KnowsOneSpellingOfCanceled(KilnAdapter):
    """It does not know `cancelled` with two l, so that the job never ends."""

    states: ClassVar[Mapping[str, State]] = {
        word: state for word, state in KilnAdapter.states.items() if word != "cancelled"
    }


@mutant(caught_by="test_progress_is_a_fraction", says="0.25 became 25", seen="Jimmy counts to 100")
class ReportsProgressInPercent(KilnAdapter):
    """It reports progress from 0 to 100."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().status_of(data), progress=data.get("percent"))


@mutant(caught_by="test_a_video_is_offered_only_at_the_end[firing]", says="a video is offered")
class OffersAVideoBeforeTheEnd(KilnAdapter):
    """It offers a video as soon as an answer has an address for it."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().status_of(data), outputs=self.outputs(data))


@mutant(caught_by="test_a_video_is_offered_only_at_the_end[ready]", says="the video's URL")
class CutsTheVideosSignature(KilnAdapter):
    """It cuts off the query of the video's URL, which is its signature."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        return tuple(
            replace(each, url=each.url.partition("?")[0]) for each in super().outputs(data)
        )


@mutant(caught_by="test_a_failed_job_says_why", says="the vendor's reason is lost")
class LosesTheReason(KilnAdapter):
    """It drops the vendor's reason for a failure."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().status_of(data), failure=None)


@mutant(caught_by="test_a_failed_job_says_why", says="the reason is not the vendor's own")
class InventsAReason(KilnAdapter):
    """It replaces the vendor's reason for a failure by another one."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        status = super().status_of(data)
        return replace(status, failure="Please try again." if status.failure else None)


@mutant(caught_by="test_a_failed_job_says_why", says="the vendor answers a poll with a status")
class RaisesAFailure(KilnAdapter):
    """It raises an error for a failed job instead of returning a status."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        status = super().status_of(data)
        if status.state is State.FAILED:
            raise ProviderError(f"Kiln failed: {status.failure}")
        return status


@mutant(caught_by="test_poll_fault[bad-poll-blocking-mocked]", says="JobFailed, not the video")
class ReadsABadPollAsTheEnd(KilnAdapter):
    """It reads a gateway's page as a failed job."""

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response: WireResponse = yield self.ask_status(job)
        if response.status >= 500:
            return JobStatus(state=State.FAILED, raw_state="error", failure="no answer")
        return self.status_of(self.data(response))


@mutant(
    caught_by="test_poll_fault[no-video-blocking-mocked]",
    says="not BadResponse",
)
class InventsTheVideosAddress(KilnAdapter):
    """When an answer has no video, it guesses the address from the task's id."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        guessed = Output(url=f"{self.base_url}/videos/{data['video_id']}.mp4")
        return super().outputs(data) or (guessed,)
