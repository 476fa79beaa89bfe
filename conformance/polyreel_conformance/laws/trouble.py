"""Laws about trouble that no fault of the sandbox makes: keys, deadlines, forgotten tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from polyreel import (
    AuthenticationFailed,
    InvalidRequest,
    NotFound,
    State,
    WaitTimeout,
)
from polyreel.sandbox import Call, Fault, Reply, StandIn

from ..requests.corners import simplest_request
from ..tools.flows import KEY
from ..tools.mount import ManualClock, mounted
from .support import UnderTest

REQUEST_ID = "req-conformance-1"


class Trouble(UnderTest):
    """What goes wrong, and what the caller is told."""

    def test_a_wrong_key_is_said_so(self) -> None:
        """A key that the vendor does not accept is named as the trouble, and not shown.

        When it fails: `credential` is not how the contract wants the key, or the refusal is
        not mapped to `AuthenticationFailed`.
        """
        model = self.adapter.models[0]
        with mounted(self.stand_in, clock=ManualClock(), key="another") as stand_in:
            with pytest.raises(AuthenticationFailed) as raised:
                self.submit(simplest_request(model), model, ManualClock(), False)
            assert not stand_in.tasks
        assert KEY not in str(raised.value)

    def test_a_refusal_keeps_its_request_id(self) -> None:
        """The id under which the vendor keeps a request is told with its refusal.

        To a user: the vendor's support finds the call. When it fails: raise what
        `self.refuse(…)` returns, and not an error of your own making.
        """
        model = self.adapter.models[0]

        def handle(stand_in: StandIn, call: Call) -> Reply:
            reply = self.stand_in.handle(stand_in, call)
            return replace(reply, headers={**reply.headers, "x-request-id": REQUEST_ID})

        kind: type[StandIn] = type(self.stand_in.__name__, (self.stand_in,), {"handle": handle})
        with (
            mounted(kind, clock=ManualClock(), faults=[Fault.CREATE_400]),
            pytest.raises(InvalidRequest) as raised,
        ):
            self.submit(simplest_request(model), model, ManualClock(), False)
        assert raised.value.request_id == REQUEST_ID

    def test_a_deadline_hands_back_the_job(self, is_async: bool, tmp_path: Path) -> None:
        """A local timeout is no failure: the error carries a job that can be waited for.

        When it fails: `poll` needs more than the handle holds; put it into `details`.
        """
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
        """A task that the vendor does not know is an error, not an endless wait.

        To a user: a job that is gone is told as gone. When it fails: raise `self.refuse(…)`
        for the vendor's answer to a look at a task that it does not have.
        """
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in, self.client(clock=clock) as client:
            model = self.adapter.models[0]
            # A handle of a real job: what an adapter looks for in `details` is there.
            job = client.submit(simplest_request(model), self.full_name(model))
            stand_in.tasks.clear()
            with pytest.raises(NotFound) as raised:
                job.wait()
        assert raised.value.job is not None
