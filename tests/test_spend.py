"""Spend: sums of what was reported, each unit for itself, and unknown never zero."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyreel import JobRef
from polyreel.adapters import Charge, JobStatus, State
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.pricing import Spending, spend_by
from polyreel.pricing.spend import SPEND_GROUPINGS, SpendGrouping, spend_totals

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
REF = JobRef(provider="toy", model="video", task_id="task-1")

amounts = st.decimals(min_value=0, max_value=10**6, places=6)
charges = st.builds(Charge, amount=amounts, unit=st.sampled_from(["USD", "CNY", "credit"]))


def job(charge: Charge | None = None, **more: Any) -> JobRecord:
    status = JobStatus(state=State.SUCCEEDED, raw_state="done", charge=charge)
    fields: dict[str, Any] = {
        "id": "a",
        "model": "toy/video",
        "stage": Stage.DOWNLOADED,
        "ref": REF,
        "status": status,
        "timeline": Timeline(created_at=NOON, submitted_at=NOON),
    }
    return JobRecord(**{**fields, **more})


def dollars(amount: str) -> Charge:
    return Charge(amount=Decimal(amount), unit="USD")


jobs = st.lists(
    st.builds(
        job,
        st.none() | charges,
        model=st.sampled_from(["toy/video", "toy/short", "tin/video"]),
        named=st.sampled_from([None, "draft", "final"]),
        timeline=st.sampled_from(
            [Timeline(), *(Timeline(created_at=NOON + timedelta(days=day)) for day in range(3))]
        ),
    ),
    max_size=30,
)


def sums(groups: Iterable[Spending]) -> dict[str, Decimal]:
    """Return the sum of all groups, by unit."""
    found: dict[str, Decimal] = {}
    for group in groups:
        for unit, charged in group.charged.items():
            found[unit] = found.get(unit, Decimal(0)) + charged.amount
    return found


@given(jobs, st.sampled_from(SPEND_GROUPINGS))
def test_the_sums_of_each_unit_are_those_of_all_charges(
    records: list[JobRecord], by: SpendGrouping
) -> None:
    wanted: dict[str, Decimal] = {}
    for record in records:
        charge = None if record.status is None else record.status.charge
        if charge is not None:
            wanted[charge.unit] = wanted.get(charge.unit, Decimal(0)) + charge.amount
    assert sums(spend_by(records, by)) == sums(spend_totals(records)) == wanted


@given(jobs, st.sampled_from(SPEND_GROUPINGS))
def test_every_job_counts_once_as_charged_or_unknown(
    records: list[JobRecord], by: SpendGrouping
) -> None:
    groups = spend_by(records, by)
    untold = sum(record.status is None or record.status.charge is None for record in records)
    assert sum(group.unknown for group in groups) == untold
    assert sum(group.jobs for group in groups) == len(records)


@given(jobs, st.sampled_from(SPEND_GROUPINGS), st.randoms())
def test_the_order_of_the_jobs_changes_nothing(
    records: list[JobRecord], by: SpendGrouping, chance: random.Random
) -> None:
    shuffled = list(records)
    chance.shuffle(shuffled)
    assert spend_by(shuffled, by) == spend_by(records, by)


@given(jobs, st.integers(min_value=1, max_value=5))
def test_unknown_is_never_zero(records: list[JobRecord], count: int) -> None:
    before, (after,) = spend_totals(records), spend_totals([*records, *[job()] * count])
    assert after.charged == (before[0].charged if before else {})
    assert after.unknown == sum(each.unknown for each in before) + count


def test_a_charge_of_zero_is_known_to_be_zero() -> None:
    (group,) = spend_by([job(dollars("0.00"))])
    assert group.facts() == {
        "address": None,
        "whose": "address unknown",
        "charged": [{"unit": "USD", "amount": "0.00", "jobs": 1}],
        "jobs_charged": 1,
        "jobs_unknown": 0,
    }


def test_only_unknown_charges_have_no_sum_at_all() -> None:
    (group,) = spend_by([job(), job()])
    assert (group.charged, group.unknown) == ({}, 2)


@pytest.mark.parametrize(
    ("stage", "counts"),
    [
        (Stage.INTENT, False),
        (Stage.UPLOADING, False),
        (Stage.REJECTED, False),
        (Stage.SENDING, True),
        (Stage.UNKNOWN, True),
        (Stage.ACCEPTED, True),
        (Stage.FINISHED, True),
        (Stage.DOWNLOADED, True),
    ],
)
def test_only_what_may_have_been_made_is_counted(stage: Stage, counts: bool) -> None:
    has_task = stage in (Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED)
    record = job(stage=stage, ref=REF if has_task else None, status=None)
    assert [group.unknown for group in spend_by([record])] == ([1] if counts else [])


def test_a_job_that_failed_and_was_charged_is_counted() -> None:
    status = JobStatus(state=State.FAILED, raw_state="no", charge=dollars("0.10"))
    assert sums(spend_by([job(status=status, stage=Stage.FINISHED)])) == {"USD": Decimal("0.10")}


def test_no_digit_is_lost() -> None:
    (group,) = spend_by([job(dollars("0.1")), job(dollars("0.2")), job(dollars("1E-10"))])
    assert group.facts()["charged"][0]["amount"] == "0.3000000001"


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("provider", ["tin", "toy"]),
        ("model", ["tin/video", "toy/video"]),
        ("day", ["2026-05-01"]),
        ("target", ["draft", None]),
    ],
)
def test_jobs_are_reported_apart_by_what_is_named(
    by: SpendGrouping, names: list[str | None]
) -> None:
    records = [job(), job(model="tin/video", named="draft")]
    assert [group.name for group in spend_by(records, by)] == names


def test_days_are_in_utc_and_of_the_paid_request() -> None:
    east = timezone(timedelta(hours=9))
    begun = datetime(2026, 5, 2, 8, 59, tzinfo=east)
    record = job(timeline=Timeline(created_at=begun - timedelta(days=1), submitted_at=begun))
    assert [group.name for group in spend_by([record], "day")] == ["2026-05-01"]


def test_a_job_of_no_known_day_has_none() -> None:
    assert [group.name for group in spend_by([job(timeline=Timeline())], "day")] == [None]


def test_no_jobs_are_no_groups() -> None:
    assert spend_by([]) == []
