"""Laws about trouble: at most one paid task, and no job lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from polyreel import (
    AuthenticationFailed,
    JobCanceled,
    JobFailed,
    NotFound,
    PolyreelError,
    RateLimited,
    State,
    SubmitUnknown,
    WaitTimeout,
)
from polyreel.sandbox import Fault

from .flows import KEY
from .mount import ManualClock, mounted
from .support import UnderTest, simplest_request


class Trouble(UnderTest):
    """What goes wrong, and what the caller is told."""

    def test_a_doubtful_submit_is_never_repeated(self, doubt: Fault, is_async: bool) -> None:
        """Whatever becomes of the answer, one call makes at most one paid task, and the
        caller is told that the outcome is unknown."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[doubt]) as stand_in:
            with pytest.raises(SubmitUnknown) as raised:
                self.submit(simplest_request(model), model, clock, is_async)
            assert len(stand_in.tasks) == 1
            assert len([call for call in stand_in.calls if self.is_create(call)]) == 1
        assert raised.value.provider == self.adapter.name
        assert KEY not in str(raised.value)

    def test_a_definite_refusal_is_told_apart(self, is_async: bool) -> None:
        """A 429 on the paid request means that no task exists; it is not repeated either."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[Fault.CREATE_429]) as stand_in:
            with pytest.raises(RateLimited):
                self.submit(simplest_request(model), model, clock, is_async)
            assert len(stand_in.tasks) == 0
            assert len(stand_in.calls) == 1

    def test_a_wrong_key_is_said_so(self) -> None:
        """A key that the vendor does not accept is named as the trouble, and not shown."""
        model = self.adapter.models[0]
        with mounted(self.stand_in, clock=ManualClock(), key="another") as stand_in:
            with pytest.raises(AuthenticationFailed) as raised:
                self.submit(simplest_request(model), model, ManualClock(), False)
            assert not stand_in.tasks
        assert KEY not in str(raised.value)

    def test_one_bad_poll_ends_nothing(self, is_async: bool, tmp_path: Path) -> None:
        """A gateway's error page instead of a status is looked past."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[Fault.BAD_POLL]) as stand_in:
            self.generate(simplest_request(model), model, tmp_path / "f.mp4", clock, is_async)
            assert len(stand_in.tasks) == 1

    def test_an_undocumented_word_keeps_the_job_running(self, tmp_path: Path) -> None:
        """A status that nobody documents is neither the end nor a failure."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[Fault.UNKNOWN_WORD]):
            film = self.generate(simplest_request(model), model, tmp_path / "f.mp4", clock, False)
        assert film.status.state is State.SUCCEEDED
        state, is_documented = self.adapter().state("a word that nobody has")
        assert (state, is_documented) == (State.RUNNING, False)

    @pytest.mark.parametrize(
        ("fault", "error"), [(Fault.FAILED, JobFailed), (Fault.CANCELED, JobCanceled)]
    )
    def test_the_end_of_a_job_is_told(
        self, fault: Fault, error: type[PolyreelError], is_async: bool, tmp_path: Path
    ) -> None:
        """A job that failed and one that was canceled are two things, and carry the job."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[fault]), pytest.raises(error) as raised:
            self.generate(simplest_request(model), model, tmp_path / "f.mp4", clock, is_async)
        assert raised.value.job is not None

    def test_a_deadline_hands_back_the_job(self, is_async: bool, tmp_path: Path) -> None:
        """A local timeout is no failure: the error carries a job that can be waited for."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in:
            with pytest.raises(WaitTimeout) as raised:
                self.generate(
                    simplest_request(model), model, tmp_path / "f.mp4", clock, is_async, timeout=20
                )
            assert raised.value.job is not None
            with self.client(clock=clock) as client:
                assert client.job(raised.value.job).wait().state is State.SUCCEEDED
            assert len(stand_in.tasks) == 1

    def test_a_forgotten_task_is_said_so(self) -> None:
        """A task that the vendor does not know is an error, not an endless wait."""
        clock = ManualClock()
        with (
            mounted(self.stand_in, clock=clock),
            self.client(clock=clock) as client,
            pytest.raises(NotFound) as raised,
        ):
            client.job(self.unknown_ref()).wait()
        assert raised.value.job is not None
