"""Every source of prices: the best is used, all are shown; a price without a source is unknown."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import Config, ConfigError
from polyreel.adapters import Billing, Charge, JobStatus, ModelSpec, PriceRule, State, TokenCount
from polyreel.engine import Plan
from polyreel.jobs import JobRecord, Timeline
from polyreel.models import Adjustment
from polyreel.pricing import Certainty, PriceSources, Quote
from polyreel.pricing.addresses import Address
from polyreel.pricing.catalogue import CATALOGUE_NAME
from polyreel.pricing.observed import observed_rules
from polyreel.pricing.sources import STALE_AFTER, is_stale
from toy_adapter import ADDRESS, SPEC, ToyAdapter, plan_for

TOY = "toy/video"
TODAY = date(2026, 8, 20)
SENT = datetime(2026, 8, 1, 12, tzinfo=UTC)
HOME = Address.of(ADDRESS, ToyAdapter)
BY_SECOND = replace(SPEC, billing=Billing(unit="second"), resolutions=("480p", "720p"))


def rule(amount: str, resolution: str | None = None, **more: Any) -> PriceRule:
    """Return a price per second in dollars."""
    plain: dict[str, Any] = {"unit": "second", "currency": "USD", "source": "https://toy.example"}
    return PriceRule(amount=Decimal(amount), resolution=resolution, **{**plain, **more})


def set_by_user(amount: str, resolution: str | None = None) -> Config:
    """Return a config in which the user set a price."""
    price = {"model": TOY, "unit": "second", "amount": amount, "currency": "USD"}
    return Config.model_validate({"prices": [{**price, "resolution": resolution}]})


def job(charged: str | None = "1", unit: str = "USD", **more: Any) -> JobRecord:
    """Return a job of 5 s in 720p that came to its end."""
    state = more.pop("state", State.SUCCEEDED)
    sent = more.pop("sent", SENT)
    return JobRecord(
        id="a",
        model=TOY,
        request={"prompt": "a kite", "duration": 5, "resolution": "720p", **more},
        timeline=Timeline(submitted_at=sent),
        status=JobStatus(
            state=state,
            raw_state="done",
            charge=None if charged is None else Charge(amount=Decimal(charged), unit=unit),
        ),
    )


def book_of(
    folder: Path,
    config: Config | None = None,
    kept: dict[str, list[PriceRule]] | None = None,
    charged: Iterable[JobRecord] = (),
) -> PriceSources:
    """Return a book with these sources."""
    book = PriceSources(
        config or Config(), folder, lambda model, at: charged if (model, at) == (TOY, HOME) else []
    )
    if kept is not None:
        book.save("toy", HOME, kept, TODAY)
    return book


def published(*rules: PriceRule) -> ModelSpec:
    """Return the toy's model with published prices."""
    return replace(BY_SECOND, billing=Billing(unit="second", rates=rules))


def quote_of(book: PriceSources, plan: Plan) -> Quote:
    """Return what a plan would cost."""
    return book.quote(plan.priced_request, plan.spec, plan.model, HOME)


def cost(book: PriceSources, spec: ModelSpec, **fields: Any) -> tuple[str, str]:
    """Return what five seconds would cost, and where that was read."""
    found = quote_of(book, replace(plan_for(**fields), spec=spec))
    return str(found), "nowhere" if found.rule is None else found.rule.origin


# the best source that holds


def test_all_sources_are_shown_the_best_first(tmp_path: Path) -> None:
    book = book_of(tmp_path, set_by_user("4"), {"video": [rule("3")]}, [job()])
    found = book.rules(TOY, published(rule("2")), HOME)
    assert [each.origin for each in found] == ["config", "catalogue", "published", "observed"]
    assert [each.amount for each in found] == [4, 3, 2, Decimal("0.2")]


@pytest.mark.parametrize(
    ("sources", "price"),
    [
        (4, ("20 USD", "config")),
        (3, ("15 USD", "catalogue")),
        (2, ("10 USD", "published")),
        (1, ("about 1 USD", "observed")),
        (0, ("unknown", "nowhere")),
    ],
)
def test_the_best_source_that_there_is_sets_the_price(
    sources: int, price: tuple[str, str], tmp_path: Path
) -> None:
    book = book_of(
        tmp_path,
        set_by_user("4") if sources > 3 else None,
        {"video": [rule("3")]} if sources > 2 else None,
        [job()] if sources else (),
    )
    assert cost(book, published(*([rule("2")] if sources > 1 else []))) == price


@pytest.mark.parametrize(("resolution", "price"), [("480p", "20 USD"), ("720p", "10 USD")])
def test_a_price_of_yours_counts_only_for_its_resolution(
    resolution: str, price: str, tmp_path: Path
) -> None:
    book = book_of(tmp_path, set_by_user("4", "480p"))
    assert cost(book, published(rule("2")), resolution=resolution)[0] == price


def test_what_was_charged_helps_where_the_better_sources_are_of_other_resolutions(
    tmp_path: Path,
) -> None:
    book = book_of(tmp_path, set_by_user("4", "480p"), charged=[job()])
    assert cost(book, published(rule("2", "480p"))) == ("about 1 USD", "observed")


def test_a_price_of_another_model_is_not_used(tmp_path: Path) -> None:
    other = [rule("3")]
    assert cost(book_of(tmp_path, kept={"video2": other}), BY_SECOND) == ("unknown", "nowhere")


def test_sound_that_was_left_out_is_not_paid_for(tmp_path: Path) -> None:
    book = book_of(tmp_path, kept={"video": [rule("3", audio=True), rule("1", audio=False)]})
    silent = replace(plan_for(), spec=replace(BY_SECOND, makes_sound=False))
    plan = replace(silent, asked=silent.request.model_copy(update={"audio": True}))
    assert str(quote_of(book, plan)) == "15 USD", "it is made anyway, and so it is not sent"
    dropped = Adjustment(
        field="audio", asked="true", sent="not sent", reason="it has no such setting"
    )
    assert str(quote_of(book, replace(plan, adjustments=(dropped,)))) == "5 USD"


# the catalogue that was asked for


def test_a_kept_list_of_prices_comes_back_whole_and_dated(tmp_path: Path) -> None:
    tokens = TokenCount(
        frames_per_second=Decimal(24), pixels_per_token=Decimal(1024), pixels={"720p": 921600}
    )
    full = rule(
        "0.0690",
        "720p",
        unit="token",
        per=1_000_000,
        audio=True,
        video_input=False,
        counts="output and first video",
        minimum_units=Decimal(4),
        rounded_up_to=Decimal(2),
        multiplier_with_video=Decimal("1.5"),
        extra=Decimal("0.01"),
        minimum=Decimal("0.10"),
        tokens=tokens,
        is_upper_bound=True,
        read=date(2020, 1, 1),
    )
    book_of(tmp_path, kept={"video": [full]})
    (found,) = book_of(tmp_path).rules(TOY, BY_SECOND, HOME)
    assert found == replace(full, origin="catalogue", read=TODAY)
    assert str(found.amount) == "0.0690", "exact to the last digit"


def test_a_new_list_replaces_the_providers_older_one_and_no_other(tmp_path: Path) -> None:
    book = book_of(tmp_path, kept={"video": [rule("3")], "gone": [rule("1")]})
    book.save("toyshop", HOME, {"video": [rule("7")]}, TODAY)
    later = TODAY + timedelta(days=3)
    book.save("toy", HOME, {"video": [rule("4")]}, later)
    assert {
        name: [(each.amount, each.read) for each in rules]
        for saved in book.catalogues()
        for name, rules in saved.prices.items()
    } == {"toy/video": [(Decimal(4), later)], "toyshop/video": [(Decimal(7), TODAY)]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"toy/video": null}',
        b'{"toy/video": [{"unit": "second"}]}',
        b'{"toy/video": [{"unit": "second", "amount": "NaN", "currency": "USD", "source": "s"}]}',
        b'{"toy/video": [{"unit": "second", "amount": "-1", "currency": "USD", "source": "s"}]}',
    ],
)
def test_a_damaged_list_is_as_none_and_can_be_asked_for_again(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / CATALOGUE_NAME).write_bytes(content)
    assert cost(book_of(tmp_path), published(rule("2"))) == ("10 USD", "published")
    book = book_of(tmp_path, kept={"video": [rule("3")]})
    assert cost(book, published(rule("2"))) == ("15 USD", "catalogue")


def test_a_list_that_can_not_be_written_leaves_the_older_one_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path, kept={"video": [rule("3")]})

    def full_disk(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full_disk)
        with pytest.raises(ConfigError, match=r"no space left.*POLYREEL_HOME"):
            book.save("toy", HOME, {"video": [rule("9")]}, TODAY)
    assert cost(book, BY_SECOND) == ("15 USD", "catalogue")
    assert os.listdir(tmp_path) == [CATALOGUE_NAME]  # noqa: PTH208  # hidden ones, too


def test_a_book_without_a_folder_keeps_no_list() -> None:
    book = PriceSources(Config())
    book.save("toy", HOME, {"video": [rule("3")]}, TODAY)
    assert book.catalogues() == []


# what the journal saw charged


def test_the_middle_charge_of_a_second_reports_what_videos_usually_cost(tmp_path: Path) -> None:
    later = SENT + timedelta(days=4)
    seen = [job("1"), job("10", sent=later), job("2"), job("3", duration=10)]
    (found,) = observed_rules(BY_SECOND, seen)
    assert (found.unit, found.amount, found.currency) == ("second", Decimal("0.35"), "USD")
    assert (found.seen, found.read, found.origin) == (4, later.date(), "observed")
    assert "4 videos" in found.source
    assert cost(book_of(tmp_path, charged=seen), BY_SECOND) == ("about 1.75 USD", "observed")


def test_resolutions_and_currencies_are_reported_apart(tmp_path: Path) -> None:
    seen = [job("1"), job("2", resolution="480p"), job("5", "marbles"), job("5", "marbles")]
    found = {
        (each.resolution, each.currency): (each.amount, each.seen)
        for each in observed_rules(BY_SECOND, seen)
    }
    assert found == {
        ("720p", "USD"): (Decimal("0.2"), 1),
        ("480p", "USD"): (Decimal("0.4"), 1),
        ("720p", "marbles"): (1, 2),
    }
    assert cost(book_of(tmp_path, charged=seen), BY_SECOND, resolution="480p")[0] == "about 2 USD"


@pytest.mark.parametrize(
    "useless",
    [
        job(None),
        job("9", state=State.FAILED),
        job("9", state=State.CANCELED),
        job("9", reference_videos=["https://cdn.example/a.mp4"]),
        job("9", sent=None),
        replace(job("9"), status=None),
        replace(job("9"), request=None),
    ],
    ids=["no charge", "failed", "canceled", "with a video", "never sent", "unseen", "unasked"],
)
def test_a_job_that_reports_no_price_does_not_count_and_is_never_zero(
    useless: JobRecord, tmp_path: Path
) -> None:
    assert observed_rules(BY_SECOND, [useless]) == []
    (found,) = observed_rules(BY_SECOND, [useless, job("1")])
    assert (found.amount, found.seen) == (Decimal("0.2"), 1)
    nothing = quote_of(book_of(tmp_path, charged=[useless]), replace(plan_for(), spec=BY_SECOND))
    assert (nothing.amount, nothing.certainty) == (None, Certainty.UNKNOWN)


def test_charges_count_where_only_the_seconds_of_reference_videos_are_in_doubt(
    tmp_path: Path,
) -> None:
    doubtful = replace(BY_SECOND, billing=Billing(unit="second", counts=None))
    assert cost(book_of(tmp_path, charged=[job("1")]), doubtful) == ("about 1 USD", "observed")


def test_a_video_whose_duration_the_model_chose_shows_no_price_of_a_second() -> None:
    chosen = job("1", duration="auto")
    assert observed_rules(BY_SECOND, [chosen]) == []
    (by_task,) = observed_rules(replace(SPEC, billing=Billing(unit="task")), [chosen])
    assert by_task.amount == 1


def test_charges_report_no_price_where_nobody_says_what_is_billed() -> None:
    assert observed_rules(replace(SPEC, billing=Billing(unit=None)), [job("1")]) == []


# dates and currencies


@pytest.mark.parametrize(
    ("read", "stale"),
    [
        (None, False),
        (TODAY, False),
        (TODAY - STALE_AFTER, False),
        (TODAY - STALE_AFTER - timedelta(days=1), True),
    ],
)
def test_a_price_that_was_read_long_ago_is_marked(read: date | None, stale: bool) -> None:
    assert is_stale(rule("1", read=read), TODAY) is stale


def test_a_rate_of_yours_works_both_ways() -> None:
    book = PriceSources(Config.model_validate({"exchange": {"JimiCoin": "0.25 USD"}}))
    assert book.converted(Decimal(8), "JimiCoin", "USD") == 2
    assert book.converted(Decimal(2), "USD", "JimiCoin") == 8
    assert book.converted(Decimal(2), "EUR", "EUR") == 2


def test_without_a_rate_nothing_is_converted() -> None:
    book = PriceSources(Config.model_validate({"exchange": {"JimiCoin": "0.25 USD"}}))
    assert book.converted(Decimal(8), "JimiCoin", "EUR") is None
    assert PriceSources(Config()).converted(Decimal(0), "JimiCoin", "USD") is None
