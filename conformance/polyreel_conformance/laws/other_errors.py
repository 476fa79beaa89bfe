"""Laws about errors that no fault of the sandbox causes: keys, deadlines, missing tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from polyreel import AuthenticationFailed, InvalidRequest, NotFound, WaitTimeout
from polyreel.adapters import State
from polyreel_sandbox import Call, Fault, Reply, StandIn

from ..requests.corners import simplest_request
from ..tools.flows import KEY
from ..tools.mount import ManualClock
from .support import LONGEST_WAIT, UnderTest

REQUEST_ID = "req-conformance-1"


class OtherErrors(UnderTest):
    """Errors, and what the caller gets."""

    def test_a_wrong_key_is_reported(self) -> None:
        """When the vendor does not accept the key, the error says so and does not show the key.

        When it fails: `credential` differs from the contract, or the refusal is not mapped to
        `AuthenticationFailed`.
        """
        model = self.adapter.models[0]
        with self.mounted(clock=ManualClock(), key="another") as stand_in:
            with pytest.raises(AuthenticationFailed) as raised:
                self.submit(simplest_request(model), model, ManualClock(), False)
            assert not stand_in.tasks, "the stand-in made a task for a wrong key"
        assert KEY not in str(raised.value), "the error shows the key"

    def test_a_refusal_keeps_its_request_id(self) -> None:
        """The error for a refused request carries the vendor's request id.

        For a user: the vendor's support can find the call. When it fails: raise what
        `self.refuse(…)` returns, not an error of your own, and name the vendor's header in
        `request_id_headers`, in lower case.
        """
        model, header = self.adapter.models[0], self.adapter.request_id_headers[0]

        def handle(stand_in: StandIn, call: Call) -> Reply:
            reply = self.stand_in.handle(stand_in, call)
            return replace(reply, headers={**reply.headers, header: REQUEST_ID})

        kind: type[StandIn] = type(self.stand_in.__name__, (self.stand_in,), {"handle": handle})
        with (
            self.mounted(kind, clock=ManualClock(), faults=[Fault.CREATE_400]),
            pytest.raises(InvalidRequest) as raised,
        ):
            self.submit(simplest_request(model), model, ManualClock(), False)
        assert raised.value.request_id == REQUEST_ID, (
            f"the error's request_id is {raised.value.request_id!r}, and the header {header} "
            f"of the refusal {REQUEST_ID!r}"
        )

    def test_a_timeout_returns_the_job(self, is_async: bool, tmp_path: Path) -> None:
        """A local timeout is not a failure: the error carries the job, and a wait can continue.

        When it fails: `poll` needs more than the handle contains; put it into `details`.
        """
        model = self.adapter.models[0]
        clock = ManualClock()
        with self.mounted(clock=clock) as stand_in:
            with pytest.raises(WaitTimeout) as raised:
                self.generate(
                    simplest_request(model), model, tmp_path / "f.mp4", clock, is_async, timeout=20
                )
            assert raised.value.job is not None, "the error of a timeout carries no job"
            with self.client(clock=clock) as client:
                again = client.job(raised.value.job).wait(timeout=self.seconds(LONGEST_WAIT))
            assert again.state is State.SUCCEEDED, f"a second wait ended with {again.state}"
            assert len(stand_in.tasks) == 1, f"{len(stand_in.tasks)} tasks were made, not one"

    def test_a_missing_task_is_reported(self) -> None:
        """When the vendor does not know a task, the wait ends with an error.

        For a user: a wait for a deleted job does not go on for ever. When it fails: raise
        `self.refuse(…)` for the vendor's answer to a poll of a task that it does not have.
        """
        clock = ManualClock()
        with self.mounted(clock=clock) as stand_in, self.client(clock=clock) as client:
            model = self.adapter.models[0]
            # The handle of a real job: everything that an adapter needs in `details` is there.
            job = client.submit(simplest_request(model), self.full_name(model))
            stand_in.tasks.clear()
            with pytest.raises(NotFound) as raised:
                job.wait(timeout=self.seconds(LONGEST_WAIT))
        assert raised.value.job is not None, "the error of a missing task carries no job"
