"""Consent: a command that spends money shows what it will send, and asks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.markup import escape

from ..engine import Plan
from ..errors import UsageError
from ..media import Media
from ..redact import redact_url
from .output import notes


def ask(
    plans: Sequence[Plan], films: Sequence[Path], yes: bool, *, fallbacks: Sequence[str] = ()
) -> None:
    """Show what will be sent and return when the user agrees.

    Args:
        plans: One for each paid request; a plan that is sent several times stands several times.
        films: Where their films go.
        yes: Whether the user has agreed already.
        fallbacks: The models that may be tried after them.

    Raises:
        UsageError: When nobody can be asked and `--yes` was not given, or the answer is no.
    """
    console = notes()
    jobs = "one paid request" if len(plans) == 1 else f"{len(plans)} paid requests"
    console.print(f"This sends [bold]{jobs}[/]{_films(films)}:")
    for plan, times in _counted(plans):
        request = plan.request
        parts = [f"{request.duration} s", request.aspect_ratio, request.resolution]
        parts += [_named(name, media) for name, _, media in request.media()] or ["text only"]
        often = f"{times} × " if times > 1 else ""
        console.print(
            f"  {often}[bold]{escape(plan.model)}[/] at {escape(plan.account.base_url)}: "
            + ", ".join(parts),
            soft_wrap=True,
        )
        for adjustment in plan.adjustments:
            console.print(
                f"    left out: {escape(adjustment.field)} {escape(adjustment.asked)} "
                f"({escape(adjustment.reason)})",
                soft_wrap=True,
            )
    console.print(f"  prompt: {escape(_shortened(plans[0].request.prompt))}", soft_wrap=True)
    if fallbacks:
        console.print(f"  after a confirmed refusal or failure: {escape(', '.join(fallbacks))}")
    for film in films:
        replaced = ", replacing the file that is there" if film.exists() else ""
        console.print(f"  film: {escape(str(film))}{replaced}", soft_wrap=True)
    for plan, times in _counted(plans):
        often = f"{times} × " if times > 1 else ""
        console.print(
            f"  price of {escape(plan.model)}: {often}{escape(_price(plan))}", soft_wrap=True
        )
    if yes:
        return
    if not (sys.stdin.isatty() and console.is_terminal):
        raise UsageError(
            "this costs money, and there is no terminal to ask at; repeat it with --yes"
        )
    try:
        agreed = typer.confirm("Send?", default=False, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None
    if not agreed:
        raise UsageError("not confirmed, so nothing was sent")


def _price(plan: Plan) -> str:
    """Return what a plan costs, and how sure that is and where it was read."""
    quote = plan.quote
    if quote is None or quote.amount is None:
        return "not known to polyreel; the provider charges by its own list."
    rule = quote.rule
    read = "" if rule is None or rule.read is None else f", read {rule.read.isoformat()}"
    return f"{quote} ({quote.certainty}{read})"


def _counted(plans: Sequence[Plan]) -> list[tuple[Plan, int]]:
    """Return each plan once, with how often it is sent."""
    times = Counter(id(plan) for plan in plans)
    return [(plan, times[key]) for key, plan in {id(plan): plan for plan in plans}.items()]


def _films(films: Sequence[Path]) -> str:
    return "" if len(films) == 1 else f" for {len(films)} films"


def _named(name: str, media: Media) -> str:
    """Return a media as a person knows it, without what may be secret in its URL."""
    where = media.path.name if media.path is not None else redact_url(media.url or "")
    return f"{name} {where or 'inline' if media.asset is None else media.asset}"


def _shortened(prompt: str) -> str:
    line = " ".join(prompt.split())
    return line if len(line) <= 160 else line[:159] + "…"
