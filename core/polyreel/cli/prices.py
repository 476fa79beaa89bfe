"""quote and prices: what a request would cost and how long it takes, before anything is paid."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import typer

from ..client import Client
from ..engine.plan import OnUnsupported
from ..errors import UsageError
from ..models import PriceRule
from ..pricing import Offer
from ..pricing.sources import is_stale
from . import options
from .exit_codes import DONE, USAGE
from .options import load_request
from .output import AsJson, command, print_json, print_table, say, seconds_text

prices_app = typer.Typer(
    help="Every known price and its source. Without a command: list them.",
    invoke_without_command=True,
    no_args_is_help=False,
)

Provider = Annotated[
    str | None, typer.Option("-p", "--provider", metavar="NAME", help="One provider's only.")
]
Sort = Annotated[
    Literal["price", "time"] | None,
    typer.Option("--sort", help="Lowest first, unknown last."),
]

ReadUrls = Annotated[
    bool,
    typer.Option(
        "--read-urls",
        help="Download reference videos at URLs if a price depends on their lengths.",
    ),
]


@command
def quote(
    request: options.RequestArgument,
    model: options.Models = None,
    sort: Sort = None,
    drop: options.Drop = False,
    read_urls: ReadUrls = False,
    convert_images: options.ConvertImages = None,
    lift_bounds: options.LiftBounds = False,
    as_json: AsJson = False,
) -> None:
    """Show what a request would cost at each target, and how long it usually takes. Free."""
    asked = load_request(request)
    with Client() as client:
        everything = [name for name, _ in client.registry.models()]
        names = model or list(client.config.targets) or everything
        on_unsupported: OnUnsupported = "drop" if drop else "error"
        offers = client.quote(
            asked,
            names,
            on_unsupported=on_unsupported,
            read_urls=read_urls,
            **options.media_options(convert_images, lift_bounds),
        )
    if sort is not None:
        offers.sort(key=_by_price if sort == "price" else _by_time)
    if as_json:
        print_json([offer.facts() for offer in offers])
    else:
        _print_offers(offers, client.planner.context.now().date())
    raise typer.Exit(DONE if any(offer.can for offer in offers) else USAGE)


def _print_offers(offers: list[Offer], today: date) -> None:
    rows: list[tuple[object, ...]] = []
    for offer in offers:
        found = offer.quote
        rule = None if found is None else found.rule
        why = "; ".join(f"{each.field}: {each.message}" for each in offer.findings)
        if found is not None:
            why = "; ".join(line.text for line in found.lines) or found.reason or ""
        rows.append(
            (
                offer.name if offer.name == offer.model else f"{offer.name}: {offer.model}",
                "yes" if offer.can else "no",
                None if found is None else str(found),
                None if found is None else str(found.certainty),
                None if rule is None else f"{rule.origin}, {age(rule, today)}",
                _usual(offer),
                why,
            )
        )
    print_table(("model", "can", "price", "certainty", "source", "usually takes", "details"), rows)
    for offer in offers:
        for adjustment in offer.adjustments:
            does = "leave out" if adjustment.action == "left out" else "choose"
            say(f"{offer.model}: would {does} {adjustment.field} ({adjustment.reason})")


def _usual(offer: Offer) -> str | None:
    usual = offer.usual
    if usual is None:
        return None
    which = "similar" if usual.is_similar else "other"
    jobs = f"{usual.count} {which} job{'s' if usual.count != 1 else ''}"
    return f"{seconds_text(usual.p50)}, 95 % within {seconds_text(usual.p95)} ({jobs})"


def _by_price(offer: Offer) -> tuple[int, str, Any]:
    """Return a sort key: known prices by currency, then unknown prices, then refusals."""
    if offer.quote is None:
        return (2, "", 0)
    if offer.quote.amount is None:
        return (1, "", 0)
    return (0, str(offer.quote.currency), offer.quote.amount)


def _by_time(offer: Offer) -> tuple[int, float]:
    if not offer.can:
        return (2, 0.0)
    return (1, 0.0) if offer.usual is None else (0, offer.usual.p50)


@prices_app.callback()
def prices(context: typer.Context, provider: Provider = None, as_json: AsJson = False) -> None:
    """Every known price and its source. Without a command: list them."""
    if context.invoked_subcommand is None:
        list_prices(provider=provider, as_json=as_json)
    context.obj = (provider, as_json)


@command
def list_prices(provider: str | None = None, as_json: bool = False) -> None:
    """List every price with its address, and the models without a price."""
    with Client() as client:
        today = client.planner.context.now().date()
        if provider is not None:
            client.registry.adapter(provider)
        found = {
            name: client.planner.known_prices(name)
            for name, _ in client.registry.models()
            if provider in (None, name.partition("/")[0])
        }
        units = {name: spec.billing.unit or "unknown" for name, spec in client.registry.models()}
    if as_json:
        print_json(
            [
                {
                    "model": name,
                    **each.rule.facts(),
                    **each.facts(),
                    "is_stale": is_stale(each.rule, today),
                }
                for name, prices in found.items()
                for each in prices
            ]
        )
        return
    rows: list[tuple[object, ...]] = [
        (
            name,
            each.rule.described_conditions,
            each.rule.described,
            each.rule.origin,
            each.where,
            age(each.rule, today),
            each.rule.source,
        )
        for name, prices in found.items()
        for each in prices
    ]
    unknown = [name for name, prices in found.items() if not any(each.counts for each in prices)]
    rows += [
        (name, None, "unknown", None, None, None, f"billed by the {units[name]}")
        for name in unknown
    ]
    print_table(("model", "applies to", "price", "from", "address", "read", "source"), rows)
    for name, prices in found.items():
        for why in dict.fromkeys(each.unusable for each in prices if each.unusable):
            say(f"{name}: {why}")
    others = [each for prices in found.values() for each in prices if not each.counts]
    if any(each.unusable is None for each in others):
        say("A price from another address, or from an unknown one, prices nothing here.")
    if unknown:
        say("Set unknown prices under [[prices]] in polyreel.toml, or run: polyreel prices refresh")


def age(rule: PriceRule, today: date) -> str:
    """Return when a price was read, and whether it is stale."""
    if rule.read is None:
        return "set by you"
    days = (today - rule.read).days
    return f"{rule.read.isoformat()}{f', stale: {days} days ago' if is_stale(rule, today) else ''}"


@prices_app.command()
@command
def refresh(context: typer.Context, provider: Provider = None, as_json: AsJson = False) -> None:
    """Ask the providers for their lists of prices, and save them. Free."""
    named, json_was_named = context.obj  # given before the command's name
    if provider is not None and named not in (None, provider):
        raise UsageError(f"-p names both {named} and {provider}; name one provider")
    provider, as_json = provider or named, as_json or json_was_named
    with Client() as client:
        asked = [
            name
            for name, installed in client.registry.adapters.items()
            if installed.adapter.offers_prices
        ]
        names = asked if provider is None else [provider]
        counts = {name: client.refresh_prices(name) for name in names}
    if as_json:
        print_json(counts)
    for name, count in counts.items():
        say(f"{name}: {count} prices")
    if not counts:
        say("No installed provider has a list of prices that polyreel can request.")
