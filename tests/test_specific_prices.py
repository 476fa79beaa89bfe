"""Of several prices the most specific one applies; two that are not ordered are a mistake."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyreel import Client, Config, ConfigError, OverBudget, VideoRequest
from polyreel.adapters import (
    Billing,
    MediaLimit,
    ModelSpec,
    PriceRule,
    Registry,
    Rule,
    Setting,
    TokenCount,
)
from polyreel.cli.app import build_app
from polyreel.models.spec import MediaForm
from polyreel.models.specific_prices import PriceCase, most_specific, price_cases, price_problem
from polyreel.pricing import Certainty, PriceSources, Quote, quote
from polyreel.pricing.addresses import Address
from polyreel.pricing.sources import KnownPrice
from polyreel.pricing.units import priced_seconds
from toy_adapter import ADDRESS, SPEC, ToyAdapter, registry_of
from trusted import write_trusted
from typer.testing import CliRunner

TOY = "toy/video"
HOME = Address.of(ADDRESS, ToyAdapter)
TODAY = date(2026, 8, 20)
URL: frozenset[MediaForm] = frozenset({"url"})
WIDE = replace(
    SPEC,
    resolutions=("480p", "720p", "4k"),
    durations=(4, 8, 15),
    aspect_ratios=("16:9", "1:1", "auto"),
    images=MediaLimit(forms=frozenset({"url", "upload"}), maximum=4),
    videos=MediaLimit(forms=URL, maximum=3),
    settings={"audio": Setting(), "seed": Setting()},
    makes_sound=True,
    billing=Billing(unit="second"),
)
"""A model that takes everything that prices can depend on."""


def rule(amount: str, **more: Any) -> PriceRule:
    """Return a price per second in dollars."""
    plain: dict[str, Any] = {"unit": "second", "currency": "USD", "source": "https://toy.example"}
    return PriceRule(amount=Decimal(amount), **{**plain, **more})


def asked(**fields: Any) -> VideoRequest:
    return VideoRequest(prompt="A kite", **{"duration": 8, **fields})


def url(name: str) -> str:
    return f"https://example.com/{name}"


def cost(rules: list[PriceRule], spec: ModelSpec = WIDE, **fields: Any) -> Quote:
    lengths = fields.pop("lengths", None)
    return quote(asked(**fields), spec, TOY, rules, lengths)


VEO = [
    rule("0.40", audio=True),
    rule("0.60", audio=True, resolution="4k"),
    rule("0.20", audio=False),
    rule("0.40", audio=False, resolution="4k"),
]
"""Veo 3.1's four prices, as OpenRouter lists them."""


@pytest.mark.parametrize("rules", list(permutations([rule("0.40"), rule("0.60", resolution="4k")])))
def test_the_price_of_4k_is_used_in_every_order(rules: tuple[PriceRule, ...]) -> None:
    found = cost(list(rules), resolution="4k")
    assert (str(found), found.certainty) == ("4.8 USD", Certainty.EXACT)
    assert str(cost(list(rules), resolution="720p")) == "3.2 USD"


@pytest.mark.parametrize("rules", list(permutations(VEO)))
def test_four_prices_by_sound_and_resolution_are_clear(rules: tuple[PriceRule, ...]) -> None:
    assert price_problem(WIDE, rules) is None
    seen = {
        (resolution, audio): str(cost(list(rules), resolution=resolution, audio=audio))
        for resolution in ("720p", "4k")
        for audio in (True, False)
    }
    assert seen == {
        ("720p", True): "3.2 USD",
        ("4k", True): "4.8 USD",
        ("720p", False): "1.6 USD",
        ("4k", False): "3.2 USD",
    }


def test_no_more_than_the_budget_is_paid_for_4k(tmp_path: Path) -> None:
    class Wide(ToyAdapter):
        contract_version = 3
        models = (
            replace(
                WIDE,
                billing=Billing(unit="second", rates=(rule("0.40"), rule("0.60", resolution="4k"))),
            ),
        )

    with (
        Client(registry=registry_of(Wide), journal=None, api_keys={"toy": "k"}) as client,
        pytest.raises(OverBudget, match=r"4\.8 USD"),
    ):
        client.generate(asked(resolution="4k"), tmp_path / "v.mp4", TOY, max_price="4 USD")


def test_a_better_source_wins_however_plain_it_is() -> None:
    mine = rule("1", origin="config")
    assert cost([rule("0.6", resolution="720p", audio=True), mine]).rule is mine


def test_a_third_price_decides_between_two() -> None:
    two = [rule("1", resolution="4k"), rule("2", video_input=True)]
    clear = [*two, rule("3", resolution="4k", video_input=True)]
    both: dict[str, Any] = {
        "resolution": "4k", "reference_videos": [url("a.mp4")], "lengths": (3.0,),
    }  # fmt: skip
    problem = price_problem(WIDE, two)
    assert problem is not None
    assert problem.places == (0, 1)
    assert "4k with sound from videos" in problem.reason
    assert price_problem(WIDE, clear) is None
    assert str(cost(clear, **both)) == "24 USD"
    unclear = cost(two, **both)
    assert unclear.amount is None
    assert "two prices apply" in str(unclear.reason)


@pytest.mark.parametrize(
    ("spec", "rules", "has_problem"),
    [
        (WIDE, [rule("1"), rule("2")], True),
        (WIDE, [rule("1", resolution="4k"), rule("2", resolution="4k")], True),
        (WIDE, [rule("1", resolution="4k"), rule("2", resolution="480p")], False),
        (WIDE, [rule("1", audio=True), rule("2", audio=False)], False),
        (WIDE, [rule("1", audio=True), rule("2", resolution="4k")], True),
        (WIDE, [rule("1", image_input=True), rule("2", video_input=True)], True),
        (WIDE, [rule("1", image_input=True), rule("2", image_input=False)], False),
        # What no request of the model can be is no conflict.
        (
            replace(WIDE, makes_sound=False, settings={}),
            [rule("1", audio=True), rule("2", resolution="4k")],
            False,
        ),
        (
            replace(WIDE, settings={"audio": Setting(fixed=False)}),
            [rule("1", audio=True), rule("2", resolution="4k")],
            False,
        ),
        (replace(WIDE, videos=None), [rule("1", video_input=True), rule("2", audio=True)], False),
        (
            replace(
                WIDE,
                images=MediaLimit(forms=URL, maximum=0),
                rules=frozenset({Rule.VIDEO_NOT_WITH_FRAMES}),
            ),
            [rule("1", image_input=True), rule("2", video_input=True)],
            False,
        ),
        (
            replace(WIDE, takes_text_only=False, videos=None),
            [rule("1", image_input=False), rule("2", audio=True)],
            False,
        ),
    ],
)
def test_two_prices_that_one_request_can_match_must_be_ordered(
    spec: ModelSpec, rules: list[PriceRule], has_problem: bool
) -> None:
    for order in permutations(rules):
        assert (price_problem(spec, order) is not None) is has_problem


CONDITIONS = st.fixed_dictionaries(
    {
        "resolution": st.sampled_from([None, "480p", "4k"]),
        "audio": st.sampled_from([None, True, False]),
        "video_input": st.sampled_from([None, True, False]),
        "image_input": st.sampled_from([None, True, False]),
    }
)
CASES = price_cases(WIDE)


@given(
    conditions=st.lists(CONDITIONS, min_size=1, max_size=5),
    order=st.randoms(use_true_random=False),
    case=st.sampled_from(CASES),
)
def test_the_order_of_prices_changes_no_quote(
    conditions: list[dict[str, Any]], order: Any, case: PriceCase
) -> None:
    rules = [rule(str(number + 1), **each) for number, each in enumerate(conditions)]
    shuffled = list(rules)
    order.shuffle(shuffled)
    media: dict[str, Any] = {"reference_videos": [url("a.mp4")]} if case.video_input else {}
    media |= {"reference_images": [url("a.png")]} if case.image_input else {}
    request = asked(resolution=case.resolution, audio=case.audio, **media)
    one, other = (quote(request, WIDE, TOY, each, (3.0,)) for each in (rules, shuffled))
    assert (one.amount, one.rule) == (other.amount, other.rule)
    # Whatever is used, nothing more specific applies; what is a problem is one in every order.
    assert (price_problem(WIDE, rules) is None) == (price_problem(WIDE, shuffled) is None)
    applying = [each for each in rules if case.meets(each)]
    if one.rule is None:
        assert not applying or len(most_specific(applying)) > 1
    else:
        assert all(each is one.rule or one.rule.is_more_specific_than(each) for each in applying)
    if len(most_specific(applying)) > 1:
        assert price_problem(WIDE, rules) is not None


def test_what_depends_on_sound_that_is_not_set_is_unknown_only_where_it_matters() -> None:
    unsure = replace(WIDE, makes_sound=None)
    rules = [rule("1"), rule("2", resolution="4k"), rule("3", resolution="4k", audio=True)]
    assert str(cost(rules, unsure)) == "8 USD"
    found = cost(rules, unsure, resolution="4k")
    assert found.amount is None
    assert "set audio to true or false" in str(found.reason)
    assert str(cost(rules, unsure, resolution="4k", audio=False)) == "16 USD"


# what is added


def test_each_input_image_is_added_frames_and_references() -> None:
    each = rule("0.07", per_image=Decimal("0.002"))
    assert str(cost([each])) == "0.56 USD"
    assert str(cost([each], first_frame=url("a.png"), last_frame=url("b.png"))) == "0.564 USD"
    found = cost([each], reference_images=[url(f"{n}.png") for n in range(3)])
    assert str(found) == "0.566 USD"
    assert [line.text for line in found.lines][1] == "added for 3 images"


def test_each_second_of_input_video_is_added() -> None:
    each = rule("20", currency="credits", per_video_second=Decimal(10), minimum=Decimal(80))
    assert str(cost([each], duration=15)) == "300 credits"
    two = [url("a.mp4"), url("b.mp4")]
    assert str(cost([each], reference_videos=two, lengths=(3.0, 4.0))) == "230 credits"
    assert str(cost([each], duration=4, reference_videos=two[:1], lengths=(0.0,))) == "80 credits"


def test_a_length_that_is_not_known_leaves_the_price_unknown() -> None:
    each = rule("20", per_video_second=Decimal(10))
    for lengths in (None, (3.0, None)):
        found = cost([each], reference_videos=[url("a.mp4"), url("b.mp4")], lengths=lengths)
        assert found.amount is None, lengths
        assert "length" in str(found.reason)
    found = cost([each], reference_videos=[url("a.mp4")], lengths=(2.5,))
    assert found.certainty is Certainty.ESTIMATE, "how a part of a second counts is not known"


def test_the_multiplier_changes_the_units_price_and_not_what_is_added() -> None:
    each = rule(
        "1", multiplier_with_video=Decimal("0.6"), extra=Decimal(2), per_image=Decimal(3),
        counts="output and all videos",
    )  # fmt: skip
    media: dict[str, Any] = {
        "reference_videos": [url("a.mp4")],
        "reference_images": [url("a.png")],
    }
    # (8 + 2) × 0.6 + 2 + 3
    assert str(cost([each], lengths=(2.0,), **media)) == "11 USD"


def test_a_price_for_each_image() -> None:
    spec = replace(WIDE, billing=Billing(unit="image"))
    each = rule("0.04", unit="image")
    assert price_problem(spec, [each]) is None
    found = cost([each], spec, reference_images=[url("a.png"), url("b.png")])
    assert str(found) == "0.08 USD"
    assert found.lines[0].text == "2 images at 0.04 USD per image"
    assert cost([each], spec).amount is None, "no page says that none is free"


def test_prices_by_image_input_as_a_list_has_them() -> None:
    wan = [rule("0.08", image_input=False), rule("0.10", image_input=True)]
    assert price_problem(WIDE, wan) is None
    assert str(cost(wan)) == "0.64 USD"
    assert str(cost(wan, first_frame=url("a.png"))) == "0.8 USD"
    assert str(cost(wan, reference_images=[url("a.png")])) == "0.8 USD"


# a duration and a shape that the model chooses

TOKENS = TokenCount(
    frames_per_second=Decimal(24),
    pixels_per_token=Decimal(1024),
    pixels={"720p 16:9": 1280 * 720, "720p 1:1": 960 * 960},
)


def with_auto(**fields: Any) -> VideoRequest:
    """Return a request with a duration that the model chooses, as a later field may allow it."""
    return asked(**fields).model_copy(update={"duration": cast(Any, "auto")})


def test_a_duration_that_the_model_chooses_is_priced_by_its_longest() -> None:
    assert priced_seconds(asked(), WIDE) == (Decimal(8), False)
    assert priced_seconds(with_auto(), WIDE) == (Decimal(15), True)
    found = quote(with_auto(), WIDE, TOY, [rule("0.1")])
    assert (str(found), found.certainty) == ("at most 1.5 USD", Certainty.UPPER_BOUND)
    by_task = replace(WIDE, billing=Billing(unit="task"))
    found = quote(with_auto(), by_task, TOY, [rule("0.1", unit="task")])
    assert (str(found), found.certainty) == ("0.1 USD", Certainty.EXACT)
    seen = rule("0.1", origin="observed", seen=3, read=date(2026, 1, 1))
    assert quote(with_auto(), WIDE, TOY, [seen]).certainty is Certainty.ESTIMATE


def test_a_shape_that_the_model_chooses_is_priced_by_its_largest() -> None:
    spec = replace(WIDE, billing=Billing(unit="token"))
    each = rule("14", unit="token", per=1_000_000, tokens=TOKENS)
    wide, square, auto = (
        quote(asked(aspect_ratio=ratio), spec, TOY, [each]) for ratio in ("16:9", "1:1", "auto")
    )
    assert wide.amount is not None
    assert square.amount is not None
    assert auto.amount == max(wide.amount, square.amount)
    assert auto.certainty is Certainty.UPPER_BOUND
    assert quote(asked(aspect_ratio="auto", resolution="4k"), spec, TOY, [each]).amount is None


# where they are written: the model


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((rule("1"), rule("2")), r"video: billing\.rates\[0\] and billing\.rates\[1\]: both apply"),
        ((rule("1", unit="token"),), r"billing\.rates\[0\]: it is a price per token"),
        ((rule("1", resolution="1080p"),), r"a price of 1080p, and the model makes 480p, 720p, 4k"),
    ],
)
def test_a_model_with_prices_that_are_not_clear_is_refused(
    rates: tuple[PriceRule, ...], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        replace(WIDE, billing=Billing(unit="second", rates=rates))


def test_a_call_and_a_task_are_one_unit_and_an_unknown_unit_takes_any() -> None:
    by_task = replace(WIDE, billing=Billing(unit="task"))
    assert price_problem(by_task, [rule("1", unit="call")]) is None
    assert price_problem(by_task, [rule("1", unit="image")]) is not None
    unknown = replace(WIDE, billing=Billing(unit=None))
    assert price_problem(unknown, [rule("1", unit="token")]) is None


# the user's config


def config(*prices: dict[str, Any]) -> Config:
    plain = {"model": TOY, "unit": "second", "amount": "1", "currency": "USD"}
    return Config.model_validate({"prices": [{**plain, **each} for each in prices]})


class Shop(ToyAdapter):
    """A toy with two models."""

    contract_version = 3
    models: ClassVar[tuple[ModelSpec, ...]] = (WIDE, replace(WIDE, name="other"))  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        (
            ({"model": "toy/other"}, {"resolution": "4k"}, {"audio": True}),
            r"polyreel\.toml: prices\.1 and prices\.2 \(\[\[prices\]\] of toy/video\): both apply",
        ),
        (({"unit": "task"},), r"prices\.0 .*a price per task, and the model is billed by the sec"),
        (({"resolution": "1080p"},), r"prices\.0 .*1080p, and the model makes 480p, 720p, 4k"),
    ],
)
def test_a_mistake_in_the_config_names_the_entries(
    prices: tuple[dict[str, Any], ...], said: str
) -> None:
    with Client(config(*prices), registry=registry_of(Shop), journal=None) as client:
        with pytest.raises(ConfigError, match=said):
            client.quote(asked(), [TOY])
        with pytest.raises(ConfigError, match=said):
            client.planner.known_prices(TOY)
        client.quote(asked(), ["toy/other"])  # another model's prices are not at fault


def test_ordered_prices_of_the_config_are_used() -> None:
    mine = config({"amount": "0.60", "resolution": "4k"}, {"amount": "0.40", "per_image": "0.01"})
    with Client(mine, registry=registry_of(Shop), journal=None) as client:
        (offer,) = client.quote(asked(resolution="4k"), [TOY])
        assert str(offer.quote) == "4.8 USD"
        (offer,) = client.quote(asked(first_frame=url("a.png")), [TOY])
        assert str(offer.quote) == "3.21 USD"


# the provider's list


def book(folder: Path, *rules: PriceRule, mine: Config | None = None) -> PriceSources:
    """Return price sources with a list of the provider."""
    found = PriceSources(mine or Config(), folder)
    found.save("toy", HOME, {"video": list(rules)}, date(2026, 8, 20))
    return found


@pytest.mark.parametrize(
    "rules",
    [
        (rule("1", resolution="4k"), rule("2", audio=True)),
        (rule("1", unit="task"),),
        (rule("1", resolution="1080p"), rule("2")),
    ],
)
def test_a_model_whose_list_is_not_clear_has_no_price_and_one_warning(
    rules: tuple[PriceRule, ...], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = book(tmp_path, *rules)
    published = replace(WIDE, billing=Billing(unit="second", rates=(rule("9"),)))
    with caplog.at_level(logging.WARNING, "polyreel"):
        quotes = [found.quote(asked(), published, TOY, HOME) for _ in range(3)]
    assert [each.amount for each in quotes] == [None] * 3, "no worse source stands in for the list"
    assert "the provider's list of prices can't be used" in str(quotes[0].reason)
    assert "[[prices]]" in str(quotes[0].reason)
    assert len(caplog.records) == 1
    assert "toy/video: the provider's list of prices" in caplog.records[0].getMessage()
    shown: list[KnownPrice] = found.known(TOY, published, HOME, ToyAdapter)
    listed = [each for each in shown if each.rule.origin == "catalogue"]
    assert [each.counts for each in listed] == [False] * len(rules)
    assert all(each.unusable for each in listed)


def test_the_users_own_price_stands_in_for_a_list_that_is_not_clear(tmp_path: Path) -> None:
    found = book(tmp_path, rule("1"), rule("2"), mine=config({"amount": "3"}))
    assert str(found.quote(asked(), WIDE, TOY, HOME)) == "24 USD"


def test_new_fields_of_a_price_are_shown_and_saved(tmp_path: Path) -> None:
    each = rule(
        "1", image_input=True, per_image=Decimal("0.02"), per_video_second=Decimal("0.5"),
        minimum=Decimal(2), extra=Decimal("0.1"), multiplier_with_video=Decimal("0.6"),
    )  # fmt: skip
    (saved,) = book(tmp_path, each).rules(TOY, WIDE, HOME)
    assert saved == replace(each, origin="catalogue", read=date(2026, 8, 20))
    facts = saved.facts()
    assert (facts["image_input"], facts["per_image"]) == (True, "0.02")
    assert (facts["per_video_second"], facts["extra"]) == ("0.5", "0.1")
    for part in ("0.02 USD for each input image", "0.5 USD for each second of input video"):
        assert part in saved.described
    assert saved.described_conditions == "with input image"
    assert rule("1").described_conditions == "any"


def test_of_prices_that_were_seen_in_two_currencies_the_newest_is_used() -> None:
    old = rule("1", origin="observed", currency="COIN", read=date(2026, 1, 1), seen=9)
    new = rule("2", origin="observed", currency="USD", read=date(2026, 2, 1), seen=1)
    for order in permutations([old, new]):
        assert str(cost(list(order))) == "about 16 USD"


# the command line


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


def test_the_command_line_names_the_entries_and_other_commands_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Registry, "installed", lambda *_: registry_of(Shop))
    entry = '[[prices]]\nmodel = "toy/video"\nunit = "second"\namount = "1"\ncurrency = "USD"\n{}\n'
    write_trusted(entry.format('resolution = "4k"') + entry.format("audio = true"))
    for command in (
        ["prices"],
        ["generate", "-o", "v.mp4", "-p", "A kite", "-m", TOY, "--duration", "8", "--yes"],
    ):
        done = run(*command)
        assert (done.exit_code, done.stdout) == (2, ""), command
        assert "prices.0 and prices.1 ([[prices]] of toy/video): both apply to 4k" in done.stderr
        assert "Traceback" not in done.output
    for command in (["models"], ["jobs", "list"], ["spend"], ["providers"]):
        assert run(*command).exit_code == 0, command


def test_the_command_line_shows_conditions_and_why_a_list_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Registry, "installed", lambda *_: registry_of(Shop))
    with Client() as client:
        book_of_user = client.price_sources
        book_of_user.save("toy", HOME, {"video": VEO, "other": [rule("1"), rule("2")]}, TODAY)
    done = run("prices")
    assert done.exit_code == 0, done.output
    assert "toy/video\t4k, with sound\t0.60 USD per second\tcatalogue" in done.stdout
    assert "toy/other\tany\t1 USD per second\tcatalogue" in done.stdout
    assert "toy/other\t\tunknown" in done.stdout.replace("–", "")
    assert "toy/other: the provider's list of prices can't be used: 1 USD per second" in done.stderr
    listed = json.loads(run("prices", "--json").stdout)
    assert {each["model"]: bool(each["unusable"]) for each in listed} == {
        TOY: False,
        "toy/other": True,
    }
