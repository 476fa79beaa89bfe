"""compare: the same request on several models at once, films kept, and a report of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import typer

from ..client import AsyncClient
from ..comparison import Comparison, film_names, numbered
from ..comparison import compare as run_comparison
from ..desk import check_timeout
from ..engine import Plan
from ..engine.plan import OnUnsupported
from ..errors import PolyreelError, UsageError
from ..files import make_folder
from ..report import report_facts
from ..request import VideoRequest
from . import options
from .comparison_output import check_report_files, print_comparison, write_report_files
from .consent import ask
from .exit_codes import DONE, USAGE, exit_code, gravest
from .generate import interrupted
from .options import check_media, load_request
from .output import AsJson, command, say, say_error
from .progress import JobProgress, check_nothing_unfinished

OutFolder = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="Where the films are kept.")
]

Runs = Annotated[
    int, typer.Option("--runs", min=1, metavar="N", help="How often each model runs; each is paid.")
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Also write a CSV, one line a run.")
]
HtmlFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Also write one page with films and charts."),
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
    as_json: AsJson = False,
) -> None:
    """Run one request on several models at once. Shows what it will send and asks first."""
    asked = load_request(request)
    check_media(asked)
    names = model or []
    if not names:
        raise UsageError("name the models to compare, each with -m provider/name")
    every = numbered(names, runs)
    progress = JobProgress(quiet=as_json, tells_ids=len(every) > len(set(names)))
    client = AsyncClient(on_change=progress.saw)
    on_unsupported: OnUnsupported = "drop" if drop else "error"
    plans: dict[str, Plan] = {}
    refusals: list[PolyreelError] = []
    for name in dict.fromkeys(names):
        try:
            plan = client.desk.priced(client.desk.plan(asked, name, on_unsupported))
            plan.account.require_key()
            plans[name] = plan
        except PolyreelError as error:
            refusals.append(error)
    if not plans:
        for refusal in refusals[1:]:
            say_error(refusal, False)
        raise refusals[0]
    for refusal in refusals:
        say(f"Will not run: {refusal.message}")
    check_timeout(timeout)
    paid = [
        (plans[name], out_folder / file)
        for (name, _), file in zip(every, film_names(names, runs), strict=True)
        if name in plans
    ]
    films = [film for _, film in paid]
    limit = options.budget(max_price, allow_unknown_price)
    client.desk.check_all([plan for plan, _ in paid], limit)
    make_folder(out_folder)
    check_nothing_unfinished(client.archive, films)
    check_report_files(csv, html, films)
    ask([plan for plan, _ in paid], films, yes)
    result = run(client, asked, names, out_folder, timeout, on_unsupported, progress, runs=runs)
    print_comparison(result, as_json)
    written = write_report_files(report_facts(result), csv, html)
    for title, timing in {
        plan.adapter.name: client.desk.context.poll_timing or plan.adapter.poll_timing
        for plan in plans.values()
    }.items():
        say(
            f"{title}: times are as coarse as the looks at its jobs, the first "
            f"after {timing.first:g} s and then about every {timing.gap:g} s."
        )
    code = comparison_code(result)
    raise typer.Exit(code if written else gravest((code, USAGE)))


def run(
    client: AsyncClient,
    request: VideoRequest,
    names: list[str],
    folder: Path,
    timeout: float,
    on_unsupported: OnUnsupported,
    progress: JobProgress,
    *,
    runs: int = 1,
) -> Comparison:
    """Run a comparison with live progress; an interrupt leaves resumable jobs and says how."""

    async def work() -> Comparison:
        async with client:
            return await run_comparison(
                client,
                request,
                names,
                folder,
                runs=runs,
                timeout=timeout,
                on_unsupported=on_unsupported,
            )

    try:
        with progress:
            return anyio.run(work)
    except KeyboardInterrupt:
        interrupted(progress.records.values(), costs=progress.advises)
    finally:
        progress.advise(client.archive.journal.is_lasting)


def comparison_code(result: Comparison) -> int:
    """Return the exit code of a comparison: the gravest of its rows."""
    return gravest(DONE if row.error is None else exit_code(row.error) for row in result.rows)
