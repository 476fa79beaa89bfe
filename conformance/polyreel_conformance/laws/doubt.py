"""Laws about doubt: what a vendor documents of its refusals, and of an idempotency key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from polyreel import PluginError, PolyreelError, ProviderError, SubmitUnknown
from polyreel.jobs import JobRecord
from polyreel_sandbox import Fault, StandIn
from polyreel_sandbox.create_facts import DocumentedRefusal

from ..outcomes import not_declared
from ..tools.flows import KEY
from ..tools.mount import ManualClock, mounted
from .expectations import Expectation
from .matrix import IN_THE_BODY, Cell, FaultMatrix, cells

# The two ways that differ most; `test_create_fault` has all four, where the fault stays.
_UNKNOWN = [
    cell
    for cell in cells("create")
    if cell.expected.error is SubmitUnknown and cell.is_async is (cell.over == "sockets")
]
_DROPPED = Cell(Expectation(Fault.ACCEPTED_THEN_DROPPED, 1, SubmitUnknown), False, "mocked")


class Doubt(FaultMatrix):
    """What a vendor documents decides whether a create is refused, unknown, or sent once more."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run the law about a second request for each unknown outcome, where there is a key."""
        super().pytest_generate_tests(metafunc)
        if "passing_fault" in metafunc.fixturenames:
            has_codes = bool(self.stand_in.contract.success_codes())
            usual = [each for each in _UNKNOWN if has_codes or each.fault not in IN_THE_BODY]
            found = [] if self.adapter.idempotency is None else usual
            ids = [str(each) for each in found] or ["none"]
            metafunc.parametrize("passing_fault", found or [None], ids=ids)

    def test_the_documented_refusals_are_declared(self) -> None:
        """The adapter's `refusals` are those of the contract, with the same meaning.

        For a user: a refusal is reported as one, and an outcome that is unknown as unknown. When
        it fails: the message has what only one of the two says; correct `refusals`, or
        `x-polyreel.refusals` of the create.
        """
        documented = {
            (each.status, each.is_definite, each.later, each.source)
            for each in self.operation("create").refusals
        }
        declared = {
            (each.status, each.is_definite, each.later, each.source)
            for each in self.adapter.refusals
        }
        if not documented and not declared:
            not_declared("the vendor documents no refusal beside the general list")
        differences = [
            f"{who} HTTP {status}, definite: {is_definite}, later: {later}, {source}"
            for who, found in (
                ("only the adapter says", declared - documented),
                ("only the contract says", documented - declared),
            )
            for status, is_definite, later, source in sorted(found)
        ]
        assert not differences, "; ".join(differences)

    def test_each_documented_refusal_has_its_meaning(self, tmp_path: Path) -> None:
        """A documented refusal ends the call; one that is not definite leaves it unknown.

        For a user: after a refusal nothing was paid, and nothing is sent again unless the vendor
        says that it may pass and the caller asked for it. When it fails: give the code or the
        words of that answer in the adapter's `refusals`, and the code to `self.refuse`.
        """
        refusals = self.operation("create").refusals
        if not refusals:
            not_declared("the contract documents no refusal beside the general list")
        for refusal in refusals:
            self.check_refusal(refusal, tmp_path)

    def test_the_idempotency_key_is_the_documented_one(self) -> None:
        """The adapter's `idempotency` is the contract's.

        For a user: a create is sent a second time only where the vendor promises that it makes
        one task. When it fails: the message names what differs; correct `idempotency`, or
        `x-polyreel.idempotency` of the create.
        """
        documented, declared = self.operation("create").idempotency, self.adapter.idempotency
        if documented is None and declared is None:
            not_declared("the vendor documents no idempotency key")
        assert documented is not None, "idempotency: the contract documents no key"
        assert declared is not None, "idempotency: the contract documents a key; declare it"
        assert declared.header.lower() == documented.header.lower(), (
            f"idempotency.header is {declared.header}, and the contract's {documented.header}"
        )
        seconds = declared.valid_for.total_seconds()
        assert seconds == documented.valid_seconds, (
            f"idempotency.valid_for is {seconds:.0f} s, and the contract's "
            f"{documented.valid_seconds} s"
        )
        assert declared.replay_status == documented.replay_status, (
            f"idempotency.replay_status is {declared.replay_status}, and the contract's "
            f"{documented.replay_status}"
        )
        assert documented.conflict_status in declared.conflict_statuses, (
            f"idempotency.conflict_statuses lacks HTTP {documented.conflict_status}"
        )
        assert declared.source == documented.source, (
            f"idempotency.source is {declared.source}, and the contract's {documented.source}"
        )

    def test_an_unknown_create_is_sent_once_more(
        self, passing_fault: Cell | None, tmp_path: Path
    ) -> None:
        """Where the vendor documents a key, an outcome that is unknown once becomes the video.

        For a user: a broken connection costs nothing twice, and nobody has to settle a job by
        hand. When it fails: leave the header to the core, read the answer to a repeated create
        as the first one, whatever its success status, and declare the header's documented name.
        """
        if passing_fault is None:
            not_declared("the vendor documents no idempotency key")
        clock, reported = ManualClock(), list[JobRecord]()
        with self.served(passing_fault, clock) as stand_in:
            stand_in.faulty_creates = 1
            error = self.outcome(passing_fault, tmp_path, stand_in, clock, reported)
            assert len(stand_in.tasks) == 1, f"{len(stand_in.tasks)} tasks were made, not 1"
            assert error is None, f"the caller gets {type(error).__name__}, not the video: {error}"
            creates = [call for call in stand_in.calls if self.is_create(call)]
            assert len(creates) + stand_in.dropped_unread == 2, "not two creates were sent"
            assert self.adapter.idempotency is not None
            keys = {call.headers.get(self.adapter.idempotency.header.lower()) for call in creates}
            assert keys == {reported[-1].sent_key}, (
                "the requests have not one key, as in the journal"
            )
            assert len({call.body for call in creates}) == 1, "the two requests differ"
            self.check_folder(None, tmp_path, stand_in)

    def test_a_key_that_is_refused_leaves_it_unknown(self, tmp_path: Path) -> None:
        """Where the vendor refuses the key of the second request, the outcome stays unknown.

        For a user: the first request may still be worked on, so its task is not lost. When it
        fails: raise `self.refuse(…)` for that answer, and return no job.
        """
        if self.adapter.idempotency is None:
            not_declared("the vendor documents no idempotency key")
        clock, reported = ManualClock(), list[JobRecord]()
        with self.served(_DROPPED, clock) as stand_in:
            stand_in.faulty_creates, stand_in.keys.refuses_all = 1, True
            error = self.outcome(_DROPPED, tmp_path, stand_in, clock, reported)
            assert type(error) is SubmitUnknown, f"the caller gets {type(error).__name__}"
            assert "did not take the key again" in str(error), (
                f"idempotency.conflict_statuses lacks HTTP {error.http_status}"
            )
            assert len(stand_in.tasks) == 1
            assert len([call for call in stand_in.calls if self.is_create(call)]) == 2

    def check_refusal(self, refusal: DocumentedRefusal, folder: Path) -> None:
        """Check that a documented refusal means for the money what the vendor says."""
        with self.refused(refusal) as stand_in:
            error = self.error_of(stand_in, folder, retries=0)
            tasks, creates = self.counts(stand_in)
        what = f"after {refusal} the caller gets {type(error).__name__}"
        if not refusal.is_definite:
            assert isinstance(error, SubmitUnknown), f"{what}, though a task may exist"
            assert tasks == 1
            return
        assert isinstance(error, ProviderError), f"{what}, though certainly nothing was made"
        assert (tasks, creates) == (0, 1)
        with self.refused(refusal) as stand_in:
            stand_in.faulty_creates = 1
            error = self.error_of(stand_in, folder, retries=1)
            tasks, creates = self.counts(stand_in)
        if refusal.later:
            assert error is None, f"with retry_refused=1, {what}, not the video: {error}"
            assert (tasks, creates) == (1, 2)
            (folder / "video.mp4").unlink()
        else:
            assert isinstance(error, ProviderError), f"with retry_refused=1, {what}"
            assert (tasks, creates) == (0, 1), "it was sent again, though it does not pass"

    @contextmanager
    def refused(self, refusal: DocumentedRefusal) -> Iterator[StandIn]:
        """Serve a stand-in that refuses creates by a documented refusal."""
        self.clock = ManualClock()
        with mounted(self.stand_in, clock=self.clock, key=KEY) as stand_in:
            stand_in.refuses = refusal
            yield stand_in

    def error_of(self, stand_in: StandIn, folder: Path, retries: int) -> PolyreelError | None:
        """Generate a video; return the caller's error, None for a video."""
        expected = dataclasses.replace(_DROPPED.expected, retry_refused=retries)
        cell = dataclasses.replace(_DROPPED, expected=expected)
        try:
            return self.outcome(cell, folder, stand_in, self.clock, [])
        except PluginError as error:
            pytest.fail(str(error))

    def counts(self, stand_in: StandIn) -> tuple[int, int]:
        """Return how many tasks a stand-in has, and how many creates came."""
        creates = [call for call in stand_in.calls if self.is_create(call)]
        return len(stand_in.tasks), len(creates)
