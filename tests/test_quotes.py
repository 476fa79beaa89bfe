"""What a request would cost elsewhere, which target to choose, and a budget that is kept to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from market import TIN, TOO_LONG_FOR_TIN, TOY, Market, both_ways
from polyreel import (
    AsyncClient,
    Budget,
    Client,
    Config,
    OverBudget,
    Quote,
    UnknownModel,
    UnsupportedRequest,
    UsageError,
    VideoRequest,
    compare,
)
from polyreel.config import Policy
from polyreel.models.spec import Finding
from polyreel.pricing import Certainty, Offer, PriceSources, Usual, choose
from toy_adapter import PROMPT

BOTH = [TOY, TIN]


def priced(
    toy: str | None = "0.40", tin: str | None = "0.50", tin_currency: str = "USD", **more: Any
) -> Config:
    """Return a config in which a video of each has a price; `best` falls back from toy to tin."""
    prices = [
        {"model": model, "unit": "task", "amount": amount, "currency": currency}
        for model, amount, currency in ((TOY, toy, "USD"), (TIN, tin, tin_currency))
        if amount is not None
    ]
    targets = {"best": {"model": TOY, "fallbacks": [TIN]}}
    return Config.model_validate({"prices": prices, "targets": targets, **more})


def run_client(
    market: Market,
    is_async: bool,
    blocking: Callable[[Client], Any],
    awaiting: Callable[[AsyncClient], Awaitable[Any]],
    config: Config,
) -> Any:
    """Return what a client of either kind does."""
    options = market.options(config=config)
    if not is_async:
        with Client(**options) as client:
            return blocking(client)

    async def run() -> Any:
        async with AsyncClient(**options) as client:
            return await awaiting(client)

    return anyio.run(run)


def offers_of(
    market: Market,
    is_async: bool,
    request: VideoRequest | str = PROMPT,
    names: list[str] = BOTH,
    config: Config | None = None,
) -> list[Offer]:
    """Return what each target would do with a request."""
    offers: list[Offer] = run_client(
        market,
        is_async,
        lambda client: client.quote(request, names),
        lambda client: client.quote(request, names),
        config or priced(),
    )
    return offers


# a quote


@both_ways
def test_a_quote_reports_what_each_target_costs_and_sends_nothing(
    market: Market, is_async: bool
) -> None:
    toy, tin = offers_of(market, is_async, names=["best", TIN])
    assert (toy.name, toy.model, str(toy.quote)) == ("best", TOY, "0.4 USD")
    assert (tin.name, tin.model, str(tin.quote)) == (TIN, TIN, "0.5 USD")
    assert toy.quote is not None
    assert toy.quote.certainty is Certainty.EXACT
    assert (market.toy.created, market.tin.created) == ([], [])


@both_ways
def test_a_target_that_can_not_do_it_says_which_field_stands_in_the_way(
    market: Market, is_async: bool
) -> None:
    toy, tin = offers_of(market, is_async, TOO_LONG_FOR_TIN)
    assert (toy.can, tin.can, tin.quote) == (True, False, None)
    assert [each.field for each in tin.findings] == ["duration"]
    assert tin.facts()["findings"][0]["field"] == "duration"


@both_ways
def test_a_price_that_nobody_knows_is_unknown_and_never_zero(
    market: Market, is_async: bool
) -> None:
    toy, _ = offers_of(market, is_async, config=priced(toy=None))
    assert toy.can
    assert toy.quote is not None
    assert (str(toy.quote), toy.quote.amount) == ("unknown", None)
    assert toy.facts()["quote"]["amount"] is None


@both_ways
def test_a_quote_for_a_target_that_nobody_knows_is_refused(market: Market, is_async: bool) -> None:
    with pytest.raises(UnknownModel):
        offers_of(market, is_async, names=["toy/flim"])


def test_a_quote_reports_how_long_such_a_video_usually_takes(
    market: Market, tmp_path: Path
) -> None:
    market.journal = tmp_path / "journal.sqlite3"
    market.toy.status = {"status": "done", "cost": "0.7"}
    market.generate(False, tmp_path / "video.mp4", TOY)
    toy, tin = offers_of(market, False, config=priced(toy=None))
    assert toy.usual is not None
    assert (toy.usual.count, toy.usual.p50 > 0, tin.usual) == (1, True, None)
    assert str(toy.quote) == "about 0.7 marbles", "what that video was charged"


# choosing


def quoted(
    *amounts: str | None, currency: str = "USD", certainty: Certainty = Certainty.EXACT
) -> list[Quote]:
    """Return quotes over these amounts; None is an unknown price."""
    return [
        Quote(model="toy/a", reason="nobody says")
        if amount is None
        else Quote(model="toy/a", certainty=certainty, amount=Decimal(amount), currency=currency)
        for amount in amounts
    ]


def offer(
    name: str,
    amount: str | None = "1",
    currency: str = "USD",
    usual: float | None = None,
    *,
    can: bool = True,
) -> Offer:
    """Return an offer; without an amount the price is unknown."""
    model = f"toy/{name}"
    if not can:
        finding = Finding(
            field="duration", asked="12", limit="4 to 10", message="takes 4 to 10 seconds"
        )
        return Offer(name=name, model=model, findings=(finding,))
    (quote,) = quoted(amount, currency=currency)
    took = None if usual is None else Usual(p50=usual, p95=usual, count=3, is_similar=True)
    return Offer(name=name, model=model, quote=quote, usual=took)


def rates(**worth: str) -> PriceSources:
    """Return a book that knows the user's exchange rates only."""
    return PriceSources(Config.model_validate({"exchange": worth}))


@pytest.mark.parametrize(
    ("policy", "offers", "chosen"),
    [
        ("cheapest", [offer("a", "2"), offer("b", "1"), offer("c", "3")], "b"),
        ("cheapest", [offer("a", None), offer("b", "9")], "b"),
        ("cheapest", [offer("a", can=False), offer("b", "9")], "b"),
        ("cheapest", [offer("a", "2"), offer("b", "1"), offer("c", "1.0")], "b"),
        ("cheapest", [offer("a", "0.1"), offer("b", "0")], "b"),
        ("fastest", [offer("a", usual=20), offer("b", usual=10)], "b"),
        ("fastest", [offer("a"), offer("b", usual=900)], "b"),
        ("fastest", [offer("a", usual=10), offer("b", usual=10)], "a"),
        ("fastest", [offer("a", None, usual=10), offer("b", "1", usual=20)], "a"),
        ("first_available", [offer("a", can=False), offer("b", None), offer("c")], "b"),
    ],
)
def test_a_policy_chooses(policy: Policy, offers: list[Offer], chosen: str) -> None:
    assert choose(offers, policy).name == chosen


@pytest.mark.parametrize("policy", ["cheapest", "fastest", "first_available"])
def test_where_none_can_the_refusal_names_each_ones_reason(policy: Policy) -> None:
    with pytest.raises(UnsupportedRequest) as caught:
        choose([offer("a", can=False), offer("b", can=False)], policy)
    assert "toy/a: duration: takes 4 to 10 seconds" in caught.value.message
    assert "toy/b" in caught.value.message
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize(
    ("policy", "said"),
    [("cheapest", r"\[\[prices\]\]"), ("fastest", "journal has no jobs of them")],
)
def test_what_is_known_of_none_chooses_none(policy: Policy, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        choose([offer("a", None), offer("b", None)], policy)


def test_currencies_are_compared_by_your_rates_only() -> None:
    offers = [offer("a", "1", "USD"), offer("b", "3", "JimiCoin")]
    assert choose(offers, "cheapest", rates(JimiCoin="0.25 USD")).name == "b"
    assert choose(offers, "cheapest", rates(JimiCoin="0.50 USD")).name == "a"
    assert choose(offers, "cheapest", rates(USD="4 JimiCoin")).name == "b"


@pytest.mark.parametrize("book", [None, rates(), rates(EUR="1.1 USD")])
def test_currencies_without_a_rate_can_not_be_compared(book: PriceSources | None) -> None:
    offers = [offer("a", "1", "USD"), offer("b", "2", "USD"), offer("c", "0.1", "JimiCoin")]
    with pytest.raises(UsageError) as caught:
        choose(offers, "cheapest", book)
    assert 'JimiCoin = "1.00 USD"' in caught.value.message, "the rate that is missing is named"


def test_the_offers_of_a_client_can_be_chosen_from(market: Market) -> None:
    assert choose(offers_of(market, False), "cheapest").model == TOY
    assert choose(offers_of(market, False, config=priced(toy="0.6")), "cheapest").model == TIN


# a budget


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("0.50 USD", "0.50", "USD"),
        ("  3   JimiCoin ", "3", "JimiCoin"),
        ("0 USD", "0", "USD"),
        ("1e2 USD", "100", "USD"),
        ("5 old marbles", "5", "old marbles"),
    ],
)
def test_a_budget_can_be_written_as_text(text: str, amount: str, currency: str) -> None:
    found = Budget.of(text)
    assert (found.amount, found.currency) == (Decimal(amount), currency)
    assert not found.allows_unknown


@pytest.mark.parametrize(
    "text",
    ["", "0.50", "USD", "USD 0.50", "0,50 USD", "$0.50", "-1 USD", "NaN USD", "Infinity USD"],
)
def test_a_text_that_is_no_price_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r'"0\.50 USD"'):
        Budget.of(text)


@pytest.mark.parametrize(
    ("limit", "amounts"), [("1 USD", ["0.99"]), ("1 USD", ["1.00"]), ("1 USD", ["0.4", "0.6"])]
)
def test_what_costs_no_more_than_the_budget_may_go(limit: str, amounts: list[str]) -> None:
    Budget.of(limit).check(quoted(*amounts), rates())


@pytest.mark.parametrize("amounts", [["1.01"], ["0.5", "0.51"], ["1.0000000001"]])
def test_what_costs_more_all_together_may_not(amounts: list[str]) -> None:
    with pytest.raises(
        OverBudget, match=r"would cost 1\.\d+ USD, which is more than the budget of 1 USD.*Nothing"
    ):
        Budget.of("1 USD").check(quoted(*amounts), rates())


@pytest.mark.parametrize(
    ("certainty", "said"),
    [
        (Certainty.ESTIMATE, "would cost about 2 USD"),
        (Certainty.UPPER_BOUND, "would cost up to 2 USD"),
    ],
)
def test_a_refusal_says_how_sure_the_price_is(certainty: Certainty, said: str) -> None:
    with pytest.raises(OverBudget, match=said):
        Budget.of("1 USD").check(quoted("2", certainty=certainty), rates())


def test_an_unknown_price_is_refused_unless_you_allow_it() -> None:
    with pytest.raises(OverBudget, match=r"the price of toy/a is unknown \(nobody says\)"):
        Budget.of("1 USD").check(quoted("0.5", None), rates())
    lenient = Budget.of("1 USD", allows_unknown=True)
    lenient.check(quoted("0.5", None), rates())
    with pytest.raises(OverBudget, match="more than"):
        lenient.check(quoted("1.5", None), rates())


def test_a_budget_in_another_currency_needs_your_rate() -> None:
    coins = quoted("3", currency="JimiCoin")
    with pytest.raises(OverBudget) as caught:
        Budget.of("1 USD").check(coins, rates())
    assert 'JimiCoin = "1.00 USD"' in caught.value.message
    Budget.of("1 USD").check(coins, rates(JimiCoin="0.25 USD"))
    Budget.of("1 USD").check(coins + quoted("0.25"), rates(JimiCoin="0.25 USD"))
    with pytest.raises(OverBudget, match=r"1.01 USD"):
        Budget.of("1 USD").check(coins + quoted("0.26"), rates(JimiCoin="0.25 USD"))


# max_price: refused before anything is sent


def submit(
    market: Market, is_async: bool, limit: Any, config: Config, model: str = TOY, **_: Any
) -> Any:
    return run_client(
        market,
        is_async,
        lambda client: client.submit(PROMPT, model, max_price=limit),
        lambda client: client.submit(PROMPT, model, max_price=limit),
        config,
    )


def generate(
    market: Market, is_async: bool, limit: Any, config: Config, model: str = TOY, **_: Any
) -> Any:
    return run_client(
        market,
        is_async,
        lambda client: client.generate(PROMPT, "video.mp4", model, max_price=limit),
        lambda client: client.generate(PROMPT, "video.mp4", model, max_price=limit),
        config,
    )


def compared(
    market: Market,
    is_async: bool,
    limit: Any,
    config: Config,
    model: str = TOY,
    names: list[str] | None = None,
    runs: int = 1,
) -> Any:
    async def run(client: AsyncClient) -> Any:
        named = names or [model]
        return await compare(client, PROMPT, named, Path(), runs=runs, max_price=limit)

    return run_client(market, True, lambda client: client, run, config)


every_call = pytest.mark.parametrize(
    ("call", "is_async"),
    [(submit, False), (submit, True), (generate, False), (generate, True), (compared, True)],
    ids=["submit", "submit-async", "generate", "generate-async", "compare"],
)


@pytest.fixture
def shop(market: Market, tmp_path: Path) -> Market:
    """Give the market with a journal on disk."""
    market.journal = tmp_path / "journal.sqlite3"
    return market


def sent(market: Market) -> int:
    """Return how many paid requests reached the vendors."""
    return len(market.toy.created) + len(market.tin.created)


def kept(market: Market) -> int:
    """Return how many jobs the journal keeps."""
    with Client(**market.options()) as client:
        return len(client.history.jobs())


@every_call
@pytest.mark.parametrize(
    ("limit", "config", "said"),
    [
        ("0.39 USD", priced(), "0.4 USD, which is more than the budget of 0.39 USD"),
        ("1 USD", priced(toy=None), "unknown"),
        ("1 EUR", priced(), "priced in USD, and the budget is in EUR"),
        (Budget.of("0.39 USD", allows_unknown=True), priced(), "more than"),
    ],
    ids=["too much", "unknown", "another currency", "too much, unknown allowed"],
)
def test_what_is_over_the_budget_is_never_sent(
    call: Any, is_async: bool, limit: Any, config: Config, said: str, shop: Market
) -> None:
    with pytest.raises(OverBudget, match=said):
        call(shop, is_async, limit, config)
    assert (sent(shop), kept(shop)) == (0, 0)
    assert not Path("video.mp4").exists()


@every_call
def test_a_budget_that_is_no_price_stops_the_call_before_anything_is_sent(
    call: Any, is_async: bool, shop: Market
) -> None:
    with pytest.raises(UsageError, match=r'"0\.50 USD"'):
        call(shop, is_async, "cheap", priced())
    assert (sent(shop), kept(shop)) == (0, 0)


@every_call
@pytest.mark.parametrize(
    ("limit", "config"),
    [
        ("0.40 USD", priced()),
        (Budget.of("0.40 USD"), priced()),
        ("2 JimiCoin", priced(exchange={"JimiCoin": "0.25 USD"})),
        (Budget.of("0.01 USD", allows_unknown=True), priced(toy=None)),
        (None, priced(toy=None)),
    ],
    ids=["equal", "a Budget", "by your rate", "unknown and allowed", "no budget"],
)
def test_what_is_within_the_budget_is_sent_once(
    call: Any, is_async: bool, limit: Any, config: Config, shop: Market
) -> None:
    call(shop, is_async, limit, config)
    assert (sent(shop), kept(shop)) == (1, 1)


@both_ways
def test_each_fallback_must_be_within_the_budget_alone(is_async: bool, shop: Market) -> None:
    with pytest.raises(OverBudget, match=r"0\.5 USD"):
        generate(shop, is_async, "0.45 USD", priced(), "best")
    assert (sent(shop), kept(shop)) == (0, 0)
    generate(shop, is_async, "0.50 USD", priced(), "best")  # not both together: one is paid
    assert sent(shop) == 1


@both_ways
def test_a_fallback_that_would_never_be_asked_has_no_say(is_async: bool, shop: Market) -> None:
    run_client(
        shop,
        is_async,
        lambda client: client.generate(TOO_LONG_FOR_TIN, "f.mp4", "best", max_price="0.40 USD"),
        lambda client: client.generate(TOO_LONG_FOR_TIN, "f.mp4", "best", max_price="0.40 USD"),
        priced(),
    )
    assert sent(shop) == 1


@pytest.mark.parametrize(("names", "runs"), [(BOTH, 1), ([TOY, TOY, TOY], 1), ([TOY], 3)])
def test_a_comparison_is_within_the_budget_all_together(
    names: list[str], runs: int, shop: Market
) -> None:
    with pytest.raises(OverBudget, match=r"more than the budget of 0\.85 USD"):
        compared(shop, True, "0.85 USD", priced(), names=names, runs=runs)
    assert (sent(shop), kept(shop)) == (0, 0)
    compared(shop, True, "1.20 USD", priced(), names=names, runs=runs)
    assert sent(shop) == len(names) * runs
