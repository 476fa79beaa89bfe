"""Laws about trouble that no fault of the sandbox makes: keys, deadlines, forgotten tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from polyreel import (
    AuthenticationFailed,
    NotFound,
    State,
    WaitTimeout,
)

from .flows import KEY
from .mount import ManualClock, mounted
from .support import UnderTest, simplest_request


class Trouble(UnderTest):
    """What goes wrong, and what the caller is told."""

    def test_a_wrong_key_is_said_so(self) -> None:
        """A key that the vendor does not accept is named as the trouble, and not shown."""
        model = self.adapter.models[0]
        with mounted(self.stand_in, clock=ManualClock(), key="another") as stand_in:
            with pytest.raises(AuthenticationFailed) as raised:
                self.submit(simplest_request(model), model, ManualClock(), False)
            assert not stand_in.tasks
        assert KEY not in str(raised.value)

    def test_an_undocumented_word_keeps_the_job_running(self) -> None:
        """A status that nobody documents is neither the end nor a failure."""
        state, is_documented = self.adapter().state("a word that nobody has")
        assert (state, is_documented) == (State.RUNNING, False)

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
