"""compare: the same request on several models at once, the videos saved, and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import typer

from ..client import AsyncClient
from ..client.arguments import check_timeout
from ..client.files import make_folder
from ..client.media_reading import check_media_of
from ..comparing import Comparison
from ..comparing import compare as run_comparison
from ..comparing.comparison import Plans, numbered, plan_comparison, video_names
from ..comparing.report.facts import report_facts
from ..engine import Plan
from ..engine.plan import OnUnsupported
from ..engine.prepare import ReadAlready
from ..errors import PolyreelError, UsageError
from ..request import VideoRequest
from . import options
from .comparison_output import check_report_files, print_comparison, write_report_files
from .consent import ask
from .exit_codes import DONE, USAGE, exit_code, worst
from .generate import interrupted
from .options import load_request
from .output import AsJson, command, say, say_error
from .progress import JobProgress, check_no_unfinished_job

OutFolder = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="The folder for the videos.")
]

Runs = Annotated[
    int, typer.Option("--runs", min=1, metavar="N", help="How often each model runs; each is paid.")
]
CsvFile = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Also write a CSV file, a line for each run."),
]
HtmlFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Also write a web page with videos and charts."),
]


@command
def compare(
    request: options.RequestArgument,
    model: options.Models = None,
    out_folder: OutFolder = Path("polyreel-compare"),
    runs: Runs = 1,
    csv: CsvFile = None,
    html: HtmlFile = None,
    timeout: options.Timeout = 1800.0,
    yes: options.Yes = False,
    drop: options.Drop = False,
    max_price: options.MaxPrice = None,
    allow_unknown_price: options.AllowUnknownPrice = False,
    convert_images: options.ConvertImages = None,
    lift_bounds: options.LiftBounds = False,
    as_json: AsJson = False,
) -> None:
    """Run one request on several models at once. Shows what it will send, then asks."""
    asked = load_request(request)
    names = model or []
    if not names:
        raise UsageError("no model to compare; name each with -m provider/name")
    every = numbered(names, runs)
    progress = JobProgress(quiet=as_json, shows_ids=len(every) > len(set(names)))
    client = AsyncClient(on_change=progress.update)
    on_unsupported: OnUnsupported = "drop" if drop else "error"
    media = options.media_options(convert_images, lift_bounds)
    planned = plan_comparison(client, asked, names, on_unsupported, **media)
    plans = {name: plan for name, plan in planned.items() if isinstance(plan, Plan)}
    refusals = [error for error in planned.values() if isinstance(error, PolyreelError)]
    known: ReadAlready = {}
    if plans:
        client.planner.require_trust()  # one error, and not one for each model
    for name, plan in list(plans.items()):
        try:
            plan.account.require_key()
            check_media_of(plan, known)
        except PolyreelError as error:
            planned[name] = error
            refusals.append(error)
            del plans[name]
    if not plans:
        for refusal in refusals[1:]:
            say_error(refusal, False)
        raise refusals[0]
    for refusal in refusals:
        say(f"Not run: {refusal.message}")
    check_timeout(timeout)
    paid = [
        (plans[name], out_folder / file)
        for (name, _), file in zip(every, video_names(names, runs), strict=True)
        if name in plans
    ]
    videos = [video for _, video in paid]
    limit = options.budget(max_price, allow_unknown_price)
    pricing = client.planner.pricing
    pricing.check([plan for plan, _ in paid], limit)
    pricing.check_budgets([plan for plan, _ in paid], client.planner.context.now())
    client.check_network()
    make_folder(out_folder)
    check_no_unfinished_job(client.history, videos)
    check_report_files(csv, html, videos)
    ask([plan for plan, _ in paid], videos, yes)
    result = run(client, asked, names, out_folder, timeout, progress, runs=runs, plans=planned)
    print_comparison(result, as_json)
    written = write_report_files(report_facts(result), csv, html)
    for title, timing in {
        plan.adapter.name: client.planner.context.poll_timing or plan.adapter.poll_timing
        for plan in plans.values()
    }.items():
        say(
            f"{title}: times are only as exact as its polls: the first "
            f"after {timing.first:g} s, then about every {timing.gap:g} s."
        )
    code = comparison_code(result)
    raise typer.Exit(code if written else worst((code, USAGE)))


def run(
    client: AsyncClient,
    request: VideoRequest,
    names: list[str],
    folder: Path,
    timeout: float,
    progress: JobProgress,
    *,
    runs: int = 1,
    plans: Plans | None = None,
) -> Comparison:
    """Run a comparison with live progress. After an interrupt, print how to resume its jobs."""

    async def work() -> Comparison:
        async with client:
            return await run_comparison(
                client,
                request,
                names,
                folder,
                runs=runs,
                timeout=timeout,
                plans=plans,
            )

    try:
        with progress:
            return anyio.run(work)
    except KeyboardInterrupt:
        interrupted(progress.records.values(), costs=progress.advises)
    finally:
        progress.advise(client.history.journal.is_persistent)


def comparison_code(result: Comparison) -> int:
    """Return the exit code of a comparison: the worst of its rows."""
    return worst(DONE if row.error is None else exit_code(row.error) for row in result.rows)
