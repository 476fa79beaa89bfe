"""Prices and exchange rates in polyreel.toml: exact, and a slip in them is told where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from polyreel import Client, Config, ConfigError
from polyreel.adapters import Billing, PriceRule
from polyreel.config import load_config
from toy_adapter import SPEC, ToyAdapter, registry_of

PRICE = """
[[prices]]
model = "jimmy/seedance2.0-mini"
unit = "second"
amount = "0.0690"
currency = "JimiCoin"
"""


def loaded(text: str) -> Config:
    Path("polyreel.toml").write_text(text, encoding="utf-8")
    return load_config(Path("polyreel.toml"))


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    assert "polyreel.toml" in caught.value.message
    return caught.value.message


def test_a_price_is_read_as_it_is_written() -> None:
    (price,) = loaded(PRICE).prices
    assert price.rule() == PriceRule(
        unit="second",
        amount=Decimal("0.0690"),
        currency="JimiCoin",
        origin="config",
        source="polyreel.toml",
    )
    assert str(price.amount) == "0.0690"


@pytest.mark.parametrize(
    ("written", "amount"), [('"0.10"', "0.10"), ("2", "2"), ("0", "0"), ('"1e-3"', "0.001")]
)
def test_an_amount_is_text_or_a_whole_number(written: str, amount: str) -> None:
    (price,) = loaded(PRICE.replace('"0.0690"', written)).prices
    assert price.amount == Decimal(amount)


def test_everything_that_a_price_can_hang_on_can_be_set() -> None:
    more = """
    per = 10
    resolution = "720p"
    audio = true
    video_input = false
    counts = "output and first video"
    minimum_units = 4
    rounded_up_to = "2.5"
    multiplier_with_video = "1.5"
    extra = "0.01"
    minimum = "0.10"
    is_upper_bound = true
    read = 2026-08-17
    """
    (price,) = loaded(PRICE + more).prices
    assert price.rule() == PriceRule(
        unit="second",
        amount=Decimal("0.069"),
        currency="JimiCoin",
        per=10,
        resolution="720p",
        audio=True,
        video_input=False,
        counts="output and first video",
        minimum_units=Decimal(4),
        rounded_up_to=Decimal("2.5"),
        multiplier_with_video=Decimal("1.5"),
        extra=Decimal("0.01"),
        minimum=Decimal("0.1"),
        is_upper_bound=True,
        origin="config",
        source="polyreel.toml",
        read=date(2026, 8, 17),
    )


@pytest.mark.parametrize("field", ["amount", "extra", "minimum", "rounded_up_to", "minimum_units"])
def test_a_number_with_a_point_is_refused_with_what_to_write(field: str) -> None:
    text = PRICE.replace('amount = "0.0690"\n', "") if field == "amount" else PRICE
    said = refusal(f"{text}{field} = 0.05\n")
    assert f'prices.0.{field}: write the amount as text, such as "0.05"' in said


@pytest.mark.parametrize(
    "wrong",
    [
        *('"much"', '"-1"', "-1", '"NaN"', '"Infinity"', '""', "true"),
        *('"9e999999"', '"1e-999999"', '"1000000001"', "1" * 4000, f'"0.{"1" * 4000}"'),
    ],
)
def test_what_is_no_amount_is_refused(wrong: str) -> None:
    said = refusal(PRICE.replace('"0.0690"', wrong))
    assert "prices.0.amount: " in said
    assert "is not a valid amount" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PRICE.replace('"second"', '"minute"'), "prices.0.unit: "),
        (PRICE.replace("jimmy/seedance2.0-mini", "mini"), "prices.0.model: "),
        (PRICE.replace('"JimiCoin"', '""'), "prices.0.currency: "),
        (PRICE.replace('"JimiCoin"', '" "'), "prices.0: a price needs a currency"),
        (PRICE + "rounded_up_to = 0\n", "prices.0: per and rounded_up_to must be greater"),
        (PRICE + "per = 0\n", "prices.0.per: "),
        (PRICE + 'counts = "everything"\n', "prices.0.counts: "),
        (PRICE + 'read = "last week"\n', "prices.0.read: "),
        (PRICE + "resolution = 720\n", "prices.0.resolution: must be text"),
        (PRICE + PRICE.replace('unit = "second"\n', ""), "prices.1.unit: missing"),
        (PRICE.replace("amount", "amuont"), "did you mean 'prices.0.amount'"),
        (PRICE + 'origin = "published"\n', "'prices.0.origin' is not known"),
        ("[prices]\namount = 1\n", "prices: must be a list"),
        (
            '[exchange]\nJimiCoin = "1.00"\n',
            "exchange.JimiCoin: '1.00' is not a valid amount of a currency",
        ),
        ('[exchange]\nJimiCoin = "USD"\n', "exchange.JimiCoin: "),
        ('[exchange]\nJimiCoin = "much USD"\n', "exchange.JimiCoin: "),
        ('[exchange]\nJimiCoin = "-1 USD"\n', "exchange.JimiCoin: "),
        ('[exchange]\nJimiCoin = "0 USD"\n', "exchange.JimiCoin: "),
        ("[exchange]\nJimiCoin = 0.25\n", "exchange.JimiCoin: must be text"),
        ('[exchnage]\nJimiCoin = "1 USD"\n', "did you mean 'exchange'"),
    ],
)
def test_a_slip_is_reported_with_its_place(text: str, said: str) -> None:
    assert said in refusal(text)


def test_exchange_rates_are_exact() -> None:
    rates = loaded('[exchange]\nJimiCoin = "0.10 USD"\nEUR = " 1.1  USD "\n').exchange_rates()
    assert rates == [("JimiCoin", "USD", Decimal("0.10")), ("EUR", "USD", Decimal("1.1"))]


def test_a_file_without_prices_sets_none() -> None:
    assert (loaded("").prices, loaded("").exchange_rates()) == ([], [])


class ByToken(ToyAdapter):
    """The toy, billed by the token."""

    contract_version = 3
    models = (replace(SPEC, billing=Billing(unit="token")),)


def test_a_price_for_a_million_tokens_says_how_videos_become_tokens(tmp_path: Path) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(
        """
        [[prices]]
        model = "toy/video"
        unit = "token"
        amount = "6"
        per = 1000000
        currency = "USD"
        [prices.tokens]
        frames_per_second = 24
        pixels_per_token = 1024
        pixels = { 720p = 921600 }
        """,
        encoding="utf-8",
    )
    with Client(path, registry=registry_of(ByToken), journal=None) as client:
        (offer,) = client.quote("A kite", ["toy/video"])
    assert offer.quote is not None
    assert str(offer.quote) == "about 0.648 USD"


@pytest.mark.parametrize("wrong", ["frames_per_second = 0", "pixels = {}"])
def test_tokens_with_no_sense_are_refused(tmp_path: Path, wrong: str) -> None:
    lines = ["frames_per_second = 24", "pixels_per_token = 1024", "pixels = { 720p = 921600 }"]
    name = wrong.partition(" ")[0]
    reported = "\n".join([*(each for each in lines if not each.startswith(name)), wrong])
    path = tmp_path / "polyreel.toml"
    path.write_text(
        f'[[prices]]\nmodel = "a/b"\nunit = "token"\namount = "6"\ncurrency = "USD"\n'
        f"[prices.tokens]\n{reported}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="tokens"):
        load_config(path)
