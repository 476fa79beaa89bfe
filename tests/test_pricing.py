"""What a job is counted as, and what it costs where somebody publishes a rate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from polyreel import Billing, Charge, ModelSpec, PublishedRate, VideoRequest
from polyreel.pricing import billed_units, published_price
from toy_adapter import SPEC

RATE = PublishedRate(
    amount=Decimal("0.05"), currency="USD", source="https://toy.example", read=date(2026, 1, 1)
)


def priced(*rates: PublishedRate, unit: str = "second") -> ModelSpec:
    return replace(SPEC, billing=Billing(unit=unit, rates=rates))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counts", "videos", "units"),
    [
        ("output", [3.0], 8),
        ("output and first video", [], 8),
        ("output and first video", [3.0], 11),
        ("output and first video", [3.0, 9.0], 11),
        ("output and first video", [2.5], 11),
        ("output and first video", [2.49], 10),
        ("output and first video", [None, 9.0], 8),
        ("output and all videos", [3.0, 9.0], 20),
        ("output and all videos", [None, 9.0], 17),
        ("the longer of output and videos", [3.0, 9.0], 12),
        ("the longer of output and videos", [3.0], 8),
    ],
)
def test_seconds_are_counted_as_the_vendor_counts_them(
    counts: str, videos: list[float | None], units: int
) -> None:
    billing = Billing(unit="second", counts=counts)  # type: ignore[arg-type]  # one of them
    assert billed_units(billing, 8, videos) == units


def test_a_task_is_one_however_long() -> None:
    assert billed_units(Billing(unit="task"), 15) == 1


def test_what_nobody_says_is_unknown() -> None:
    assert billed_units(Billing(unit=None), 5) is None
    assert billed_units(Billing(unit="second", counts=None), 5) is None
    assert billed_units(Billing(unit="token"), 5) is None


def test_a_price_is_rate_times_units() -> None:
    request = VideoRequest(prompt="A kite", duration=5)
    assert published_price(request, priced(RATE)) == Charge(amount=Decimal("0.25"), unit="USD")


def test_a_rate_holds_for_its_resolution_only() -> None:
    request = VideoRequest(prompt="A kite", resolution="720p")
    assert published_price(request, priced(replace(RATE, resolution="480p"))) is None
    assert published_price(request, priced(replace(RATE, resolution="720p"))) is not None


def test_a_price_that_nobody_publishes_is_unknown_and_not_zero() -> None:
    request = VideoRequest(prompt="A kite")
    assert published_price(request, priced()) is None
    assert published_price(request, priced(RATE, unit="token")) is None
