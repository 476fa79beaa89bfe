"""Mutants that lose a result: one behind the key, one of several, one of a second call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyreel import JobRef
from polyreel.adapters import Flow, JobStatus, Output, State, WireRequest, WireResponse
from toys.lantern.adapter import BuiltLanternAdapter, LanternAdapter
from toys.lantern.adapter import Task as LanternTask
from toys.relay.adapter import RelayAdapter, Status

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_LANTERN = "toys.lantern"
_RELAY = "toys.relay"
_SAVED = "test_a_job_runs_from_submit_to_video[lantern-one-blocking]"
_NEEDS_KEY = "test_a_result_says_whether_it_needs_the_key"


@mutant(
    caught_by=_NEEDS_KEY,
    says="is served only with the key, but its output does not say needs_key=True",
    seen="an outside author's first adapter",
    of=_LANTERN,
)
class ForgetsThatAVideoNeedsTheKey(LanternAdapter):
    """It does not say that a video needs the key, so that the paid video ends in HTTP 401."""

    def outputs(self, job: JobRef, task: LanternTask) -> tuple[Output, ...]:
        return tuple(replace(each, needs_key=False) for each in super().outputs(job, task))


@mutant(caught_by=_NEEDS_KEY, says="is public by the contract, but its output says needs_key=True")
class SendsTheKeyForAPublicVideo(KilnAdapter):
    """It says that a public video needs the key."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        return tuple(replace(each, needs_key=True) for each in super().outputs(data))


@mutant(
    caught_by="test_a_result_behind_the_key_is_saved[blocking]",
    says="the paid video was not saved",
    of=_LANTERN,
)
class BuildsAPathAtTheOrigin(BuiltLanternAdapter):
    """It builds a path below the vendor's address and does not say so; it is another path."""

    def outputs(self, job: JobRef, task: LanternTask) -> tuple[Output, ...]:
        return tuple(replace(each, relative_to="origin") for each in super().outputs(job, task))


@mutant(caught_by=_SAVED, says="video.2.mp4 was not saved", of=_LANTERN)
class OffersOneOfSeveralVideos(LanternAdapter):
    """It offers the first of the videos that were made and paid for."""

    def outputs(self, job: JobRef, task: LanternTask) -> tuple[Output, ...]:
        return super().outputs(job, task)[:1]


@mutant(caught_by=_SAVED, says="video.2.mp4 is not the video that the task made", of=_LANTERN)
class BuildsOneAddressForSeveralVideos(BuiltLanternAdapter):
    """It asks for the first video each time, instead of each one."""

    def outputs(self, job: JobRef, task: LanternTask) -> tuple[Output, ...]:
        return super().outputs(job, task)[:1] * 2


@mutant(
    caught_by="test_a_fault_of_a_free_call[bad-poll-at-result-blocking-mocked]",
    says="JobFailed, not the video",
    seen="an outside author's first adapter",
    of=_RELAY,
)
class TakesABadResultForAFailure(RelayAdapter):
    """It reads a gateway's page in the second call of a poll as a failed job."""

    def ended(self, response: WireResponse, task: Status) -> JobStatus:
        if not response.ok:
            return JobStatus(state=State.FAILED, raw_state=task.status, failure="no result")
        return super().ended(response, task)


@mutant(
    caught_by="test_a_failed_job_says_why",
    says="a failed task was read as succeeded",
    of=_RELAY,
)
class TakesAnyResultForSuccess(RelayAdapter):
    """It reads any answer to the second call as a success, also the error of a failed task."""

    def ended(self, response: WireResponse, task: Status) -> JobStatus:
        return super().ended(replace(response, status=200), task)


@mutant(
    caught_by="test_a_failed_job_says_why",
    says="the vendor answers a poll with a status, but poll raised",
    of=_RELAY,
)
class KeepsAFailedJobRunning(RelayAdapter):
    """It takes the error of a failed task for a failed poll, so that the job never ends."""

    def ended(self, response: WireResponse, task: Status) -> JobStatus:
        self.body(response)
        return super().ended(response, task)


@mutant(
    caught_by="test_a_video_is_offered_only_at_the_end[COMPLETED]",
    says="but no video is offered",
    of=_RELAY,
)
class DoesNotAskForTheResult(RelayAdapter):
    """It ends with the first call of a poll, which does not name the video."""

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        flow = super().poll(job)
        response = yield next(flow)
        flow.close()
        task = self.read_part(Status, self.body(response))
        state, is_documented = self.state(task.status)
        return JobStatus(state=state, raw_state=task.status, is_documented=is_documented)


@mutant(
    caught_by="test_every_request_stays_at_the_vendor[relay-one]",
    says="GET https://elsewhere.invalid/relay-one/requests/",
    of=_RELAY,
)
class FollowsTheAddressOfAResult(RelayAdapter):
    """It asks for the result wherever the answer to the first call says."""

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        flow = super().poll(job)
        first = yield next(flow)
        try:
            flow.send(first)
        except StopIteration as end:
            found: JobStatus = end.value
            return found
        response = yield WireRequest(method="GET", path=json.loads(first.body)["response_url"])
        return self.ended(response, self.read_part(Status, self.body(first)))


@mutant(
    caught_by="test_a_task_id_is_kept_unchanged[../../x?y=1#z]",
    says="asks for another task",
    of=_RELAY,
)
class PutsTheIdUnquotedIntoTheSecondCall(RelayAdapter):
    """It quotes a task's id in the first call of a poll only."""

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        flow = super().poll(job)
        first = yield next(flow)
        try:
            flow.send(first)
        except StopIteration as end:
            found: JobStatus = end.value
            return found
        path = f"/{job.model}/requests/{job.task_id}"
        response = yield WireRequest(method="GET", path=path)
        return self.ended(response, self.read_part(Status, self.body(first)))
