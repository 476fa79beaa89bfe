"""What a video costs: counted as its model bills, and unknown wherever any part is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyreel import VideoRequest
from polyreel.adapters import Billing, PriceRule
from polyreel.pricing import quote
from polyreel.pricing.quoting import Certainty
from polyreel.pricing.units import billed_units
from price_cases import CASES, PER_MILLION, Case, rule_of
from toy_adapter import SPEC

# Nothing but a rule may say whose seconds count, nor whether there is sound.
MODEL = replace(SPEC, billing=Billing(unit="second", counts=None), makes_sound=None)


def asked(**fields: object) -> VideoRequest:
    return VideoRequest.model_validate({"prompt": "A kite over the dunes", **fields})


def test_there_are_enough_cases_and_each_says_where_it_is_from() -> None:
    assert len(CASES) >= 40
    assert all(case.source for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[case.says.replace(" ", "-") for case in CASES])
def test_a_price_comes_out_as_its_rule_says(case: Case) -> None:
    found = quote(asked(**case.request), MODEL, "toy/video", [rule_of(case)], case.videos)
    assert found.amount == (None if case.costs is None else Decimal(case.costs)), found
    assert str(found.certainty) == case.certainty
    if found.amount is None:
        assert found.reason, "an unknown price says why"
        assert str(found) == "unknown"
    else:
        assert sum(line.amount for line in found.lines) == found.amount
        assert found.rule is not None
        assert found.currency == found.rule.currency


amounts = st.decimals(min_value=0, max_value=1000, places=4)
rules = st.builds(
    PriceRule,
    unit=st.sampled_from(["task", "second", "token", "call"]),
    amount=amounts,
    currency=st.sampled_from(["USD", "JimiCoin"]),
    per=st.sampled_from([1, 1000, 1_000_000]),
    resolution=st.sampled_from([None, "480p", "720p"]),
    audio=st.sampled_from([None, True, False]),
    video_input=st.sampled_from([None, True, False]),
    counts=st.sampled_from([None, "output", "output and first video", "output and all videos"]),
    minimum_units=st.none() | st.decimals(min_value=1, max_value=20, places=0),
    rounded_up_to=st.none() | st.decimals(min_value=1, max_value=10, places=0),
    multiplier_with_video=st.decimals(min_value=1, max_value=3, places=1),
    extra=amounts,
    minimum=st.none() | amounts,
    tokens=st.sampled_from([None, PER_MILLION["tokens"]]),
    is_upper_bound=st.booleans(),
    origin=st.sampled_from(["config", "catalogue", "published", "observed"]),
    source=st.just("https://toy.example/prices"),
)
videos = st.none() | st.lists(st.none() | st.floats(0, 60), max_size=3).map(tuple)


@given(
    rule=rules,
    seconds=st.integers(4, 15),
    more=st.integers(0, 10),
    lengths=videos,
    audio=st.sampled_from([None, True, False]),
    has_video=st.booleans(),
)
def test_a_quote_is_never_negative_and_never_less_for_more(
    rule: PriceRule,
    seconds: int,
    more: int,
    lengths: tuple[float | None, ...] | None,
    audio: bool | None,
    has_video: bool,
) -> None:
    media = {"reference_videos": ["https://example.com/a.mp4"]} if has_video else {}
    short, long = (
        quote(asked(duration=each, audio=audio, **media), MODEL, "toy/video", [rule], lengths)
        for each in (seconds, seconds + more)
    )
    assert (short.amount is None) is (long.amount is None)
    if short.amount is None or long.amount is None:
        assert short.certainty is Certainty.UNKNOWN
        return
    assert 0 <= short.amount <= long.amount


@given(rule=rules, audio=st.sampled_from([None, True, False]))
def test_a_quote_is_unknown_whenever_any_part_is(rule: PriceRule, audio: bool | None) -> None:
    request = asked(audio=audio, reference_videos=["https://example.com/a.mp4"])
    found = quote(request, MODEL, "toy/video", [rule], None)
    hangs_on_length = rule.unit in ("second", "token") and rule.counts != "output"
    lacks = (
        rule.resolution == "480p"
        or rule.video_input is False
        or (rule.audio is not None and rule.audio is not audio)
        or hangs_on_length
        or (rule.unit == "token" and rule.tokens is None)
    )
    assert (found.certainty is Certainty.UNKNOWN) is lacks
    assert (found.amount is None) is lacks


def test_the_best_source_that_applies_is_used() -> None:
    def rule(amount: str, origin: str, resolution: str | None = None) -> PriceRule:
        return PriceRule(
            unit="task", amount=Decimal(amount), currency="USD", resolution=resolution,
            origin=origin, source="s",  # type: ignore[arg-type]  # one of the origins
        )  # fmt: skip

    known = [rule("4", "observed"), rule("3", "published"), rule("2", "catalogue")]
    assert quote(asked(), MODEL, "toy/video", known).amount == 2
    mine = rule("1", "config", "1080p")
    assert quote(asked(), MODEL, "toy/video", [*known, mine]).amount == 2, "mine is for another"
    assert quote(asked(), MODEL, "toy/video", [*known, rule("1", "config")]).amount == 1


def test_no_price_is_unknown_and_says_how_to_set_one() -> None:
    found = quote(asked(), MODEL, "toy/video", [])
    assert found.amount is None
    assert "[[prices]]" in str(found.reason)


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity"])
def test_a_rule_with_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a number from 0"):
        PriceRule(unit="task", amount=Decimal(wrong), currency="USD", source="s")


def test_a_quote_survives_json() -> None:
    rule = PriceRule(
        unit="second", amount=Decimal("0.0690"), currency="USD", source="https://toy.example",
        read=date(2026, 8, 17), counts="output",
    )  # fmt: skip
    facts = quote(asked(), MODEL, "toy/video", [rule]).facts()
    assert (facts["amount"], facts["currency"], facts["certainty"]) == ("0.345", "USD", "exact")
    assert facts["rule"]["read"] == "2026-08-17"


def test_what_nobody_says_of_billing_is_unknown() -> None:
    assert billed_units(Billing(unit=None), 5) is None
    assert billed_units(Billing(unit="second", counts=None), 5) is None
    assert billed_units(Billing(unit="token"), 5) is None
    assert billed_units(Billing(unit="task"), 15) == 1
