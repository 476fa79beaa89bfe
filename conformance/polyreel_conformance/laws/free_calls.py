"""Laws about the other free calls of a job: an upload before it is paid, a result at its end.

A call that goes wrong there is repeated, as a poll is. It ends no job, and pays for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from polyreel import Media, ProviderUnavailable
from polyreel_sandbox import Contract, Fault, Role

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from .expectations import Expectation
from .matrix import Cell, FaultMatrix
from .support import given_image, picture, uploads_files, with_changes

_PASSING = (
    Fault.BAD_POLL,
    Fault.FIVE_BAD_POLLS,
    Fault.POLL_DROPPED,
    Fault.POLL_NOT_JSON,
    Fault.POLL_429,
)
"""The faults of a poll that another free call can have, too."""


def free_cells(contract: Contract) -> Iterator[Cell]:
    """Yield the faults of each other free call that a contract has, each in one way or two."""
    roles: tuple[Role, ...] = ("upload", "result")
    for role in roles:
        if contract.operation(role) is None:
            continue
        for fault in _PASSING:
            expected = Expectation(fault)
            if role == "upload" and fault is Fault.FIVE_BAD_POLLS:
                # Nothing is paid yet, so the caller is not kept waiting.
                expected = replace(expected, tasks=0, error=ProviderUnavailable, before_paying=True)
            for is_async in (False, True) if role == "result" else (False,):
                yield Cell(expected, is_async, "mocked", role)


class FreeCalls(FaultMatrix):
    """A free call that goes wrong is repeated, whichever call it is."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run the law for each free call that the vendor has besides the poll."""
        super().pytest_generate_tests(metafunc)
        if "free_cell" in metafunc.fixturenames:
            cells = list(free_cells(self.stand_in.contract))
            metafunc.parametrize("free_cell", cells or [None], ids=str)

    def test_a_fault_of_a_free_call(
        self, free_cell: Cell | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A failed upload or a failed call for the result ends no job, and makes no second task.

        For a user: a gateway's page in the second call of a poll is not a failed job, and the
        paid video is still saved. When it fails: read the answer to every call as that of the
        first: raise an error unless it is a success, or the vendor's documented error of a
        failed task. Only that one becomes `State.FAILED`.
        """
        if free_cell is None:
            not_declared("the vendor has no free calls besides the poll")
        if free_cell.at == "upload":
            model = next((each for each in self.adapter.models if uploads_files(each)), None)
            if model is None:
                not_declared("no model of this provider uploads local images")
            image = Media(data=picture(), mime_type="image/png")
            request = with_changes(simplest_request(model), **given_image(model, image))
            self.check_law(free_cell, tmp_path, caplog, (model, request))
            return
        self.check_law(free_cell, tmp_path, caplog)
