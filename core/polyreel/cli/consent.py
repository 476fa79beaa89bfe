"""Consent: a command that spends money shows what it will send, then asks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from ..characters import clean_line
from ..engine import Plan
from ..errors import UsageError
from ..request import Media
from ..text.redact import redact, redact_url
from .output import notes, styled


def ask(
    plans: Sequence[Plan], videos: Sequence[Path], yes: bool, *, fallbacks: Sequence[str] = ()
) -> None:
    """Show what will be sent, and return if the user agrees.

    Args:
        plans: One for each paid request; a plan that is sent several times is in it several times.
        videos: The files of their videos.
        yes: Whether the user has already agreed.
        fallbacks: The models that may be tried after them.

    Raises:
        UsageError: When there is no terminal and no `--yes`, or the answer is no.
    """
    try:
        _show(plans, videos, fallbacks)
    except OSError:
        if not yes:  # what can't be shown can't be agreed to
            raise
    if yes:
        return
    if not (sys.stdin.isatty() and notes().is_terminal):
        raise UsageError(
            "this costs money, and there is no terminal to ask; run it again with --yes"
        )
    try:
        agreed = typer.confirm("Send?", default=False, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None
    if not agreed:
        raise UsageError("not confirmed; nothing was sent")


def _show(plans: Sequence[Plan], videos: Sequence[Path], fallbacks: Sequence[str]) -> None:
    """Print what will be sent."""
    console = notes()
    jobs = "one paid request" if len(plans) == 1 else f"{len(plans)} paid requests"
    console.print(styled("This sends ", (jobs, "bold"), f"{_videos(videos)}:"))
    for plan, times in _counted(plans):
        request = plan.request
        parts = [f"{request.duration} s", request.aspect_ratio, request.resolution]
        parts += [_named(name, media) for name, _, media in request.media()] or ["text only"]
        count = f"{times} × " if times > 1 else ""
        console.print(
            styled(
                f"  {count}",
                (plan.model, "bold"),
                f" at {plan.account.base_url}: {', '.join(map(clean_line, parts))}",
            ),
            soft_wrap=True,
        )
        for adjustment in plan.adjustments:
            value = adjustment.asked if adjustment.action == "left out" else adjustment.sent
            console.print(
                styled(
                    f"    {adjustment.action}: {adjustment.field} {value} ({adjustment.reason})"
                ),
                soft_wrap=True,
            )
    console.print(styled(f"  prompt: {_shortened(plans[0])}"), soft_wrap=True)
    if fallbacks:
        console.print(styled(f"  after a confirmed refusal or failure: {', '.join(fallbacks)}"))
    for video in videos:
        replaced = ", replaces the existing file" if video.exists() else ""
        console.print(styled(f"  video: {clean_line(str(video))}{replaced}"), soft_wrap=True)
    for plan, times in _counted(plans):
        count = f"{times} × " if times > 1 else ""
        console.print(styled(f"  price of {plan.model}: {count}{_price(plan)}"), soft_wrap=True)


def _price(plan: Plan) -> str:
    """Return the price of a plan, how sure it is and when it was read."""
    quote = plan.quote
    if quote is None or quote.amount is None:
        return "unknown; the provider charges its own price"
    rule = quote.rule
    read = "" if rule is None or rule.read is None else f", read {rule.read.isoformat()}"
    return f"{quote} ({quote.certainty}{read})"


def _counted(plans: Sequence[Plan]) -> list[tuple[Plan, int]]:
    """Return each plan once, with the number of times it is sent."""
    times = Counter(id(plan) for plan in plans)
    return [(plan, times[key]) for key, plan in {id(plan): plan for plan in plans}.items()]


def _videos(videos: Sequence[Path]) -> str:
    return "" if len(videos) == 1 else f" for {len(videos)} videos"


def _named(name: str, media: Media) -> str:
    """Return the name of a media for a person, without the secret parts of its URL."""
    where = media.path.name if media.path is not None else redact_url(media.url or "")
    return f"{name} {where or 'inline' if media.asset is None else media.asset}"


def _shortened(plan: Plan) -> str:
    """Return the beginning of the prompt, in one line and without secrets."""
    line = " ".join(redact(plan.request.prompt, plan.account.secrets).split())
    return line if len(line) <= 160 else line[:159] + "…"
