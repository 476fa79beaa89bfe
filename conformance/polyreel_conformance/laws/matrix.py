"""Laws about money: the fault matrix.

Every fault of the sandbox, blocking and async, through a mocked transport and over real
sockets. `expectations.py` has the expected result of each.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from polyreel import (
    Config,
    JobError,
    JobFailed,
    PluginError,
    PolyreelError,
    SubmitUnknown,
    VideoRequest,
    WaitTimeout,
)
from polyreel.adapters import ModelSpec
from polyreel.jobs import JobRecord
from polyreel_sandbox import (
    RETRY_AFTER_SECONDS,
    Fault,
    Phase,
    Progress,
    Role,
    Sandbox,
    StandIn,
)

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.flows import KEY, run
from ..tools.mount import FRAMES_PER_SECOND, ManualClock, check_stand_in
from ..tools.result_calls import words_about
from ..tools.saved import wrong_files
from ..tools.timing import pace_for
from .expectations import EXPECTATIONS, Expectation
from .support import LONGEST_WAIT, UnderTest

DEADLINE = 300.0
"""Usual seconds on the kit's own clock: five times as long as a task takes."""

IN_THE_BODY = (Fault.ERROR_IN_BODY, Fault.ERROR_IN_BODY_WITH_ID)
"""The faults that refuse a create under HTTP 200, by a code in the body."""

BY_ADDRESS = (
    *(Fault.NO_VIDEO, Fault.VIDEO_ELSEWHERE, Fault.PATH_URL),
    *(Fault.RELATIVE_URL, Fault.HOST_URL, Fault.FILE_URL),
)
"""The faults that change which address of the video an answer names."""

READ_TIMEOUT = 0.3
"""Real seconds that a test over sockets waits for an answer that never comes."""


@dataclass(frozen=True)
class Cell:
    """One fault in one way: blocking or async, mocked or over sockets.

    Attributes:
        expected: The fault, and what it comes to.
        is_async: Whether the client is the async one.
        over: How the stand-in is reached.
        at: The call at which a fault of a poll happens instead.
    """

    expected: Expectation
    is_async: bool
    over: Literal["mocked", "sockets"]
    at: Role = "poll"

    @property
    def fault(self) -> Fault:
        """The fault."""
        return self.expected.fault

    def __str__(self) -> str:
        at = "" if self.at == "poll" else f"-at-{self.at}"
        return f"{self.fault}{at}-{'async' if self.is_async else 'blocking'}-{self.over}"


def cells(phase: Phase) -> list[Cell]:
    """Return the part of the matrix that belongs to a phase."""
    return [
        Cell(expected, is_async, over)
        for expected in EXPECTATIONS
        if expected.fault.phase == phase
        for is_async in (False, True)
        for over in ("mocked", "sockets")
    ]


class FaultMatrix(UnderTest):
    """Under every fault: at most one task, one create, the right error, no incomplete file.

    The name of a failing test has the fault: run `polyreel sandbox --fault NAME` to see it.
    """

    @pytest.mark.parametrize("cell", cells("create"), ids=str)
    def test_create_fault(
        self, cell: Cell, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One call makes at most one task, and a refusal is not mixed up with an unknown outcome.

        When it fails: mark only the paid request `spends=True`, return a job only when the
        answer has a task id, and raise `self.refuse(…)` when the vendor refuses. List every
        name of a task's id in `task_id_names`.
        """
        self.check_law(cell, tmp_path, caplog)

    @pytest.mark.parametrize("cell", cells("poll"), ids=str)
    def test_poll_fault(self, cell: Cell, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A failed poll does not end the job, and each end of a job is reported as that end.

        When it fails: map the vendor's words in `states`, raise an error only when the answer is
        not a status, and return a failed task as a status with its reason.
        """
        self.check_law(cell, tmp_path, caplog)

    @pytest.mark.parametrize("cell", cells("download"), ids=str)
    def test_download_fault(
        self, cell: Cell, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The caller gets the complete video or none, and a failed download makes no new job.

        When it fails: give the video's URL exactly as the vendor does, whatever its address.
        """
        self.check_law(cell, tmp_path, caplog)

    def check_law(
        self,
        cell: Cell,
        folder: Path,
        caplog: pytest.LogCaptureFixture,
        wanted: tuple[ModelSpec, VideoRequest] | None = None,
    ) -> None:
        """Generate a video under a cell's fault and check the result.

        Args:
            cell: The fault.
            folder: For the video.
            caplog: Has what was logged.
            wanted: A model and the request; None for the first model's simplest request.
        """
        if cell.fault in IN_THE_BODY and not self.stand_in.contract.success_codes():
            not_declared("the vendor's bodies have no success code, so every HTTP 200 is a success")
        if cell.expected.retry_refused and any(
            each.status == 429 and not each.later for each in self.adapter.refusals
        ):
            not_declared("by the adapter's `refusals` HTTP 429 does not pass")
        if cell.fault in BY_ADDRESS and self.builds_addresses():
            not_declared("the adapter builds the video's address and uses none of an answer")
        caplog.set_level(logging.DEBUG)
        clock, reported = ManualClock(), list[JobRecord]()
        with self.served(cell, clock) as stand_in:
            stand_in.faults_at = cell.at
            error = self.outcome(cell, folder, stand_in, clock, reported, wanted)
            self.check_vendor(cell, stand_in)
            self.check_folder(error, folder, stand_in)
            if error is None:
                assert cell.expected.error is None, (
                    f"the caller gets the video, not {cell.expected.error.__name__}"
                )
            else:
                self.check_error(cell, error, stand_in, reported)
                self.check_secrets(error, caplog)
            if cell.fault is Fault.POLL_429:
                assert max(clock.slept) >= RETRY_AFTER_SECONDS, "Retry-After was ignored"
            if error is not None and error.job is not None and not has_ended(error):
                self.check_resumed(error, folder, stand_in, clock)

    def builds_addresses(self) -> bool:
        """Return whether the adapter builds the video's address, and takes it from no answer."""
        if self.stand_in.contract.operation("content") is None:
            return False
        answers: list[dict[str, Any]] = []
        vendor = self.vendor_at("succeeded", note=answers.append, note_result=answers.append)
        job = self.submitted(self.adapter.models[0], vendor)
        video = run(self.adapter().poll(job), vendor).video
        return video is not None and json.dumps(video.url) not in json.dumps(answers)

    @contextmanager
    def served(self, cell: Cell, clock: ManualClock) -> Iterator[StandIn]:
        """Serve the stand-in with a cell's fault, mocked or over sockets."""
        if cell.over == "mocked":
            with self.mounted(clock=clock, faults=[cell.fault], key=KEY) as stand_in:
                yield stand_in
            return
        with Sandbox(
            {self.adapter.name: self.stand_in},
            faults=[cell.fault],
            key=KEY,
            pace=pace_for(self.adapter.poll_timing),
            clock=clock.monotonic,
            frames_per_second=FRAMES_PER_SECOND,
        ) as sandbox:
            stand_in = sandbox.stand_ins[self.adapter.name]
            try:
                yield stand_in
            finally:
                check_stand_in(stand_in)

    def outcome(
        self,
        cell: Cell,
        folder: Path,
        stand_in: StandIn,
        clock: ManualClock,
        reported: list[JobRecord],
        wanted: tuple[ModelSpec, VideoRequest] | None = None,
    ) -> PolyreelError | None:
        """Generate a video and return the caller's error; None for a video."""
        first = self.adapter.models[0]
        model, request = wanted or (first, simplest_request(first))
        # Only this fault has a short timeout, since a busy machine can be slow.
        timeouts = {"read": READ_TIMEOUT} if cell.fault is Fault.CREATE_HANGS else {}
        try:
            self.generate(
                request,
                model,
                folder / "video.mp4",
                clock,
                cell.is_async,
                timeout=self.seconds(DEADLINE),
                config=Config.model_validate(
                    {
                        "retry_refused": cell.expected.retry_refused,
                        "providers": {self.adapter.name: {"timeouts": timeouts}},
                    }
                ),
                base_urls={self.adapter.name: stand_in.address},
                on_change=reported.append,
            )
        except PluginError:
            raise  # the adapter itself failed, not the vendor
        except PolyreelError as error:
            return error
        return None

    def check_vendor(self, cell: Cell, stand_in: StandIn) -> None:
        """Check the number of creates and of tasks, and that no key went to another origin."""
        creates = len([call for call in stand_in.calls if self.is_create(call)])
        sent, tasks = creates + stand_in.dropped_unread, len(stand_in.tasks)
        # Where the vendor documents a key, an unknown create is sent once more; here it fails too.
        has_key = self.adapter.idempotency is not None
        is_unknown = cell.expected.error is SubmitUnknown
        wanted = 1 + cell.expected.retry_refused + (has_key and is_unknown)
        wanted = 0 if cell.expected.before_paying else wanted
        assert sent == wanted, f"{sent} creates were sent, not {wanted}"
        assert tasks == cell.expected.tasks, f"{tasks} tasks were made, not {cell.expected.tasks}"
        for call in stand_in.calls_elsewhere:
            assert self.adapter.credential.header.lower() not in call.headers, (
                f"the header of the key was sent to another origin: {call.method} {call.path}"
            )
            assert KEY not in repr(call), f"another origin got the key: {call.method} {call.path}"
        went, may = bool(stand_in.calls_elsewhere), cell.fault is Fault.VIDEO_ELSEWHERE
        assert went is may, f"another origin was {'' if went else 'not '}called"

    def check_folder(
        self, error: PolyreelError | None, folder: Path, stand_in: StandIn, name: str = "video.mp4"
    ) -> None:
        """Check that the folder has every complete video or nothing."""
        if error is None:
            problem = wrong_files(folder, stand_in, name)
            assert problem is None, problem
        else:
            found = sorted(path.name for path in folder.iterdir())
            assert not found, f"left behind: {', '.join(found)}"

    def check_error(
        self, cell: Cell, error: PolyreelError, stand_in: StandIn, reported: list[JobRecord]
    ) -> None:
        """Check the error's type, the job that it carries, and the vendor's reason."""
        expected, status = cell.expected, reported[-1].status
        kind = expected.error
        if expected.by_word is not None:
            assert status is not None, "no status of the job was reported"
            if status.raw_state.strip().lower() not in self.adapter.states:
                kind = WaitTimeout
            elif expected.by_word not in self.adapter.states.values():
                kind = JobFailed
        wanted = "the video" if kind is None else kind.__name__
        assert type(error) is kind, f"the caller gets {type(error).__name__}, not {wanted}: {error}"
        assert error.provider == self.adapter.name, f"the error names {error.provider!r}"
        if expected.has_job:
            assert error.job is not None, f"{type(error).__name__} carries no job"
            assert [error.job.task_id] == list(stand_in.tasks), (
                f"the error's job is {error.job.task_id!r}, which is no task of the vendor"
            )
        else:
            assert error.job is None, f"{type(error).__name__} carries a job that is not known"
        if expected.names_task and isinstance(error, SubmitUnknown):
            assert [error.candidate] == list(stand_in.tasks), (
                "the task id is lost: add the name that the answer gives it to `task_id_names`"
            )
        if expected.error is JobFailed:
            (task,) = stand_in.tasks.values()
            answer = words_about(stand_in, task, Progress(word="failed", fraction=0.0))
            assert status is not None, "no status of the job was reported"
            assert status.failure, "the vendor's reason is lost"
            assert json.dumps(status.failure) in answer, "the reason is not the vendor's"
            assert status.failure in str(error), f"the error does not say why: {error}"

    def check_secrets(self, error: PolyreelError, caplog: pytest.LogCaptureFixture) -> None:
        """Check that no message and no log shows a key or a signature."""
        said = [*traceback.format_exception(error), repr(error), json.dumps(error.facts())]
        shown = "".join([*said, caplog.text])
        assert KEY not in shown, "a message or a log shows the key"
        assert "Signature=" not in shown, "a message or a log shows the signature of an address"

    def check_resumed(
        self, error: PolyreelError, folder: Path, stand_in: StandIn, clock: ManualClock
    ) -> None:
        """Check that the error's job gives its video for free once the fault is gone."""
        assert error.job is not None, f"{type(error).__name__} carries no job"
        stand_in.faults.clear()
        with self.client(clock, base_urls={self.adapter.name: stand_in.address}) as client:
            job = client.job(error.job)
            job.wait(timeout=self.seconds(LONGEST_WAIT))
            job.download(folder / "late.mp4")
        self.check_folder(None, folder, stand_in, "late.mp4")
        assert len(stand_in.tasks) == 1, f"{len(stand_in.tasks)} tasks were made, not one"


def has_ended(error: PolyreelError) -> bool:
    """Whether an error reports the end of the job itself."""
    return isinstance(error, JobError) and not isinstance(error, WaitTimeout)
