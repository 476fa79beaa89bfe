"""The table of faults on the page is the kit's own and has every fault."""

from __future__ import annotations

import fault_table
import pytest
from polyreel_conformance.laws.expectations import EXPECTATIONS, Expectation
from polyreel_sandbox import Fault


@pytest.mark.docs
def test_the_table_of_faults_is_the_kits_own() -> None:
    assert fault_table.current() == fault_table.table(), "run: python tests/fault_table.py --write"


def test_every_fault_is_expected_once() -> None:
    assert sorted(each.fault for each in EXPECTATIONS) == sorted(Fault)


@pytest.mark.parametrize("expected", EXPECTATIONS, ids=lambda each: str(each.fault))
def test_no_fault_may_make_a_second_task_or_lose_a_job(expected: Expectation) -> None:
    assert expected.tasks in (0, 1)
    assert expected.fault.phase == "create" or expected.tasks == 1
    assert ("with the job" in expected.gets) is expected.has_job
