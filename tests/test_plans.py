"""A plan is priced once, shown, and then given to the calls that pay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from market import TOY, Market
from polyreel import Client, UsageError
from polyreel.pricing import PriceSources


def test_one_plan_serves_several_calls_each_with_an_adapter_of_its_own(
    market: Market,
) -> None:
    with Client(**market.options()) as client:
        plan = client.plan("a boat", TOY)
        first, second = plan.for_one_call(), plan.for_one_call()
    assert first.first.adapter is not second.first.adapter
    assert first.first.adapter.options == plan.first.adapter.options
    assert (first.first.request, first.first.quote) == (plan.first.request, plan.first.quote)


def test_a_plan_is_what_is_sent_and_it_is_priced_once(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced: list[str] = []
    quote = PriceSources.quote

    def counted(
        self: PriceSources, request: Any, spec: Any, model: str, *rest: Any, **named: Any
    ) -> Any:
        priced.append(model)
        return quote(self, request, spec, model, *rest, **named)

    monkeypatch.setattr(PriceSources, "quote", counted)
    with Client(**market.options()) as client:
        plan = client.plan("a boat", TOY)
        one = client.generate(plan, tmp_path / "one.mp4")
        two = client.generate(plan, tmp_path / "two.mp4")
    assert (one.job.id != two.job.id, len(market.toy.created)) == (True, 2)
    assert priced == [TOY]


@pytest.mark.parametrize(
    "again", [{"model": TOY}, {"max_price": "1 USD"}, {"on_unsupported": "drop"}], ids=str
)
def test_what_belongs_to_the_plan_is_not_given_beside_it(
    market: Market, tmp_path: Path, again: dict[str, Any]
) -> None:
    with Client(**market.options()) as client:
        plan = client.plan("a boat", TOY)
        with pytest.raises(UsageError, match=r"pass them to Client\.plan"):
            client.generate(plan, tmp_path / "video.mp4", **again)
    assert market.toy.created == []
